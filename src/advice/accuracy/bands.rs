//! From when on predictions are good enough, and from when on they are not.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::insight::numbers::Rate;

/// The shares of predictions that are good or better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bands {
    /// From here on all is well.
    pub target: f64,
    /// Below this something is wrong.
    pub critical: f64,
}

/// Where a share lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Band {
    /// At the target or above.
    Target,
    /// Between the two.
    Warning,
    /// Below critical: exit code 1.
    Critical,
    /// Too few predictions have met their run.
    NotEnough,
}

impl Default for Bands {
    fn default() -> Self {
        Bands { target: 0.80, critical: 0.65 }
    }
}

impl Bands {
    /// Bands of one's own, as shares of 1.
    ///
    /// # Errors
    /// When they are no shares, or critical is above the target.
    pub fn new(target: f64, critical: f64) -> Result<Self> {
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        if !is_share(target) || !is_share(critical) || critical > target {
            let message = format!("a target of {target} and a critical share of {critical} make no bands");
            return Err(Error::usage(message).hint("both lie between 0 and 1, critical below the target"));
        }
        Ok(Bands { target, critical })
    }

    /// Where a share lies, given the least number it is taken from.
    pub fn of(&self, share: &Rate, minimum: u64) -> Band {
        match share.rate.filter(|_| share.n >= minimum.max(1)) {
            None => Band::NotEnough,
            Some(share) if share >= self.target => Band::Target,
            Some(share) if share < self.critical => Band::Critical,
            Some(_) => Band::Warning,
        }
    }
}
