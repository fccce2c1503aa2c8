//! Methods that may be looked at at any time, without a horizon.
//!
//! The verdict does not use them: with a horizon of a hundred runs they cost 20 to 40 points of power at a 10 %
//! speed-up. They are here to compare with.

use libm::lgamma;
use statrs::function::gamma::checked_gamma_lr;

use super::means::TTest;
use super::proportion::Proportion;
use super::{Interval, Refusal, normal, refusal};

/// The tuning of the asymptotic confidence sequence that is tightest after `n` observations (Waudby-Smith et al.,
/// arXiv 2103.06476, appendix B).
///
/// # Errors
/// [`Refusal::OutOfRange`] unless alpha is inside (0, 1) and n positive.
pub fn asymptotic_rho(alpha: f64, n: f64) -> Result<f64, Refusal> {
    let twice = -2.0 * refusal::probability(alpha, "alpha")?.ln();
    if n > 0.0 {
        Ok(((twice + (twice + 1.0).ln()) / n).sqrt())
    } else {
        Err(Refusal::OutOfRange { what: "n" })
    }
}

/// The asymptotic confidence sequence of an estimate from `n` observations, with its always-valid p-value
/// (arXiv 2103.06476, equations 24 and 155).
///
/// # Errors
/// As [`asymptotic_rho`].
pub fn asymptotic_sequence(
    test: &TTest,
    n: f64,
    alpha: f64,
    tuned_for: f64,
) -> Result<(Interval, f64), Refusal> {
    let rho2 = asymptotic_rho(alpha, tuned_for)?.powi(2);
    let grown = n * rho2 + 1.0;
    let spread = test.standard_error * n.sqrt();
    let half = spread * (2.0 * grown * (grown.sqrt() / alpha).ln()).sqrt() / (n * rho2.sqrt());
    let squared = (test.difference * n / spread).powi(2);
    let log_e = rho2 * squared / (2.0 * grown) - 0.5 * grown.ln();
    Ok((Interval::around(test.difference, half), (-log_e).exp().min(1.0)))
}

/// ln of the anytime-valid Bayes factor of a t statistic with `nu` degrees of freedom, where the estimate has `z2`
/// times the precision of one observation and the prior the precision `phi` (Lindon, Ham, Tingley, Bojinov 2022).
pub fn log_bayes_factor(t: f64, nu: f64, z2: f64, phi: f64) -> f64 {
    let r = phi / (phi + z2);
    let u = t * t / nu;
    0.5 * r.ln() + 0.5 * (nu + 1.0) * (u.ln_1p() - (r * u).ln_1p())
}

/// The magnitude of t at which that Bayes factor is 1 / alpha; infinite when it never is.
pub fn bayes_factor_radius(alpha: f64, nu: f64, z2: f64, phi: f64) -> f64 {
    let r = phi / (phi + z2);
    let a = (alpha * r.sqrt()).powf(-2.0 / (nu + 1.0));
    if r * a >= 1.0 { f64::INFINITY } else { (nu * (a - 1.0) / (1.0 - r * a)).sqrt() }
}

/// The e-value of the two-sided safe t test with standardised effects ±delta (Pérez-Ortiz et al. 2022).
pub fn safe_t(t: f64, n1: f64, n2: f64, delta: f64) -> f64 {
    let nu = n1 + n2 - 2.0;
    let noncentrality = n1 * n2 / (n1 + n2) * delta * delta / 2.0;
    let x = noncentrality * t * t / (nu + t * t);
    // exp(-noncentrality) 1F1((nu + 1) / 2; 1/2; x): all terms are positive.
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 0..100_000 {
        let k = f64::from(k);
        term *= ((nu + 1.0) / 2.0 + k) / (0.5 + k) * x / (k + 1.0);
        sum += term;
        if term < sum * 1e-17 || !sum.is_finite() {
            break;
        }
    }
    (sum.ln() - noncentrality).exp()
}

/// The mixing precision that makes a two-sided normal mixture tightest at intrinsic time `v` (Howard et al. 2021).
fn mixture_rho(v: f64, alpha: f64) -> f64 {
    let twice = -2.0 * alpha.ln();
    v / (twice + (1.0 + twice).ln())
}

