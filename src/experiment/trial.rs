//! The statistic of the verdict, after any number of runs and for any hypothetical effect.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::assign::Arm;
use super::outcome::{Counts, Outcome};
use crate::stats::huber::Huber;
use crate::stats::scores::NormalScores;

/// Reweightings of the robust fit.
const REWEIGHTINGS: usize = 12;
/// Usable runs from which on the trend is fitted too.
const TREND_FROM: usize = 20;
/// Usable runs that each fitted coefficient asks for.
const RUNS_PER_COEFFICIENT: usize = 3;

/// The counted runs of an experiment, ready to be looked at.
///
/// The statistic is the sum, over the treated runs, of the normal scores of the residuals of log duration on what was
/// known before the run (and on the trend), centred within each stratum, over its standard deviation under the random
/// permutation of the arms within each stratum. It is negative when the treatment is faster.
pub(super) struct Trial {
    horizon: f64,
    runs: Vec<Run>,
    /// Row-major, `covariates` per usable run; a missing value is NaN.
    known: Vec<f64>,
    covariates: usize,
    strata: usize,
    work: Work,
}

/// One counted run.
struct Run {
    treated: bool,
    /// Dense index of the stratum.
    stratum: usize,
    /// Place among the usable runs, with the log of the duration; nothing when the duration is not usable.
    log_duration: Option<f64>,
}

/// Buffers that looks share.
#[derive(Default)]
struct Work {
    x: Vec<f64>,
    y: Vec<f64>,
    huber: Huber,
    scorer: NormalScores,
    scores: Vec<f64>,
    cells: Vec<Cell>,
}

/// Sums over the usable runs of a stratum.
#[derive(Default, Clone)]
struct Cell {
    runs: f64,
    treated: f64,
    sum: f64,
    squares: f64,
    treated_sum: f64,
}

impl Trial {
    /// Takes the outcomes in the order of their run numbers, as many as the horizon holds.
    pub(super) fn new(outcomes: &[Outcome], horizon: u32) -> Self {
        let mut order: Vec<&Outcome> = outcomes.iter().collect();
        order.sort_by(|a, b| canonical(a, b));
        order.truncate(horizon as usize);
        let covariates = order.iter().map(|o| o.covariates.len()).max().unwrap_or(0);
        let mut index = HashMap::new();
        let mut known = Vec::new();
        let runs = order
            .iter()
            .map(|o| {
                let next = index.len();
                let stratum = *index.entry(o.stratum).or_insert(next);
                let usable = o.duration.filter(|d| d.is_finite() && *d > 0.0);
                if usable.is_some() {
                    known.extend((0..covariates).map(|j| match o.covariates.get(j) {
                        Some(v) if v.is_finite() => *v,
                        _ => f64::NAN,
                    }));
                }
                Run { treated: o.arm == Arm::Treatment, stratum, log_duration: usable.map(f64::ln) }
            })
            .collect();
        let strata = index.len();
        Trial { horizon: f64::from(horizon), runs, known, covariates, strata, work: Work::default() }
    }

    /// How many runs count.
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// Runs with a usable duration among the first `k`, per arm.
    pub(super) fn usable(&self, k: usize) -> Counts {
        let mut counts = Counts::default();
        for run in self.runs[..k].iter().filter(|r| r.log_duration.is_some()) {
            counts.add(if run.treated { Arm::Treatment } else { Arm::Control });
        }
        counts
    }

    /// A bound on the magnitude that the statistic can have after the first `k` runs, whatever the durations.
    ///
    /// Within a stratum of m runs the squared sum is at most m - 1 times its permutation variance (Cauchy-Schwarz).
    pub(super) fn reach(&mut self, k: usize) -> f64 {
        let cells = &mut self.work.cells;
        cells.clear();
        cells.resize(self.strata, Cell::default());
        for run in self.runs[..k].iter().filter(|r| r.log_duration.is_some()) {
            cells[run.stratum].runs += 1.0;
            cells[run.stratum].treated += f64::from(u8::from(run.treated));
        }
        let informative = cells.iter().filter(|c| c.treated > 0.0 && c.treated < c.runs);
        informative.map(|c| c.runs - 1.0).sum::<f64>().sqrt()
    }

