//! The few numbers that every insight needs: quantiles with an interval, rates, and what changed between two samples.

use serde::Serialize;

/// The two-sided 95 % point of the normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// The consistency factor that makes a median absolute deviation estimate a normal standard deviation.
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The quantile `q` of sorted values by linear interpolation (Hyndman and Fan's type 7); none of no values.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (at - below as f64) * (sorted[above] - sorted[below]))
}

/// The values in order, without those that are no number.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.into_iter().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The median; none of no values.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(&sorted(values), 0.5)
}

/// The median absolute deviation from `centre`, scaled to a normal standard deviation.
pub fn mad(values: &[f64], centre: f64) -> Option<f64> {
    median(values.iter().map(|v| (v - centre).abs())).map(|m| m * MAD_TO_SIGMA)
}

/// The 1-based ranks of the order statistics that bound quantile `q` of `n` values with 95 % confidence, by the
/// normal approximation of the binomial (Conover, Practical Nonparametric Statistics, 3.2); none where the sample
/// is too small to bound that side.
pub fn quantile_ranks(n: u64, q: f64) -> (Option<u64>, Option<u64>) {
    let n = n as f64;
    let half = Z95 * (n * q * (1.0 - q)).sqrt();
    let (low, high) = ((n * q - half).floor(), (n * q + half).ceil() + 1.0);
    ((low >= 1.0).then_some(low as u64), (high <= n).then_some(high as u64))
}

/// How often something held: `ok` of `n`, with the 95 % interval of Wilson (1927).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How often it held.
    pub ok: u64,
    /// Of how many.
    pub n: u64,
    /// `ok / n`; none of nothing.
    pub rate: Option<f64>,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Rate {
    /// The rate of `ok` in `n`.
    pub fn new(ok: u64, n: u64) -> Self {
        if n == 0 {
            return Rate { ok, n, rate: None, low: 0.0, high: 1.0 };
        }
        let (k, m, z2) = (ok as f64, n as f64, Z95 * Z95);
        let p = k / m;
        let centre = (p + z2 / (2.0 * m)) / (1.0 + z2 / m);
        let half = Z95 / (1.0 + z2 / m) * (p * (1.0 - p) / m + z2 / (4.0 * m * m)).sqrt();
        let low = if ok == 0 { 0.0 } else { (centre - half).max(0.0) };
        let high = if ok == n { 1.0 } else { (centre + half).min(1.0) };
        Rate { ok, n, rate: Some(p), low, high }
    }
}

/// An estimate with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval leaves `value` out.
    pub fn excludes(&self, value: f64) -> bool {
        self.low > value || self.high < value
    }
}

/// How much a rate changed, as a difference of proportions with Newcombe's hybrid score interval (1998, method 10).
pub fn difference(before: Rate, now: Rate) -> Option<Estimate> {
    let (p, q) = (now.rate?, before.rate?);
    let low = ((p - now.low).powi(2) + (before.high - q).powi(2)).sqrt();
    let high = ((now.high - p).powi(2) + (q - before.low).powi(2)).sqrt();
    Some(Estimate { value: p - q, low: p - q - low, high: p - q + high })
}

/// The most values of each sample that are compared pair by pair; more are thinned evenly in time.
const PAIRED: usize = 400;

/// By which factor positive values changed from one sample to the next (both in time order): the Hodges-Lehmann
/// shift of their logarithms with its rank interval (Hollander and Wolfe, Nonparametric Statistical Methods, 4.2-4.3),
/// widened by `(1 + r) / (1 - r)` for the lag-one autocorrelation `r` that series of runs have.
pub fn ratio(before: &[f64], now: &[f64]) -> Option<Estimate> {
    let (before, now) = (logs(before), logs(now));
    if before.is_empty() || now.is_empty() {
        return None;
    }
    let (m, n) = (before.len() as f64, now.len() as f64);
    let mut shifts: Vec<f64> = now.iter().flat_map(|b| before.iter().map(move |a| b - a)).collect();
    shifts.sort_unstable_by(f64::total_cmp);
    let dependence = autocorrelation(&before).max(autocorrelation(&now)).clamp(0.0, 0.9);
    let inflation = (1.0 + dependence) / (1.0 - dependence);
    let half = Z95 * (m * n * (m + n + 1.0) / 12.0 * inflation).sqrt();
    let last = shifts.len() - 1;
    let at = |rank: f64| shifts[(rank.max(0.0) as usize).min(last)].exp();
    let middle = m * n / 2.0;
    let value = quantile(&shifts, 0.5)?.exp();
    Some(Estimate { value, low: at((middle - half).floor()), high: at((middle + half).ceil()) })
}

