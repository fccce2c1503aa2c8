//! What the jobs of existing workflows run on every change, as far as a job of a pack could run the same.
//!
//! A job is followed up to the first thing that prepares the machine in a way that packs do not: a command after `apt-get
//! install` may need what that installed. What needs a secret, a service or a condition is not followed at all.

use std::sync::LazyLock;

use regex::Regex;

use super::calls::Forms;
use crate::characteristics::evidence::{is_of_one_version, pattern};
use crate::characteristics::fact::Evidence;
use crate::characteristics::manifests::scalar;
use crate::characteristics::tree::Tree;
use crate::data::Node;
use crate::library::pack::Names;
use crate::workflow::{self, matrix};

/// How the jobs are called that packs make of what is found here.
const CHECKS: &str = "Checks";
/// Inputs of a checkout that change nothing about what is there.
const PLAIN_CHECKOUT: [&str; 5] = ["persist-credentials", "clean", "show-progress", "filter", "submodules"];
/// What other jobs have made is taken by it, and only what installs for itself can do without.
const TAKES_FROM_OTHERS: &str = "actions/download-artifact@";
/// A step that runs more lines tells nothing more.
const MAX_LINES: usize = 1_000;
/// A line that variables make longer than this is no call of an entry point, and some double each other.
const MAX_LINE: usize = 1_000;

/// Conditions that hold in the repository itself for any change that concerns the project.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    // A push and a pull request of a branch of the repository are one change.
    let once = r"github\.event_name\s*[!=]=\s*'\w+'\s*\|\|\s*github\.event\.pull_request\.head\.repo\.full_name\s*!=\s*[\w.']+";
    let holds = r"(?:github\.repository(?:_owner)?\s*==|needs\.(?:changes|pre_ci)\.|success\(\)|!\s*cancelled\(\))[^&|]*";
    Regex::new(&format!(r"^(?:\$\{{\{{)?\s*(?:{once}\s*(?:\}}\}})?|{holds})$")).expect("a constant pattern")
});

/// Steps that all legs but one of a matrix run, which is of some older version.
static ON_OTHER_LEGS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\$\{\{)?\s*matrix\.[\w-]+\s*!=\s*'[\d.]+'\s*(?:\}\})?$").expect("a constant pattern")
});

/// A leg whose commands may need what no release has.
static PREVIEW: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\bnightly\b|"experimental":true"#).expect("a constant pattern"));

/// Steps that one leg of a matrix runs for all.
static ON_A_LEG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\$\{\{)?\s*(?:matrix\.[\w-]+\s*==\s*'[^']*'|success\(\)|always\(\)|!\s*cancelled\(\))\s*(?:\}\})?$").expect("a constant pattern")
});

/// A line that a job runs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    pub(crate) text: String,
    /// The directory that it runs in, from the root of the checkout.
    pub(crate) dir: String,
    /// It is seen afterwards whether it has changed a file.
    pub(crate) verified: bool,
    /// The pack of whose tools it is a check by itself, and no call of an entry point.
    pub(crate) check_of: Option<String>,
    pub(crate) evidence: Evidence,
}

/// The commands of each job that can be followed.
pub(crate) fn on_changes(tree: &Tree<'_>, forms: &Forms) -> Vec<Vec<Command>> {
    let mut found = Vec::new();
    let has_history = forms.calls.history.as_ref().is_some_and(|said| {
        let says =
            |name: &str| tree.text(name).is_ok_and(|text| !pattern(&said.matches).lines(&text).is_empty());
        said.files.iter().any(says)
    });
    for path in tree.workflows() {
        let Some(root) = tree.workflow(path).filter(|_| tree.runs_on_changes(path)) else { continue };
        if has_secrets(root.get("env")) {
            continue;
        }
        let is_ours = tree.is_generated(path);
        for (id, job) in root.get("jobs").map(Node::entries).unwrap_or_default() {
            // The other jobs that wfgen wrote are what packs do anyway.
            let name = job.get("name").and_then(Node::as_str).unwrap_or_default();
            if is_ours && !(id.key_text().ends_with("checks") && name.contains(CHECKS)) {
                continue;
            }
            let reader = Reader { tree, forms, path, root: &root, job, is_ours, has_history };
            found.extend(is_plain(job).then(|| reader.commands()).filter(|commands| !commands.is_empty()));
        }
    }
    found
}

