//! What is asked for: a component for a project, with inputs, and who asked.

use std::collections::BTreeMap;

use semver::VersionReq;
use serde::Serialize;

use super::setting::Setting;

/// A component that is asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Request {
    /// `pack/component`.
    pub component: String,
    /// The id of the project it is for; none for the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The name of the job, when it is not the component's.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The workflow that the job goes into, when it is not the component's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Inputs that were set.
    pub with: BTreeMap<String, Setting>,
    /// Version ranges, with who asked for each.
    pub demands: Vec<Demand>,
    /// Why, rule by rule.
    pub reasons: Vec<Reason>,
}

/// A version range and who asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Demand {
    /// The versions that will do.
    pub range: VersionReq,
    /// Who says so: a rule, a component, `wfgen.toml`.
    pub by: String,
}

/// A rule that asked for something, and its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// Its `because`.
    pub because: String,
}
