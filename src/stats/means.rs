//! Comparisons of two means. A difference is treatment minus control.

use serde::Serialize;

use super::rank_tests::paired;
use super::{Interval, Refusal, finite, normal, student};

/// Size, mean and variance of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// How many values.
    pub n: f64,
    /// Their mean.
    pub mean: f64,
    /// Their variance, with n - 1; exactly 0 when all are equal.
    pub variance: f64,
}

impl Summary {
    /// Summarises at least two finite values, in two passes: no cancellation for large means.
    ///
    /// # Errors
    /// [`Refusal::TooFew`] or [`Refusal::NotFinite`].
    pub fn of(values: &[f64]) -> Result<Self, Refusal> {
        finite(values)?;
        if values.len() < 2 {
            return Err(Refusal::TooFew { needed: 2, got: values.len() });
        }
        let n = values.len() as f64;
        let first = values[0];
        if values.iter().all(|v| *v == first) {
            return Ok(Summary { n, mean: first, variance: 0.0 });
        }
        // Around the first value, then corrected: exact to the last bits also when the mean dwarfs the spread.
        let mean = first + values.iter().map(|v| v - first).sum::<f64>() / n;
        let rest = values.iter().map(|v| v - mean).sum::<f64>();
        let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
        Ok(Summary { n, mean: mean + rest / n, variance: (squares - rest * rest / n) / (n - 1.0) })
    }

    /// A share of successes as a sample of zeros and ones, with variance p(1 - p).
    pub fn of_share(successes: u64, trials: u64) -> Result<Self, Refusal> {
        let p = super::proportion::Proportion::new(successes, trials)?.rate();
        Ok(Summary { n: trials as f64, mean: p, variance: p * (1.0 - p) })
    }

    /// The variance of the mean.
    fn error(self) -> f64 {
        self.variance / self.n
    }
}

/// The outcome of a t test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TTest {
    /// The estimate: a difference of means, or the relative one.
    pub difference: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// Difference over standard error.
    pub t: f64,
    /// Two-sided p-value.
    pub p: f64,
}

impl TTest {
    fn new(difference: f64, variance: f64, df: f64) -> Result<Self, Refusal> {
        let usable = variance > 0.0 && variance.is_finite() && difference.is_finite() && df > 0.0;
        if !usable {
            return Err(Refusal::NoVariation);
        }
        let standard_error = variance.sqrt();
        let t = difference / standard_error;
        Ok(TTest { difference, standard_error, df, t, p: student::two_sided(t, df) })
    }

    /// The confidence interval with error probability `alpha`.
    ///
    /// # Errors
    /// [`Refusal::OutOfRange`] unless `alpha` is inside (0, 1).
    pub fn interval(&self, alpha: f64) -> Result<Interval, Refusal> {
        super::refusal::probability(alpha, "alpha")?;
        Ok(Interval::around(self.difference, -student::quantile(alpha / 2.0, self.df)? * self.standard_error))
    }
}

/// Welch's degrees of freedom (Welch 1947) from the two variances of the means.
fn welch_df(control: Summary, treatment: Summary) -> f64 {
    let (a, b) = (control.error(), treatment.error());
    (a + b).powi(2) / (a * a / (control.n - 1.0) + b * b / (treatment.n - 1.0))
}

/// Welch's t test: unequal variances.
///
/// # Errors
/// [`Refusal::NoVariation`] when neither sample varies.
pub fn welch(control: Summary, treatment: Summary) -> Result<TTest, Refusal> {
    TTest::new(
        treatment.mean - control.mean,
        control.error() + treatment.error(),
        welch_df(control, treatment),
    )
}

/// The difference as a share of the control's mean, with its variance by the delta method.
///
/// # Errors
/// [`Refusal::NoVariation`] when either sample does not vary, [`Refusal::OutOfRange`] for a control mean of zero.
pub fn relative(control: Summary, treatment: Summary) -> Result<TTest, Refusal> {
    if control.variance <= 0.0 || treatment.variance <= 0.0 {
        return Err(Refusal::NoVariation);
    }
    if control.mean == 0.0 {
        return Err(Refusal::OutOfRange { what: "the control's mean" });
    }
    let ratio = treatment.mean / control.mean;
    let variance = (treatment.error() + control.error() * ratio * ratio) / control.mean.powi(2);
    TTest::new(ratio - 1.0, variance, welch_df(control, treatment))
}

/// The logarithm of the ratio of the means, with its variance by the delta method.
///
/// # Errors
/// [`Refusal::OutOfRange`] unless both means are positive, [`Refusal::NoVariation`] when neither sample varies.
pub fn log_ratio(control: Summary, treatment: Summary) -> Result<TTest, Refusal> {
    if !(control.mean > 0.0 && treatment.mean > 0.0) {
        return Err(Refusal::OutOfRange { what: "a mean" });
    }
    let scaled = |s: Summary| Summary { variance: s.variance / s.mean.powi(2), ..s };
    let (c, t) = (scaled(control), scaled(treatment));
    TTest::new((treatment.mean / control.mean).ln(), c.error() + t.error(), welch_df(c, t))
}

/// The t test of pairs.
///
/// # Errors
/// [`Refusal`] for unequal lengths, fewer than two pairs or equal differences.
pub fn paired_t(control: &[f64], treatment: &[f64]) -> Result<TTest, Refusal> {
    let s = Summary::of(&paired(control, treatment)?)?;
    TTest::new(s.mean, s.error(), s.n - 1.0)
}

/// The posterior of a difference under a flat prior and a normal likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Posterior {
    /// P(difference > 0).
    pub above: f64,
    /// E max(difference, 0): what is lost on average by staying with the control.
    pub risk_of_control: f64,
    /// E max(-difference, 0): what is lost on average by taking the treatment.
    pub risk_of_treatment: f64,
}

/// The posterior of the difference of a test.
pub fn posterior(test: &TTest) -> Posterior {
    let (m, s) = (test.difference, test.standard_error);
    let z = m / s;
    Posterior {
        above: normal::cdf(z),
        risk_of_control: s * normal::pdf(z) + m * normal::cdf(z),
        risk_of_treatment: s * normal::pdf(z) - m * normal::sf(z),
    }
}
