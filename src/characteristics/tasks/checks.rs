//! `project.checks`: entry points that existing workflows run on every change and that no job of the pack covers.
//!
//! Whoever runs `make check` on every pull request wants it held, whatever it is. Workflows that wfgen wrote count too: what
//! was found once stays when the workflow that said so is replaced.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::calls::{Called, Forms};
use super::jobs::{Command, is_known};
use super::{Script, refusal, script};
use crate::characteristics::evidence::pattern;
use crate::characteristics::fact::{Evidence, Fact, Facts, Refusal};
use crate::characteristics::paths;
use crate::characteristics::project::Subject;
use crate::library::pack::{Names, Tasks};

/// What has to run before the checks of the same list.
const BEFORE: &str = "before";

/// No list of scripts is so long.
const AFTER_SCRIPTS: usize = usize::MAX / 2;

/// The list of what needs no more than the project.
const HERE: &str = "here";

/// How it is seen whether what ran before has changed a file.
const VERIFY: &str = "git diff --exit-code";

/// Finds the checks of a project among the commands of existing jobs.
pub(super) struct Finder<'a> {
    subject: &'a Subject<'a>,
    tasks: &'a Tasks,
    forms: &'a Forms,
    scripts: &'a [Script],
    manager: Option<&'a str>,
    /// What entry points are called whose task jobs of the pack do.
    names: Vec<&'a str>,
    /// Entry points, by their place among the scripts, that jobs of the pack run.
    covered: BTreeSet<usize>,
}

/// An entry point that a call means.
struct Meant {
    order: usize,
    name: String,
    run: String,
    refused: Option<String>,
    is_covered: bool,
}

#[derive(Default)]
struct Found {
    /// By the list, whether files may be changed afterwards, and the order in the list.
    checks: BTreeMap<(String, bool, usize, String), Evidence>,
    before: Vec<String>,
    refused: Vec<Refusal>,
}