/// The logarithms of the positive values, thinned to what can be compared pair by pair.
fn logs(values: &[f64]) -> Vec<f64> {
    let positive: Vec<f64> = values.iter().filter(|v| **v > 0.0 && v.is_finite()).map(|v| v.ln()).collect();
    let step = positive.len().div_ceil(PAIRED).max(1);
    positive.into_iter().step_by(step).collect()
}

/// The autocorrelation at lag one, about the median and with outliers clipped at three deviations.
pub fn autocorrelation(values: &[f64]) -> f64 {
    let (Some(centre), true) = (median(values.iter().copied()), values.len() > 2) else { return 0.0 };
    let scale = mad(values, centre).unwrap_or(0.0).max(f64::MIN_POSITIVE);
    let residuals: Vec<f64> = values.iter().map(|v| ((v - centre) / scale).clamp(-3.0, 3.0)).collect();
    let square: f64 = residuals.iter().map(|r| r * r).sum();
    let product: f64 = residuals.windows(2).map(|w| w[0] * w[1]).sum();
    if square > 0.0 { product / square } else { 0.0 }
}

/// The standard normal distribution function (the complementary error function of Numerical Recipes, relative
/// error below 1.2e-7).
pub fn normal_cdf(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let poly = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
    ];
    let sum = poly.iter().fold(0.0, |sum, c| sum * t + c);
    let tail = 0.5 * t * (-x * x - 1.265_512_23 + t * sum).exp();
    if z > 0.0 { 1.0 - tail } else { tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64, by: f64) {
        assert!((a - b).abs() <= by, "{a} is not {b}");
    }

    #[test]
    fn quantiles_interpolate_as_type_seven() {
        let values = sorted([4.0, 1.0, 3.0, 2.0]);
        close(quantile(&values, 0.5).unwrap(), 2.5, 1e-12);
        close(quantile(&values, 0.9).unwrap(), 3.7, 1e-12);
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn wilsons_interval_has_the_published_values() {
        // Newcombe, Statistics in Medicine 17 (1998) 857, table I: 81/263 and 15/148, 0/20.
        for (ok, n, low, high) in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
        {
            let rate = Rate::new(ok, n);
            close(rate.low, low, 5e-5);
            close(rate.high, high, 5e-5);
        }
    }

    #[test]
    fn newcombes_interval_has_the_published_values() {
        // Newcombe, Statistics in Medicine 17 (1998) 873, table II, method 10: 56/70 against 48/80.
        let d = difference(Rate::new(48, 80), Rate::new(56, 70)).unwrap();
        close(d.value, 0.2, 1e-12);
        close(d.low, 0.0524, 5e-5);
        close(d.high, 0.3339, 5e-5);
    }

    #[test]
    fn a_ratio_is_found_and_a_sample_against_itself_is_one() {
        let before: Vec<f64> = (0..40).map(|i| 100.0 + f64::from(i * 7 % 11)).collect();
        let now: Vec<f64> = before.iter().map(|v| v * 1.2).collect();
        let same = ratio(&before, &before).unwrap();
        close(same.value, 1.0, 1e-9);
        assert!(!same.excludes(1.0));
        let slower = ratio(&before, &now).unwrap();
        close(slower.value, 1.2, 0.01);
        assert!(slower.excludes(1.0));
    }

    /// Normal noise with autocorrelation, from a fixed seed.
    fn noise(n: usize, dependence: f64, seed: u64) -> Vec<f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        let mut uniform = || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
        };
        let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let mut last = normal();
        let mut next = || {
            last = dependence * last + (1.0 - dependence * dependence).sqrt() * normal();
            (0.1 * last).exp()
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn the_interval_of_a_ratio_holds_as_often_as_it_says() {
        for (dependence, least) in [(0.0, 0.93), (0.3, 0.92), (0.6, 0.88)] {
            let rounds = 400;
            let holds = |seed: &u64| {
                let both = noise(100, dependence, *seed);
                let now: Vec<f64> = both[50..].iter().map(|v| v * 1.1).collect();
                ratio(&both[..50], &now).is_some_and(|r| r.low <= 1.1 && 1.1 <= r.high)
            };
            let share = (1..=rounds).filter(holds).count() as f64 / rounds as f64;
            assert!((least..=0.99).contains(&share), "{dependence}: {share}");
        }
    }

    #[test]
    fn the_normal_distribution_has_its_known_values() {
        close(normal_cdf(0.0), 0.5, 1e-7);
        close(normal_cdf(Z95), 0.975, 1e-6);
        close(normal_cdf(-3.0), 0.001_349_898, 1e-8);
    }

    #[test]
    fn a_small_sample_does_not_bound_a_high_quantile() {
        assert_eq!(quantile_ranks(20, 0.9).1, None);
        assert!(quantile_ranks(200, 0.9).1.is_some());
    }
}
