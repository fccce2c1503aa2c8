//! Goodness of fit of counts.

use super::Refusal;
use super::special::chi_squared_sf;

/// Pearson's chi-squared statistic of counts against weights, and its p-value; no counts at all fit anything.
///
/// # Errors
/// [`Refusal::TooFew`] for fewer than two categories, [`Refusal::OutOfRange`] for lengths that differ or a weight that
/// isn't positive.
pub fn chi_squared(counts: &[u64], weights: &[f64]) -> Result<(f64, f64), Refusal> {
    if counts.len() < 2 {
        return Err(Refusal::TooFew { needed: 2, got: counts.len() });
    }
    if counts.len() != weights.len() || !weights.iter().all(|w| *w > 0.0 && w.is_finite()) {
        return Err(Refusal::OutOfRange { what: "a weight (above 0)" });
    }
    let n: u64 = counts.iter().sum();
    if n == 0 {
        return Ok((0.0, 1.0));
    }
    let total: f64 = weights.iter().sum();
    let terms = counts.iter().zip(weights).map(|(&count, w)| {
        let expected = n as f64 * w / total;
        (count as f64 - expected).powi(2) / expected
    });
    let statistic: f64 = terms.sum();
    Ok((statistic, chi_squared_sf((counts.len() - 1) as f64, statistic)))
}
