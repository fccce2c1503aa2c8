//! Rank tests of two samples. A difference is treatment minus control.

use serde::Serialize;

use super::scores::mid_ranks;
use super::{Refusal, finite, normal};

/// The statistic U of the treatment (pairs in which it is larger, ties half) and its two-sided p-value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MannWhitney {
    /// Pairs in which the treatment is larger; ties count half.
    pub u: f64,
    /// Two-sided.
    pub p: f64,
}

/// The test of Mann and Whitney (1947) by the normal approximation with the correction for ties.
///
/// # Errors
/// [`Refusal::TooFew`] for an empty sample, [`Refusal::NotFinite`], [`Refusal::NoVariation`] when all values are equal.
pub fn mann_whitney(control: &[f64], treatment: &[f64], continuity: bool) -> Result<MannWhitney, Refusal> {
    let (ranks, u) = statistic(control, treatment)?;
    let (nc, nt) = (control.len() as f64, treatment.len() as f64);
    let n = nc + nt;
    // Σ(rank - mean)² is the variance of untied ranks less the correction for the ties.
    let spread: f64 = ranks.iter().map(|r| (r - (n + 1.0) / 2.0).powi(2)).sum();
    let variance = nc * nt / (n * (n - 1.0)) * spread;
    if variance <= 0.0 {
        return Err(Refusal::NoVariation);
    }
    let distance = (u - nc * nt / 2.0).abs() - if continuity { 0.5 } else { 0.0 };
    Ok(MannWhitney { u, p: (2.0 * normal::sf(distance / variance.sqrt())).min(1.0) })
}

/// The same test with the exact distribution given the ties: for samples up to about a hundred.
///
/// # Errors
/// As [`mann_whitney`].
pub fn mann_whitney_exact(control: &[f64], treatment: &[f64]) -> Result<MannWhitney, Refusal> {
    let (ranks, u) = statistic(control, treatment)?;
    if ranks.iter().all(|r| *r == ranks[0]) {
        return Err(Refusal::NoVariation);
    }
    // counts[k][s]: the subsets of k ranks whose doubled sum is s.
    let doubled: Vec<usize> = ranks.iter().map(|r| (2.0 * r) as usize).collect();
    let (take, total) = (treatment.len(), doubled.iter().sum::<usize>());
    let mut counts = vec![vec![0.0_f64; total + 1]; take + 1];
    counts[0][0] = 1.0;
    for &rank in &doubled {
        for k in (1..=take).rev() {
            let (less, more) = counts.split_at_mut(k);
            for s in rank..=total {
                more[0][s] += less[k - 1][s - rank];
            }
        }
    }
    let seen = doubled[control.len()..].iter().sum::<usize>();
    Ok(MannWhitney { u, p: both_tails(&counts[take], seen) })
}

/// Mid-ranks of the pooled values, control first, and U of the treatment.
fn statistic(control: &[f64], treatment: &[f64]) -> Result<(Vec<f64>, f64), Refusal> {
    if control.is_empty() || treatment.is_empty() {
        return Err(Refusal::TooFew { needed: 1, got: 0 });
    }
    let pooled: Vec<f64> = control.iter().chain(treatment).copied().collect();
    finite(&pooled)?;
    let ranks = mid_ranks(&pooled);
    let nt = treatment.len() as f64;
    let u = ranks[control.len()..].iter().sum::<f64>() - nt * (nt + 1.0) / 2.0;
    Ok((ranks, u))
}

/// Twice the smaller tail at `seen` of a distribution given as counts.
fn both_tails(counts: &[f64], seen: usize) -> f64 {
    let all: f64 = counts.iter().sum();
    let low: f64 = counts[..=seen].iter().sum();
    let high: f64 = counts[seen..].iter().sum();
    (2.0 * low.min(high) / all).min(1.0)
}

/// The shift of Hodges and Lehmann (1963): the median of all differences treatment minus control.
///
/// # Errors
/// [`Refusal::TooFew`] for an empty sample, [`Refusal::NotFinite`].
pub fn hodges_lehmann(control: &[f64], treatment: &[f64]) -> Result<f64, Refusal> {
    if control.is_empty() || treatment.is_empty() {
        return Err(Refusal::TooFew { needed: 1, got: 0 });
    }
    finite(control)?;
    finite(treatment)?;
    let mut differences: Vec<f64> =
        treatment.iter().flat_map(|t| control.iter().map(move |c| t - c)).collect();
    Ok(super::huber::median(&mut differences))
}

/// The signed-rank test of Wilcoxon (1945): the smaller rank sum and the exact two-sided p-value given the ties; pairs
/// without a difference are left out.
///
/// # Errors
/// [`Refusal::TooFew`] for fewer than one pair with a difference or unequal lengths, [`Refusal::NotFinite`].
pub fn wilcoxon(control: &[f64], treatment: &[f64]) -> Result<(f64, f64), Refusal> {
    let differences = paired(control, treatment)?;
    let differences: Vec<f64> = differences.into_iter().filter(|d| *d != 0.0).collect();
    if differences.is_empty() {
        return Err(Refusal::NoVariation);
    }
    let ranks = mid_ranks(&differences.iter().map(|d| d.abs()).collect::<Vec<_>>());
    let up: f64 = ranks.iter().zip(&differences).filter(|(_, d)| **d > 0.0).map(|(r, _)| r).sum();
    let total: f64 = ranks.iter().sum();
    let mut counts = vec![0.0_f64; (2.0 * total) as usize + 1];
    counts[0] = 1.0;
    for rank in ranks.iter().map(|r| (2.0 * r) as usize) {
        for s in (rank..counts.len()).rev() {
            counts[s] += counts[s - rank];
        }
    }
    Ok((up.min(total - up), both_tails(&counts, (2.0 * up) as usize)))
}

/// The differences of pairs.
pub(crate) fn paired(control: &[f64], treatment: &[f64]) -> Result<Vec<f64>, Refusal> {
    if control.len() != treatment.len() {
        return Err(Refusal::OutOfRange { what: "the number of pairs" });
    }
    let differences: Vec<f64> = treatment.iter().zip(control).map(|(t, c)| t - c).collect();
    finite(&differences)?;
    Ok(differences)
}
