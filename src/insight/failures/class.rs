//! What sort of failure it is, and what fits it.

use serde::Serialize;

/// What sort of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A test failed.
    Test,
    /// It does not compile, type-check, build or render.
    Compile,
    /// A linter, a formatter or an audit objected.
    Lint,
    /// A dependency or a registry: not found, in conflict, a lock file out of date.
    DependencyOrRegistry,
    /// The network.
    Network,
    /// The runner, its services, or GitHub.
    RunnerOrInfrastructure,
    /// It took longer than it may.
    Timeout,
    /// Memory or disk ran out.
    OutOfMemoryOrDisk,
    /// Somebody's rate limit.
    RateLimit,
    /// A permission or a credential.
    Permission,
    /// It was cancelled.
    Cancelled,
    /// Nothing says.
    Unknown,
}

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Run it again.
    ReRun,
    /// Run it again after ten minutes or more.
    ReRunWithBackoff,
    /// Change the code or the workflow.
    Fix,
    /// Allow more time, memory, disk or requests.
    RaiseLimit,
    /// Ask those who own it.
    Escalate,
}

impl Class {
    /// Every class.
    pub const ALL: [Class; 12] = [
        Class::Test,
        Class::Compile,
        Class::Lint,
        Class::DependencyOrRegistry,
        Class::Network,
        Class::RunnerOrInfrastructure,
        Class::Timeout,
        Class::OutOfMemoryOrDisk,
        Class::RateLimit,
        Class::Permission,
        Class::Cancelled,
        Class::Unknown,
    ];

    /// The class in words.
    pub fn words(self) -> &'static str {
        match self {
            Class::Test => "test",
            Class::Compile => "compile",
            Class::Lint => "lint",
            Class::DependencyOrRegistry => "dependency or registry",
            Class::Network => "network",
            Class::RunnerOrInfrastructure => "runner or infrastructure",
            Class::Timeout => "timeout",
            Class::OutOfMemoryOrDisk => "out of memory or disk",
            Class::RateLimit => "rate limit",
            Class::Permission => "permission",
            Class::Cancelled => "cancelled",
            Class::Unknown => "unknown",
        }
    }

    /// What fits, with the share of successes that is assumed until this history says more.
    pub fn recoveries(self) -> &'static [(Action, f64)] {
        use Action::{Escalate, Fix, RaiseLimit, ReRun, ReRunWithBackoff};
        match self {
            Class::Test => &[(Fix, 0.6), (ReRun, 0.35)],
            Class::Compile => &[(Fix, 0.8), (ReRun, 0.05)],
            Class::Lint => &[(Fix, 0.9), (ReRun, 0.02)],
            Class::DependencyOrRegistry => &[(Fix, 0.6), (ReRunWithBackoff, 0.35)],
            Class::Network => &[(ReRunWithBackoff, 0.8), (ReRun, 0.7), (Escalate, 0.3)],
            Class::RunnerOrInfrastructure => &[(ReRun, 0.8), (ReRunWithBackoff, 0.75), (Escalate, 0.4)],
            Class::Timeout => &[(RaiseLimit, 0.5), (Fix, 0.45), (ReRun, 0.4)],
            Class::OutOfMemoryOrDisk => &[(RaiseLimit, 0.6), (Fix, 0.5), (ReRun, 0.25)],
            Class::RateLimit => &[(ReRunWithBackoff, 0.85), (RaiseLimit, 0.5), (ReRun, 0.4)],
            Class::Permission => &[(Fix, 0.6), (Escalate, 0.5), (ReRun, 0.1)],
            Class::Cancelled => &[(ReRun, 0.8)],
            Class::Unknown => &[(Fix, 0.5), (ReRun, 0.35), (Escalate, 0.2)],
        }
    }

    /// What an action comes to for this class.
    pub fn advice(self, action: Action) -> &'static str {
        match (action, self) {
            (Action::ReRun, Class::Test) => "re-run the failed jobs: if it passes, the test is flaky",
            (Action::ReRun, _) => "re-run the failed jobs",
            (Action::ReRunWithBackoff, Class::RateLimit) => "wait until the limit resets, then re-run",
            (Action::ReRunWithBackoff, _) => "wait ten minutes, then re-run the failed jobs",
            (Action::Fix, Class::Test) => "fix the code or the test",
            (Action::Fix, Class::Compile) => "fix the build",
            (Action::Fix, Class::Lint) => "run the formatter or fix what the linter names",
            (Action::Fix, Class::DependencyOrRegistry) => "fix the version or update the lock file",
            (Action::Fix, Class::Permission) => "give the job the permission or the secret it lacks",
            (Action::Fix, Class::Timeout) => "find what hangs or split the job",
            (Action::Fix, Class::OutOfMemoryOrDisk) => {
                "use less: fewer parallel jobs, smaller caches, free the disk first"
            }
            (Action::Fix, _) => "look into the log and fix the cause",
            (Action::RaiseLimit, Class::Timeout) => "raise `timeout-minutes` or the tool's own limit",
            (Action::RaiseLimit, Class::RateLimit) => "authenticate, or cache what is fetched",
            (Action::RaiseLimit, _) => "use a runner with more memory or disk",
            (Action::Escalate, Class::Permission) => "ask an administrator of the organisation",
            (Action::Escalate, Class::RunnerOrInfrastructure) => {
                "look at githubstatus.com, then ask who runs the runners"
            }
            (Action::Escalate, _) => "ask those who run the service",
        }
    }
}

impl Action {
    /// The action in words.
    pub fn words(self) -> &'static str {
        match self {
            Action::ReRun => "re-run",
            Action::ReRunWithBackoff => "re-run with backoff",
            Action::Fix => "fix",
            Action::RaiseLimit => "raise the limit",
            Action::Escalate => "escalate",
        }
    }
}
