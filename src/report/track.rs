//! What `track` did to the history.

use std::fmt::Write;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Report;
use crate::history::{Recorded, Removal};
use crate::units::count;

/// Runs that were taken in.
#[derive(Debug)]
pub struct Taken {
    command: &'static str,
    history: String,
    recorded: Recorded,
    skipped: u64,
}

impl Taken {
    /// What `track COMMAND` recorded, and how many records it had to skip.
    pub fn new(command: &'static str, history: &Path, recorded: Recorded, skipped: u64) -> Self {
        Taken { command, history: history.display().to_string(), recorded, skipped }
    }
}

impl Report for Taken {
    fn human(&self) -> String {
        let Recorded { new, updated, unchanged } = self.recorded;
        let mut text = format!("{}, {updated} updated, {unchanged} known already\n", count(new, "new run"));
        if self.skipped > 0 {
            let _ = writeln!(text, "{} could not be read", count(self.skipped, "record"));
        }
        let _ = writeln!(text, "History: {}", super::plain(&self.history));
        text
    }

    fn json(&self) -> Value {
        let Recorded { new, updated, unchanged } = self.recorded;
        json!({
            "schema": format!("wfgen.track-{}/1", self.command),
            "new": new,
            "updated": updated,
            "unchanged": unchanged,
            "skipped": self.skipped,
            "history": self.history,
        })
    }
}

/// Runs that were deleted, or would be.
#[derive(Debug)]
pub struct Pruned {
    /// What goes.
    pub removal: Removal,
    /// Runs created before this.
    pub limit: Timestamp,
    /// It was only asked for.
    pub dry_run: bool,
}

impl Report for Pruned {
    fn human(&self) -> String {
        let Removal { runs, jobs, steps, repositories, .. } = &self.removal;
        let verb = if self.dry_run { "Would delete" } else { "Deleted" };
        let mut text = format!(
            "{verb} {} created before {}, with {} and {}\n",
            count(*runs, "run"),
            self.limit.strftime("%Y-%m-%d %H:%M"),
            count(*jobs, "job"),
            count(*steps, "step")
        );
        for (repository, runs) in repositories {
            let _ = writeln!(text, "  {}  {}", super::plain(repository), count(*runs, "run"));
        }
        text
    }

    fn json(&self) -> Value {
        let repositories: serde_json::Map<String, Value> =
            self.removal.repositories.iter().map(|(name, runs)| (name.clone(), json!(runs))).collect();
        json!({
            "schema": "wfgen.track-prune/1",
            "dry-run": self.dry_run,
            "before": self.limit.to_string(),
            "runs": self.removal.runs,
            "jobs": self.removal.jobs,
            "steps": self.removal.steps,
            "repositories": repositories,
        })
    }
}

/// A command that has said everything on the way.
#[derive(Debug)]
pub struct Nothing {
    /// Its schema.
    pub schema: &'static str,
}

impl Report for Nothing {
    fn human(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        json!({ "schema": self.schema })
    }
}
