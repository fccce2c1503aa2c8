//! Forecasts for one repository, learned run by run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::features::{By, History, Keys, Outcome, Query, Record, Row, Run, extract};
use crate::model::calibration::Calibration;
use crate::model::conformal::Conformal;
use crate::model::density::{Nested, around};
use crate::model::experts::{BASES, POINTS, SIMPLE, bases, points};
use crate::model::mixture::{Opinion, Trust, name};
use crate::model::trained::{Answer, Sample, Trained};
use crate::stats::quantile::{median, quantile};

use super::forecast::{Confidence, Forecast, Interval, Reason};

/// Successful runs of a series below which a forecast says little, and says so.
pub const ENOUGH: usize = 10;
/// Newest runs of a series that are looked at one by one.
pub const COUNTED: usize = crate::features::WINDOW;

/// Newest runs of a long history that are learned one by one; of older ones only what happened counts.
pub const CAUGHT_UP: usize = 5000;

/// Share of a series' known runs that must have been checked for high confidence.
const CHECKED_SHARE: f64 = 0.2;
/// Samples that trees are trained on, at most.
const SAMPLES: usize = 4000;
/// Growth of the samples after which the trees are trained anew, as a share; and at least so many runs.
const GROWTH: f64 = 0.1;
const GROWTH_LEAST: usize = 5;
/// Records that the history keeps of the whole repository, and of each series at least.
const RECORDS: usize = 6000;
const RECORDS_OF_SERIES: usize = 64;

/// What is learned about one series.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Series {
    trust: Trust,
    conformal: Conformal,
    /// Successful runs seen.
    successes: u32,
    /// Decayed share of forecasts that were within 25 %.
    hits: f32,
}

/// Everything that is learned; the history apart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Learned {
    samples: Vec<Sample>,
    trained: Option<Trained>,
    /// Samples since the trees were trained.
    since: usize,
    series: BTreeMap<u32, Series>,
    repository: Conformal,
    confidence: Calibration,
    outcome: Calibration,
    /// Runs learned.
    runs: u64,
}

/// Learns the finished runs of one repository and forecasts the next ones.
///
/// Runs are learned in the order in which they finished. A forecast for a run, and what is learned from it later, looks
/// only at runs that had finished when it started.
#[derive(Debug, Clone, Default)]
pub struct Forecaster {
    pub(super) history: History,
    pub(super) learned: Learned,
}

/// A forecast with what it was made of.
struct Draft {
    row: Row,
    opinion: Opinion,
    nested: Nested,
    /// Logarithm of the value.
    at: f64,
    intervals: [(f64, f64); 2],
    /// Uncalibrated and calibrated probability to be within 25 %.
    within: (f64, f64),
}

/// A forecast beside what simpler methods say.
pub(super) struct Outlook {
    pub(super) forecast: Forecast,
    /// Seconds by the methods of the backtest other than our own, in its order; NaN without a known success.
    pub(super) baselines: [f64; 6],
    /// Workflow and job.
    pub(super) series: u32,
    /// Finished runs of the series known, counted up to 20.
    pub(super) finished: usize,
}

/// The seconds with this logarithm, freed from rounding: durations come in whole seconds or tenths.
fn seconds(log: f64) -> f64 {
    (log.exp() * 10.0).round() / 10.0
}

/// The median of the durations with these logarithms, in seconds; NaN when there are none.
fn middle(logs: &[f64]) -> f64 {
    let mut seconds: Vec<f64> = logs.iter().map(|log| seconds(*log)).collect();
    median(&mut seconds).unwrap_or(f64::NAN)
}

impl Forecaster {
    /// A forecaster that knows nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many runs were learned.
    pub fn runs(&self) -> u64 {
        self.learned.runs
    }

    /// When the newest learned run became known, in seconds since the epoch: later ones are still to be learned.
    pub fn known_until(&self) -> Option<f64> {
        self.history.records().last().map(|record| record.known)
    }

    /// Learns a long history, in the order of [`Run::finished`]: of all but the newest [`CAUGHT_UP`] runs only what
    /// happened is remembered, and no forecast is held against it. A shorter one is learned as by [`Forecaster::learn`].
    pub fn catch_up(&mut self, runs: &[Run]) {
        let (old, new) = runs.split_at(runs.len().saturating_sub(CAUGHT_UP));
        for run in old {
            self.remember(run);
        }
        for run in new {
            self.learn(run);
        }
    }

    fn remember(&mut self, run: &Run) {
        if run.outcome == Outcome::Other || !run.finished().is_finite() {
            return;
        }
        let keys = Keys::of(&run.query);
        let row = extract(&self.history, &keys);
        self.keep(self.history.record(run, keys, row.location as f32));
    }

