//! How close predictions came, as values.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::bands::{Band, Bands};
use crate::error::{Error, Result};
use crate::insight::numbers::Rate;

/// How close predictions came.
#[derive(Debug, Clone, Serialize)]
pub struct Accuracy {
    /// What the bands mean.
    pub bands: Bands,
    /// The least number of compared predictions for a band.
    pub minimum: u64,
    /// The band of all predictions.
    pub band: Band,
    /// Of all predictions.
    pub overall: Scores,
    /// By workflow, in the order of their names.
    pub workflows: Vec<(String, Scores)>,
    /// By week, oldest first.
    pub weeks: Vec<Week>,
    /// How often a prediction of a class of confidence was good or better.
    pub confidence: Vec<(ConfidenceClass, Rate)>,
    /// Every comparison in the order of making.
    #[serde(skip)]
    pub compared: Vec<Compared>,
}

/// The scores of some predictions.
#[derive(Debug, Clone, Serialize)]
pub struct Scores {
    /// How many were made.
    pub made: u64,
    /// Of how many the run has not arrived.
    pub open: u64,
    /// How many durations could be compared: the run arrived and succeeded.
    pub n: u64,
    /// Within 10 %.
    pub excellent: u64,
    /// Beyond that within 25 %.
    pub good: u64,
    /// Beyond that within 50 %.
    pub fair: u64,
    /// Further away.
    pub poor: u64,
    /// Within 25 %.
    pub good_or_better: Rate,
    /// The median distance as a share of the actual duration.
    pub median_error: Option<f64>,
    /// The median of predicted less actual, as a share of the actual duration: positive when too long.
    pub bias: Option<f64>,
    /// How often the 50 % interval held the duration.
    pub coverage_50: Rate,
    /// How often the 90 % interval held the duration.
    pub coverage_90: Rate,
    /// Of the probabilities of success; none without any.
    pub success: Option<Judged>,
    /// Where the share of good ones lies.
    pub band: Band,
}

/// How good probabilities of success were.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Judged {
    /// The mean square of probability less outcome (Brier 1950): 0 is perfect, 0.25 says nothing.
    pub brier: f64,
    /// The mean probability.
    pub expected: f64,
    /// How often they succeeded.
    pub came: Rate,
}

/// The scores of the predictions that were made in a week.
#[derive(Debug, Clone, Serialize)]
pub struct Week {
    /// Its Monday, in UTC.
    pub start: Date,
    /// Its scores.
    pub scores: Scores,
}

/// How close a prediction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Within 10 % of the actual duration.
    Excellent,
    /// Within 25 %.
    Good,
    /// Within 50 %.
    Fair,
    /// Further away.
    Poor,
}

/// How sure a prediction was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfidenceClass {
    /// Above 70 %.
    High,
    /// Above 50 %.
    Medium,
    /// Not above 50 %.
    Low,
}

/// A prediction beside its run.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    /// The workflow.
    pub workflow: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Predicted seconds.
    pub value_s: f64,
    /// Actual seconds.
    pub actual_s: f64,
    /// Predicted less actual as a share of actual.
    pub error: f64,
    /// How close that is.
    pub class: Class,
    /// Whether the 50 % interval held it.
    pub in_50: bool,
    /// Whether the 90 % interval held it.
    pub in_90: bool,
    /// How sure it was, from 0 to 1.
    pub confidence: f64,
}

impl Class {
    /// The class of a distance as a share of the actual duration.
    pub fn of(distance: f64) -> Self {
        match distance {
            d if d <= 0.10 => Class::Excellent,
            d if d <= 0.25 => Class::Good,
            d if d <= 0.50 => Class::Fair,
            _ => Class::Poor,
        }
    }
}

impl Accuracy {
    /// Whether the answer is "no": the share of good predictions is critical.
    pub fn is_critical(&self) -> bool {
        self.band == Band::Critical
    }

    /// Every comparison as CSV, one a line, with a heading.
    ///
    /// # Errors
    /// Never in practice: nothing is written to but memory.
    pub fn csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let wrong = |e: &dyn std::fmt::Display| Error::bug(format!("cannot write CSV: {e}"));
        for one in &self.compared {
            writer.serialize(one).map_err(|e| wrong(&e))?;
        }
        let bytes = writer.into_inner().map_err(|e| wrong(&e))?;
        String::from_utf8(bytes).map_err(|e| wrong(&e))
    }
}
