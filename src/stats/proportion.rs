//! Intervals for a proportion and for the difference of two.
//!
//! A difference is treatment minus control. Intervals take the normal quantile `z` of their level (1.96 for 95 %), so
//! that a sequential boundary can take its place.

use serde::Serialize;

use super::special::beta_quantile;
use super::{Interval, Refusal};

/// Successes out of trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Proportion {
    /// Successes.
    pub successes: u64,
    /// Trials, at least 1 and at least the successes.
    pub trials: u64,
}

impl Proportion {
    /// `successes` out of `trials`.
    ///
    /// # Errors
    /// [`Refusal::TooFew`] without a trial, [`Refusal::OutOfRange`] with more successes than trials.
    pub fn new(successes: u64, trials: u64) -> Result<Self, Refusal> {
        if trials == 0 {
            Err(Refusal::TooFew { needed: 1, got: 0 })
        } else if successes > trials {
            Err(Refusal::OutOfRange { what: "the number of successes" })
        } else {
            Ok(Proportion { successes, trials })
        }
    }

    /// The share of successes.
    pub fn rate(self) -> f64 {
        self.successes as f64 / self.trials as f64
    }

    /// Wilson's score interval (Wilson 1927).
    pub fn wilson(self, z: f64) -> Interval {
        let (p, n, z2) = (self.rate(), self.trials as f64, z * z);
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        Interval {
            lower: if self.successes == 0 { 0.0 } else { (centre - half).max(0.0) },
            upper: if self.successes == self.trials { 1.0 } else { (centre + half).min(1.0) },
        }
    }

    /// The exact interval of Clopper and Pearson (1934) with error probability `alpha`.
    pub fn clopper_pearson(self, alpha: f64) -> Interval {
        let (x, n) = (self.successes as f64, self.trials as f64);
        Interval {
            lower: if self.successes == 0 { 0.0 } else { beta_quantile(x, n - x + 1.0, alpha / 2.0) },
            upper: if self.successes == self.trials {
                1.0
            } else {
                beta_quantile(x + 1.0, n - x, 1.0 - alpha / 2.0)
            },
        }
    }

    /// The equal-tailed interval of the posterior under the Jeffreys prior Beta(1/2, 1/2).
    pub fn jeffreys(self, alpha: f64) -> Interval {
        let (a, b) = (self.successes as f64 + 0.5, (self.trials - self.successes) as f64 + 0.5);
        Interval { lower: beta_quantile(a, b, alpha / 2.0), upper: beta_quantile(a, b, 1.0 - alpha / 2.0) }
    }
}

/// Newcombe's hybrid score interval of the difference (Newcombe 1998, method 10).
pub fn newcombe(control: Proportion, treatment: Proportion, z: f64) -> Interval {
    let (c, t) = (control.wilson(z), treatment.wilson(z));
    let (pc, pt) = (control.rate(), treatment.rate());
    Interval {
        lower: pt - pc - ((pt - t.lower).powi(2) + (c.upper - pc).powi(2)).sqrt(),
        upper: pt - pc + ((t.upper - pt).powi(2) + (pc - c.lower).powi(2)).sqrt(),
    }
}

/// Wald's interval of the difference; of length zero when both rates are 0 or 1, hence only for comparison.
pub fn wald(control: Proportion, treatment: Proportion, z: f64) -> Interval {
    let variance = |p: Proportion| p.rate() * (1.0 - p.rate()) / p.trials as f64;
    Interval::around(treatment.rate() - control.rate(), z * (variance(control) + variance(treatment)).sqrt())
}

/// The interval of Agresti and Caffo (2000): Wald's after one success and one failure more in each arm.
pub fn agresti_caffo(control: Proportion, treatment: Proportion, z: f64) -> Interval {
    let more = |p: Proportion| Proportion { successes: p.successes + 1, trials: p.trials + 2 };
    wald(more(control), more(treatment), z)
}
