//! Special functions, from libraries where they are sound and guarded where they are not.

use libm::lgamma;
use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::checked_gamma_ur;

/// ln of the binomial coefficient.
pub fn ln_choose(n: u64, k: u64) -> f64 {
    lgamma(n as f64 + 1.0) - lgamma(k as f64 + 1.0) - lgamma((n - k) as f64 + 1.0)
}

/// The regularised incomplete beta function I_x(a, b) for positive `a` and `b`; `x` is clamped to [0, 1].
pub fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The library panics on no input that gets here, but says so when it has no answer.
    checked_beta_reg(a, b, x).map_or(f64::NAN, |p| p.clamp(0.0, 1.0))
}

/// The `p` quantile of the Beta(a, b) distribution, to the last bits also for extreme `p`.
///
/// The library's own inverse is badly wrong for shapes below 1 at tiny `p` (statrs 0.19, Beta(0.5, 0.5) at 1e-12), so
/// this bisects on the logarithm of the nearer distance to 0 or 1.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    if beta_cdf(a, b, 0.5) < p {
        return 1.0 - near_zero(|x| 1.0 - p > beta_cdf(b, a, x));
    }
    near_zero(|x| beta_cdf(a, b, x) < p)
}

/// The place in (0, 1/2] where `below` turns false, by bisection on its logarithm.
fn near_zero(below: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (-700.0_f64, 0.5_f64.ln());
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if below(middle.exp()) { low = middle } else { high = middle }
    }
    f64::midpoint(low, high).exp()
}

/// P(X > x) for a chi-squared variable with `df` degrees of freedom.
pub fn chi_squared_sf(df: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if df == 1.0 {
        return super::normal::two_sided(x.sqrt());
    }
    checked_gamma_ur(df / 2.0, x / 2.0).map_or(f64::NAN, |p| p.clamp(0.0, 1.0))
}

/// The probability of `k` successes in `n` trials with success probability `p`.
pub fn binomial_pmf(n: u64, k: u64, p: f64) -> f64 {
    if p <= 0.0 {
        return f64::from(u8::from(k == 0));
    }
    if p >= 1.0 {
        return f64::from(u8::from(k == n));
    }
    (ln_choose(n, k) + k as f64 * p.ln() + (n - k) as f64 * (-p).ln_1p()).exp()
}

/// The probability of `k` marked ones among `drawn` out of `total` of which `marked` are marked.
pub fn hypergeometric_pmf(total: u64, marked: u64, drawn: u64, k: u64) -> f64 {
    if k > marked || k > drawn || drawn - k > total - marked {
        return 0.0;
    }
    (ln_choose(marked, k) + ln_choose(total - marked, drawn - k) - ln_choose(total, drawn)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arcsine_quantile_is_right_where_the_library_is_not() {
        // Beta(1/2, 1/2) is the arcsine law: its quantile is sin²(πp/2).
        for p in [1e-12, 1e-6, 0.01, 0.3, 0.5, 0.9, 1.0 - 1e-9] {
            let exact = (std::f64::consts::FRAC_PI_2 * p).sin().powi(2);
            assert!((beta_quantile(0.5, 0.5, p) / exact - 1.0).abs() < 1e-9, "{p}");
        }
    }
}