impl Found {
    /// Adds a command that is a check by itself, after the entry points and in the order of the workflows.
    fn add_command(&mut self, command: &Command) {
        let words = command.text.split_whitespace();
        let run = words.map(unquoted).collect::<Vec<_>>().join(" ");
        // A word with a blank in it needs its quotes, and those mean something to a shell.
        let is_plain = !run.contains(['"', '\'']);
        if is_plain && !self.checks.keys().any(|(into, _, _, known)| into == HERE && *known == run) {
            let order = AFTER_SCRIPTS + self.checks.len();
            let key = (HERE.to_owned(), !command.verified, order, run);
            self.checks.insert(key, command.evidence.clone());
        }
    }
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        subject: &'a Subject<'a>,
        tasks: &'a Tasks,
        forms: &'a Forms,
        scripts: &'a [Script],
        facts: &'a Facts,
        chosen: &Map<String, Value>,
    ) -> Self {
        let covers =
            subject.pack.project.as_ref().map(|project| project.covers.as_slice()).unwrap_or_default();
        let names_of = |task: &'a String| tasks.names.get(task).into_iter().flat_map(Names::iter);
        let names: Vec<&str> = covers.iter().flat_map(names_of).collect();
        let done: Vec<&str> =
            covers.iter().filter(|task| chosen.contains_key(*task)).flat_map(names_of).collect();
        let is_done = |(_, script): &(usize, &Script)| done.contains(&script.name.as_str());
        let covered = scripts.iter().enumerate().filter(is_done).map(|(at, _)| at).collect();
        let manager = facts.text("project.manager");
        let mut finder = Finder { subject, tasks, forms, scripts, manager, names, covered };
        finder.spread();
        finder
    }

    /// What a covered entry point calls is covered, and so is one that does nothing but call such.
    fn spread(&mut self) {
        let commands: Vec<_> =
            self.scripts.iter().map(|script| self.forms.of_command(&script.command)).collect();
        let called = |call: &Called<'_>| -> Vec<usize> {
            let all = self.scripts.iter().enumerate();
            all.filter(|(_, script)| call.runs(script)).map(|(at, _)| at).collect()
        };
        let calls: Vec<Vec<Option<Vec<usize>>>> = commands
            .iter()
            .map(|pieces| pieces.iter().map(|piece| piece.as_ref().map(called)).collect())
            .collect();
        loop {
            let before = self.covered.len();
            for (at, pieces) in calls.iter().enumerate() {
                if self.covered.contains(&at) {
                    self.covered.extend(pieces.iter().flatten().flatten());
                }
                let is_covered = |piece: &Option<Vec<usize>>| {
                    piece
                        .as_ref()
                        .is_some_and(|all| !all.is_empty() && all.iter().all(|at| self.covered.contains(at)))
                };
                if !pieces.is_empty() && pieces.iter().all(is_covered) {
                    self.covered.insert(at);
                }
            }
            if self.covered.len() == before {
                return;
            }
        }
    }

    pub(super) fn find(&self, jobs: &[Vec<Command>]) -> Option<Fact> {
        let mut found = Found::default();
        for job in jobs {
            self.follow(job, &mut found);
        }
        let mut lists = Map::new();
        let mut checks = found.checks.keys().peekable();
        while let Some((into, free, _, run)) = checks.next() {
            if let Value::Array(list) = lists.entry(into.clone()).or_insert_with(|| json!([])) {
                list.push(json!(run));
                // What is verified comes first, so that it is not blamed for the others' changes.
                let is_last = checks.peek().is_none_or(|next| next.0 != *into || next.1);
                list.extend((!free && is_last).then(|| json!(VERIFY)));
            }
        }
        if !lists.is_empty() && !found.before.is_empty() {
            lists.insert(BEFORE.to_owned(), json!(found.before));
        }
        (!lists.is_empty() || !found.refused.is_empty()).then(|| Fact {
            refused: found.refused,
            ..Fact::of(Value::Object(lists), found.checks.into_values().collect())
        })
    }

    fn follow(&self, job: &[Command], found: &mut Found) {
        let mut before: Vec<String> = Vec::new();
        for command in job.iter().filter(|command| command.dir == self.subject.dir()) {
            let is_file = |path: &str| self.subject.tree.file_in(self.subject.dir(), path).is_some();
            if is_known(&self.forms.calls.installing, &command.text) {
                before.push(command.text.clone());
                continue;
            }
            if command.check_of.as_deref() == Some(&self.subject.member.candidate.pack) {
                found.add_command(command);
                continue;
            }
            let Some(called) = self.forms.called(&command.text, is_file) else { continue };
            if called.is_of_another(self.manager.unwrap_or_default()) {
                let because =
                    "it runs in an environment that another tool than the project's manager puts in place";
                let evidence = command.evidence.clone();
                let refusal =
                    Refusal { value: command.text.as_str().into(), evidence, because: because.to_owned() };
                found.refused.extend((!found.refused.contains(&refusal)).then_some(refusal));
                continue;
            }
            for Meant { order, name, run, refused, is_covered } in self.meant(&called) {
                if self.is_preparing(&name) {
                    before.push(run);
                } else if let Some(because) = refused {
                    let refusal = Refusal { value: run.into(), evidence: command.evidence.clone(), because };
                    found.refused.extend((!found.refused.contains(&refusal)).then_some(refusal));
                } else if !is_covered {
                    let key = |free| (called.call.into.clone(), free, order, run.clone());
                    // Two jobs may run it, of which one verifies.
                    if command.verified {
                        found.checks.remove(&key(true));
                    }
                    let free = !command.verified && !found.checks.contains_key(&key(false));
                    found.checks.entry(key(free)).or_insert_with(|| command.evidence.clone());
                    let needed = before.iter().filter(|_| !called.call.alone);
                    let new: Vec<_> = needed.filter(|run| !found.before.contains(run)).cloned().collect();
                    found.before.extend(new);
                }
            }
        }
    }

    /// The entry points that a call means.
    fn meant(&self, called: &Called<'_>) -> Vec<Meant> {
        if called.call.by.is_empty() {
            return called.names.iter().map(|path| self.file(called, path)).collect();
        }
        let all = self.scripts.iter().enumerate().filter(|(_, script)| called.runs(script));
        let all = all.map(|(order, script)| Meant {
            order,
            name: script.name.clone(),
            run: called.command(script.run.as_deref().unwrap_or_default()),
            refused: self.refusal(script),
            is_covered: self.covered.contains(&order),
        });
        if !called.call.parts {
            return all.collect();
        }
        let one = all.filter(|meant| meant.refused.is_none()).min_by_key(|meant| meant.is_covered);
        one.map(|meant| Meant { run: called.template(&called.names.join(" ")), ..meant })
            .into_iter()
            .collect()
    }

    fn file(&self, called: &Called<'_>, path: &str) -> Meant {
        let script = script(stem(path), "", path, 0, "file");
        let is_covered = self.names.contains(&script.name.as_str());
        let (run, refused) = (called.template(path), self.refusal(&script));
        Meant { order: usize::MAX, name: script.name, run, refused, is_covered }
    }

    fn is_preparing(&self, name: &str) -> bool {
        !self.forms.calls.preparing.is_empty() && pattern(&self.forms.calls.preparing).is_match(name)
    }

    /// Why an entry point is no check.
    fn refusal(&self, script: &Script) -> Option<String> {
        let hit = self
            .forms
            .calls
            .refuse_names
            .iter()
            .find(|refuse| pattern(&refuse.matches).is_match(&script.name));
        hit.map(|refuse| refuse.because.clone()).or_else(|| refusal(self.tasks, script))
    }
}

/// A word without the quotes around it or around its value, as in `--features="a"`.
fn unquoted(word: &str) -> String {
    let quoted = |text: &str| {
        let inner = |quote| text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        inner('"').or_else(|| inner('\'')).map(str::to_owned)
    };
    let value = word.split_once('=').and_then(|(option, value)| Some(format!("{option}={}", quoted(value)?)));
    quoted(word).or(value).unwrap_or_else(|| word.to_owned())
}

/// `.ci.check.sh` is called `ci.check`.
fn stem(path: &str) -> &str {
    let name = paths::name(path).trim_start_matches('.');
    name.strip_suffix(".sh").or_else(|| name.strip_suffix(".py")).unwrap_or(name)
}
