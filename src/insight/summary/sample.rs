//! The runs of a workflow in both periods, and what they come to.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::period::Period;
use super::rolling::{bands, shares};
use super::value::{Change, Group, Point, Spread};
use crate::insight::RunRow;
use crate::insight::numbers::{Estimate, Rate, difference, quantile, quantile_ranks, ratio, sorted};
use crate::insight::sketch::{Quantile, Sketch};
use crate::runs::Conclusion;

/// The least numbers of observations.
#[derive(Debug, Clone, Copy)]
pub struct Minimum {
    /// For a median.
    pub median: u64,
    /// For high quantiles and changes.
    pub rest: u64,
}

/// A run in sixteen bytes.
#[derive(Debug, Clone, Copy)]
struct Compact {
    /// Seconds since 1970, until 2106.
    at: u32,
    seconds: f32,
    queued: f32,
    verdict: Option<bool>,
}

/// The runs of a period.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    runs: Vec<Compact>,
    conclusions: BTreeMap<&'static str, u64>,
    reruns: u64,
}

/// The word for a conclusion in a report.
fn word(conclusion: Option<Conclusion>) -> &'static str {
    match conclusion {
        Some(Conclusion::Success) => "success",
        Some(Conclusion::Failure) => "failure",
        Some(Conclusion::Cancelled) => "cancelled",
        Some(Conclusion::Skipped) => "skipped",
        Some(Conclusion::TimedOut) => "timed_out",
        Some(Conclusion::ActionRequired) => "action_required",
        Some(Conclusion::Neutral) => "neutral",
        Some(Conclusion::Stale) => "stale",
        Some(Conclusion::StartupFailure) => "startup_failure",
        None => "unknown",
    }
}

/// Charts show no more single runs than this.
const MOST_POINTS: usize = 400;
/// The cells of a sparkline.
const CELLS: usize = 16;

impl Sample {
    pub(super) fn add(&mut self, row: &RunRow) {
        let verdict = row.conclusion.filter(|c| c.is_verdict()).map(|c| c == Conclusion::Success);
        self.runs.push(Compact {
            at: row.started.as_second().clamp(0, i64::from(u32::MAX)) as u32,
            seconds: super::sound(row.duration).map_or(f32::NAN, |s| s as f32),
            queued: super::sound(row.queued).map_or(f32::NAN, |s| s as f32),
            verdict,
        });
        *self.conclusions.entry(word(row.conclusion)).or_default() += 1;
        self.reruns += u64::from(row.attempt > 1);
    }

    pub(super) fn sort(&mut self) {
        // All of it decides, so that the order of arrival does not show.
        self.runs.sort_unstable_by(|a, b| {
            a.at.cmp(&b.at).then(a.seconds.total_cmp(&b.seconds)).then(a.verdict.cmp(&b.verdict))
        });
    }

    /// Everything of another sample too; both are sorted after.
    pub(super) fn join(&mut self, other: &Sample) {
        self.runs.extend_from_slice(&other.runs);
        for (word, n) in &other.conclusions {
            *self.conclusions.entry(word).or_default() += n;
        }
        self.reruns += other.reruns;
    }

    fn rate(&self) -> Rate {
        let verdicts = self.runs.iter().filter_map(|run| run.verdict);
        let (ok, n) = verdicts.fold((0, 0), |(ok, n), v| (ok + u64::from(v), n + 1));
        Rate::new(ok, n)
    }

    /// The successful runs with a duration, in order.
    fn successes(&self) -> impl Iterator<Item = (Timestamp, f64)> {
        self.runs.iter().filter(|run| run.verdict == Some(true) && !run.seconds.is_nan()).map(|run| {
            (Timestamp::from_second(i64::from(run.at)).unwrap_or_default(), f64::from(run.seconds))
        })
    }

    fn seconds(&self) -> Vec<f64> {
        self.successes().map(|(_, seconds)| seconds).collect()
    }

    fn queued(&self) -> Vec<f64> {
        self.runs.iter().map(|run| f64::from(run.queued)).filter(|s| !s.is_nan()).collect()
    }

    pub(super) fn len(&self) -> u64 {
        self.runs.len() as u64
    }

    /// Divides durations by a typical one, so that workflows can be put together.
    pub(super) fn relative_to(&self, typical: f64) -> Vec<(u32, f64)> {
        let of = |run: &Compact| (run.at, f64::from(run.seconds) / typical);
        let known = self.runs.iter().filter(|run| run.verdict == Some(true) && !run.seconds.is_nan());
        known.map(of).collect()
    }