/// The two-sided normal mixture boundary at intrinsic time `v`, tightest at `v_opt` (Howard et al. 2021).
pub fn normal_mixture(v: f64, alpha: f64, v_opt: f64) -> f64 {
    let rho = mixture_rho(v_opt, alpha);
    ((v + rho) * ((v + rho) / (rho * alpha * alpha)).ln()).sqrt()
}

/// The one-sided normal mixture boundary.
pub fn normal_mixture_one_sided(v: f64, alpha: f64, v_opt: f64) -> f64 {
    let rho = mixture_rho(v_opt, 2.0 * alpha);
    let log_martingale = |s: f64| {
        0.5 * (4.0 * rho / (v + rho)).ln()
            + s * s / (2.0 * (v + rho))
            + normal::cdf(s / (v + rho).sqrt()).ln()
    };
    where_it_reaches(-alpha.ln(), log_martingale)
}

/// The gamma-exponential mixture boundary with scale `c`, for sub-exponential sums.
pub fn gamma_exponential_mixture(v: f64, alpha: f64, v_opt: f64, c: f64) -> f64 {
    let rho = mixture_rho(v_opt, 2.0 * 0.05);
    let (r, c2) = (rho / (c * c), c * c);
    let lower = |a: f64, x: f64| checked_gamma_lr(a, x).map_or(0.0, f64::ln);
    let leading = r * r.ln() - lgamma(r) - lower(r, r);
    let shape = (v + rho) / c2;
    let log_martingale = |s: f64| {
        let moved = (c * s + v) / c2;
        leading + lgamma(shape) + lower(shape, moved + r) - shape * (moved + r).ln() + moved
    };
    where_it_reaches(-alpha.ln(), log_martingale)
}

/// The polynomial stitching boundary from intrinsic time `v_min` on (Howard et al. 2021, with s = 1.4 and η = 2).
pub fn poly_stitching(v: f64, alpha: f64, v_min: f64) -> f64 {
    const S: f64 = 1.4;
    const ETA: f64 = 2.0;
    /// ζ(1.4).
    const ZETA: f64 = 3.105_547_293_277_389;
    let v = v.max(v_min);
    let k1 = (ETA.powf(0.25) + ETA.powf(-0.25)) / std::f64::consts::SQRT_2;
    let a = S * (ETA * v / v_min).ln().ln() + (ZETA / (alpha * ETA.ln().powf(S))).ln();
    (k1 * k1 * v * a).sqrt()
}

/// The positive argument at which a function that rises from below reaches `level`.
fn where_it_reaches(level: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while f(high) < level && high < 1e12 {
        low = high;
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if f(middle) < level { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// The confidence sequence of a success rate by a beta-binomial mixture, tightest after `t_opt` trials (Howard et al.
/// 2021; at error 0.05 in the tuning).
pub fn bernoulli_sequence(seen: Proportion, alpha: f64, t_opt: f64) -> Interval {
    let (s, n) = (seen.successes as f64, seen.trials as f64);
    let ln_beta = |a: f64, b: f64| lgamma(a) + lgamma(b) - lgamma(a + b);
    let kept = |p: f64| {
        let q = 1.0 - p;
        let r = (mixture_rho(t_opt * p * q, 0.05) - p * q).max(1e-3 * p * q);
        let log_e = ln_beta(r / p + n - s, r / q + s) - ln_beta(r / p, r / q) - s * p.ln() - (n - s) * q.ln();
        log_e < -alpha.ln()
    };
    let end = |inside: f64, outside: f64| {
        let (mut inside, mut outside) = (inside, outside);
        for _ in 0..100 {
            let middle = f64::midpoint(inside, outside);
            if middle > 0.0 && middle < 1.0 && kept(middle) { inside = middle } else { outside = middle }
        }
        f64::midpoint(inside, outside)
    };
    let p = seen.rate();
    Interval {
        lower: if seen.successes == 0 { 0.0 } else { end(p, 0.0) },
        upper: if seen.successes == seen.trials { 1.0 } else { end(p, 1.0) },
    }
}
