//! The repository's own entry points: scripts of manifests and the files of task runners.

mod calls;
mod checks;
mod jobs;
mod justfile;
mod makefile;
mod python;
mod taskfile;
mod unrun;

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use calls::{Called, Forms};
use checks::Finder;
use jobs::Command;

use super::evidence::pattern;
use super::fact::{Evidence, Fact, Facts, Refusal};
use super::manifests::Script;
use super::project::Subject;
use super::tree::Tree;
use crate::library::pack::{Commands, Names, Refuse, Runner, Tasks};

/// What existing workflows leave out.
pub(crate) const UNRUN: &str = "project.unrun";

type Reader = fn(&Tree<'_>, &str) -> Vec<Script>;

/// The readers that packs can name.
pub(crate) const READERS: &[(&str, Reader)] = &[
    ("justfile", justfile::read),
    ("makefile", makefile::read),
    ("mise", taskfile::read_mise),
    ("nox", python::read_nox),
    ("taskfile", taskfile::read),
    ("tox", python::read_tox),
];

/// Whether a name can stand in a command as it is, so that nothing in it means anything to a shell.
fn is_plain(name: &str) -> bool {
    static PLAIN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$").ok());
    PLAIN.as_ref().is_some_and(|plain| plain.is_match(name))
}

/// Everything that can be run in a directory, strongest first.
fn candidates(subject: &Subject<'_>, tasks: &Tasks, facts: &Facts) -> Vec<Script> {
    let manager = facts.text("project.manager").unwrap_or_default();
    let run = subject.pack.project.as_ref().and_then(|project| project.run.get(manager));
    let of_manifest = subject.manifest.scripts.iter().filter_map(|script| {
        let template = script.run.clone().or_else(|| Some(run?.replace("{name}", &script.name)));
        Some(Script { run: Some(template?), ..script.clone() })
    });
    of_manifest.chain(of_runners(subject.tree, subject.dir(), &tasks.runners)).collect()
}

fn of_runners(tree: &Tree<'_>, dir: &str, runners: &[Runner]) -> Vec<Script> {
    let mut found = Vec::new();
    for runner in runners {
        let Some((_, reader)) = READERS.iter().find(|(name, _)| *name == runner.reader) else {
            continue;
        };
        for name in runner.files.iter() {
            let Some(path) = tree.file_in(dir, name) else { continue };
            let scripts = reader(tree, &path);
            if scripts.is_empty() {
                continue;
            }
            found.extend(scripts.into_iter().map(|script| {
                let run = script.run.clone().unwrap_or_else(|| runner.run.replace("{name}", &script.name));
                Script { run: Some(run), ..script }
            }));
            break;
        }
    }
    found
}

/// What existing workflows run on every change, and how calls of entry points are recognised in it.
#[derive(Default)]
pub(crate) struct Followed {
    forms: Forms,
    jobs: Vec<Vec<Command>>,
    /// Every line, whatever comes before it.
    lines: Vec<Command>,
    /// Every line of jobs that wfgen wrote: what was chosen once stays chosen.
    ours: Vec<Command>,
}

impl Followed {
    pub(crate) fn read(tree: &Tree<'_>, tasks: &Tasks, commands: Vec<(String, Commands)>) -> Self {
        let forms = Forms::new(&tasks.called, commands);
        let jobs = jobs::on_changes(tree, &forms);
        let (ours, lines) = jobs::lines(tree, &forms);
        Followed { forms, jobs, lines, ours }
    }

    /// The entry points that are called in a directory: by jobs that wfgen wrote, and by others.
    fn called(&self, dir: &str) -> [Vec<Called<'_>>; 2] {
        let is_here = |command: &&Command| command.dir == dir;
        let call = |command| self.call(command);
        let theirs = self.jobs.iter().flatten().chain(&self.lines);
        [
            self.ours.iter().filter(is_here).filter_map(call).collect(),
            theirs.filter(is_here).filter_map(call).collect(),
        ]
    }

    fn call(&self, command: &Command) -> Option<Called<'_>> {
        self.forms.called_of_tools(&command.text)
    }
}

