//! Which experts a series listens to: each expert gives a distribution, and is weighed by how much mass it had put
//! near what came out lately.

use serde::{Deserialize, Serialize};

use super::density::{Density, around};
use super::experts::{BASES, FORESTS, POINTS};

/// All experts: the forest's distributions, then the single values with their own past errors.
pub(crate) const EXPERTS: usize = FORESTS.len() + POINTS.len();

/// Past errors that an expert for a single value remembers.
const ERRORS: usize = 60;
/// How fast old losses fade.
const DECAY: f64 = 0.95;
/// How much a loss costs an expert.
const RATE: f64 = 0.5;
/// Errors that count for as much as the forest's own spread, while an expert has few of its own.
const FEW: usize = 5;

/// The name of an expert.
pub(crate) fn name(expert: usize) -> &'static str {
    FORESTS.get(expert).unwrap_or_else(|| &POINTS[expert - FORESTS.len()])
}

/// What the experts say of one run, as logarithms of the duration.
#[derive(Debug, Clone)]
pub(crate) struct Opinion {
    /// Where the grid of a mixture is centred.
    pub(crate) centre: f64,
    /// Past runs that the forest holds for similar: for each way to shift, the logarithm; and the weight.
    pub(crate) past: Vec<([f32; BASES + 1], f32)>,
    /// What the experts for a single value say.
    pub(crate) points: [f64; POINTS.len()],
}

/// How well the experts have done in one series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trust {
    /// Decayed sum of losses, by expert.
    losses: Vec<f32>,
    /// Newest errors (logarithm of the duration minus value), by run: one of each expert for single values.
    errors: Vec<[f32; POINTS.len()]>,
    next: u8,
}

impl Trust {
    /// The weights of the experts; they add up to 1.
    pub(crate) fn weights(&self) -> [f64; EXPERTS] {
        let mut weights = [1.0 / EXPERTS as f64; EXPERTS];
        if self.losses.len() == EXPERTS {
            let least = self.losses.iter().copied().fold(f32::INFINITY, f32::min);
            for (weight, loss) in weights.iter_mut().zip(&self.losses) {
                *weight = (-RATE * f64::from(loss - least)).exp();
            }
            let total: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= total);
        }
        weights
    }

    /// Visits every piece of every expert's distribution: expert, logarithm, share of the expert's mass.
    fn pieces(&self, opinion: &Opinion, mut visit: impl FnMut(usize, f64, f64)) {
        let total: f32 = opinion.past.iter().map(|past| past.1).sum();
        for (logs, weight) in &opinion.past {
            let share = f64::from(weight / total.max(f32::MIN_POSITIVE));
            for (expert, log) in logs.iter().enumerate() {
                visit(expert, f64::from(*log), share);
            }
        }
        let share = 1.0 / self.errors.len().max(1) as f64;
        if self.errors.len() < FEW {
            for (point, value) in opinion.points.iter().enumerate() {
                visit(FORESTS.len() + point, *value, 1.0);
            }
            return;
        }
        for errors in &self.errors {
            for (point, error) in errors.iter().enumerate() {
                visit(FORESTS.len() + point, opinion.points[point] + f64::from(*error), share);
            }
        }
    }

    /// The experts' distributions as one.
    pub(crate) fn mix(&self, opinion: &Opinion) -> Density {
        let weights = self.weights();
        let mut density = Density::new(opinion.centre);
        self.pieces(opinion, |expert, log, share| density.add(log, weights[expert] * share));
        density
    }

    /// The best value by one expert alone.
    pub(crate) fn alone(&self, opinion: &Opinion, expert: usize) -> f64 {
        let mut density = Density::new(opinion.centre);
        self.pieces(opinion, |at, log, share| density.add(log, if at == expert { share } else { 0.0 }));
        density.best().0
    }

    /// Learns what came out of a run that the experts had this opinion of.
    pub(crate) fn learn(&mut self, opinion: &Opinion, log: f64) {
        let mut near = [0.0; EXPERTS];
        let (wide, narrow) = (around(0.0, 0.25), around(0.0, 0.10));
        self.pieces(opinion, |expert, value, share| {
            let error = log - value;
            if error >= wide.0 && error <= wide.1 {
                near[expert] += 0.6 * share;
                if error >= narrow.0 && error <= narrow.1 {
                    near[expert] += 0.4 * share;
                }
            }
        });
        self.losses.resize(EXPERTS, 0.0);
        for (loss, near) in self.losses.iter_mut().zip(near) {
            *loss = (f64::from(*loss) * DECAY + 1.0 - near) as f32;
        }
        let errors = opinion.points.map(|point| (log - point) as f32);
        if self.errors.len() < ERRORS {
            self.errors.push(errors);
        } else {
            self.errors[usize::from(self.next)] = errors;
            self.next = (self.next + 1) % ERRORS as u8;
        }
    }
}