    fn keep(&mut self, record: Record) {
        self.learned.runs += 1;
        self.history.push(record);
        // What a trim leaves grows with the series: a fixed limit would have it done for every run where there are many.
        let kept = RECORDS + RECORDS_OF_SERIES * self.learned.series.len();
        if self.history.records().len() > kept + kept / 4 {
            self.history.trim(RECORDS, RECORDS_OF_SERIES);
        }
    }

    /// Learns a run that has finished. Runs are given in the order of [`Run::finished`].
    ///
    /// A run that did nothing ([`Outcome::Other`]) teaches nothing and is left out.
    pub fn learn(&mut self, run: &Run) {
        if run.outcome == Outcome::Other || !run.finished().is_finite() {
            return;
        }
        let keys = Keys::of(&run.query);
        let row = extract(&self.history, &keys);
        let record = self.history.record(run, keys, row.location as f32);
        if run.outcome != Outcome::Cancelled {
            let log = f64::from(record.log);
            let odds = self.outcome_odds(&row);
            let success = run.outcome == Outcome::Success;
            let sample = Sample {
                values: row.values.to_vec(),
                series: keys.series,
                log: record.log,
                bases: bases(&row).map(|base| base as f32),
                success,
            };
            if row.n > 0 {
                self.learned.outcome.learn(odds, success);
            }
            if success {
                self.check(&keys, row, log);
            }
            if let Some(trained) = &mut self.learned.trained {
                trained.add(&sample);
            }
            self.learned.samples.push(sample);
            self.train();
        }
        self.keep(record);
    }

    /// Holds a duration against what would have been forecast.
    fn check(&mut self, keys: &Keys, row: Row, log: f64) {
        let enough = row.n >= ENOUGH;
        let draft = (row.n > 0).then(|| self.draft(keys, row));
        let series = self.learned.series.entry(keys.series).or_default();
        series.successes += 1;
        let Some(draft) = draft else { return };
        series.trust.learn(&draft.opinion, log);
        if enough {
            let surprise = draft.nested.surprise(log);
            let covered = draft.intervals.map(|(low, high)| (low..=high).contains(&log));
            let (low, high) = around(draft.at, 0.25);
            let hit = (low..=high).contains(&log);
            series.conformal.learn(surprise, covered);
            self.learned.repository.learn(surprise, covered);
            self.learned.confidence.learn(draft.within.0, hit);
            let rate = 1.0 / f32::from(series.conformal.checked.min(30) as u16);
            series.hits += rate * (f32::from(u8::from(hit)) - series.hits);
        }
    }

    /// Trains the trees anew when the samples have grown enough.
    fn train(&mut self) {
        let learned = &mut self.learned;
        if learned.samples.len() > SAMPLES + SAMPLES / 4 {
            learned.samples.drain(..learned.samples.len() - SAMPLES);
        }
        learned.since += 1;
        if learned.since >= ((learned.samples.len() as f64 * GROWTH) as usize).max(GROWTH_LEAST) {
            learned.trained = Trained::fit(&learned.samples);
            learned.since = 0;
        }
    }

    /// Uncalibrated probability of success.
    fn outcome_odds(&self, row: &Row) -> f64 {
        match &self.learned.trained {
            Some(trained) => 1.0 / (1.0 + (-0.9 * trained.odds(row)).exp()),
            None => row.success,
        }
    }

    fn draft(&self, keys: &Keys, row: Row) -> Draft {
        let bases = bases(&row);
        let level = row.location;
        let answer = self.learned.trained.as_ref().map(|trained| trained.answer(keys.series, &row, &bases));
        let Answer { trained, past } = answer.unwrap_or_else(|| Answer {
            trained: [bases[2]; POINTS.len() - SIMPLE],
            past: row.recent.iter().map(|log| ([*log as f32; BASES + 1], 1.0)).collect(),
        });
        let mut single = [level; POINTS.len()];
        single[..SIMPLE].copy_from_slice(&points(&row));
        single[SIMPLE..].copy_from_slice(&trained);
        let opinion = Opinion { centre: level, past, points: single };
        let fresh = Series::default();
        let series = self.learned.series.get(&keys.series).unwrap_or(&fresh);
        let mut density = series.trust.mix(&opinion);
        if row.n < ENOUGH {
            density.add_laplace(level, 0.7, (ENOUGH - row.n) as f64 / ENOUGH as f64);
        }
        let (at, mass) = density.best();
        let nested = density.nested(at);
        let masses = series.conformal.mass(&self.learned.repository);
        let intervals = masses.map(|mass| nested.interval(mass));
        let checked = f64::from(series.conformal.checked.min(30));
        let hits = f64::from(series.hits);
        let raw = (mass * 20.0 + hits * checked) / (20.0 + checked);
        Draft { row, opinion, nested, at, intervals, within: (raw, self.learned.confidence.apply(raw)) }
    }

