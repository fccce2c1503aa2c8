//! Are the arms as large as the assignment makes them? When not, runs went missing in a way that depends on the arm,
//! and no verdict on the rest can be trusted.

use serde::Serialize;

use super::outcome::{Counts, Outcomes};
use crate::stats::proportion::Proportion;
use crate::stats::proportion_tests::{binomial, fisher};

/// A p-value below this is a mismatch: rare enough to look at after every run.
pub const MISMATCH: f64 = 0.001;

/// The check of the arms' sizes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SampleRatio {
    /// Runs started, per arm.
    pub started: Counts,
    /// Runs that succeeded or failed, per arm.
    pub completed: Counts,
    /// The share of the treatment that the assignment gives, from 0 to 1.
    pub expected_share: f64,
    /// Exact p-value of the started runs under that share; 1 without a run.
    pub p_started: f64,
    /// Exact p-value of the completed runs under that share; 1 without a run.
    pub p_completed: f64,
    /// Exact p-value for both arms losing the same share of their runs to cancellation; 1 without a run.
    pub p_censored: f64,
    /// Whether any of these is below [`MISMATCH`].
    pub mismatch: bool,
}

/// Checks the sizes of the arms.
pub fn sample_ratio(outcomes: &Outcomes) -> SampleRatio {
    let share = outcomes.expected_share;
    let ratio = |counts: Counts| match share {
        // Nothing is random at a share of 0 or 1: a run in the wrong arm can't be.
        s if s > 0.0 && s < 1.0 => {
            binomial(u64::from(counts.treatment), u64::from(counts.total()), s).unwrap_or(1.0)
        }
        _ => 1.0,
    };
    let ended = |completed: u32, censored: u32| {
        Proportion::new(u64::from(completed), u64::from(completed) + u64::from(censored)).ok()
    };
    let control = ended(outcomes.completed.control, outcomes.censored.control);
    let treatment = ended(outcomes.completed.treatment, outcomes.censored.treatment);
    let p_censored = control.zip(treatment).map_or(1.0, |(c, t)| fisher(c, t));
    let (p_started, p_completed) = (ratio(outcomes.started), ratio(outcomes.completed));
    SampleRatio {
        started: outcomes.started,
        completed: outcomes.completed,
        expected_share: share,
        p_started,
        p_completed,
        p_censored,
        mismatch: p_started.min(p_completed).min(p_censored) < MISMATCH,
    }
}
