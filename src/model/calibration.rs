//! Probabilities that mean what they say: learned online from how often they came true.

use serde::{Deserialize, Serialize};

const BINS: usize = 20;
/// Events that a bin is believed to have seen, coming true as often as it says, before it has seen any.
const PRIOR: f64 = 12.0;
/// How fast old events fade, per event of the same bin.
const DECAY: f64 = 0.995;

/// Event counts by probability given; answers what the probability really is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    /// Decayed number of events and of those that came true, by bin.
    bins: Vec<(f64, f64)>,
}

impl Default for Calibration {
    fn default() -> Self {
        Calibration { bins: vec![(0.0, 0.0); BINS] }
    }
}

impl Calibration {
    /// Takes note of an event that was given probability `p`.
    pub(crate) fn learn(&mut self, p: f64, came_true: bool) {
        let bin = &mut self.bins[((p * BINS as f64) as usize).min(BINS - 1)];
        bin.0 = bin.0 * DECAY + 1.0;
        bin.1 = bin.1 * DECAY + f64::from(u8::from(came_true));
    }

    /// The calibrated probability: between bin centres, interpolated.
    pub(crate) fn apply(&self, p: f64) -> f64 {
        let centre = |bin: usize| (bin as f64 + 0.5) / BINS as f64;
        let truth = |bin: usize| (self.bins[bin].1 + PRIOR * centre(bin)) / (self.bins[bin].0 + PRIOR);
        let position = (p * BINS as f64 - 0.5).clamp(0.0, (BINS - 1) as f64);
        let low = position.floor() as usize;
        let high = (low + 1).min(BINS - 1);
        let share = position - low as f64;
        (truth(low) * (1.0 - share) + truth(high) * share).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_any_event_a_probability_stays_as_it_is() {
        let calibration = Calibration::default();
        for p in [0.1, 0.33, 0.5, 0.81] {
            assert!((calibration.apply(p) - p).abs() < 1e-9);
        }
    }

    #[test]
    fn an_overconfident_source_is_corrected() {
        let mut calibration = Calibration::default();
        for i in 0..400 {
            calibration.learn(0.92, i % 10 < 6);
        }
        assert!((calibration.apply(0.925) - 0.6).abs() < 0.06);
    }
}
