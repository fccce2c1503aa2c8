//! What the rules decided, with the reasons.

use std::collections::BTreeMap;

use semver::VersionReq;
use serde::Serialize;
use serde_json::Value;

/// What the rules decided about a checkout. Same rules and facts, same order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Decisions {
    /// Components that are asked for: those of the repository first, then by project; by component, then by job.
    pub requests: Vec<Request>,
    /// Rules that took requests back, also where there was nothing to take back.
    pub omissions: Vec<Omission>,
    /// Advice to print.
    pub advice: Vec<Advice>,
}

/// A component that one or more rules ask for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// The project's id; nothing for the repository as a whole.
    pub project: Option<String>,
    /// `pack/component`.
    pub component: String,
    /// The id of the job that it becomes, when a rule says so.
    #[serde(rename = "as")]
    pub job: Option<String>,
    /// Inputs by name.
    pub inputs: BTreeMap<String, Setting>,
    /// Who asks for which versions; a version that all accept is needed.
    pub ranges: Vec<Range>,
    /// The rules that ask for it, those of higher priority first.
    pub reasons: Vec<Reason>,
}

/// The value of an input, and who set it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// The fact that it is the value of.
    pub fact: Option<String>,
    /// The rule that set it.
    pub rule: String,
}

/// The versions of a component that a rule accepts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Range {
    /// The versions; `*` for any.
    pub range: VersionReq,
    /// The rule.
    pub rule: String,
}

/// A rule that fired, and what it looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// Why it decides that, in its own words.
    pub because: String,
    /// Its priority.
    pub priority: u32,
    /// Whether it wins over any priority.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// What its conditions looked at, in the order in which they are written.
    pub facts: Vec<FactRead>,
}

/// A fact that a condition looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactRead {
    /// Its name.
    pub fact: String,
    /// The path into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What was found: null when there was no such fact, nothing when the path leads nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A rule that takes requests for a component back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Omission {
    /// The project's id; nothing for the repository as a whole.
    pub project: Option<String>,
    /// `pack/component`.
    pub component: String,
    /// The rules whose requests were taken back; empty when it changed nothing.
    pub taken_back: Vec<String>,
    /// The rule.
    pub reason: Reason,
}

/// Something to tell the user.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The project's id; nothing for the repository as a whole.
    pub project: Option<String>,
    /// What was found.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The rule.
    pub reason: Reason,
}
