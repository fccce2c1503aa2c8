//! Online conformal prediction: how much mass an interval must have to cover what it promises, learned from how
//! surprising the runs were so far (Gibbs and Candes, *Adaptive Conformal Inference Under Distribution Shift*, 2021).

use serde::{Deserialize, Serialize};

use crate::stats::quantile::weighted_quantile;

/// Surprises that are remembered.
const REMEMBERED: usize = 200;
/// Runs that what is known of the whole repository counts for, and one of its surprises at most: in a young repository
/// the few there are, often those of the workflow itself, must not outweigh that little is known.
const POOLED: f64 = 15.0;
const POOLED_ONE: f64 = 3.0;
/// How fast the promised level follows misses.
const RATE: f64 = 0.01;

/// The newest surprises (0 to 1), and for the 50 % and the 90 % interval the level that keeps the promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conformal {
    surprises: Vec<f32>,
    next: u16,
    /// Runs checked so far.
    pub(crate) checked: u32,
    levels: [f32; 2],
}

/// The promises, in the order of [`Conformal::mass`].
pub(crate) const PROMISES: [f64; 2] = [0.5, 0.9];

impl Default for Conformal {
    fn default() -> Self {
        Conformal { surprises: Vec::new(), next: 0, checked: 0, levels: [0.5, 0.9] }
    }
}

impl Conformal {
    /// Takes note of a surprise; `covered` says which of the two intervals had held the actual value.
    pub(crate) fn learn(&mut self, surprise: f64, covered: [bool; 2]) {
        if self.surprises.len() < REMEMBERED {
            self.surprises.push(surprise as f32);
        } else {
            self.surprises[usize::from(self.next)] = surprise as f32;
            self.next = (self.next + 1) % REMEMBERED as u16;
        }
        self.checked += 1;
        for i in 0..2 {
            let miss = if covered[i] { 0.0 } else { 1.0 };
            let level = f64::from(self.levels[i]) + RATE * (miss - (1.0 - PROMISES[i]));
            let room = 0.6 * (1.0 - PROMISES[i]);
            self.levels[i] = level.clamp(PROMISES[i] - room, PROMISES[i] + room) as f32;
        }
    }

    /// The mass that the 50 % and the 90 % interval must have, with the repository's surprises to lean on.
    pub(crate) fn mass(&self, repository: &Conformal) -> [f64; 2] {
        let mut pairs: Vec<(f64, f64)> = self.surprises.iter().map(|s| (f64::from(*s), 1.0)).collect();
        let share = (POOLED / repository.surprises.len().max(1) as f64).min(POOLED_ONE);
        pairs.extend(repository.surprises.iter().map(|s| (f64::from(*s), share)));
        // A newcomer: as if surprises were spread evenly, and one more surprise than any so far.
        pairs.extend([0.5, 0.7, 0.9, 0.95, 0.98].map(|s| (s, 0.2)));
        pairs.push((1.0, 0.5));
        self.levels.map(|level| weighted_quantile(&mut pairs, f64::from(level)).unwrap_or(0.95).min(0.999))
    }
}
