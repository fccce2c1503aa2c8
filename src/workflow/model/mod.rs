//! A typed workflow, as wfgen composes it.
//!
//! Fields stand in the order in which they are written to the file. Everything is strict: an unknown key is an
//! error, so a mistake in a component is found when it is loaded and not when GitHub refuses the workflow.

mod permissions;
mod settings;
mod shape;
mod uses;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use permissions::{Level, Permission, Permissions, SCOPES};
pub use settings::{Concurrency, Container, Credentials, Defaults, Environment, RunDefaults, Strategy};
pub use uses::{Target, Uses};

/// Environment variables, inputs or outputs: names to single values.
pub type Scalars = IndexMap<String, Value>;

/// A whole workflow file.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Workflow {
    /// What GitHub's interface shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The title of one run, an expression as a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_name: Option<String>,
    /// The triggers: an event, a list of events, or events with their filters.
    #[serde(deserialize_with = "shape::triggers")]
    pub on: Value,
    /// What the token of every job may do unless the job says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// Which runs exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// Environment variables of every job.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub env: Scalars,
    /// Shell and directory of every `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Defaults>,
    /// The jobs by id.
    pub jobs: IndexMap<String, Job>,
}

/// One job: steps on a runner, or a call of a reusable workflow.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Job {
    /// Lines of comment above the job; not part of the workflow's value.
    #[serde(skip)]
    pub comment: Vec<String>,
    /// What GitHub's interface and required checks show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Ids of the jobs that must end first.
    #[serde(default, with = "shape::one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The condition under which it runs.
    #[serde(
        default,
        rename = "if",
        deserialize_with = "shape::condition",
        skip_serializing_if = "Option::is_none"
    )]
    pub condition: Option<String>,
    /// The reusable workflow that this job calls; then it has no steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Uses>,
    /// The runner: a label, a list of labels, or `{ group, labels }`.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub runs_on: Value,
    /// Minutes until GitHub stops the job: a number or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub timeout_minutes: Value,
    /// What the job's token may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Permissions>,
    /// The deployment environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// Which jobs exclude each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<Concurrency>,
    /// Whether the run goes on when this job fails: a bool or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub continue_on_error: Value,
    /// The matrix and how it is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<Strategy>,
    /// The container that the steps run in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<Container>,
    /// Containers that run beside the steps, by host name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub services: IndexMap<String, Container>,
    /// What later jobs can read.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub outputs: Scalars,
    /// Environment variables of every step.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub env: Scalars,
    /// Shell and directory of every `run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Defaults>,
    /// Inputs of the reusable workflow.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub with: Scalars,
    /// Secrets for the reusable workflow, by name. `inherit` is refused: it hands over every secret there is.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub secrets: Scalars,
    /// What it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// One step: an action or a script.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Lines of comment above the step; not part of the workflow's value.
    #[serde(skip)]
    pub comment: Vec<String>,
    /// What the log shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How other steps refer to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The condition under which it runs.
    #[serde(
        default,
        rename = "if",
        deserialize_with = "shape::condition",
        skip_serializing_if = "Option::is_none"
    )]
    pub condition: Option<String>,
    /// Whether the job goes on when this step fails: a bool or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub continue_on_error: Value,
    /// Minutes until GitHub stops the step: a number or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub timeout_minutes: Value,
    /// The action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<Uses>,
    /// Inputs of the action.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub with: Scalars,
    /// The directory of the script, from the checkout's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
    /// The shell of the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// The script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Environment variables.
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    pub env: Scalars,
}

impl Workflow {
    /// The workflow as plain data, keys in canonical order, without comments.
    pub fn to_value(&self) -> Value {
        shape::value_of(self)
    }
}

impl Job {
    /// The job as plain data, keys in canonical order, without comments.
    pub fn to_value(&self) -> Value {
        shape::value_of(self)
    }
}

impl Step {
    /// The step as plain data, keys in canonical order, without comments.
    pub fn to_value(&self) -> Value {
        shape::value_of(self)
    }
}
