//! Tests of two proportions. A difference is treatment minus control.

use libm::lgamma;

use super::proportion::Proportion;
use super::special::{binomial_pmf, hypergeometric_pmf};
use super::{Interval, Refusal, normal};

/// The z statistic of the difference with pooled variance; negative when the treatment succeeds less often.
///
/// # Errors
/// [`Refusal::NoVariation`] when all succeed or all fail.
pub fn pooled_z(control: Proportion, treatment: Proportion) -> Result<f64, Refusal> {
    let (nc, nt) = (control.trials as f64, treatment.trials as f64);
    let pooled = (control.successes + treatment.successes) as f64 / (nc + nt);
    let variance = pooled * (1.0 - pooled) * (1.0 / nc + 1.0 / nt);
    if variance > 0.0 {
        Ok((treatment.rate() - control.rate()) / variance.sqrt())
    } else {
        Err(Refusal::NoVariation)
    }
}

/// Fisher's exact two-sided p-value: the tables that are at most as probable as the one seen.
pub fn fisher(control: Proportion, treatment: Proportion) -> f64 {
    let total = control.trials + treatment.trials;
    let successes = control.successes + treatment.successes;
    let pmf = |k| hypergeometric_pmf(total, successes, treatment.trials, k);
    let seen = pmf(treatment.successes) * (1.0 + 1e-7);
    (0..=successes.min(treatment.trials)).map(pmf).filter(|&p| p <= seen).sum::<f64>().min(1.0)
}

/// The sample odds ratio, treatment over control.
///
/// # Errors
/// [`Refusal::NoVariation`] when all succeed or all fail.
pub fn odds_ratio(control: Proportion, treatment: Proportion) -> Result<f64, Refusal> {
    let failures = |p: Proportion| (p.trials - p.successes) as f64;
    let up = treatment.successes as f64 * failures(control);
    let down = control.successes as f64 * failures(treatment);
    if up == 0.0 && down == 0.0 { Err(Refusal::NoVariation) } else { Ok(up / down) }
}

/// The exact two-sided p-value of `successes` out of `trials` under probability `p`: what is at most as probable.
///
/// # Errors
/// [`Refusal::OutOfRange`] unless `p` is between 0 and 1 and the successes are at most the trials.
pub fn binomial(successes: u64, trials: u64, p: f64) -> Result<f64, Refusal> {
    if !(p > 0.0 && p < 1.0) || successes > trials {
        return Err(Refusal::OutOfRange { what: "a binomial parameter" });
    }
    let seen = binomial_pmf(trials, successes, p) * (1.0 + 1e-7);
    Ok((0..=trials).map(|k| binomial_pmf(trials, k, p)).filter(|&q| q <= seen).sum::<f64>().min(1.0))
}

/// The score statistic of the difference against the hypothesis that it is `difference`, with the p-value for
/// "larger": Farrington and Manning (1990) with the n/(n-1) factor of Miettinen and Nurminen (1985).
///
/// # Errors
/// [`Refusal::NoVariation`] when the hypothesis leaves no variance, [`Refusal::OutOfRange`] for a difference outside of
/// (-1, 1).
pub fn score(control: Proportion, treatment: Proportion, difference: f64) -> Result<(f64, f64), Refusal> {
    if difference.abs() >= 1.0 || !difference.is_finite() {
        return Err(Refusal::OutOfRange { what: "the difference" });
    }
    let (nc, nt) = (control.trials as f64, treatment.trials as f64);
    let pc = constrained_control(control, treatment, difference);
    let pt = (pc + difference).clamp(0.0, 1.0);
    let n = nc + nt;
    let variance = (pt * (1.0 - pt) / nt + pc * (1.0 - pc) / nc) * n / (n - 1.0);
    if variance <= 1e-15 {
        return Err(Refusal::NoVariation);
    }
    let z = (treatment.rate() - control.rate() - difference) / variance.sqrt();
    Ok((z, normal::sf(z)))
}

