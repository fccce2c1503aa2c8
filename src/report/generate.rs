//! What `wfgen generate` wrote, would write, or found out of date.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Entry, plain};
use crate::plan::Plan;
use crate::write::{Cause, Comparison, FileComparison, Owner, State, Written};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Files were written.
    Wrote,
    /// Nothing was written, because nothing was asked to be.
    WouldWrite,
    /// Files were checked.
    Checked,
    /// Something is in the way.
    Refused,
    /// The last run was undone.
    TookBack,
}

/// A run of `generate`.
#[derive(Debug, Clone)]
pub struct Generation {
    /// What was done.
    pub verb: Verb,
    /// What was planned.
    pub plan: Plan,
    /// How the files stood before.
    pub comparison: Option<Comparison>,
    /// What was written.
    pub written: Written,
}

impl Generation {
    /// A run that planned nothing.
    pub fn new(verb: Verb) -> Self {
        Generation { verb, plan: Plan::default(), comparison: None, written: Written::default() }
    }

    fn files(&self) -> &[FileComparison] {
        self.comparison.as_ref().map_or(&[], |comparison| &comparison.files)
    }

    /// The jobs of a file, in order.
    fn jobs(&self, path: &str) -> Vec<&str> {
        let file = self.plan.files.iter().find(|file| file.path == path);
        file.into_iter().flat_map(|file| &file.jobs).map(|job| job.id.as_str()).collect()
    }

    fn human_file(&self, file: &FileComparison, out: &mut String) {
        let state = match (file.state, file.remove) {
            (_, true) => "removed",
            (State::New, _) => "new",
            (State::Current, _) => "current",
            (State::Changed, _) => "changed",
            (State::Orphan, _) => "kept: no longer generated, but changed by hand",
            (State::Foreign, _) => "not written by wfgen: left alone",
            (State::Conflict, _) => "cannot be merged",
        };
        let jobs = self.jobs(&file.path);
        let jobs = if jobs.is_empty() { String::new() } else { format!("  {}", jobs.join(", ")) };
        let _ = writeln!(out, "  {}  ({state}){jobs}", plain(&file.path));
        let mut told: &[Cause] = &[];
        for difference in file.differences.iter().filter(|d| self.shows(d.owner)) {
            let _ = writeln!(out, "      {} {}", plain(&difference.what), plain(&difference.detail));
            // What holds for several in a row is said once.
            if difference.because != *told {
                for cause in &difference.because {
                    let _ = writeln!(out, "        {}", plain(&cause.to_string()));
                }
                told = &difference.because;
            }
        }
        for conflict in &file.conflicts {
            let _ = writeln!(out, "      {}: {}", plain(&conflict.what), plain(&conflict.why));
            for (side, text) in [("wfgen", &conflict.ours), ("yours", &conflict.yours)] {
                for line in text.lines() {
                    let _ = writeln!(out, "        {side} | {}", plain(line));
                }
            }
        }
    }

    /// After writing, what was the user's is of interest; before, what would change.
    fn shows(&self, owner: Owner) -> bool {
        match self.verb {
            Verb::Wrote => owner == Owner::Yours,
            _ => true,
        }
    }
}

impl super::Report for Generation {
    fn human(&self) -> String {
        let mut out = String::new();
        let changes = self.files().iter().filter(|file| file.state != State::Current).count();
        let title = match self.verb {
            Verb::Wrote if self.written.written.is_empty() && self.written.removed.is_empty() => {
                "Everything is current."
            }
            Verb::Wrote => "Wrote",
            Verb::WouldWrite if changes == 0 => "Everything is current.",
            Verb::WouldWrite => "Would write",
            Verb::Checked if changes == 0 => "Everything is current.",
            Verb::Checked => "Checked",
            Verb::Refused => "Nothing was written, because of",
            Verb::TookBack => "Took back the last run:",
        };
        let _ = writeln!(out, "{title}");
        for path in
            self.written.written.iter().chain(&self.written.removed).filter(|_| self.comparison.is_none())
        {
            let _ = writeln!(out, "  {}", plain(path));
        }
        for file in self.files() {
            let blocks = matches!(file.state, State::Foreign | State::Conflict);
            if self.verb != Verb::Refused || blocks {
                self.human_file(file, &mut out);
            }
        }
        if self.verb == Verb::WouldWrite {
            self.files().iter().for_each(|file| out.push_str(&file.diff()));
        }
        for omission in &self.plan.omitted {
            let project = omission.project.as_ref().map(|p| format!(" for {}", plain(p))).unwrap_or_default();
            let _ = writeln!(out, "Left out: {}{project}: {}", omission.component, plain(&omission.because));
        }
        for note in &self.plan.notes {
            let _ = writeln!(out, "Note: {}", plain(note));
        }
        if let Some(next) = self.next() {
            let _ = writeln!(out, "{next}");
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.generate/1",
            "written": self.written.written,
            "removed": self.written.removed,
            "files": self.comparison.as_ref().map(|c| &c.files),
            "omitted": self.plan.omitted,
            "notes": self.plan.notes,
        })
    }

    fn github(&self) -> Option<String> {
        let of_file = |file: &FileComparison| file.differences.clone();
        let differences: Vec<_> = self.files().iter().flat_map(of_file).collect();
        let drift = differences.iter().filter(|d| d.owner == Owner::Structure);
        let messages: Vec<_> = drift.map(|d| (d.sentence(), &d.location)).collect();
        let help = Some("run `wfgen generate`");
        let entry = |(message, location)| Entry { rule: "drift", error: true, message, help, location };
        let entries: Vec<_> =
            messages.iter().map(|(message, location)| entry((message.as_str(), *location))).collect();
        Some(super::annotations::lines(&entries))
    }
}

impl Generation {
    /// What to do next.
    fn next(&self) -> Option<&'static str> {
        let has = |state: State| self.files().iter().any(|file| file.state == state);
        match self.verb {
            Verb::Refused | Verb::WouldWrite | Verb::Checked if has(State::Foreign) => Some(
                "`--adopt` takes such a file over and keeps its own jobs beside these; `--force` overwrites it; \
                 `[workflows] NAME = false` in wfgen.toml leaves it to you.",
            ),
            Verb::Refused if has(State::Conflict) => {
                Some("Bring one side to the other by hand, or overwrite yours with `--force`.")
            }
            Verb::Checked if self.comparison.as_ref().is_some_and(Comparison::is_drift) => {
                Some("Run `wfgen generate` and commit the result; `wfgen diff` shows every line.")
            }
            Verb::Wrote if !self.written.written.is_empty() => {
                Some("Commit these files; `wfgen generate --explain` tells why each job is there.")
            }
            _ => None,
        }
    }
}
