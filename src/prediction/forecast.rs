//! What a forecast says.

use serde::{Deserialize, Serialize};

/// A range of durations, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low_s: f64,
    /// The upper end.
    pub high_s: f64,
}

impl Interval {
    /// Whether a duration lies in it.
    pub fn contains(&self, duration_s: f64) -> bool {
        (self.low_s..=self.high_s).contains(&duration_s)
    }
}

/// How sure a forecast is that the actual duration will be within 25 % of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Less than 50 %, or not enough data to say.
    Low,
    /// 50 to 70 %.
    Medium,
    /// More than 70 %.
    High,
}

/// Why a forecast says what it says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Reason {
    /// Fewer finished runs than a forecast needs.
    TooFewRuns {
        /// Successful runs known.
        n: usize,
        /// Successful runs needed.
        needed: usize,
    },
    /// Too small a share of the known runs has been checked against an interval for more than medium confidence.
    Unchecked {
        /// Checked share of the known runs, from 0 to 1.
        share: f64,
    },
    /// One of the experts that weigh most.
    Expert {
        /// Its name.
        name: String,
        /// Its share of the decision, from 0 to 1.
        weight: f64,
        /// What it says alone, in seconds.
        value_s: f64,
    },
    /// Middle of the newest successful runs.
    Recent {
        /// How many.
        n: usize,
        /// Their median, in seconds.
        median_s: f64,
        /// Half the distance between their quartiles over their median.
        spread: f64,
    },
    /// Successful runs with the same event, on the default branch or not as the one forecast.
    Similar {
        /// How many of the newest were looked at.
        n: usize,
        /// Their median, in seconds.
        median_s: f64,
    },
    /// Successful runs on the same branch.
    SameBranch {
        /// How many of the newest were looked at.
        n: usize,
        /// Their median, in seconds.
        median_s: f64,
    },
}

/// A forecast for one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Seconds from start to finish if it succeeds; `None` when nothing at all is known.
    pub value_s: Option<f64>,
    /// Holds the duration of half of the runs.
    pub interval_50: Option<Interval>,
    /// Holds the duration of nine runs of ten.
    pub interval_90: Option<Interval>,
    /// Probability that it succeeds rather than fails, from 0 to 1.
    pub success_probability: f64,
    /// Probability that the actual duration is within 25 % of the value, from 0 to 1.
    pub within_25_probability: f64,
    /// Class of that probability.
    pub confidence: Confidence,
    /// Whether enough runs are known to rely on it.
    pub enough_data: bool,
    /// Successful runs of the workflow (and job) known, counted up to [`crate::prediction::COUNTED`].
    pub n: usize,
    /// Why.
    pub reasons: Vec<Reason>,
}

impl Forecast {
    /// The 50 % and the 90 % interval, when there are any.
    pub fn intervals(&self) -> Option<[Interval; 2]> {
        Some([self.interval_50?, self.interval_90?])
    }
}
