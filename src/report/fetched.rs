//! What a fetch brought.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Report, plain};
use crate::runs::fetch::{Ended, Fetched, Repository};
use crate::units::count;

/// What a fetch brought, and into which history.
#[derive(Debug)]
pub struct FetchReport {
    /// By repository.
    pub fetched: Fetched,
    /// The history.
    pub history: String,
}

fn ended(repository: &Repository) -> (&'static str, String) {
    match &repository.ended {
        Ended::Complete => ("complete", String::new()),
        Ended::Enough => ("enough", "as many as were asked for".to_owned()),
        Ended::Limited { until } => (
            "limited",
            format!(
                "the rate limit ends at {}; the same command goes on from here",
                until.strftime("%Y-%m-%d %H:%M UTC")
            ),
        ),
        Ended::Unavailable { why } => {
            ("unavailable", format!("the server can't be reached, the history is as it was: {why}"))
        }
        Ended::Interrupted => ("interrupted", "the same command goes on from here".to_owned()),
        Ended::Failed(error) => ("failed", error.to_string()),
    }
}

impl Report for FetchReport {
    fn human(&self) -> String {
        let mut text = String::new();
        for repository in &self.fetched.repositories {
            let _ = write!(
                text,
                "{}: {} ({} new) and {}",
                plain(&repository.name),
                count(repository.runs, "run"),
                repository.new,
                count(repository.jobs, "job")
            );
            let (_, why) = ended(repository);
            let _ = if why.is_empty() { writeln!(text) } else { writeln!(text, "; {}", plain(&why)) };
            if let Some(name) = &repository.renamed {
                let _ = writeln!(text, "  it is called {} now", plain(name));
            }
            if repository.open > 0 {
                let _ = writeln!(
                    text,
                    "  {} still running: fetched again next time",
                    count(repository.open, "run")
                );
            }
        }
        let _ =
            writeln!(text, "{}. History: {}", count(self.fetched.requests, "request"), plain(&self.history));
        text
    }

    fn json(&self) -> Value {
        let repository = |repository: &Repository| {
            let (end, why) = ended(repository);
            json!({
                "repository": repository.name,
                "renamed": repository.renamed,
                "runs": repository.runs,
                "new": repository.new,
                "jobs": repository.jobs,
                "unchanged": repository.unchanged,
                "unreadable": repository.unreadable,
                "open": repository.open,
                "ended": end,
                "why": why,
            })
        };
        json!({
            "schema": "wfgen.track-fetch/1",
            "repositories": self.fetched.repositories.iter().map(repository).collect::<Vec<_>>(),
            "requests": self.fetched.requests,
            "history": self.history,
        })
    }
}
