//! Which contexts and functions can be used where.
//!
//! <https://docs.github.com/actions/reference/workflows-and-actions/contexts#context-availability>

/// What can be used in one key of a workflow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// Names of contexts; `None`: GitHub does not say, so any.
    pub(super) contexts: Option<&'static [&'static str]>,
    /// Names of the functions that are not available everywhere, in lower case.
    pub(super) functions: &'static [&'static str],
}

/// Functions that need a scope, in lower case.
pub(super) const SPECIAL: &[&str] = &["always", "cancelled", "failure", "hashfiles", "success"];

const STATUS: &[&str] = &["always", "cancelled", "failure", "success"];
const HASH: &[&str] = &["hashfiles"];

const fn scope(contexts: &'static [&'static str], functions: &'static [&'static str]) -> Scope {
    Scope { contexts: Some(contexts), functions }
}

pub(super) const ANYWHERE: Scope = Scope { contexts: None, functions: SPECIAL };
pub(super) const RUN_NAME: Scope = scope(&["github", "inputs", "vars"], &[]);
pub(super) const CONCURRENCY: Scope = RUN_NAME;
pub(super) const CALL_INPUT_DEFAULT: Scope = RUN_NAME;
pub(super) const CALL_OUTPUT: Scope = scope(&["github", "inputs", "jobs", "vars"], &[]);
pub(super) const ENV: Scope = scope(&["github", "inputs", "secrets", "vars"], &[]);

pub(super) const JOB: Scope = scope(&["github", "inputs", "matrix", "needs", "strategy", "vars"], &[]);
pub(super) const JOB_STRATEGY: Scope = scope(&["github", "inputs", "needs", "vars"], &[]);
pub(super) const JOB_IF: Scope = scope(&["github", "inputs", "needs", "vars"], STATUS);
pub(super) const JOB_ENV: Scope =
    scope(&["github", "inputs", "matrix", "needs", "secrets", "strategy", "vars"], &[]);
pub(super) const JOB_SECRETS: Scope = JOB_ENV;
pub(super) const JOB_DEFAULTS: Scope =
    scope(&["env", "github", "inputs", "matrix", "needs", "strategy", "vars"], &[]);
pub(super) const JOB_OUTPUTS: Scope = scope(
    &["env", "github", "inputs", "job", "matrix", "needs", "runner", "secrets", "steps", "strategy", "vars"],
    &[],
);
pub(super) const ENVIRONMENT_URL: Scope =
    scope(&["env", "github", "inputs", "job", "matrix", "needs", "runner", "steps", "strategy", "vars"], &[]);
pub(super) const CONTAINER_ENV: Scope = scope(
    &["env", "github", "inputs", "job", "matrix", "needs", "runner", "secrets", "strategy", "vars"],
    &[],
);
pub(super) const CREDENTIALS: Scope =
    scope(&["env", "github", "inputs", "matrix", "needs", "secrets", "strategy", "vars"], &[]);

pub(super) const STEP: Scope = Scope { functions: HASH, ..JOB_OUTPUTS };
pub(super) const STEP_IF: Scope = Scope { functions: SPECIAL, ..ENVIRONMENT_URL };

/// Steps of a composite action know no secrets, needs or variables.
pub(super) const COMPOSITE_STEP: Scope =
    scope(&["env", "github", "inputs", "job", "matrix", "runner", "steps", "strategy"], HASH);
pub(super) const COMPOSITE_IF: Scope = Scope { functions: SPECIAL, ..COMPOSITE_STEP };
