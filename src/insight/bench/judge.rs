//! Whether the newest result of a series is a regression.
//!
//! Three questions, all on logarithms (a benchmark's noise is relative) and after turning larger-is-better around. Levels
//! are found by PELT on clipped values, and a change of level has to be of at least 2 %:
//!
//! - *Has the level shifted?* So many results are on the new one that few series without a change would have them: this
//!   is told as a fact.
//! - *Are the newest few on another level?* Seen from two results on, so it is wrong more often: a suspicion, which
//!   further runs confirm or refute.
//! - *Is the newest alone out of the range* that the level before lets expect: beyond four robust deviations (more
//!   where the level is young), beyond 5 %, and beyond every outlier that the series had without a shift? The last is
//!   what heavy tails ask for: a series in which every thirtieth result is a spike of 20 % does not alarm on one.
//!
//! Noise between runs comes from the series itself, that within a run from its spread: where the newest spread is
//! wider than the series', the range is widened by as much.

use jiff::Timestamp;
use serde::Serialize;

use super::{Better, Point, Series};
use crate::insight::changepoint::{Levels, levels};
use crate::insight::numbers::{Estimate, Z95, median};

/// The rule's constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rule {
    /// So many results have to be there before the newest.
    pub minimum: usize,
    /// Only so many of the newest are looked at.
    pub window: usize,
    /// What makes a shift of the level that is told as a fact.
    pub shift: Level,
    /// What makes the newest few results another level that is suspected.
    pub onset: Level,
    /// The least shift of a level, as a share.
    pub least_shift: f64,
    /// The least jump of a single result, as a share.
    pub least_jump: f64,
    /// How many deviations a single result has to jump.
    pub deviations: f64,
}

/// What makes a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Level {
    /// So many results have to be on it.
    pub results: usize,
    /// It counts as the newest's when it began at most so many results ago.
    pub recent: usize,
    /// What a further level costs, in `ln(n)` variances.
    pub penalty: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Rule {
            minimum: 5,
            window: 200,
            shift: Level { results: 6, recent: 12, penalty: 10.0 },
            onset: Level { results: 2, recent: 5, penalty: 3.0 },
            least_shift: 0.02,
            least_jump: 0.05,
            deviations: 4.0,
        }
    }
}

/// What the newest result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Status {
    /// Worse than before.
    Regression,
    /// Better than before.
    Improvement,
    /// As before.
    Steady,
    /// Nothing can be said yet.
    NotEnough {
        /// How many results came before.
        have: usize,
        /// How many are needed.
        need: usize,
    },
}

/// How a change was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The newest result alone is out of range: another run would confirm it.
    Jump,
    /// The newest few results are on another level: more runs would confirm it.
    Onset,
    /// The level has shifted.
    Shift,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// How it was found.
    pub reason: Reason,
    /// By which factor the value changed.
    pub ratio: Estimate,
    /// The level before.
    pub before: f64,
    /// The level since: the newest value where it is alone.
    pub now: f64,
    /// The first commit on the new level.
    pub commit: Option<String>,
    /// When that was measured.
    pub time: Option<Timestamp>,
    /// How many results are on the new level.
    pub results: usize,
}

/// What is said of a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// The benchmark's name.
    pub name: String,
    /// The unit of its values.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// How many results it has.
    pub n: usize,
    /// The newest value.
    pub newest: f64,
    /// What the newest was expected to be, with the range beyond which it would be a jump.
    pub expected: Option<Estimate>,
    /// What the newest is.
    pub status: Status,
    /// The change, if there is one.
    pub change: Option<Finding>,
    /// The newest values, for a sparkline.
    pub recent: Vec<f64>,
}

impl Verdict {
    /// Whether the change is told as a fact: enough results are on the new level.
    pub fn confirmed(&self) -> bool {
        self.change.as_ref().is_some_and(|change| change.reason == Reason::Shift)
    }
}

/// The results of a sparkline.
const SPARK: usize = 24;

/// Judges the newest result of a series.
pub fn judge(series: &Series, rule: &Rule) -> Verdict {
    let points = &series.points[series.points.len().saturating_sub(rule.window)..];
    let newest = points.last().map_or(f64::NAN, |point| point.value);
    let recent = &points[points.len().saturating_sub(SPARK)..];
    let mut verdict = Verdict {
        name: series.name.clone(),
        unit: series.unit.clone(),
        better: series.better,
        n: series.points.len(),
        newest,
        expected: None,
        status: Status::Steady,
        change: None,
        recent: recent.iter().map(|point| point.value).collect(),
    };
    let before = points.len().saturating_sub(1);
    if before < rule.minimum {
        verdict.status = Status::NotEnough { have: before, need: rule.minimum };
        return verdict;
    }
    let scale = Scale::of(points);
    let values: Vec<f64> = points.iter().map(|point| scale.to(point.value)).collect();
    let history = levels(&values[..before], rule.onset.penalty, rule.onset.results);
    let (level, margin) = range(&history, &values[..before], noisier(points), rule);
    verdict.expected = Some(scale.estimate(level, margin.0, margin.1));
    let jump = || {
        let by = values[before] - level;
        let change = Change { start: before, from: level, by, error: history.sigma, reason: Reason::Jump };
        (by > margin.1 || by < -margin.0).then_some(change)
    };
    let shift = shift(&values, &rule.shift, rule.least_shift, Reason::Shift);
    let onset = || self::shift(&values, &rule.onset, rule.least_shift, Reason::Onset);
    let Some(found) = shift.or_else(onset).or_else(jump) else { return verdict };
    let worse = (found.by > 0.0) == (series.better == Better::Smaller);
    verdict.status = if worse { Status::Regression } else { Status::Improvement };
    verdict.change = Some(Finding {
        reason: found.reason,
        ratio: scale.ratio(found.from, found.by, Z95 * found.error),
        before: scale.from(found.from),
        now: scale.from(found.from + found.by),
        commit: points[found.start].commit.clone(),
        time: points[found.start].time,
        results: points.len() - found.start,
    });
    verdict
}

