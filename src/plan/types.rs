//! What the plan is: files, jobs, and for each the reason it is there.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Serialize;
use serde_json::Value;

use super::grounds::Ground;
use super::request::Reason;
use super::setting::Setting;
use crate::workflow::Workflow;

/// What will be generated, and why.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// Every file, in the order of their paths.
    pub files: Vec<PlannedFile>,
    /// What was asked for and left out.
    pub omitted: Vec<Omission>,
    /// Advice: findings of rules, deprecated components.
    pub notes: Vec<String>,
}

/// A file that will be generated.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedFile {
    /// Path in the checkout.
    pub path: String,
    /// What is in it.
    #[serde(skip)]
    pub content: Content,
    /// The jobs of a workflow, in order.
    pub jobs: Vec<PlannedJob>,
    /// Every component that took part, with its version.
    pub components: BTreeMap<String, Version>,
    /// What the parts took that are in no job.
    #[serde(skip)]
    pub grounds: Vec<Ground>,
}

/// What is in a file.
#[derive(Debug, Clone)]
pub enum Content {
    /// A workflow.
    Workflow(Box<Workflow>),
    /// Any other YAML file.
    Data(Value),
}

/// A job, and why it is there.
#[derive(Debug, Clone, Serialize)]
pub struct PlannedJob {
    /// Its id in the workflow.
    pub id: String,
    /// The component that it is made from.
    pub component: String,
    /// The version of that.
    pub version: Version,
    /// The projects that it is for: several when they are legs of one matrix.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<String>,
    /// The jobs that come first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The git pathspecs that it runs for in a pull request; empty when it always runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs_for: Vec<String>,
    /// Every input with its value and its origin.
    pub inputs: BTreeMap<String, Setting>,
    /// The rules that asked for it.
    pub because: Vec<Reason>,
    /// What it and its steps took from the checkout and the user.
    #[serde(skip)]
    pub grounds: Vec<Ground>,
    /// Every component that took part in it.
    #[serde(skip)]
    pub used: BTreeSet<String>,
}

/// Something that was asked for and left out.
#[derive(Debug, Clone, Serialize)]
pub struct Omission {
    /// The component.
    pub component: String,
    /// The project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Why it is not there.
    pub because: String,
}
