//! Metrics beside the duration (cost, queue, cache hits), corrected for their number.

use serde::Serialize;

use crate::stats::Refusal;
use crate::stats::adjust::{Adjustment, adjust};
use crate::stats::rank_tests::{hodges_lehmann, mann_whitney, mann_whitney_exact};

/// A metric with its values per arm, in the metric's own unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// What it is called.
    pub name: String,
    /// One value per run of the control.
    pub control: Vec<f64>,
    /// One value per run of the treatment.
    pub treatment: Vec<f64>,
}

/// What a secondary metric says. It is meant for one look, at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Secondary {
    /// What it is called.
    pub name: String,
    /// Values per arm: control, treatment.
    pub n: [usize; 2],
    /// The median difference treatment minus control, in the metric's unit (Hodges and Lehmann).
    pub shift: Option<f64>,
    /// The two-sided p-value of the rank test.
    pub p: Option<f64>,
    /// The same, corrected for the number of metrics (Holm).
    pub adjusted: Option<f64>,
    /// Whether the corrected p-value is at most alpha.
    pub differs: bool,
    /// Why there is no p-value.
    pub refusal: Option<Refusal>,
}

/// Up to so many values the exact distribution of the rank test is cheap.
const EXACT: usize = 60;

/// The secondary metrics, with error probability `alpha` over all of them. A metric that can't be tested still counts
/// among those that were looked at.
pub fn secondary(metrics: &[Metric], alpha: f64) -> Vec<Secondary> {
    let tests: Vec<_> = metrics
        .iter()
        .map(|m| {
            if m.control.len() + m.treatment.len() <= EXACT {
                mann_whitney_exact(&m.control, &m.treatment)
            } else {
                mann_whitney(&m.control, &m.treatment, true)
            }
        })
        .collect();
    let p: Vec<f64> = tests.iter().map(|t| t.as_ref().map_or(1.0, |t| t.p)).collect();
    let adjusted = adjust(&p, Adjustment::Holm).unwrap_or_else(|_| vec![1.0; p.len()]);
    let rows = metrics.iter().zip(&tests).zip(adjusted);
    rows.map(|((m, test), adjusted)| Secondary {
        name: m.name.clone(),
        n: [m.control.len(), m.treatment.len()],
        shift: hodges_lehmann(&m.control, &m.treatment).ok(),
        p: test.as_ref().ok().map(|t| t.p),
        adjusted: test.as_ref().ok().map(|_| adjusted),
        differs: test.is_ok() && adjusted <= alpha,
        refusal: test.as_ref().err().copied(),
    })
    .collect()
}
