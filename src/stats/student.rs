//! Student's t distribution, central and noncentral, for any positive degrees of freedom.

use libm::lgamma;

use super::sequential::LEGENDRE;
use super::special::beta_cdf;
use super::{Refusal, normal};

/// Beyond so many degrees of freedom the distribution is the normal one to double precision.
const NORMAL: f64 = 1e12;

/// P(T > t), accurate in relative terms in the upper tail.
pub fn sf(t: f64, df: f64) -> f64 {
    let tail = 0.5 * two_sided(t, df);
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// P(|T| >= |t|): the two-sided p-value.
pub fn two_sided(t: f64, df: f64) -> f64 {
    if df > NORMAL {
        return normal::two_sided(t);
    }
    let square = t * t;
    if square == f64::INFINITY {
        return 0.0;
    }
    if square < df {
        // Near the centre the complement is the accurate one.
        return 1.0 - beta_cdf(0.5, df / 2.0, square / (df + square));
    }
    beta_cdf(df / 2.0, 0.5, df / (df + square))
}

/// The density at `t`.
pub fn pdf(t: f64, df: f64) -> f64 {
    let constant = lgamma((df + 1.0) / 2.0) - lgamma(df / 2.0) - 0.5 * (df * std::f64::consts::PI).ln();
    (constant - (df + 1.0) / 2.0 * (t * t / df).ln_1p()).exp()
}

/// The `p` quantile: a start from the normal one, then bracketed Newton steps on the distribution function.
///
/// The inverse of statrs 0.19 is off by 4e-6 at 100,000 degrees of freedom and by 5e-6 near the median; this one is
/// as good as the distribution function.
///
/// # Errors
/// [`Refusal::OutOfRange`] unless `p` is inside (0, 1) and the degrees of freedom are positive.
pub fn quantile(p: f64, df: f64) -> Result<f64, Refusal> {
    super::refusal::probability(p, "a probability")?;
    if df.is_nan() || df <= 0.0 {
        return Err(Refusal::OutOfRange { what: "the degrees of freedom" });
    }
    if p == 0.5 {
        return Ok(0.0);
    }
    let tail = p.min(1.0 - p);
    let (mut low, mut high) = (0.0, 1.0);
    while sf(high, df) > tail {
        low = high;
        high *= 2.0;
    }
    let mut t = normal::upper_quantile(tail).clamp(low, high);
    for _ in 0..200 {
        let excess = sf(t, df) - tail;
        if excess > 0.0 { low = t } else { high = t }
        let newton = t + excess / pdf(t, df);
        let next = if newton > low && newton < high { newton } else { f64::midpoint(low, high) };
        if (next - t).abs() <= 1e-15 * t.abs() {
            break;
        }
        t = next;
    }
    Ok(if p < 0.5 { -t } else { t })
}

/// P(T > t) for the noncentral t distribution: the normal tail averaged over the distribution of the sample spread.
///
/// With W = √(χ²/df), P(T > t) = E Φ(δ - t W), integrated by Gauss-Legendre panels over the bulk of W.
pub fn noncentral_sf(t: f64, df: f64, noncentrality: f64) -> f64 {
    if df > NORMAL {
        return normal::sf(t - noncentrality);
    }
    // ln density of W: w^(df-1) exp(-df w²/2) df^(df/2) / (2^(df/2-1) Γ(df/2)).
    let constant = df / 2.0 * df.ln() - (df / 2.0 - 1.0) * 2.0_f64.ln() - lgamma(df / 2.0);
    let density = |w: f64| (constant + (df - 1.0) * w.ln() - df * w * w / 2.0).exp();
    let sd = (0.5 / df).sqrt();
    let (from, to) = ((1.0 - 14.0 * sd).max(0.0), 1.0 + 14.0 * sd);
    let panels = 64;
    let half = (to - from) / f64::from(panels) / 2.0;
    (0..panels)
        .flat_map(|i| {
            let centre = from + f64::from(2 * i + 1) * half;
            LEGENDRE.iter().map(move |(x, w)| (centre + half * x, half * w))
        })
        .map(|(w, weight)| weight * density(w) * normal::cdf(noncentrality - t * w))
        .sum::<f64>()
        .clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_hold_at_many_degrees_of_freedom_and_near_the_median() {
        // scipy 1.17 stats.t.ppf.
        let known = [
            (0.975, 1e5, 1.959_987_707_521_711_2),
            (0.975, 1.0, 12.706_204_736_174_69),
            (0.5 + 1e-9, 10.0, 2.569_978_244_000_6e-9),
            (1e-12, 3.0, -7_191.984_8),
        ];
        for (p, df, t) in known {
            let got = quantile(p, df).unwrap();
            assert!((got / t - 1.0).abs() < 1e-6, "t({p}, {df}) = {got:e}, not {t:e}");
            let back = sf(got, df);
            assert!((back - (1.0 - p)).abs() < 1e-14 || (sf(-got, df) / p - 1.0).abs() < 1e-10);
        }
        assert!(quantile(0.0, 3.0).is_err());
        assert!(quantile(0.3, f64::NAN).is_err());
    }
}
