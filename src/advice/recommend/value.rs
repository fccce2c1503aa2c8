//! What is proposed, as values.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::advice::saving::Saving;
use crate::insight::numbers::Estimate;

/// What to change, of a repository.
#[derive(Debug, Clone, Serialize)]
pub struct Advice {
    /// `owner/name`.
    pub repository: String,
    /// The first moment that was looked at.
    pub since: Timestamp,
    /// The last.
    pub until: Timestamp,
    /// The days with runs in between, which a month is reckoned from.
    pub days: f64,
    /// The attempts of runs of the checkout's workflows in the period.
    pub runs: u64,
    /// Those of workflows, or of jobs, that the checkout does not have: renamed or gone.
    pub unknown: u64,
    /// Those made up by `track simulate`.
    pub simulated: u64,
    /// What is proposed, by what it saves.
    pub proposals: Vec<Proposal>,
    /// What could not be looked at yet.
    pub not_yet: Vec<NotYet>,
    /// What the numbers leave out.
    pub notes: Vec<String>,
}

/// A kind of proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `timeout-minutes` from the duration's high quantile.
    Timeout,
    /// Cancel what a newer commit of a pull request made useless.
    Concurrency,
    /// Legs that never fail alone.
    MatrixLegs,
    /// Stop a matrix at its first failure.
    FailFast,
    /// A cache that misses.
    CacheMiss,
    /// No cache where there could be one.
    CacheUnused,
    /// Split the tests that everybody waits for.
    Split,
    /// Merge jobs whose set-up is longer than their work.
    Merge,
    /// A smaller, a bigger or a further runner.
    Runner,
    /// A scheduled run that never finds anything.
    Schedule,
    /// Runs that the changed files could not affect.
    PathFilter,
}

/// One thing to change.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// A name that stays the same: `timeout/ci/test`.
    pub id: String,
    /// Of which kind.
    pub kind: Kind,
    /// The workflow, by its file's name without ending.
    pub workflow: String,
    /// The job, by its id.
    pub job: Option<String>,
    /// What to do, in a sentence without a full stop.
    pub title: String,
    /// The numbers that speak for it.
    pub evidence: Vec<Evidence>,
    /// What it saves a month.
    pub saving: Saving,
    /// By how many seconds a run ends earlier, where that is the point.
    pub sooner_s: Option<Estimate>,
    /// What can go wrong.
    pub risk: String,
    /// The settings for `wfgen.toml`; none where only a person can make the change.
    pub patch: Option<Value>,
    /// What a person has to do, besides the patch or in its place.
    pub by_hand: Option<String>,
    /// What would prove it.
    pub experiment: Experiment,
}

/// A number that speaks for a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// What was counted or measured.
    pub what: String,
    /// The number.
    pub value: f64,
    /// Its 95 % bounds where it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// What it is counted in.
    pub unit: Unit,
    /// From how many observations.
    pub n: u64,
}

/// What a number is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Shares of one.
    Share,
    /// Things.
    Count,
}

impl Evidence {
    /// A number without an interval.
    pub(super) fn new(what: impl Into<String>, value: f64, unit: Unit, n: usize) -> Self {
        Evidence { what: what.into(), value, interval: None, unit, n: n as u64 }
    }

    /// The same with its bounds.
    pub(super) fn within(mut self, low: f64, high: f64) -> Self {
        self.interval = Some((low, high));
        self
    }
}

/// What would prove a proposal.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Experiment {
    /// The definition of an experiment, as `wfgen experiment` reads it.
    Definition {
        /// What is believed.
        hypothesis: String,
        /// The workflow.
        workflow: String,
        /// What is changed for a share of the runs.
        treatment: Value,
    },
    /// None would.
    None {
        /// Why.
        because: String,
    },
}

impl Experiment {
    /// None would, and why.
    pub(super) fn none(because: &str) -> Self {
        Experiment::None { because: because.to_owned() }
    }
}

/// What could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotYet {
    /// Which kind of proposal.
    pub kind: Kind,
    /// The workflow or job.
    pub about: String,
    /// How much there is.
    pub have: u64,
    /// How much it takes.
    pub need: u64,
    /// Of what.
    pub what: &'static str,
}

impl NotYet {
    /// So many of the needed ones.
    pub(super) fn new(
        kind: Kind,
        about: impl Into<String>,
        have: usize,
        need: usize,
        what: &'static str,
    ) -> Self {
        NotYet { kind, about: about.into(), have: have as u64, need: need as u64, what }
    }
}
