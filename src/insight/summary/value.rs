//! What a summary says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::period::Period;
use super::rolling::{Band, Share};
use crate::insight::cost::Cost;
use crate::insight::flaky::FlakyJob;
use crate::insight::numbers::{Estimate, Rate};
use crate::insight::sketch::Quantile;

/// The report on a period.
#[derive(Debug, Clone, Serialize)]
pub struct TrackReport {
    /// The period.
    pub period: Period,
    /// The repositories with runs in it.
    pub repositories: Vec<String>,
    /// How many of the runs were made up by `track simulate`.
    pub simulated: u64,
    /// Everything together. Its durations compare each run with its own workflow's.
    pub overall: Group,
    /// Each workflow, the most time first.
    pub workflows: Vec<Group>,
    /// The jobs that took the most time in all.
    pub time_by_job: Vec<JobLine>,
    /// The jobs that take longest.
    pub slowest_jobs: Vec<JobLine>,
    /// The steps that take longest.
    pub slowest_steps: Vec<StepLine>,
    /// The jobs that fail and succeed on the same commit, the most often first.
    pub flaky: Vec<FlakyJob>,
    /// What it cost, where jobs are known.
    pub cost: Option<Cost>,
    /// The period in bins.
    pub bins: Vec<Bin>,
}

/// The runs of a workflow, or of all.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// `owner/name`; empty for everything.
    pub repository: String,
    /// The workflow; empty for everything.
    pub workflow: String,
    /// How many runs; each attempt counts.
    pub runs: u64,
    /// How many in the period before.
    pub runs_before: u64,
    /// How many of them were second or later attempts.
    pub reruns: u64,
    /// How they ended.
    pub conclusions: BTreeMap<&'static str, u64>,
    /// How many of those with a verdict (success, failure, timed out) succeeded.
    pub success: Rate,
    /// How much that rate changed against the period before.
    pub success_change: Change,
    /// The seconds that successful runs took.
    pub duration: Spread,
    /// By which factor that changed against the period before.
    pub duration_change: Change,
    /// The seconds until a run's first job had a runner.
    pub queue: Spread,
    /// By which factor that changed against the period before.
    pub queue_change: Change,
    /// The seconds that all its runs took together.
    pub total: f64,
    /// The median duration of each sixteenth of the period, for a sparkline.
    pub spark: Vec<Option<f64>>,
    /// The durations of successful runs over time.
    pub durations: Vec<Band>,
    /// The success rate over time.
    pub successes: Vec<Share>,
    /// Single runs, thinned to what a chart can show.
    #[serde(skip)]
    pub points: Vec<Point>,
}

/// A run in a chart.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// When it started.
    pub at: Timestamp,
    /// The seconds it took.
    pub seconds: f64,
    /// Whether it succeeded.
    pub ok: bool,
}

/// A number that needs a least number of observations.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Change {
    /// Too few: this many of as many as are needed, in the smaller of both periods.
    NotEnough {
        /// How many there are.
        have: u64,
        /// How many are needed.
        need: u64,
    },
    /// Measured.
    Measured {
        /// How much, with its interval.
        #[serde(flatten)]
        change: Estimate,
        /// Whether the interval leaves "no change" out.
        clear: bool,
        /// How many there were before.
        n_before: u64,
        /// How many there are now.
        n_now: u64,
    },
}

/// How durations spread, in seconds.
#[derive(Debug, Clone, Serialize)]
pub struct Spread {
    /// Of how many.
    pub n: u64,
    /// How many the median needs, and how many the rest.
    pub need: (u64, u64),
    /// The median with its interval.
    pub median: Option<Quantile>,
    /// What nine of ten stay under, with its interval.
    pub p90: Option<Quantile>,
    /// The middle half: the quartiles.
    pub middle: Option<(f64, f64)>,
}

/// A job over the period.
#[derive(Debug, Clone, Serialize)]
pub struct JobLine {
    /// `owner/name`.
    pub repository: String,
    /// Its workflow.
    pub workflow: String,
    /// Its name.
    pub job: String,
    /// How many of those with a verdict succeeded.
    pub success: Rate,
    /// The seconds of successful ones.
    pub duration: Spread,
    /// The seconds they waited for a runner.
    pub queue: Spread,
    /// The seconds of all together.
    pub total: f64,
    /// What they cost in US dollars at the known prices.
    pub usd: f64,
}

/// A step over the period.
#[derive(Debug, Clone, Serialize)]
pub struct StepLine {
    /// `owner/name`.
    pub repository: String,
    /// Its workflow.
    pub workflow: String,
    /// Its job.
    pub job: String,
    /// Its name.
    pub step: String,
    /// The seconds of those that ran.
    pub duration: Spread,
    /// The seconds of all together.
    pub total: f64,
}

/// A bin of the period.
#[derive(Debug, Clone, Serialize)]
pub struct Bin {
    /// Its first moment.
    pub start: Timestamp,
    /// How many runs.
    pub runs: u64,
    /// How many of those with a verdict succeeded.
    pub success: Rate,
    /// How many jobs a runner took.
    pub jobs: u64,
    /// The seconds they ran.
    pub run_seconds: f64,
    /// The seconds they waited.
    pub queue_seconds: f64,
    /// What they cost in US dollars.
    pub usd: f64,
}