    /// Forecasts the run that starts as `query` says.
    pub fn forecast(&self, query: &Query) -> Forecast {
        let (Outlook { mut forecast, series, .. }, draft) = self.look(query);
        if let Some(draft) = draft {
            self.explain(series, &draft, &mut forecast.reasons);
        }
        forecast
    }

    /// A forecast that says less of its reasons, with what simpler methods say of the same run.
    pub(super) fn outlook(&self, query: &Query) -> Outlook {
        self.look(query).0
    }

    fn look(&self, query: &Query) -> (Outlook, Option<Draft>) {
        let keys = Keys::of(query);
        let row = extract(&self.history, &keys);
        let (series, finished) = (keys.series, row.finished);
        let success_probability = self.learned.outcome.apply(self.outcome_odds(&row));
        if row.n == 0 {
            let forecast = self.newcomer(query.started, success_probability);
            return (Outlook { forecast, baselines: [f64::NAN; 6], series, finished }, None);
        }
        let draft = self.draft(&keys, row);
        let (row, points) = (&draft.row, &draft.opinion.points);
        let ten = &row.recent[row.recent.len().saturating_sub(10)..];
        let similar = if row.similar.is_empty() { ten } else { &row.similar };
        let mean = ten.iter().map(|log| seconds(*log)).sum::<f64>() / ten.len() as f64;
        let baselines =
            [seconds(points[0]), mean, middle(ten), middle(similar), points[5].exp(), points[SIMPLE].exp()];
        let forecast = self.conclude(series, &draft, success_probability);
        (Outlook { forecast, baselines, series, finished }, Some(draft))
    }

    fn conclude(&self, series: u32, draft: &Draft, success_probability: f64) -> Forecast {
        let n = draft.row.n;
        let (enough_data, mut reasons) = (n >= ENOUGH, Vec::new());
        let series = self.learned.series.get(&series);
        let checked = series.map_or(0.0, |s| f64::from(s.conformal.checked) / f64::from(s.successes.max(1)));
        let within = draft.within.1;
        let confidence = if !enough_data {
            reasons.push(Reason::TooFewRuns { n, needed: ENOUGH });
            Confidence::Low
        } else if within > 0.7 && checked >= CHECKED_SHARE {
            Confidence::High
        } else if within >= 0.5 {
            if within > 0.7 {
                reasons.push(Reason::Unchecked { share: checked });
            }
            Confidence::Medium
        } else {
            Confidence::Low
        };
        let seconds = |(low, high): (f64, f64)| Interval { low_s: low.exp(), high_s: high.exp() };
        Forecast {
            value_s: Some(draft.at.exp()),
            interval_50: Some(seconds(draft.intervals[0])),
            interval_90: Some(seconds(draft.intervals[1])),
            success_probability,
            within_25_probability: within,
            confidence,
            enough_data,
            n,
            reasons,
        }
    }

    /// A forecast for a series without a single success: from the other series of the repository, if there are any.
    fn newcomer(&self, started: f64, success_probability: f64) -> Forecast {
        let good = |record: &&Record| record.outcome == Outcome::Success;
        let known = self.history.known(By::Repository, started).filter(good);
        let logs: Vec<f64> = known.take(200).map(|record| f64::from(record.log)).collect();
        let at = |q: f64| quantile(&logs, q).map(f64::exp);
        let interval = |low: f64, high: f64| Some(Interval { low_s: at(low)?, high_s: at(high)? });
        Forecast {
            value_s: at(0.5),
            interval_50: interval(0.25, 0.75),
            interval_90: interval(0.02, 0.98),
            success_probability,
            within_25_probability: 0.0,
            confidence: Confidence::Low,
            enough_data: false,
            n: 0,
            reasons: vec![Reason::TooFewRuns { n: 0, needed: ENOUGH }],
        }
    }

    fn explain(&self, series: u32, draft: &Draft, reasons: &mut Vec<Reason>) {
        let row = &draft.row;
        let seconds: Vec<f64> = row.recent.iter().map(|log| log.exp()).collect();
        let of = |q: f64| quantile(&seconds, q).unwrap_or(f64::NAN);
        reasons.push(Reason::Recent {
            n: seconds.len(),
            median_s: of(0.5),
            spread: (of(0.75) - of(0.25)) / (2.0 * of(0.5)),
        });
        if !row.similar.is_empty() {
            reasons.push(Reason::Similar { n: row.similar.len(), median_s: middle(&row.similar) });
        }
        if !row.branch.is_empty() {
            reasons.push(Reason::SameBranch { n: row.branch.len(), median_s: middle(&row.branch) });
        }
        let Some(series) = self.learned.series.get(&series) else { return };
        let mut experts: Vec<(usize, f64)> = series.trust.weights().into_iter().enumerate().collect();
        experts.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for (expert, weight) in experts.into_iter().take(3) {
            let value_s = series.trust.alone(&draft.opinion, expert).exp();
            reasons.push(Reason::Expert { name: name(expert).to_owned(), weight, value_s });
        }
    }
}
