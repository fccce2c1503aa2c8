//! Unconditional exact tests of two proportions: the worst case over the unknown common rate.

use super::Refusal;
use super::proportion::Proportion;
use super::proportion_tests::pooled_z;
use super::special::{binomial_pmf, hypergeometric_pmf};

/// The largest arm that is enumerated.
const LARGEST: u64 = 2_000;

/// Barnard's two-sided p-value with the pooled z statistic (Barnard 1947).
///
/// # Errors
/// [`Refusal::OutOfRange`] above 2,000 trials in an arm.
pub fn barnard(control: Proportion, treatment: Proportion) -> Result<f64, Refusal> {
    let z = |c: Proportion, t: Proportion| pooled_z(c, t).map_or(0.0, f64::abs);
    let seen = z(control, treatment) * (1.0 - 1e-9);
    worst_case(control, treatment, |c, t| z(c, t) >= seen)
}

/// Boschloo's one-sided p-value that the treatment succeeds less often (Boschloo 1970): Fisher's one-sided p-value as
/// the statistic.
///
/// # Errors
/// As [`barnard`].
pub fn boschloo_less(control: Proportion, treatment: Proportion) -> Result<f64, Refusal> {
    let fisher_less = |c: Proportion, t: Proportion| {
        let (total, successes) = (c.trials + t.trials, c.successes + t.successes);
        (0..=t.successes).map(|k| hypergeometric_pmf(total, successes, t.trials, k)).sum::<f64>()
    };
    let seen = fisher_less(control, treatment) * (1.0 + 1e-9);
    worst_case(control, treatment, |c, t| fisher_less(c, t) <= seen)
}

/// The largest probability, over the common rate, of the tables that are `extreme`.
fn worst_case(
    control: Proportion,
    treatment: Proportion,
    extreme: impl Fn(Proportion, Proportion) -> bool,
) -> Result<f64, Refusal> {
    let (nc, nt) = (control.trials, treatment.trials);
    if nc.max(nt) > LARGEST {
        return Err(Refusal::OutOfRange { what: "the number of trials (at most 2,000)" });
    }
    let of = |successes, trials| Proportion { successes, trials };
    let tables: Vec<Vec<bool>> =
        (0..=nc).map(|x| (0..=nt).map(|y| extreme(of(x, nc), of(y, nt))).collect()).collect();
    let probability = |rate: f64| {
        let column: Vec<f64> = (0..=nt).map(|y| binomial_pmf(nt, y, rate)).collect();
        let row = |(x, extreme): (usize, &Vec<bool>)| {
            let inside: f64 = extreme.iter().zip(&column).filter(|(e, _)| **e).map(|(_, p)| p).sum();
            binomial_pmf(nc, x as u64, rate) * inside
        };
        tables.iter().enumerate().map(row).sum::<f64>()
    };
    // A grid that is fine enough for every hump, then a golden-section search around the best.
    let steps = 4 * (nc + nt).max(25);
    let at = |i: u64| i as f64 / steps as f64;
    let best = (0..=steps).map(|i| (i, probability(at(i)))).max_by(|a, b| a.1.total_cmp(&b.1));
    let (place, found) = best.unwrap_or((0, 1.0));
    let (mut low, mut high) = (at(place.saturating_sub(1)), at((place + 1).min(steps)));
    for _ in 0..60 {
        let third = (high - low) / 3.0;
        if probability(low + third) < probability(high - third) { low += third } else { high -= third }
    }
    Ok(found.max(probability(f64::midpoint(low, high))).min(1.0))
}