    /// The statistic after the first `k` runs if the treatment added `effect` to the log of the duration; nothing
    /// when no stratum has both arms or all residuals are equal.
    pub(super) fn statistic(&mut self, k: usize, effect: f64) -> Option<f64> {
        self.residuals(k, effect);
        let work = &mut self.work;
        work.scorer.of(&work.huber.residuals, &mut work.scores);
        work.cells.clear();
        work.cells.resize(self.strata, Cell::default());
        let usable = self.runs[..k].iter().filter(|r| r.log_duration.is_some());
        for (run, &score) in usable.zip(&work.scores) {
            let cell = &mut work.cells[run.stratum];
            cell.runs += 1.0;
            cell.sum += score;
            cell.squares += score * score;
            if run.treated {
                cell.treated += 1.0;
                cell.treated_sum += score;
            }
        }
        let (mut sum, mut variance) = (0.0, 0.0);
        for cell in &work.cells {
            let (m, t) = (cell.runs, cell.treated);
            if t > 0.0 && t < m {
                sum += cell.treated_sum - t * cell.sum / m;
                variance += t * (m - t) / (m * (m - 1.0)) * (cell.squares - cell.sum * cell.sum / m).max(0.0);
            }
        }
        (variance > 1e-12).then(|| sum / variance.sqrt())
    }

    /// Leaves the robust residuals of the first `k` runs in the work space.
    fn residuals(&mut self, k: usize, effect: f64) {
        let work = &mut self.work;
        work.y.clear();
        let half = self.horizon / 2.0;
        for run in &self.runs[..k] {
            if let Some(log) = run.log_duration {
                work.y.push(if run.treated { log - effect } else { log });
            }
        }
        let n = work.y.len();
        let affordable = (n / RUNS_PER_COEFFICIENT).saturating_sub(1);
        let trend = n >= TREND_FROM && affordable > 0;
        let covariates = self.covariates.min(affordable - usize::from(trend));
        let columns = 1 + covariates + usize::from(trend);
        work.x.clear();
        work.x.resize(n * columns, 1.0);
        for j in 0..covariates {
            let column = self.known[..n * self.covariates].iter().skip(j).step_by(self.covariates);
            standardise(column, work.x.iter_mut().skip(1 + j).step_by(columns));
        }
        if trend {
            let places = self.runs[..k].iter().enumerate().filter(|(_, r)| r.log_duration.is_some());
            for ((place, _), row) in places.zip(work.x.chunks_exact_mut(columns)) {
                row[columns - 1] = (place as f64 - half) / half;
            }
        }
        work.huber.fit(&work.x, columns, &work.y, REWEIGHTINGS);
    }

    /// The scale of the residuals of the last look, in log seconds.
    pub(super) fn scale(&self) -> f64 {
        self.work.huber.scale
    }

    /// The residuals of the last look, in log seconds, in the order of the usable runs.
    pub(super) fn last_residuals(&self) -> &[f64] {
        &self.work.huber.residuals
    }
}

/// Sorts by run number; what differs at equal numbers only has to be the same for every order of the rows.
fn canonical(a: &Outcome, b: &Outcome) -> Ordering {
    let key = |o: &Outcome| (o.run_number, o.stratum, o.arm, o.success, o.duration.map(f64::to_bits));
    let known = |o: &Outcome| o.covariates.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    key(a).cmp(&key(b)).then_with(|| known(a).cmp(&known(b)))
}

/// Centres a column and scales it to a largest magnitude of 1; a missing value becomes the mean.
fn standardise<'a>(column: impl Iterator<Item = &'a f64> + Clone, target: impl Iterator<Item = &'a mut f64>) {
    let (mut count, mut mean) = (0.0, 0.0);
    for v in column.clone().filter(|v| !v.is_nan()) {
        count += 1.0;
        mean += (v - mean) / count;
    }
    let largest = column.clone().filter(|v| !v.is_nan()).fold(0.0_f64, |m, v| m.max((v - mean).abs()));
    for (to, v) in target.zip(column) {
        let spread = largest > 1e-12 * mean.abs() && largest.is_finite();
        *to = if spread && !v.is_nan() { (v - mean) / largest } else { 0.0 };
    }
}
