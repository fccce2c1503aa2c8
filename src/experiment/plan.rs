//! What is fixed before the first run: the horizon, the error probability, the looks.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use crate::stats::Refusal;
use crate::stats::sequential::{Boundary, Sides, Spending, boundary};

/// What an experiment fixes before its first run. Changing it afterwards voids the error probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// Runs, of both arms together, after which the experiment ends: 20 to 2,000.
    pub horizon: u32,
    /// The error probability: of a false verdict in either direction, and of a false alarm of the guardrail.
    pub alpha: f64,
    /// The first run after which the verdict is looked at; there is a look after every run from there on.
    pub first_look: u32,
    /// The loss of success rate, as a share, within which the treatment has to be shown safe.
    pub margin: f64,
    /// Runs that each arm needs before the guardrail says anything.
    pub min_per_arm: u32,
}

impl Default for Plan {
    /// A hundred runs at 5 %, looked at from the tenth, with a margin of 10 points and six runs per arm.
    fn default() -> Self {
        Plan { horizon: 100, alpha: 0.05, first_look: 10, margin: 0.10, min_per_arm: 6 }
    }
}

impl Plan {
    /// A plan of `horizon` runs, with the defaults for the rest.
    pub fn with_horizon(horizon: u32) -> Self {
        Plan { horizon, ..Plan::default() }
    }

    /// Says what is wrong with the plan, if anything is.
    ///
    /// # Errors
    /// [`Refusal::OutOfRange`] naming the field.
    pub fn check(&self) -> Result<(), Refusal> {
        let wrong = |what| Err(Refusal::OutOfRange { what });
        if !(20..=2_000).contains(&self.horizon) {
            return wrong("the horizon (20 to 2,000 runs)");
        }
        if !(self.alpha >= 1e-4 && self.alpha <= 0.5) {
            return wrong("alpha (0.0001 to 0.5)");
        }
        if self.first_look < 2 || self.first_look > self.horizon {
            return wrong("the first look (2 to the horizon)");
        }
        if !(self.margin > 0.0 && self.margin < 1.0) {
            return wrong("the margin (between 0 and 1)");
        }
        if self.min_per_arm < 2 || self.min_per_arm.saturating_mul(2) > self.horizon {
            return wrong("the runs per arm for the guardrail (2 to half of the horizon)");
        }
        Ok(())
    }

    /// The boundary of the verdict: two-sided, O'Brien-Fleming-type spending, a look after every run.
    pub(super) fn verdict_boundary(&self) -> Result<Arc<Boundary>, Refusal> {
        self.boundary(Spending::OBrienFleming, Sides::Two, self.first_look)
    }

    /// The boundary of the alarm: one-sided, Pocock-type spending, from the first run with enough in both arms.
    pub(super) fn harm_boundary(&self) -> Result<Arc<Boundary>, Refusal> {
        self.boundary(Spending::Pocock, Sides::One, self.min_per_arm.saturating_mul(2))
    }

    /// The boundary of the proof of safety: one-sided, O'Brien-Fleming-type spending.
    pub(super) fn safety_boundary(&self) -> Result<Arc<Boundary>, Refusal> {
        self.boundary(Spending::OBrienFleming, Sides::One, self.min_per_arm.saturating_mul(2))
    }

    /// The boundary with a look after every run from `first` to the horizon, remembered.
    fn boundary(&self, spending: Spending, sides: Sides, first: u32) -> Result<Arc<Boundary>, Refusal> {
        self.check()?;
        let key = Key { spending, sides, alpha: self.alpha, first, horizon: self.horizon };
        let known = |key: &Key| {
            let known = KNOWN.lock().ok()?;
            known.iter().find(|(k, _)| k == key).map(|(_, b)| Arc::clone(b))
        };
        if let Some(found) = known(&key) {
            return Ok(found);
        }
        let looks: Vec<f64> =
            (first..=self.horizon).map(|k| f64::from(k) / f64::from(self.horizon)).collect();
        let made = Arc::new(boundary(spending, self.alpha, sides, &looks)?);
        if let Ok(mut known) = KNOWN.lock() {
            known.truncate(REMEMBERED - 1);
            known.insert(0, (key, Arc::clone(&made)));
        }
        Ok(made)
    }
}

/// What a boundary of a plan depends on.
#[derive(Debug, PartialEq)]
struct Key {
    spending: Spending,
    sides: Sides,
    alpha: f64,
    first: u32,
    horizon: u32,
}

/// How many boundaries are remembered: those of a few plans.
const REMEMBERED: usize = 16;

/// The last boundaries: each costs some milliseconds of integration, and every verdict asks for the same few.
static KNOWN: Mutex<Vec<(Key, Arc<Boundary>)>> = Mutex::new(Vec::new());
