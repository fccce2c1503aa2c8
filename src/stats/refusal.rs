//! Why there is no number, and what a number's neighbourhood looks like.

use serde::Serialize;

/// Why a statistic can't be given. A refusal is an answer: it is shown, never replaced by a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Refusal {
    /// There are fewer observations than the method needs.
    #[error("not enough data: {got} of {needed}")]
    TooFew {
        /// How many the method needs.
        needed: usize,
        /// How many there are.
        got: usize,
    },
    /// All values are equal (or all runs succeed, or all fail), so that there is no spread to measure with.
    #[error("no variation to measure with")]
    NoVariation,
    /// An input is NaN or infinite.
    #[error("an input is not a finite number")]
    NotFinite,
    /// A parameter lies outside of what the method allows.
    #[error("{what} is out of range")]
    OutOfRange {
        /// Which parameter.
        what: &'static str,
    },
    /// The equation has no solution in the range that was searched.
    #[error("no solution")]
    NoSolution,
}

/// A closed interval of the real line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Interval {
    /// The interval `centre ± half_width`.
    pub fn around(centre: f64, half_width: f64) -> Self {
        Interval { lower: centre - half_width, upper: centre + half_width }
    }
}

/// Refuses a slice that holds a NaN or an infinity.
///
/// # Errors
/// [`Refusal::NotFinite`].
pub fn finite(values: &[f64]) -> Result<(), Refusal> {
    if values.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(Refusal::NotFinite) }
}

/// Refuses a probability outside of the open interval from 0 to 1.
///
/// # Errors
/// [`Refusal::OutOfRange`] naming `what`.
pub fn probability(p: f64, what: &'static str) -> Result<f64, Refusal> {
    if p > 0.0 && p < 1.0 { Ok(p) } else { Err(Refusal::OutOfRange { what }) }
}