/// The control's rate of greatest likelihood when the treatment's is higher by `difference`: the root of a cubic,
/// in the closed form of Miettinen and Nurminen (1985).
fn constrained_control(control: Proportion, treatment: Proportion, difference: f64) -> f64 {
    let (xc, nc) = (control.successes as f64, control.trials as f64);
    let (xt, nt) = (treatment.successes as f64, treatment.trials as f64);
    let d = difference;
    let (l3, n, x) = (nc + nt, nc + nt, xc + xt);
    let l2 = (nt + 2.0 * nc) * d - n - x;
    let l1 = (nc * d - n - 2.0 * xc) * d + x;
    let l0 = xc * d * (1.0 - d);
    let q = l2.powi(3) / (3.0 * l3).powi(3) - l1 * l2 / (6.0 * l3 * l3) + l0 / (2.0 * l3);
    let inside = (l2 * l2 / (9.0 * l3 * l3) - l1 / (3.0 * l3)).max(0.0);
    let p = inside.sqrt() * if q < 0.0 { -1.0 } else { 1.0 };
    let rate = if p == 0.0 {
        -l2 / (3.0 * l3)
    } else {
        let angle = (std::f64::consts::PI + (q / p.powi(3)).clamp(-1.0, 1.0).acos()) / 3.0;
        2.0 * p * angle.cos() - l2 / (3.0 * l3)
    };
    rate.clamp((-d).max(0.0), (1.0 - d).min(1.0))
}

/// The interval of the differences that the score test does not reject at two-sided `alpha` (Miettinen and Nurminen
/// 1985). An end beyond which nothing is rejected is -1 or 1.
pub fn score_interval(control: Proportion, treatment: Proportion, alpha: f64) -> Interval {
    let limit = normal::upper_quantile(alpha / 2.0);
    // The statistic falls as the hypothesis rises; without variance it is beyond every limit.
    let z = |d: f64| score(control, treatment, d).map_or(f64::INFINITY, |s| s.0.abs());
    let seen = treatment.rate() - control.rate();
    let end = |outside: f64| {
        let (mut inside, mut outside) = (seen, outside);
        for _ in 0..60 {
            let middle = f64::midpoint(inside, outside);
            if z(middle) <= limit { inside = middle } else { outside = middle }
        }
        f64::midpoint(inside, outside)
    };
    Interval { lower: end(-1.0), upper: end(1.0) }
}

/// P(the treatment's rate is higher) under independent uniform priors: the finite sum of Evan Miller's closed form.
pub fn chance_to_beat(control: Proportion, treatment: Proportion) -> f64 {
    let ln_beta = |a: f64, b: f64| lgamma(a) + lgamma(b) - lgamma(a + b);
    let shapes = |p: Proportion| (p.successes as f64 + 1.0, (p.trials - p.successes) as f64 + 1.0);
    let ((a, b), (_, d)) = (shapes(control), shapes(treatment));
    let term = |i: u64| {
        let i = i as f64;
        (ln_beta(a + i, b + d) - (d + i).ln() - ln_beta(1.0 + i, d) - ln_beta(a, b)).exp()
    };
    (0..=treatment.successes).map(term).sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    #[test]
    fn the_constrained_rate_has_the_greatest_likelihood() {
        for (c, t) in
            [(of(47, 50), of(40, 50)), (of(3, 4), of(4, 4)), (of(20, 30), of(5, 12)), (of(0, 10), of(0, 10))]
        {
            for d in [-0.4, -0.1, -0.05, 0.05, 0.2] {
                let ln = |x: u64, p: f64| if x == 0 { 0.0 } else { x as f64 * p.ln() };
                let likelihood = |p: f64| {
                    let one =
                        |s: Proportion, p: f64| ln(s.successes, p) + ln(s.trials - s.successes, 1.0 - p);
                    one(c, p) + one(t, p + d)
                };
                let best = likelihood(constrained_control(c, t, d));
                let (low, high) = ((-d).max(0.0), (1.0 - d).min(1.0));
                for i in 0..=1000 {
                    let p = low + (high - low) * f64::from(i) / 1000.0;
                    assert!(likelihood(p) <= best + 1e-9 || best.is_nan(), "{c:?} {t:?} {d} at {p}");
                }
            }
        }
    }

    #[test]
    fn the_score_interval_is_symmetric_where_the_data_are() {
        let i = score_interval(of(45, 50), of(45, 50), 0.05);
        assert!((i.lower + i.upper).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_variance_is_refused() {
        assert_eq!(pooled_z(of(5, 5), of(7, 7)), Err(Refusal::NoVariation));
        assert_eq!(odds_ratio(of(0, 5), of(0, 7)), Err(Refusal::NoVariation));
        assert!(score(of(1, 2), of(1, 2), f64::NAN).is_err());
    }
}
