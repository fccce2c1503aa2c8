//! A fact: a value, why we believe it, how much, and what was refused.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A fact about a repository or a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// The value.
    pub value: Value,
    /// From 0 (was not readable) to 1 (declared for exactly this purpose).
    pub confidence: f64,
    /// Where it was read, strongest first.
    pub evidence: Vec<Evidence>,
    /// What was considered and not taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
}

/// Where a fact was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// Path relative to the checkout.
    pub file: String,
    /// 1-based line, when one line says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What read it, e.g. `toml package.rust-version`.
    pub reader: String,
}

/// A value that was considered and not taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// The value.
    pub value: Value,
    /// Where it was read.
    pub evidence: Evidence,
    /// Why it was not taken.
    pub because: String,
}

/// Facts by name, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Fact>);

impl Facts {
    /// The value of a fact.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|fact| &fact.value)
    }

    /// A fact with its evidence.
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// Sets a fact, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, fact: Fact) {
        self.0.insert(name.into(), fact);
    }

    /// All facts in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(name, fact)| (name.as_str(), fact))
    }
}
