//! The trees of one repository, trained on its recent runs.

use rayon::join;
use serde::{Deserialize, Serialize};

use crate::features::{CATEGORIES, Row};

use super::booster::{Booster, Boosting, Loss};
use super::experts::{BASES, POINTS, SIMPLE};
use super::forest::{Forest, Forestry};
use super::linear::Linear;
use super::matrix::Binning;
use super::tree::Growth;

/// A finished run to train on: it succeeded or failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The features at its start.
    pub(crate) values: Vec<f32>,
    /// Workflow and job.
    pub(crate) series: u32,
    /// Logarithm of the duration.
    pub(crate) log: f32,
    /// Locations at its start; NaN when its series was new.
    pub(crate) bases: [f32; BASES],
    /// Whether it succeeded.
    pub(crate) success: bool,
}

/// A row that the forest knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Past {
    series: u32,
    log: f32,
    bases: [f32; BASES],
}

impl Past {
    fn of(sample: &Sample) -> Self {
        Past { series: sample.series, log: sample.log, bases: sample.bases }
    }
}

/// Trees for durations (of successes) and for the outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trained {
    binning: Binning,
    /// The targets are relative to the first and to the second of the locations.
    duration: [Booster; 2],
    linear: Linear,
    forest: Forest,
    outcome: Booster,
    /// Oldest first.
    past: Vec<Past>,
}

/// What the trees say of a run.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Logarithms of the duration, by the trained experts for single values.
    pub(crate) trained: [f64; POINTS.len() - SIMPLE],
    /// Logarithms of past durations, one for each way to shift them and one unshifted, with a weight.
    pub(crate) past: Vec<([f32; BASES + 1], f32)>,
}

/// Successes that trees need.
const FEWEST: usize = 20;
/// Runs after which a past run counts half: for training, and for the weights of the forest.
const HALF_LIFE: f32 = 1000.0;
const FOREST_HALF_LIFE: f32 = 800.0;
/// Weight of a past run of another series of the repository.
const OTHER: f32 = 0.25;
/// Targets are clipped to this many units of the logarithm: an outlier shall not draw a split of its own, but the two
/// ways that a workflow can go (nothing to do, or everything) must stay apart.
const CLIP: f32 = 3.0;

/// Weights that halve every `half_life` rows back from the last one.
fn recency(rows: usize, half_life: f32) -> Vec<f32> {
    let fade = 0.5_f32.powf(1.0 / half_life);
    let mut weights = vec![1.0; rows];
    for row in (1..rows).rev() {
        weights[row - 1] = weights[row] * fade;
    }
    weights
}

impl Trained {
    /// Trains on samples in time order, oldest first; `None` when there are too few.
    pub(crate) fn fit(samples: &[Sample]) -> Option<Self> {
        let good: Vec<&Sample> = samples.iter().filter(|s| s.success && s.bases[0].is_finite()).collect();
        let n = good.len();
        if n < FEWEST {
            return None;
        }
        let all: Vec<&[f32]> = samples.iter().map(|s| s.values.as_slice()).collect();
        let rows: Vec<&[f32]> = good.iter().map(|s| s.values.as_slice()).collect();
        let binning = Binning::learn(&all, &CATEGORIES);
        let matrix = binning.matrix(&rows);
        let weights = recency(n, HALF_LIFE);
        let target = |base: usize| {
            good.iter().map(|s| (s.log - s.bases[base]).clamp(-CLIP, CLIP)).collect::<Vec<f32>>()
        };
        let growth = Growth {
            leaves: 16,
            min_rows: (n / 8).clamp(2, 10),
            columns: 24,
            draw_each_split: false,
            ridge: 1.0,
        };
        let boosting = Boosting { rounds: 120, rate: 0.08, sample: 0.7, growth, seed: 1 };
        let boost = |base: usize| {
            let boosting = Boosting { seed: 1 + base as u64, ..boosting };
            Booster::train(&matrix, &target(base), &weights, Loss::Absolute(0.02), &boosting)
        };
        let outcome = || {
            let y: Vec<f32> = samples.iter().map(|s| f32::from(u8::from(s.success))).collect();
            let growth = Growth { leaves: 8, min_rows: (y.len() / 8).clamp(2, 15), ridge: 5.0, ..growth };
            let boosting = Boosting { rounds: 80, rate: 0.06, growth, ..boosting };
            let weights = recency(y.len(), HALF_LIFE);
            Booster::train(&binning.matrix(&all), &y, &weights, Loss::Logistic, &boosting)
        };
        let forest = || {
            let growth =
                Growth { leaves: usize::MAX, min_rows: 3, columns: 20, draw_each_split: true, ridge: 0.0 };
            Forest::grow(&matrix, &target(0), &weights, &Forestry { trees: 100, growth, seed: 7 })
        };
        let linear = || Linear::fit(&rows, &target(0), &CATEGORIES);
        let ((duration, outcome), (forest, linear)) =
            join(|| join(|| [boost(0), boost(1)], outcome), || (forest(), linear()));
        let past = good.into_iter().map(Past::of).collect();
        Some(Trained { binning, duration, linear, forest, outcome, past })
    }

    /// Lets the forest know of a run that came after it was grown.
    pub(crate) fn add(&mut self, sample: &Sample) {
        if sample.success && sample.bases[0].is_finite() {
            self.forest.add(&self.binning.row(&sample.values));
            self.past.push(Past::of(sample));
        }
    }

    /// What the trees say of a run of `series` with these features and locations.
    pub(crate) fn answer(&self, series: u32, row: &Row, bases: &[f64; BASES]) -> Answer {
        let bins = self.binning.row(&row.values);
        let mut prior = recency(self.past.len(), FOREST_HALF_LIFE);
        for (weight, past) in prior.iter_mut().zip(&self.past) {
            *weight *= if past.series == series { 1.0 } else { OTHER };
        }
        let weights = self.forest.weights(&bins, &prior);
        let shifted = |(past, weight): (&Past, f32)| {
            let mut logs = [past.log; BASES + 1];
            for base in 0..BASES {
                logs[base] = past.log - past.bases[base] + bases[base] as f32;
            }
            if past.series != series {
                logs[BASES] = logs[0];
            }
            (logs, weight)
        };
        Answer {
            trained: [
                bases[0] + self.duration[0].predict(&bins),
                bases[1] + self.duration[1].predict(&bins),
                bases[0] + self.linear.predict(&row.values),
            ],
            past: self.past.iter().zip(weights).filter(|pair| pair.1 > 0.0).map(shifted).collect(),
        }
    }

    /// Log odds of success.
    pub(crate) fn odds(&self, row: &Row) -> f64 {
        self.outcome.predict(&self.binning.row(&row.values))
    }
}
