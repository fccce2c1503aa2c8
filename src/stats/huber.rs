//! Huber's M-estimate of a linear model by iteratively reweighted least squares.
//!
//! P. J. Huber, *Robust Statistics*, 1981, chapter 7; scale by the median absolute residual, 95 % efficient at 1.345.

/// The tuning constant that keeps 95 % efficiency under normal errors.
pub const EFFICIENT_95: f64 = 1.345;
/// The third quartile of the standard normal: median |residual| over this estimates its standard deviation.
pub const MAD_TO_SD: f64 = 0.674_489_750_196_081_7;
/// A pivot below this share of its column's sum of squares marks a column that the others already explain.
const COLLINEAR: f64 = 1e-9;

/// A fit in progress, with its buffers: reuse one value for many fits.
#[derive(Debug, Default, Clone)]
pub struct Huber {
    /// The coefficients of the last fit; 0 for a column that the ones before it explain.
    pub coefficients: Vec<f64>,
    /// The residuals of the last fit.
    pub residuals: Vec<f64>,
    /// The scale of the residuals before the last reweighting, in the unit of `y`.
    pub scale: f64,
    /// The normal equations without weights: the lower triangle of X'X, and X'y as one more row.
    plain: Vec<f64>,
    /// The same with weights, then their Cholesky factor.
    factor: Vec<f64>,
    magnitudes: Vec<u64>,
}

impl Huber {
    /// Fits `y` on the rows of `x` (row-major, `columns` per row): least squares, then `iterations` reweightings.
    ///
    /// It stops early when more than half of the residuals are zero, where the scale is zero too. Inputs must be
    /// finite and `x` must hold `y.len() * columns` values; columns should be of about unit size.
    pub fn fit(&mut self, x: &[f64], columns: usize, y: &[f64], iterations: usize) {
        debug_assert_eq!(x.len(), y.len() * columns);
        self.scale = 0.0;
        self.plain.clear();
        self.plain.resize((columns + 1) * (columns + 1), 0.0);
        for (row, &yi) in x.chunks_exact(columns).zip(y) {
            add(&mut self.plain, row, yi, 1.0);
        }
        self.factor.clone_from(&self.plain);
        self.solve(x, columns, y);
        for _ in 0..iterations {
            self.scale = self.median_magnitude() / MAD_TO_SD;
            if self.scale <= 0.0 {
                break;
            }
            let limit = EFFICIENT_95 * self.scale;
            self.factor.clone_from(&self.plain);
            // All but a few weights are 1: only those few change the normal equations.
            for (i, residual) in self.residuals.iter().enumerate() {
                let size = residual.abs();
                if size > limit {
                    add(&mut self.factor, &x[i * columns..(i + 1) * columns], y[i], limit / size - 1.0);
                }
            }
            self.solve(x, columns, y);
        }
    }

    /// The median of the residuals' magnitudes. Positive floats are ordered as their bits are, which sort faster.
    fn median_magnitude(&mut self) -> f64 {
        self.magnitudes.clear();
        self.magnitudes.extend(self.residuals.iter().map(|r| r.abs().to_bits()));
        let n = self.magnitudes.len();
        if n == 0 {
            return 0.0;
        }
        let (below, &mut upper, _) = self.magnitudes.select_nth_unstable(n / 2);
        let lower = if n % 2 == 1 { upper } else { below.iter().copied().max().unwrap_or(upper) };
        f64::midpoint(f64::from_bits(lower), f64::from_bits(upper))
    }

    /// Solves the normal equations in `factor` by Cholesky; collinear columns drop out.
    fn solve(&mut self, x: &[f64], p: usize, y: &[f64]) {
        let width = p + 1;
        let g = &mut self.factor;
        for i in 0..p {
            let total = g[i * width + i];
            for j in 0..i {
                let mut v = g[i * width + j];
                for k in 0..j {
                    v -= g[i * width + k] * g[j * width + k];
                }
                let pivot = g[j * width + j];
                g[i * width + j] = if pivot > 0.0 { v / pivot } else { 0.0 };
            }
            let mut pivot = total;
            for k in 0..i {
                pivot -= g[i * width + k] * g[i * width + k];
            }
            g[i * width + i] = if pivot > COLLINEAR * total { pivot.sqrt() } else { 0.0 };
        }
        // Forward, then backward substitution on the row of X'y.
        self.coefficients.clear();
        self.coefficients.resize(p, 0.0);
        let beta = &mut self.coefficients;
        for i in 0..p {
            let mut v = g[p * width + i];
            for k in 0..i {
                v -= g[i * width + k] * beta[k];
            }
            let pivot = g[i * width + i];
            beta[i] = if pivot > 0.0 { v / pivot } else { 0.0 };
        }
        for i in (0..p).rev() {
            let pivot = g[i * width + i];
            if pivot > 0.0 {
                let mut v = beta[i];
                for k in i + 1..p {
                    v -= g[k * width + i] * beta[k];
                }
                beta[i] = v / pivot;
            }
        }
        self.residuals.clear();
        let fitted = |row: &[f64]| row.iter().zip(beta.iter()).map(|(a, b)| a * b).sum::<f64>();
        self.residuals.extend(x.chunks_exact(p).zip(y).map(|(row, &yi)| yi - fitted(row)));
    }
}

/// Adds a weighted row to normal equations.
fn add(equations: &mut [f64], row: &[f64], y: f64, weight: f64) {
    let p = row.len();
    for i in 0..p {
        let weighted = weight * row[i];
        for j in 0..=i {
            equations[i * (p + 1) + j] += weighted * row[j];
        }
        equations[p * (p + 1) + i] += weighted * y;
    }
}

/// The median of `values` (which it reorders); 0 for none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return 0.0;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if n % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    lower + (upper - lower) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_value_hardly_moves_the_line() {
        let x: Vec<f64> = (0..20).flat_map(|i| [1.0, f64::from(i) / 10.0]).collect();
        let mut y: Vec<f64> = (0..20).map(|i| 2.0 + 0.3 * f64::from(i) + 0.01 * f64::from(i % 3)).collect();
        y[19] = 1e6;
        let mut huber = Huber::default();
        huber.fit(&x, 2, &y, 50);
        assert!((huber.coefficients[1] - 3.0).abs() < 0.05, "{:?}", huber.coefficients);
    }

    #[test]
    fn a_column_that_repeats_another_is_dropped() {
        let x: Vec<f64> = (0..10).flat_map(|i| [1.0, f64::from(i), 2.0 * f64::from(i)]).collect();
        let y: Vec<f64> = (0..10).map(|i| 1.0 + f64::from(i)).collect();
        let mut huber = Huber::default();
        huber.fit(&x, 3, &y, 12);
        assert_eq!(huber.coefficients[2], 0.0);
        assert!((huber.coefficients[1] - 1.0).abs() < 1e-9);
    }
}