/// Every line of the jobs that wfgen wrote, and of those that changes start, whatever comes before it.
pub(super) fn lines(tree: &Tree<'_>, forms: &Forms) -> (Vec<Command>, Vec<Command>) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for path in tree.workflows().filter(|path| tree.is_generated(path) || tree.runs_on_changes(path)) {
        let Some(root) = tree.workflow(path) else { continue };
        let found = if tree.is_generated(path) { &mut ours } else { &mut theirs };
        for (_, job) in root.get("jobs").map(Node::entries).unwrap_or_default() {
            let reader = Reader { tree, forms, path, root: &root, job, is_ours: true, has_history: true };
            for step in job.get("steps").map(Node::items).unwrap_or_default() {
                let Some(run) = step.get("run") else { continue };
                let evidence = Evidence::at(path, run.line, "ci");
                let dir = reader.directory(step);
                let lines = run.as_str().unwrap_or_default().lines();
                let lines = lines.flat_map(|line| matrix::spelt_out(job, line)).take(MAX_LINES);
                found.extend(lines.map(|text| Command {
                    text,
                    dir: dir.clone(),
                    verified: false,
                    check_of: None,
                    evidence: evidence.clone(),
                }));
            }
        }
    }
    (ours, theirs)
}

/// It runs on Linux, by itself, and for every change.
fn is_plain(job: &Node) -> bool {
    let holds =
        job.get("if").is_none_or(|condition| condition.as_str().is_some_and(|text| HARMLESS.is_match(text)));
    let runner = [job.get("runs-on"), job.at(&["strategy", "matrix"])];
    let on_linux = runner
        .into_iter()
        .flatten()
        .any(|node| node.to_value().to_string().to_lowercase().contains("ubuntu"));
    let alone =
        ["container", "services", "uses", "continue-on-error"].iter().all(|key| job.get(key).is_none());
    holds && on_linux && alone && !has_secrets(job.get("env"))
}

fn has_secrets(node: Option<&Node>) -> bool {
    node.is_some_and(|node| node.to_value().to_string().contains("secrets."))
}

/// Whether a step holds for every change, on one leg of the matrix at least, and fails the job.
fn is_held(step: &Node) -> bool {
    let condition = step.get("if").map(|condition| scalar(condition).unwrap_or_default());
    let on_a_leg = condition.is_none_or(|text| {
        let lower = text.to_lowercase();
        ON_A_LEG.is_match(&text) && !lower.contains("windows") && !lower.contains("macos")
    });
    on_a_leg && is_plain_step(step)
}

/// Whether a step fails its job, and a usual shell runs it.
fn is_plain_step(step: &Node) -> bool {
    let shell = step.get("shell").and_then(Node::as_str);
    matches!(shell, None | Some("bash" | "sh")) && step.get("continue-on-error").is_none()
}

/// Whether a step holds on all legs but one of another version than the one that jobs of packs use.
fn is_on_most(step: &Node) -> bool {
    let condition = step.get("if").and_then(scalar).unwrap_or_default();
    ON_OTHER_LEGS.is_match(&condition) && is_plain_step(step)
}

struct Reader<'a> {
    tree: &'a Tree<'a>,
    forms: &'a Forms,
    path: &'a str,
    root: &'a Node,
    job: &'a Node,
    is_ours: bool,
    /// Jobs of packs have the whole history.
    has_history: bool,
}

