//! How long a job takes at most, from how long it took.

use crate::insight::numbers::sorted;
use crate::stats::{normal, student};

/// The quantile that a limit is reckoned from.
pub(super) const HIGH: f64 = 0.99;
const CONFIDENCE: f64 = 0.95;

/// An upper 95 % confidence bound of the 99 % quantile of positive values: the larger of what is seen and the one-sided
/// tolerance bound of their logarithms; none of fewer than five.
///
/// Durations of a job are near log-normal around their level, but one slow day is worth more than a fit: hence never
/// less than the longest that was seen.
pub(super) fn upper(values: &[f64]) -> Option<f64> {
    let logs = sorted(values.iter().filter(|v| **v > 0.0).map(|v| v.ln()));
    let (n, longest) = (logs.len(), *logs.last()?);
    if n < 5 {
        return None;
    }
    let mean = logs.iter().sum::<f64>() / n as f64;
    let variance = logs.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    Some((mean + factor(n) * variance.sqrt()).max(longest).exp())
}

/// The factor `k` for which mean + k standard deviations of `n` normal values is above their 99 % quantile with 95 %
/// confidence: a quantile of the noncentral t distribution (Owen 1958; NIST/SEMATECH e-Handbook, 7.2.6.3).
fn factor(n: usize) -> f64 {
    let root = (n as f64).sqrt();
    let shift = normal::quantile(HIGH) * root;
    let above = |k: f64| student::noncentral_sf(k * root, n as f64 - 1.0, shift) > 1.0 - CONFIDENCE;
    let (mut low, mut high) = (0.0, 20.0);
    for _ in 0..40 {
        let middle = f64::midpoint(low, high);
        if above(middle) { low = middle } else { high = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::dice::Dice;

    #[test]
    fn the_bound_holds_the_quantile_as_often_as_it_says() {
        let mut dice = Dice::new(5);
        for (n, spread) in [(20, 0.2), (60, 0.5), (400, 0.3)] {
            let quantile = (2.326_347_874_040_841_f64 * spread).exp();
            let mut holds = |_: &u32| {
                let sample: Vec<f64> = (0..n).map(|_| dice.around(1.0, spread)).collect();
                upper(&sample).is_some_and(|bound| bound >= quantile)
            };
            let held = (0..200).filter(&mut holds).count();
            assert!(held >= 182, "{held} of 200 with {n}");
        }
    }

    #[test]
    fn tolerance_factors_have_the_published_values() {
        // Owen, Handbook of Statistical Tables (1962): 99 % content, 95 % confidence, one-sided.
        for (n, k) in [(10, 3.981), (20, 3.295), (50, 2.862), (100, 2.684)] {
            assert!((factor(n) - k).abs() < 2e-3, "{n}: {}", factor(n));
        }
    }

    #[test]
    fn the_bound_is_never_below_what_was_seen() {
        let mut values = vec![100.0; 50];
        values.push(5_000.0);
        assert!(upper(&values).is_some_and(|bound| bound >= 5_000.0));
        assert_eq!(upper(&[1.0; 4]), None);
        assert!(upper(&[60.0; 30]).is_some_and(|bound| (bound - 60.0).abs() < 1e-9));
    }
}
