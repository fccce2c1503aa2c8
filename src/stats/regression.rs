//! Small linear models: least squares with robust covariances, Huber's estimate with its covariance, and covariate
//! adjustment by differences.

use serde::Serialize;

use super::huber::{EFFICIENT_95, Huber};
use super::means::{Summary, TTest, welch};
use super::{Refusal, finite};

/// A fitted linear model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Linear {
    /// The coefficients, in the order of the columns.
    pub coefficients: Vec<f64>,
    /// Their standard errors.
    pub standard_errors: Vec<f64>,
    /// The scale of the errors: their standard deviation, or the robust scale.
    pub scale: f64,
    /// Residual degrees of freedom.
    pub df: f64,
}

/// Which covariance of the coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covariance {
    /// Equal variances.
    Classical,
    /// Heteroscedastic, with residuals over √(1 - leverage).
    Hc2,
    /// Heteroscedastic, with residuals over (1 - leverage).
    Hc3,
}

/// Least squares of `y` on `columns`.
///
/// # Errors
/// [`Refusal::TooFew`] without a degree of freedom left, [`Refusal::NoVariation`] when columns are collinear,
/// [`Refusal::NotFinite`], [`Refusal::OutOfRange`] for columns of another length.
pub fn least_squares(columns: &[Vec<f64>], y: &[f64], covariance: Covariance) -> Result<Linear, Refusal> {
    let inverse = inverse_gram(columns, y, 0.0)?;
    let p = columns.len();
    let moments: Vec<f64> = columns.iter().map(|c| dot(c, y)).collect();
    let coefficients: Vec<f64> = inverse.iter().map(|row| dot(row, &moments)).collect();
    let residual = |i: usize| y[i] - (0..p).map(|j| columns[j][i] * coefficients[j]).sum::<f64>();
    let df = (y.len() - p) as f64;
    let scale = ((0..y.len()).map(|i| residual(i).powi(2)).sum::<f64>() / df).sqrt();
    let variance = |j: usize| match covariance {
        Covariance::Classical => inverse[j][j] * scale * scale,
        _ => (0..y.len())
            .map(|i| {
                let row: Vec<f64> = columns.iter().map(|c| c[i]).collect();
                let leverage: f64 = (0..p).map(|a| row[a] * dot(&inverse[a], &row)).sum();
                let left = 1.0 - leverage;
                let weight = if covariance == Covariance::Hc2 { left } else { left * left };
                (dot(&inverse[j], &row) * residual(i)).powi(2) / weight
            })
            .sum(),
    };
    let standard_errors = (0..p).map(|j| variance(j).sqrt()).collect();
    Ok(Linear { coefficients, standard_errors, scale, df })
}

/// Huber's estimate of `y` on `columns` with the covariance H1 of Huber (1981, section 7.6).
///
/// # Errors
/// As [`least_squares`], and [`Refusal::NoVariation`] when more than half of the residuals are zero.
pub fn huber(columns: &[Vec<f64>], y: &[f64], iterations: usize) -> Result<Linear, Refusal> {
    let inverse = inverse_gram(columns, y, 0.0)?;
    let (n, p) = (y.len() as f64, columns.len());
    let rows: Vec<f64> = (0..y.len()).flat_map(|i| columns.iter().map(move |c| c[i])).collect();
    let mut fit = Huber::default();
    fit.fit(&rows, p, y, iterations);
    if fit.scale <= 0.0 {
        return Err(Refusal::NoVariation);
    }
    let limit = EFFICIENT_95 * fit.scale;
    let inside = fit.residuals.iter().filter(|r| r.abs() <= limit).count() as f64 / n;
    let squares: f64 = fit.residuals.iter().map(|r| r.clamp(-limit, limit).powi(2)).sum();
    let df = n - p as f64;
    // The factor of Huber for the bias of order p / n; the derivative of psi is 0 or 1.
    let k = 1.0 + p as f64 / n * (1.0 - inside) / inside;
    let factor = k * k * squares / df / (inside * inside);
    Ok(Linear {
        coefficients: fit.coefficients,
        standard_errors: (0..p).map(|j| (factor * inverse[j][j]).sqrt()).collect(),
        scale: fit.scale,
        df,
    })
}

/// Welch's test of `y` after the part that `x` explains in both arms together is taken off (CUPED: Deng et al. 2013).
/// Each row is `(y, x)`.
///
/// # Errors
/// [`Refusal::NoVariation`] when `x` or the rest of `y` does not vary, [`Refusal::TooFew`], [`Refusal::NotFinite`].
pub fn covariate_adjusted(control: &[(f64, f64)], treatment: &[(f64, f64)]) -> Result<TTest, Refusal> {
    let (c, t) = covariate_adjusted_summaries(control, treatment)?;
    welch(c, t)
}

/// The adjusted summaries of that test, control and treatment.
///
/// # Errors
/// As [`covariate_adjusted`].
pub fn covariate_adjusted_summaries(
    control: &[(f64, f64)],
    treatment: &[(f64, f64)],
) -> Result<(Summary, Summary), Refusal> {
    let both = || control.iter().chain(treatment);
    let x = Summary::of(&both().map(|r| r.1).collect::<Vec<_>>())?;
    let y = Summary::of(&both().map(|r| r.0).collect::<Vec<_>>())?;
    if x.variance <= 0.0 {
        return Err(Refusal::NoVariation);
    }
    let covariance = both().map(|r| (r.0 - y.mean) * (r.1 - x.mean)).sum::<f64>() / (x.n - 1.0);
    let slope = covariance / x.variance;
    let adjusted = |rows: &[(f64, f64)]| {
        Summary::of(&rows.iter().map(|r| r.0 - slope * (r.1 - x.mean)).collect::<Vec<_>>())
    };
    Ok((adjusted(control)?, adjusted(treatment)?))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// (X'X + ridge)⁻¹ by Gauss-Jordan elimination with pivots.
pub(crate) fn inverse_gram(columns: &[Vec<f64>], y: &[f64], ridge: f64) -> Result<Vec<Vec<f64>>, Refusal> {
    let p = columns.len();
    finite(y)?;
    for column in columns {
        finite(column)?;
        if column.len() != y.len() {
            return Err(Refusal::OutOfRange { what: "the length of a column" });
        }
    }
    if y.len() <= p || p == 0 {
        return Err(Refusal::TooFew { needed: p + 1, got: y.len() });
    }
    let identity = |i: usize, j: usize| f64::from(u8::from(i == j));
    let mut m: Vec<Vec<f64>> = (0..p)
        .map(|i| {
            let gram = (0..p).map(|j| dot(&columns[i], &columns[j]) + ridge * identity(i, j));
            gram.chain((0..p).map(|j| identity(i, j))).collect()
        })
        .collect();
    for k in 0..p {
        let pivot = (k..p).max_by(|&a, &b| m[a][k].abs().total_cmp(&m[b][k].abs())).unwrap_or(k);
        m.swap(k, pivot);
        let size = m[k][k];
        if size.abs() <= 1e-10 * dot(&columns[k], &columns[k]) || !size.is_finite() {
            return Err(Refusal::NoVariation);
        }
        let row: Vec<f64> = m[k].iter().map(|v| v / size).collect();
        for (i, other) in m.iter_mut().enumerate() {
            let factor = if i == k { 0.0 } else { other[k] };
            for (v, r) in other.iter_mut().zip(&row) {
                *v -= factor * r;
            }
        }
        m[k] = row;
    }
    Ok(m.into_iter().map(|row| row[p..].to_vec()).collect())
}