/// A change on the scale that is judged on.
struct Change {
    start: usize,
    from: f64,
    by: f64,
    error: f64,
    reason: Reason,
}

/// A recent change of the level, by at least a share, that the newest is part of.
fn shift(values: &[f64], level: &Level, least: f64, reason: Reason) -> Option<Change> {
    let all = levels(values, level.penalty, level.results);
    let last = all.starts.len() - 1;
    let start = all.starts[last];
    let since = &values[start..];
    if last == 0 || since.len() > level.recent {
        return None;
    }
    let (from, to) = (all.levels[last - 1], all.levels[last]);
    let by = to - from;
    // The newest may be back where it was, and a level is what most of its results are on.
    let there = |value: &f64| (value - from) / by > 0.5;
    let count = since.iter().filter(|value| there(value)).count();
    let still = since.last().is_some_and(there) && count >= level.results && 2 * count >= since.len();
    let (m, n) = (since.len() as f64, (start - all.starts[last - 1]) as f64);
    let error = all.sigma * (all.inflation * (1.0 / m + 1.0 / n)).sqrt();
    let found = still && by.abs() >= least.ln_1p();
    found.then_some(Change { start, from, by, error, reason })
}

/// The level that the next result is expected on, and how far below and above it may be.
fn range(history: &Levels, values: &[f64], noisier: f64, rule: &Rule) -> (f64, (f64, f64)) {
    let last = history.starts.len() - 1;
    let level = history.levels[last];
    let n = (values.len() - history.starts[last]) as f64;
    // Close to Student's t at the tail of four normal deviations.
    let young = 1.0 + 5.0 / n + 20.0 / (n * n);
    let usual = (rule.deviations * young * history.sigma * noisier).max(rule.least_jump.ln_1p());
    let ends = history.starts.iter().skip(1).copied().chain([values.len()]);
    let segments = history.starts.iter().zip(ends).zip(&history.levels);
    let residuals = segments.flat_map(|((from, to), level)| values[*from..to].iter().map(move |v| v - level));
    let (low, high) = residuals.fold((0.0, 0.0), |(low, high): (f64, f64), r| (low.min(r), high.max(r)));
    (level, (usual.max(-low), usual.max(high)))
}

/// By how much more the newest spread within its run than the ones before.
fn noisier(points: &[Point]) -> f64 {
    let relative = |point: &Point| Some(point.spread? / point.value.abs()).filter(|s| s.is_finite());
    let Some((newest, before)) = points.split_last() else { return 1.0 };
    let usual = median(before.iter().filter_map(relative)).filter(|usual| *usual > 0.0);
    match (relative(newest), usual) {
        (Some(newest), Some(usual)) => (newest / usual).clamp(1.0, 5.0),
        _ => 1.0,
    }
}

/// The scale that is judged on: logarithms; where a value is not positive, shares of the median.
enum Scale {
    Log,
    Share(f64),
}

impl Scale {
    fn of(points: &[Point]) -> Self {
        if points.iter().all(|point| point.value > 0.0) {
            return Scale::Log;
        }
        let middle = median(points.iter().map(|point| point.value.abs())).unwrap_or(0.0);
        Scale::Share(if middle > 0.0 { middle } else { 1.0 })
    }

    fn to(&self, value: f64) -> f64 {
        match self {
            Scale::Log => value.ln(),
            Scale::Share(middle) => value / middle,
        }
    }

    fn from(&self, value: f64) -> f64 {
        match self {
            Scale::Log => value.exp(),
            Scale::Share(middle) => value * middle,
        }
    }

    fn estimate(&self, value: f64, below: f64, above: f64) -> Estimate {
        Estimate { value: self.from(value), low: self.from(value - below), high: self.from(value + above) }
    }

    fn ratio(&self, from: f64, by: f64, half: f64) -> Estimate {
        let ratio = |by: f64| match self {
            Scale::Log => by.exp(),
            Scale::Share(_) => 1.0 + by / if from == 0.0 { 1.0 } else { from.abs() },
        };
        Estimate { value: ratio(by), low: ratio(by - half), high: ratio(by + half) }
    }
}
