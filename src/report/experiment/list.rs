//! A list of experiments.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::experiment::definition::Definition;
use crate::report::{Report, plain};

/// Where an experiment is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its variants are in the workflow.
    Running,
    /// It was stopped or promoted.
    Ended,
}

/// An experiment.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// What it is.
    pub definition: Definition,
    /// Where it is in its life.
    pub stage: Stage,
    /// When it was registered in the history.
    pub registered: Option<Timestamp>,
    /// Its last turning point: started, faster, harmed, stopped...
    pub last: Option<(Timestamp, String)>,
}

/// The experiments of a checkout and its history.
#[derive(Debug)]
pub struct Listed {
    /// By id.
    pub entries: Vec<Entry>,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::Running => "running",
            Stage::Ended => "ended",
        }
    }
}

impl Report for Listed {
    fn human(&self) -> String {
        if self.entries.is_empty() {
            return "No experiments here\n".to_owned();
        }
        let mut text = String::new();
        let width = self.entries.iter().map(|entry| entry.id.len()).max().unwrap_or(0);
        for Entry { id, definition, stage, last, .. } in &self.entries {
            // What ended it was taken back when its definition is there again.
            let back = last.as_ref().is_some_and(|(_, kind)| matches!(kind.as_str(), "stopped" | "promoted"));
            let back = if back && *stage == Stage::Running { ", and that was undone" } else { "" };
            let last = last.as_ref().map_or_else(String::new, |(at, kind)| {
                format!(", {kind} on {}{back}", at.strftime("%Y-%m-%d"))
            });
            let _ = writeln!(
                text,
                "{id:width$}  {} in {}{last}: {}",
                stage.word(),
                plain(&definition.workflow),
                plain(&definition.hypothesis)
            );
        }
        text
    }

    fn json(&self) -> Value {
        let entry = |entry: &Entry| {
            json!({
                "id": entry.id,
                "stage": entry.stage.word(),
                "definition": entry.definition,
                "registered": entry.registered.map(|at| at.to_string()),
                "last": entry.last.as_ref().map(|(at, kind)| json!({ "at": at.to_string(), "kind": kind })),
            })
        };
        let entries: Vec<Value> = self.entries.iter().map(entry).collect();
        json!({ "schema": "wfgen.experiment-list/1", "experiments": entries })
    }
}