impl Reader<'_> {
    fn commands(&self) -> Vec<Command> {
        let steps = self.job.get("steps").map(Node::items).unwrap_or_default();
        let mut commands = Vec::new();
        // What a job makes to hand it on checks nothing.
        if steps.iter().filter_map(|step| step.get("uses")?.as_str()).any(workflow::hands_on) {
            return commands;
        }
        let uses = |step: &Node| step.get("uses").and_then(Node::as_str).unwrap_or_default().to_owned();
        let takes = steps.iter().any(|step| uses(step).starts_with(TAKES_FROM_OTHERS));
        let set_up = self.set_up(steps);
        for step in steps {
            if !self.is_known_action(step) {
                return commands;
            }
            let Some(run) = step.get("run") else { continue };
            if self.only_verifies(run.as_str().unwrap_or_default()) {
                commands.iter_mut().for_each(|command: &mut Command| command.verified = true);
                continue;
            }
            let dir = self.directory(step);
            let around = format!("{set_up} {}", step.to_value());
            let variables = step.get("env").map(Node::entries).unwrap_or_default();
            for line in run.as_str().unwrap_or_default().lines().map(str::trim) {
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let (line, is_whole) = self.with_variables(line, variables);
                let line = self.without_version(line);
                let legs = self.legs(&line);
                let is_file = |path: &str| self.tree.file_in(&dir, path).is_some();
                // Tools are installed by packs, and of the steps that wfgen wrote those with a name are set-up.
                let is_set_up = self.is_ours && step.get("name").is_some()
                    || is_known(&self.forms.calls.known_commands, &line);
                let installs = |leg: &String| is_known(&self.forms.calls.installing, leg);
                let is_call = |leg: &String| {
                    self.forms.called(leg, is_file).is_some_and(|called| called.call.alone || !takes)
                };
                let check_of = |leg: &String| self.forms.check_of(leg, &around).filter(|_| !takes);
                if legs
                    .iter()
                    .any(|leg| is_call(leg) || check_of(leg).is_some() || (!is_set_up && installs(leg)))
                {
                    let evidence = Evidence::at(self.path, run.line, "ci");
                    let command = |text: String| Command {
                        check_of: check_of(&text).map(str::to_owned),
                        text,
                        dir: dir.clone(),
                        verified: false,
                        evidence: evidence.clone(),
                    };
                    let counts =
                        |leg: &String| is_held(step) || (check_of(leg).is_some() && is_on_most(step));
                    commands.extend(legs.into_iter().filter(|leg| is_whole && counts(leg)).map(command));
                } else if self.only_verifies(&line) {
                    commands.iter_mut().for_each(|command| command.verified = true);
                } else if is_of_one_version(step) {
                    // What one leg prepares for itself changes nothing on the others.
                    break;
                } else if !is_set_up {
                    return commands;
                }
            }
        }
        commands
    }

    /// What sets the machine up for the commands: variables of the job and of the workflow, and actions.
    fn set_up(&self, steps: &[Node]) -> String {
        let variables = [self.root.get("env"), self.job.get("env")];
        let actions = steps.iter().filter(|step| step.get("uses").is_some() && !is_of_one_version(step));
        let all = variables.into_iter().flatten().chain(actions);
        all.map(|node| node.to_value().to_string()).collect::<Vec<_>>().join(" ")
    }

    /// Whether a text calls no entry point, and sees whether files have changed.
    fn only_verifies(&self, text: &str) -> bool {
        let is_call = |line: &str| self.forms.called_of_tools(line.trim()).is_some();
        is_known(&self.forms.calls.verifying, text) && !text.lines().any(is_call)
    }

    /// Whether a step uses no action, or one that makes no more of the machine than jobs of packs do.
    fn is_known_action(&self, step: &Node) -> bool {
        let Some(action) = step.get("uses").and_then(Node::as_str) else { return true };
        let inputs = step.get("with").map(Node::entries).unwrap_or_default();
        let is_plain = |(key, value): &(Node, Node)| {
            let key = key.key_text();
            PLAIN_CHECKOUT.contains(&key.as_str())
                // A check of somebody else may need the history that it asks for; ours has it where versions come from tags.
                || (key == "fetch-depth" && (self.has_history || self.is_ours || scalar(value).is_some_and(|depth| depth != "0")))
        };
        let is_checkout = action.starts_with("actions/checkout@");
        is_known(&self.forms.calls.known_actions, action)
            && (!is_checkout || inputs.iter().all(is_plain))
            && !has_secrets(Some(step))
    }

    /// The line with the environment variables of its step, and whether that is all that the step sets.
    fn with_variables(&self, line: &str, variables: &[(Node, Node)]) -> (String, bool) {
        let (mut line, mut is_whole) = (line.to_owned(), true);
        for (key, value) in variables {
            let (key, value) = (key.key_text(), scalar(value).unwrap_or_default());
            if value.len() > MAX_LINE {
                return (line, false);
            }
            let before = line.clone();
            let known = self.forms.calls.variables.get(&key);
            match known {
                Some(said) => line.push_str(&said.replace("{value}", &value)),
                None => {
                    for form in [format!("\"${key}\""), format!("${{{key}}}"), format!("${key}")] {
                        line = line.replace(&form, &value);
                    }
                }
            }
            is_whole &= known.is_some() || line != before;
            if line.len() > MAX_LINE {
                return (before, false);
            }
        }
        (line, is_whole)
    }

    /// The line without what chooses the version of the language.
    fn without_version(&self, line: String) -> String {
        let choice = self.forms.calls.chooses_version.as_ref().map(|choice| pattern(choice));
        match choice.as_ref().and_then(|choice| choice.said(&line)) {
            Some(said) => line.replacen(said, "", 1),
            None => line,
        }
    }

    /// The directory that a step runs in, as a project's directory is written.
    fn directory(&self, step: &Node) -> String {
        let default = |node: &Node| node.at(&["defaults", "run", "working-directory"]).and_then(scalar);
        let directory = step.get("working-directory").and_then(scalar);
        let directory = directory.or_else(|| default(self.job)).or_else(|| default(self.root));
        let directory = directory.unwrap_or_else(|| ".".to_owned());
        let directory = directory.trim_start_matches("./").trim_end_matches('/');
        if directory.is_empty() { ".".to_owned() } else { directory.to_owned() }
    }

    /// The line as each leg of the matrix runs it. A line with another expression is none that we could run.
    fn legs(&self, line: &str) -> Vec<String> {
        let is_release = |leg: &Node| !PREVIEW.is_match(&leg.to_value().to_string());
        let mut legs = matrix::spelt_out_for(self.job, line, is_release);
        legs.retain(|leg| !leg.contains("${{"));
        legs
    }
}

pub(super) fn is_known(expressions: &Names, text: &str) -> bool {
    expressions.iter().any(|known| pattern(known).is_match(text))
}
