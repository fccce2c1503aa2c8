//! A linear expert: an elastic net on standardised features. It carries trends on where trees can only repeat levels.

use linfa::Dataset;
use linfa::prelude::Fit;
use linfa_elasticnet::ElasticNet;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

/// Newest rows that are fitted.
const ROWS: usize = 1500;
/// Standard deviations from the mean beyond which a feature says no more.
const REACH: f32 = 3.0;
/// Targets are clipped to this many units of the logarithm, for squared error follows outliers.
const CLIP: f32 = 0.5;

/// A weighted sum of features, each relative to its mean and standard deviation; missing ones count as their mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linear {
    intercept: f32,
    /// Column, mean, 1 / standard deviation, weight.
    terms: Vec<(u8, f32, f32, f32)>,
}

fn standard(value: f32, mean: f32, scale: f32) -> f32 {
    if value.is_nan() { 0.0 } else { ((value - mean) * scale).clamp(-REACH, REACH) }
}

impl Linear {
    /// Fits the targets `y` of rows in time order, oldest first, on all columns but the `categories`. A fit that fails
    /// gives the mean.
    pub(crate) fn fit(rows: &[&[f32]], y: &[f32], categories: &[usize]) -> Self {
        let from = rows.len().saturating_sub(ROWS);
        let (rows, y) = (&rows[from..], &y[from..]);
        let width = rows.first().map_or(0, |row| row.len());
        let mut terms: Vec<(u8, f32, f32, f32)> = Vec::new();
        for column in (0..width).filter(|column| !categories.contains(column)) {
            let values: Vec<f64> =
                rows.iter().map(|r| f64::from(r[column])).filter(|v| v.is_finite()).collect();
            let n = values.len().max(1) as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            if variance > 1e-12 {
                terms.push((column as u8, mean as f32, variance.sqrt().recip() as f32, 0.0));
            }
        }
        let targets: Array1<f64> = y.iter().map(|y| f64::from(y.clamp(-CLIP, CLIP))).collect();
        let mean = targets.mean().unwrap_or(0.0) as f32;
        let features = Array2::from_shape_fn((rows.len(), terms.len()), |(row, term)| {
            let (column, mean, scale, _) = terms[term];
            f64::from(standard(rows[row][usize::from(column)], mean, scale))
        });
        let net = ElasticNet::params().penalty(0.004).l1_ratio(0.5).max_iterations(200).tolerance(1e-3);
        match net.fit(&Dataset::new(features, targets)) {
            Ok(net) if net.intercept().is_finite() && net.hyperplane().iter().all(|w| w.is_finite()) => {
                for (term, weight) in terms.iter_mut().zip(net.hyperplane()) {
                    term.3 = *weight as f32;
                }
                terms.retain(|term| term.3 != 0.0);
                Linear { intercept: net.intercept() as f32, terms }
            }
            _ => Linear { intercept: mean, terms: Vec::new() },
        }
    }

    /// The weighted sum for a row.
    pub(crate) fn predict(&self, row: &[f32]) -> f64 {
        let term = |(column, mean, scale, weight): &(u8, f32, f32, f32)| {
            weight * standard(row[usize::from(*column)], *mean, *scale)
        };
        f64::from(self.intercept + self.terms.iter().map(term).sum::<f32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_and_missing_values_count_as_the_mean() {
        let rows: Vec<Vec<f32>> = (0..200).map(|i| vec![(i % 17) as f32, 1.0, (i % 3) as f32]).collect();
        let y: Vec<f32> = rows.iter().map(|row| 0.02 * row[0] - 0.1).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let linear = Linear::fit(&rows, &y, &[2]);
        for x in [2.0, 8.0, 15.0_f32] {
            let expected = f64::from(0.02 * x - 0.1);
            assert!((linear.predict(&[x, 1.0, 0.0]) - expected).abs() < 0.02);
        }
        assert!((linear.predict(&[f32::NAN; 3]) - 0.06).abs() < 0.01);
    }

    #[test]
    fn nothing_to_learn_from_gives_the_mean() {
        let rows: [&[f32]; 3] = [&[1.0], &[1.0], &[1.0]];
        assert!((Linear::fit(&rows, &[0.1, 0.2, 0.3], &[]).predict(&[1.0]) - 0.2).abs() < 1e-6);
    }
}
