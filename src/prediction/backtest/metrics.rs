//! What a backtest measures. All shares are fractions from 0 to 1.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::prediction::Confidence;
use crate::stats::quantile::{median, quantile};

/// Predictions of a series that its share of a macro average or of the worst tenth needs.
pub const FEWEST: usize = 30;

/// How well one method predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Method {
    /// Its name: `last`, `mean-10`, `median-10`, `median-10-event-main`, `ets`, `booster` or `wfgen`.
    pub method: &'static str,
    /// Predictions.
    pub n: usize,
    /// Share of predictions within 25 % of the actual duration.
    pub within_25: f64,
    /// Share of predictions within 10 % of the actual duration.
    pub within_10: f64,
    /// Median of |predicted - actual| / actual.
    pub median_ape: f64,
    /// Mean over the series with at least [`FEWEST`] predictions of their share within 25 %; `None` without such series.
    pub macro_within_25: Option<f64>,
    /// Mean of |predicted - actual|, in seconds.
    pub mae_s: f64,
    /// Of the product's own method: intervals, outcome, confidence.
    #[serde(flatten)]
    pub own: Option<Own>,
}

/// What only the product's own method gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Own {
    /// Share of durations inside the 50 % interval.
    pub coverage_50: f64,
    /// Share of durations inside the 90 % interval.
    pub coverage_90: f64,
    /// The same of the series (with at least [`FEWEST`] predictions) that only a tenth of the series fall short of.
    pub worst_decile_coverage_90: Option<f64>,
    /// Median of the 90 % interval's width over the prediction.
    pub width_90: f64,
    /// Runs that succeeded or failed and had a forecast of that.
    pub outcomes: usize,
    /// Mean squared difference between the success probability and what happened (Brier score).
    pub brier: f64,
    /// Mean distance between success probability and success rate in ten equal bins, weighed by their runs.
    pub calibration_error: f64,
    /// How often forecasts of each confidence were within 25 %.
    pub confidence: Vec<Class>,
}

/// Forecasts of one confidence class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Class {
    /// The class.
    pub confidence: Confidence,
    /// Forecasts in it.
    pub n: usize,
    /// Share of them within 25 % of the actual duration.
    pub hit_rate: f64,
    /// The mean of the probabilities they gave for that.
    pub promised: f64,
}

/// One successful run that was predicted.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) series: u64,
    pub(super) actual: f64,
    /// By method, in the order of [`super::METHODS`].
    pub(super) predicted: [f64; super::METHODS.len()],
    pub(super) inside: [bool; 2],
    pub(super) width_90: f64,
    pub(super) confidence: Confidence,
    pub(super) promised: f64,
}

/// One run whose outcome was predicted: probability of success, and whether it succeeded.
pub(super) type Judged = (f64, bool);

fn share(hits: impl Iterator<Item = bool>) -> f64 {
    let (n, sum) = hits.fold((0_usize, 0_usize), |(n, sum), hit| (n + 1, sum + usize::from(hit)));
    sum as f64 / n.max(1) as f64
}

/// A share by series, of the series that have enough points.
fn by_series(points: &[&Point], hit: impl Fn(&Point) -> bool) -> Vec<f64> {
    let mut series: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
    for point in points {
        let count = series.entry(point.series).or_default();
        count.0 += 1;
        count.1 += usize::from(hit(point));
    }
    series.values().filter(|count| count.0 >= FEWEST).map(|count| count.1 as f64 / count.0 as f64).collect()
}

/// The measures of all methods.
pub(super) fn measure(points: &[&Point], judged: &[Judged]) -> Vec<Method> {
    let measured = |(at, name): (usize, &&'static str)| {
        let ape = |point: &Point| (point.predicted[at] - point.actual).abs() / point.actual;
        let mut apes: Vec<f64> = points.iter().map(|point| ape(point)).collect();
        let macros = by_series(points, |point| ape(point) <= 0.25);
        let errors: f64 = points.iter().map(|point| (point.predicted[at] - point.actual).abs()).sum();
        Method {
            method: name,
            n: points.len(),
            within_25: share(apes.iter().map(|ape| *ape <= 0.25)),
            within_10: share(apes.iter().map(|ape| *ape <= 0.10)),
            median_ape: median(&mut apes).unwrap_or(0.0),
            macro_within_25: (!macros.is_empty()).then(|| macros.iter().sum::<f64>() / macros.len() as f64),
            mae_s: errors / points.len().max(1) as f64,
            own: (at + 1 == super::METHODS.len()).then(|| own(points, judged, at)),
        }
    };
    super::METHODS.iter().enumerate().map(measured).collect()
}

fn own(points: &[&Point], judged: &[Judged], at: usize) -> Own {
    let classes = [Confidence::High, Confidence::Medium, Confidence::Low].map(|confidence| {
        let of: Vec<&&Point> = points.iter().filter(|point| point.confidence == confidence).collect();
        let hit = |point: &&&Point| (point.predicted[at] - point.actual).abs() <= 0.25 * point.actual;
        let promised: f64 = of.iter().map(|point| point.promised).sum();
        Class {
            confidence,
            n: of.len(),
            hit_rate: share(of.iter().map(hit)),
            promised: promised / of.len().max(1) as f64,
        }
    });
    let mut widths: Vec<f64> = points.iter().map(|point| point.width_90).collect();
    Own {
        coverage_50: share(points.iter().map(|point| point.inside[0])),
        coverage_90: share(points.iter().map(|point| point.inside[1])),
        worst_decile_coverage_90: quantile(&by_series(points, |point| point.inside[1]), 0.1),
        width_90: median(&mut widths).unwrap_or(0.0),
        outcomes: judged.len(),
        brier: brier(judged),
        calibration_error: calibration_error(judged),
        confidence: classes.to_vec(),
    }
}

fn brier(judged: &[Judged]) -> f64 {
    let error = |(p, success): &Judged| (p - f64::from(u8::from(*success))).powi(2);
    judged.iter().map(error).sum::<f64>() / judged.len().max(1) as f64
}

fn calibration_error(judged: &[Judged]) -> f64 {
    let mut bins = [(0.0, 0.0); 10];
    for (p, success) in judged {
        let bin = &mut bins[((p * 10.0) as usize).min(9)];
        bin.0 += p;
        bin.1 += f64::from(u8::from(*success));
    }
    bins.iter().map(|(promised, came)| (promised - came).abs()).sum::<f64>() / judged.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brier_and_calibration_error_of_known_forecasts() {
        let judged = [(0.95, true), (0.95, true), (0.95, false), (0.25, false)];
        assert!((brier(&judged) - (0.0025 * 2.0 + 0.9025 + 0.0625) / 4.0).abs() < 1e-12);
        let expected = ((2.85 - 2.0_f64).abs() + 0.25) / 4.0;
        assert!((calibration_error(&judged) - expected).abs() < 1e-12);
    }
}