pub(crate) fn establish(subject: &Subject<'_>, tasks: &Tasks, followed: &Followed, facts: &mut Facts) {
    if subject.pack.test_runners.is_empty() {
        return;
    }
    let scripts = candidates(subject, tasks, facts);
    let [ours, theirs] = followed.called(subject.dir());
    let count =
        |called: &[Called<'_>], script: &Script| called.iter().filter(|call| call.runs(script)).count();
    let calls = |script: &Script| (count(&ours, script), count(&theirs, script));
    let chosen = choose(tasks, &scripts, calls);
    if followed.jobs.iter().flatten().any(|command| command.dir == subject.dir()) {
        let none = Map::new();
        let done = chosen.as_ref().and_then(|fact| fact.value.as_object()).unwrap_or(&none);
        let finder = Finder::new(subject, tasks, &followed.forms, &scripts, facts, done);
        if let Some(fact) = finder.find(&followed.jobs) {
            facts.insert("project.checks", fact);
        }
    }
    if let Some(fact) = chosen {
        facts.insert("project.tasks", fact);
    }
    if let Some(fact) = called_tasks(tasks, &scripts, |script| calls(script) > (0, 0)) {
        facts.insert("project.called", fact);
    }
    if let Some(fact) = unrun::establish(subject, tasks, &followed.forms, &scripts) {
        facts.insert(UNRUN, fact);
    }
}

/// The tasks of which existing workflows run an entry point.
fn called_tasks(tasks: &Tasks, scripts: &[Script], is_called: impl Fn(&Script) -> bool) -> Option<Fact> {
    let mut found = Vec::new();
    let mut evidence = Vec::new();
    for (task, names) in &tasks.names {
        if let Some(script) = named(names, scripts).into_iter().find(|script| is_called(script)) {
            found.push(Value::from(task.as_str()));
            evidence.push(script.evidence.clone());
        }
    }
    (!found.is_empty()).then(|| Fact::of(found, evidence))
}

/// The entry points in the root, whatever project they are for.
pub(crate) fn of_repository(tree: &Tree<'_>, tasks: &Tasks) -> Option<Fact> {
    choose(tasks, &of_runners(tree, ".", &tasks.runners), |_| (0, 0))
}

/// For every task the best name that is there and not refused; before it, the one that jobs of wfgen call, and the one that
/// others call most often.
fn choose(tasks: &Tasks, scripts: &[Script], calls: impl Fn(&Script) -> (usize, usize)) -> Option<Fact> {
    let mut chosen = Map::new();
    let (mut evidence, mut refused) = (Vec::new(), Vec::new());
    for (task, names) in &tasks.names {
        let all = named(names, scripts);
        let usable = || all.iter().filter(|script| refusal(tasks, script).is_none());
        let called =
            usable().rev().max_by_key(|script| calls(script)).filter(|script| calls(script) > (0, 0));
        let best = called.or_else(|| usable().next()).copied();
        for script in all.iter().filter(|script| best.is_none_or(|best| !std::ptr::eq(best, **script))) {
            let better = || {
                let best = best?;
                Some(match called {
                    Some(_) => format!("existing workflows run `{}`", best.name),
                    None => format!("`{}` says it better", best.evidence.file),
                })
            };
            if let Some(because) = refusal(tasks, script).or_else(better) {
                let value = Value::from(script.run.clone().unwrap_or_default());
                refused.push(Refusal { value, evidence: script.evidence.clone(), because });
            }
        }
        if let Some(script) = best {
            chosen.insert(task.clone(), Value::from(script.run.clone().unwrap_or_default()));
            evidence.push(script.evidence.clone());
        }
    }
    (!chosen.is_empty() || !refused.is_empty())
        .then(|| Fact { refused, ..Fact::of(Value::Object(chosen), evidence) })
}

/// Scripts that go by one of the names, those of the best file first, and of one file the best name first.
fn named<'a>(names: &Names, scripts: &'a [Script]) -> Vec<&'a Script> {
    let mut files: Vec<&str> = Vec::new();
    for script in scripts {
        if !files.contains(&script.evidence.file.as_str()) {
            files.push(&script.evidence.file);
        }
    }
    let of_file = |file: &str| {
        names
            .iter()
            .flat_map(move |name| {
                scripts.iter().filter(move |script| script.name == name).collect::<Vec<_>>()
            })
            .filter(|script| script.evidence.file == file)
            .collect::<Vec<_>>()
    };
    files.into_iter().flat_map(of_file).collect()
}

/// Why a script is no entry point for CI.
fn refusal(tasks: &Tasks, script: &Script) -> Option<String> {
    if !is_plain(&script.name) {
        return Some("its name can't stand in a command as it is".to_owned());
    }
    let hits = |rules: &[Refuse], text: &str| {
        let hit = rules.iter().find(|rule| pattern(&rule.matches).is_match(text));
        hit.map(|rule| rule.because.clone())
    };
    hits(&tasks.refuse_names, &script.name)
        .or_else(|| hits(&tasks.refuse_commands, &script.command))
        .or_else(|| hits(&tasks.refuse_runs, script.run.as_deref().unwrap_or_default()))
}

/// A script of a runner's file.
fn script(name: &str, command: &str, file: &str, line: u32, reader: &str) -> Script {
    let evidence = Evidence::at(file, line, reader);
    Script { name: name.to_owned(), command: command.trim().to_owned(), evidence, run: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks() -> Tasks {
        serde_json::from_value(serde_json::json!({
            "names": {"test": ["test:ci", "test"], "lint": ["lint"]},
            "refuse-commands": [{"match": "--watch", "because": "it watches"}],
        }))
        .unwrap()
    }

    fn of(name: &str, command: &str, file: &str) -> Script {
        Script { run: Some(format!("run {name}")), ..script(name, command, file, 1, "r") }
    }

    #[test]
    fn the_best_name_of_the_best_file_is_chosen_and_the_rest_refused_with_a_reason() {
        let scripts = [
            of("test", "x", "a"),
            of("test:ci", "x", "a"),
            of("test", "x", "b"),
            of("lint", "x --watch", "a"),
        ];
        let fact = choose(&tasks(), &scripts, |_| (0, 0)).unwrap();
        assert_eq!(fact.value, serde_json::json!({"test": "run test:ci"}));
        let because: Vec<_> = fact.refused.iter().map(|r| r.because.as_str()).collect();
        assert_eq!(because, ["`a` says it better", "`a` says it better", "it watches"]);
    }

    #[test]
    fn what_existing_workflows_call_is_chosen_before_a_better_name() {
        let scripts = [of("test", "x", "a"), of("test:ci", "x", "a"), of("lint", "x --watch", "a")];
        let fact = choose(&tasks(), &scripts, |script| (0, usize::from(script.name != "test:ci"))).unwrap();
        assert_eq!(fact.value, serde_json::json!({"test": "run test"}));
        let because: Vec<_> = fact.refused.iter().map(|r| r.because.as_str()).collect();
        assert_eq!(because, ["existing workflows run `test`", "it watches"]);
    }

    #[test]
    fn a_name_that_a_shell_would_read_is_refused() {
        for name in ["a b", "a;b", "$(x)", "a`b", "-rf", "${{ x }}", ""] {
            assert!(!is_plain(name), "{name}");
        }
        assert!(is_plain("test:unit") && is_plain("lint-all.v2"));
    }
}
