//! What no test of the same runs can exceed: the local asymptotic bound on the power.

use super::power::{PowerQuestion, Scenario};
use super::simulator::{Variance, outlier_factor, outliers};
use crate::stats::normal;

/// Φ(|δ| √(n I) / 2 - z), with I the Fisher information of the noise that is left when the covariate is known.
pub(super) fn bound(question: &PowerQuestion) -> Option<f64> {
    let modelled = question.replay.is_none() && question.scenario != Scenario::Heteroscedastic;
    if !modelled || question.effect == 0.0 {
        return None;
    }
    let n = f64::from(question.horizon) * question.success_rate();
    let information = fisher_information(Variance::of(question).residual(), outliers(question.scenario));
    let drift = (1.0 - question.effect).ln().abs() * (n * information).sqrt() / 2.0;
    Some(normal::cdf(drift - normal::upper_quantile(0.025)))
}

/// ∫ f'² / f of a normal density with the given variance of which a share is moved up by an outlier's factor.
fn fisher_information(variance: f64, outliers: f64) -> f64 {
    const QUANTILES: u32 = 400;
    const STEPS: u32 = 4000;
    let sd = variance.sqrt();
    let moves: Vec<f64> =
        (0..QUANTILES).map(|i| outlier_factor((f64::from(i) + 0.5) / f64::from(QUANTILES)).ln()).collect();
    let reach = 8.0 * sd + if outliers > 0.0 { moves[moves.len() - 1] } else { 0.0 };
    let step = (reach + 8.0 * sd) / f64::from(STEPS);
    let part = |x: f64| {
        let z = x / sd;
        let density = normal::pdf(z) / sd;
        (density, -z / sd * density)
    };
    (0..=STEPS)
        .map(|i| {
            let x = -8.0 * sd + f64::from(i) * step;
            let (mut f, mut slope) = part(x);
            f *= 1.0 - outliers;
            slope *= 1.0 - outliers;
            if outliers > 0.0 {
                for m in &moves {
                    let (density, s) = part(x - m);
                    f += outliers * density / f64::from(QUANTILES);
                    slope += outliers * s / f64::from(QUANTILES);
                }
            }
            if f > 0.0 { slope * slope / f * step } else { 0.0 }
        })
        .sum()
}
