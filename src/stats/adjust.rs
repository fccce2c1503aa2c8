//! p-values corrected for the number of tests.

use serde::Serialize;

use super::Refusal;

/// How p-values are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adjustment {
    /// Times the number of tests.
    Bonferroni,
    /// Step-down Bonferroni (Holm 1979): holds for any dependence and is never worse than Bonferroni.
    Holm,
    /// Step-down Šidák, for independent tests.
    HolmSidak,
    /// Step-up (Hochberg 1988), for tests that are independent or positively dependent.
    Hochberg,
    /// Closed testing with Simes' test (Hommel 1988), under the same condition.
    Hommel,
    /// The false discovery rate (Benjamini and Hochberg 1995), under the same condition.
    BenjaminiHochberg,
    /// The false discovery rate for any dependence (Benjamini and Yekutieli 2001).
    BenjaminiYekutieli,
}

/// The adjusted p-values, in the order given: reject those that are at most alpha.
///
/// # Errors
/// [`Refusal::OutOfRange`] when a value is not a probability.
pub fn adjust(p: &[f64], method: Adjustment) -> Result<Vec<f64>, Refusal> {
    if !p.iter().all(|p| (0.0..=1.0).contains(p)) {
        return Err(Refusal::OutOfRange { what: "a p-value" });
    }
    let m = p.len();
    let mut order: Vec<usize> = (0..m).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let sorted: Vec<f64> = order.iter().map(|&i| p[i]).collect();
    let n = m as f64;
    let step_down = |f: &dyn Fn(f64, f64) -> f64| {
        let mut worst = 0.0_f64;
        let one = |(i, &p): (usize, &f64)| {
            worst = worst.max(f(p, n - i as f64));
            worst
        };
        sorted.iter().enumerate().map(one).collect::<Vec<f64>>()
    };
    let step_up = |f: &dyn Fn(f64, f64) -> f64| {
        let mut best = 1.0_f64;
        let one = |(i, &p): (usize, &f64)| {
            best = best.min(f(p, (i + 1) as f64));
            best
        };
        let mut all: Vec<f64> = sorted.iter().enumerate().rev().map(one).collect();
        all.reverse();
        all
    };
    let harmonic: f64 = (1..=m).map(|i| 1.0 / i as f64).sum();
    let adjusted = match method {
        Adjustment::Bonferroni => sorted.iter().map(|p| p * n).collect(),
        Adjustment::Holm => step_down(&|p, left| p * left),
        Adjustment::HolmSidak => step_down(&|p, left| -(left * (-p).ln_1p()).exp_m1()),
        Adjustment::Hochberg => step_up(&|p, rank| p * (n - rank + 1.0)),
        Adjustment::Hommel => hommel(&sorted),
        Adjustment::BenjaminiHochberg => step_up(&|p, rank| p * n / rank),
        Adjustment::BenjaminiYekutieli => step_up(&|p, rank| p * n * harmonic / rank),
    };
    let mut out = vec![0.0; m];
    for (&i, p) in order.iter().zip(adjusted) {
        out[i] = p.min(1.0);
    }
    Ok(out)
}

/// Hommel's adjustment of rising p-values, in the form of Wright (Biometrics 48, 1992).
fn hommel(p: &[f64]) -> Vec<f64> {
    let n = p.len();
    let mut adjusted = p.to_vec();
    for m in (2..=n).rev() {
        let (early, late) = p.split_at(n - m + 1);
        let ranks = 2..;
        let least =
            late.iter().zip(ranks).map(|(p, i)| m as f64 * p / f64::from(i)).fold(f64::INFINITY, f64::min);
        let bound: Vec<f64> = early.iter().map(|p| least.min(m as f64 * p)).collect();
        for (i, a) in adjusted.iter_mut().enumerate() {
            *a = a.max(bound[i.min(n - m)]);
        }
    }
    adjusted
}
