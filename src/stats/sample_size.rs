//! How many observations find how small a difference, for tests with one look.

use super::{Refusal, normal, refusal, student};

/// The power of the two-sided t test of two samples with a standardised difference `d`.
///
/// # Errors
/// [`Refusal::OutOfRange`] unless both samples have more than one observation and alpha is inside (0, 1).
pub fn t_power(d: f64, n1: f64, n2: f64, alpha: f64) -> Result<f64, Refusal> {
    if !(n1 > 1.0 && n2 > 1.0 && d.is_finite()) {
        return Err(Refusal::OutOfRange { what: "a sample size (above 1)" });
    }
    let df = n1 + n2 - 2.0;
    let critical = -student::quantile(alpha / 2.0, df)?;
    let noncentrality = d * (n1 * n2 / (n1 + n2)).sqrt();
    Ok(student::noncentral_sf(critical, df, noncentrality)
        + student::noncentral_sf(critical, df, -noncentrality))
}

/// The size of the first sample at which that test has `power`, when the second is `ratio` times as large.
///
/// # Errors
/// [`Refusal::NoSolution`] when no size up to a billion has it; as [`t_power`] otherwise.
pub fn t_size(d: f64, ratio: f64, alpha: f64, power: f64) -> Result<f64, Refusal> {
    refusal::probability(power, "the power")?;
    let least = 1.0 + 1.0 / ratio.min(1.0);
    solve(least, 1e9, |n| t_power(d, n, n * ratio, alpha).map(|p| p - power))
}

/// The standardised difference that the t test of two samples of `n` finds with `power`.
///
/// # Errors
/// As [`t_size`].
pub fn t_effect(n: f64, alpha: f64, power: f64) -> Result<f64, Refusal> {
    refusal::probability(power, "the power")?;
    solve(0.0, 1e3, |d| t_power(d, n, n, alpha).map(|p| p - power))
}

/// Cohen's h: the difference of two rates on the scale where their variance is constant.
pub fn cohen_h(p1: f64, p2: f64) -> f64 {
    2.0 * (p1.sqrt().asin() - p2.sqrt().asin())
}

/// The power of the two-sided z test of two samples of `n` with a standardised difference `d`.
pub fn z_power(d: f64, n: f64, alpha: f64) -> f64 {
    let critical = normal::upper_quantile(alpha / 2.0);
    let drift = d * (n / 2.0).sqrt();
    normal::sf(critical - drift) + normal::cdf(-critical - drift)
}

/// The size of each of two samples at which that test has `power`.
///
/// # Errors
/// [`Refusal::NoSolution`] when no size up to a trillion has it.
pub fn z_size(d: f64, alpha: f64, power: f64) -> Result<f64, Refusal> {
    solve(1e-6, 1e12, |n| Ok(z_power(d, n, alpha) - power))
}

/// The power of the two-sided z test of two rates, with the pooled variance under the hypothesis and the separate ones
/// under the alternative, at `n` per arm.
pub fn two_rates_power(p1: f64, p2: f64, n: f64, alpha: f64) -> f64 {
    let pooled = f64::midpoint(p1, p2);
    let null = (2.0 * pooled * (1.0 - pooled)).sqrt();
    let alternative = (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    let critical = normal::upper_quantile(alpha / 2.0) * null / alternative;
    let drift = (p2 - p1) * n.sqrt() / alternative;
    normal::sf(critical - drift) + normal::cdf(-critical - drift)
}

/// The standardised difference of log durations that a speed-up makes when the durations have this coefficient of
/// variation: -ln(1 - s) / √ln(1 + cv²).
pub fn log_effect(cv: f64, speed_up: f64) -> f64 {
    -(1.0 - speed_up).ln() / (1.0 + cv * cv).ln().sqrt()
}

/// The runs per arm that show, with 80 % power at one-sided 5 %, that a success rate `p` falls by less than `margin`.
pub fn non_inferiority_size(p: f64, margin: f64) -> f64 {
    let z = normal::quantile(0.95) + normal::quantile(0.80);
    2.0 * p * (1.0 - p) * (z / margin).powi(2)
}

/// The root of a rising function between `low` and `high`.
fn solve(low: f64, high: f64, f: impl Fn(f64) -> Result<f64, Refusal>) -> Result<f64, Refusal> {
    let (mut low, mut high) = (low, high);
    if f(high)? < 0.0 {
        return Err(Refusal::NoSolution);
    }
    for _ in 0..200 {
        // Geometric while the bracket spans decades.
        let middle =
            if low > 0.0 && high > 4.0 * low { (low * high).sqrt() } else { f64::midpoint(low, high) };
        if middle <= low || middle >= high {
            break;
        }
        if f(middle)? < 0.0 { low = middle } else { high = middle }
    }
    Ok(f64::midpoint(low, high))
}