    /// The median of the successful runs' seconds.
    pub(super) fn typical(&self, minimum: Minimum) -> Option<f64> {
        let seconds = self.seconds();
        let enough = seconds.len() as u64 >= minimum.median;
        quantile(&sorted(seconds), 0.5).filter(|m| enough && *m > 0.0)
    }

    fn spark(&self, period: &Period) -> Vec<Option<f64>> {
        let (from, to) = (period.since.as_second() as f64, period.until.as_second() as f64);
        let mut cells = vec![Vec::new(); CELLS];
        for (at, seconds) in self.successes() {
            let cell = (at.as_second() as f64 - from) / (to - from) * CELLS as f64;
            cells[(cell.max(0.0) as usize).min(CELLS - 1)].push(seconds);
        }
        cells.into_iter().map(|cell| quantile(&sorted(cell), 0.5)).collect()
    }

    fn points(&self) -> Vec<Point> {
        let known = |run: &&Compact| run.verdict.is_some() && !run.seconds.is_nan();
        let step = self.runs.iter().filter(known).count().div_ceil(MOST_POINTS).max(1);
        let point = |run: &Compact| Point {
            at: Timestamp::from_second(i64::from(run.at)).unwrap_or_default(),
            seconds: f64::from(run.seconds),
            ok: run.verdict == Some(true),
        };
        self.runs.iter().filter(known).step_by(step).map(point).collect()
    }
}

/// What two sorted samples of a workflow come to.
pub(super) fn group(
    names: (&str, &str),
    now: &Sample,
    before: &Sample,
    period: &Period,
    min: Minimum,
) -> Group {
    let (rate, rate_before) = (now.rate(), before.rate());
    let verdicts: Vec<_> = now
        .runs
        .iter()
        .filter_map(|run| Some((Timestamp::from_second(i64::from(run.at)).ok()?, run.verdict?)))
        .collect();
    let (seconds, seconds_before) = (now.seconds(), before.seconds());
    let (queued, queued_before) = (now.queued(), before.queued());
    Group {
        repository: names.0.to_owned(),
        workflow: names.1.to_owned(),
        runs: now.len(),
        runs_before: before.len(),
        reruns: now.reruns,
        conclusions: now.conclusions.clone(),
        success: rate,
        success_change: change(rate_before.n, rate.n, min, 0.0, || difference(rate_before, rate)),
        duration_change: factor(&seconds_before, &seconds, min),
        duration: spread(seconds, min),
        queue_change: factor(&queued_before, &queued, min),
        queue: spread(queued, min),
        total: now.runs.iter().map(|run| f64::from(run.seconds)).filter(|s| !s.is_nan()).sum(),
        spark: now.spark(period),
        durations: bands(&now.successes().collect::<Vec<_>>()),
        successes: shares(&verdicts),
        points: now.points(),
    }
}

/// By which factor seconds changed.
pub(super) fn factor(before: &[f64], now: &[f64], min: Minimum) -> Change {
    change(before.len() as u64, now.len() as u64, min, 1.0, || ratio(before, now))
}

fn change(before: u64, now: u64, min: Minimum, none: f64, of: impl FnOnce() -> Option<Estimate>) -> Change {
    let have = before.min(now);
    match (have >= min.rest).then(of).flatten() {
        Some(change) => {
            Change::Measured { change, clear: change.excludes(none), n_before: before, n_now: now }
        }
        None => Change::NotEnough { have, need: min.rest },
    }
}

/// How values in seconds spread.
pub(super) fn spread(values: Vec<f64>, min: Minimum) -> Spread {
    let values = sorted(values);
    let n = values.len() as u64;
    let at = |rank: u64| values[rank as usize - 1];
    let of = |q: f64| {
        let (low, high) = quantile_ranks(n, q);
        Some(Quantile { value: quantile(&values, q)?, low: low.map(at), high: high.map(at) })
    };
    Spread {
        n,
        need: (min.median, min.rest),
        median: of(0.5).filter(|_| n >= min.median),
        p90: of(0.9).filter(|_| n >= min.rest),
        middle: quantile(&values, 0.25).zip(quantile(&values, 0.75)).filter(|_| n >= min.rest),
    }
}

/// How sketched seconds spread.
pub(super) fn sketched(sketch: &Sketch, min: Minimum) -> Spread {
    let n = sketch.count();
    let quartile = |q| sketch.quantile(q).map(|quantile| quantile.value);
    Spread {
        n,
        need: (min.median, min.rest),
        median: sketch.quantile(0.5).filter(|_| n >= min.median),
        p90: sketch.quantile(0.9).filter(|_| n >= min.rest),
        middle: quartile(0.25).zip(quartile(0.75)).filter(|_| n >= min.rest),
    }
}
