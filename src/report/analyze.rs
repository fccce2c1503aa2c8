//! What `wfgen analyze` found out.

use serde_json::{Value, json};

use crate::characteristics::{Characteristics, Fact};
use crate::error::Error;

/// One checkout.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// As it was typed.
    pub path: String,
    /// What it is, or why it can't be looked at.
    pub result: Result<Characteristics, Error>,
}

/// All checkouts that were asked for.
#[derive(Debug, Clone)]
pub struct Report {
    /// In the order they were typed.
    pub analyses: Vec<Analysis>,
}

/// Why a fact is what it is, for one project or the repository.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The id of the project, or `repository`.
    pub subject: String,
    /// The fact.
    pub fact: Fact,
    /// The text of each line of evidence.
    pub lines: Vec<Option<String>>,
    /// The text of each line that was refused.
    pub refused_lines: Vec<Option<String>>,
}

/// Why a fact is what it is, wherever it is known.
#[derive(Debug, Clone)]
pub struct Explanations {
    /// The fact's name.
    pub name: String,
    /// What it means.
    pub about: Option<String>,
    /// One for each project that has it.
    pub explanations: Vec<Explanation>,
}

impl Analysis {
    fn json(&self) -> Value {
        match &self.result {
            Ok(found) => json!({
                "schema": "wfgen.characteristics/1",
                "path": self.path,
                "facts": found.facts,
                "projects": found.projects,
                "warnings": found.warnings,
            }),
            Err(error) => json!({
                "schema": "wfgen.characteristics/1",
                "path": self.path,
                "error": { "kind": error.kind, "diagnostics": error.diagnostics },
            }),
        }
    }
}

impl super::Report for Report {
    fn human(&self) -> String {
        self.analyses.iter().map(|analysis| format!("{}\n", analysis.path)).collect()
    }

    fn json(&self) -> Value {
        self.analyses.first().map_or(Value::Null, Analysis::json)
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        (self.analyses.len() != 1).then(|| self.analyses.iter().map(Analysis::json).collect())
    }
}

impl super::Report for Explanations {
    fn human(&self) -> String {
        String::new()
    }

    fn json(&self) -> Value {
        let of = |e: &Explanation| json!({ "subject": e.subject, "fact": e.fact, "lines": e.lines });
        json!({
            "schema": "wfgen.explanation/1",
            "name": self.name,
            "about": self.about,
            "explanations": self.explanations.iter().map(of).collect::<Vec<_>>(),
        })
    }
}
