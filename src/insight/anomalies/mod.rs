//! What was out of the ordinary: single runs, shifts of a level, drifts, and failures that come more often.
//!
//! Durations are those of successful runs, as logarithms and relative to the median of the same event, since a push and a
//! pull request often differ. How often clean histories alarm is measured in `tests/insight/anomalies.rs`.

mod duration;
mod failing;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::names::Names;
use super::numbers::Estimate;
use super::{Intake, JobRow, RunRow, StepRow};
use crate::runs::Conclusion;

/// What to look at.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Runs and shifts from here on are told, and drifts and rising failures that last until here; what came before is
    /// what they are compared with.
    pub since: Timestamp,
    /// So many runs of a workflow have to be known.
    pub minimum: usize,
}

/// What a run was expected to take, made before it was known.
#[derive(Debug, Clone, Copy)]
pub struct Interval {
    /// The lower end, seconds.
    pub low: f64,
    /// The upper end, seconds.
    pub high: f64,
    /// How often such an interval should hold, such as 0.9.
    pub coverage: f64,
}

/// What sort of anomaly it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Runs fail more often than before.
    RisingFailures,
    /// Durations moved to another level.
    LevelShift,
    /// Durations grow or shrink slowly.
    Drift,
    /// A single run took far longer or far shorter.
    Run,
}

/// Something out of the ordinary.
#[derive(Debug, Clone, Serialize)]
pub struct Anomaly {
    /// What sort it is.
    pub kind: Kind,
    /// `owner/name`.
    pub repository: String,
    /// The workflow.
    pub workflow: String,
    /// How large it is, with its 95 % interval: a factor of durations (of a single run, to what was expected); of
    /// failures the difference of the rates.
    pub size: Estimate,
    /// What was expected: seconds; of failures the rate before.
    pub expected: Estimate,
    /// What came instead: seconds; of failures the rate since.
    pub observed: f64,
    /// How many runs it rests on, before and since.
    pub n: (u64, u64),
    /// The first run of it.
    pub first: First,
    /// Worse, else better.
    pub worse: bool,
}

/// The run that something began with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct First {
    /// GitHub's id of the run.
    pub run: u64,
    /// Its attempt.
    pub attempt: u32,
    /// The commit it ran on.
    pub commit: Option<String>,
    /// When it started.
    pub started: Timestamp,
}

/// What was found in a history.
#[derive(Debug, Clone, Serialize)]
pub struct Found {
    /// The anomalies, those that last first.
    pub anomalies: Vec<Anomaly>,
    /// How many workflows were looked at.
    pub workflows: u64,
    /// How many runs were looked at.
    pub runs: u64,
    /// The workflows that have too few runs, with how many they have.
    pub too_few: Vec<(String, u64)>,
    /// How many runs of a workflow are needed.
    pub minimum: u64,
}

/// A run as it is kept.
#[derive(Debug, Clone)]
struct Kept {
    started: Timestamp,
    run: u64,
    attempt: u32,
    event: u32,
    commit: Option<Box<str>>,
    seconds: Option<f64>,
    ok: bool,
    interval: Option<Interval>,
}

impl Kept {
    fn first(&self) -> First {
        let commit = self.commit.as_ref().map(ToString::to_string);
        First { run: self.run, attempt: self.attempt, commit, started: self.started }
    }
}

/// The newest runs of a workflow that are kept; twice as many before the oldest go.
const NEWEST: usize = 1_000;

/// Takes runs and finds what was out of the ordinary. The result does not depend on their order.
#[derive(Debug)]
pub struct Anomalies {
    options: Options,
    names: Names,
    workflows: HashMap<(u32, u32), Vec<Kept>>,
}

impl Anomalies {
    /// An empty history.
    pub fn new(options: Options) -> Self {
        Anomalies { options, names: Names::default(), workflows: HashMap::new() }
    }

    /// Takes a run together with what was predicted for it.
    pub fn predicted(&mut self, row: &RunRow, interval: Option<Interval>) {
        let Some(verdict) = row.conclusion.filter(|conclusion| conclusion.is_verdict()) else { return };
        let key = (self.names.id(row.repository), self.names.id(row.workflow));
        let event = self.names.id(row.event);
        let runs = self.workflows.entry(key).or_default();
        let sound = |i: &Interval| i.low > 0.0 && i.high >= i.low && (0.0..1.0).contains(&i.coverage);
        runs.push(Kept {
            started: row.started,
            run: row.id,
            attempt: row.attempt,
            event,
            commit: row.commit.map(Into::into),
            seconds: row.duration.filter(|s| *s > 0.0 && s.is_finite()),
            ok: verdict == Conclusion::Success,
            interval: interval.filter(sound),
        });
        if runs.len() >= 2 * NEWEST {
            sort(runs);
            runs.drain(..runs.len() - NEWEST);
        }
    }

    /// What was found.
    pub fn finish(mut self) -> Found {
        let mut found = Found {
            anomalies: Vec::new(),
            workflows: 0,
            runs: 0,
            too_few: Vec::new(),
            minimum: self.options.minimum as u64,
        };
        let mut workflows: Vec<_> = self.workflows.drain().collect();
        let names = |(r, w): (u32, u32)| (self.names.name(r).to_owned(), self.names.name(w).to_owned());
        workflows.sort_by_key(|(key, _)| names(*key));
        for (key, mut runs) in workflows {
            let (repository, workflow) = names(key);
            if runs.len() < self.options.minimum {
                found.too_few.push((format!("{repository} {workflow}"), runs.len() as u64));
                continue;
            }
            sort(&mut runs);
            runs.drain(..runs.len().saturating_sub(NEWEST));
            found.workflows += 1;
            found.runs += runs.len() as u64;
            let here = duration::find(&runs, self.options.minimum).into_iter().chain(failing::find(&runs));
            let recent = here.filter(|candidate| candidate.told >= self.options.since);
            found.anomalies.extend(recent.map(|candidate| candidate.of(&repository, &workflow)));
        }
        let weight =
            |a: &Anomaly| if a.kind == Kind::RisingFailures { a.size.value } else { a.size.value.ln().abs() };
        found.anomalies.sort_by(|a, b| {
            let order = a.kind.cmp(&b.kind).then(b.worse.cmp(&a.worse));
            order.then(weight(b).total_cmp(&weight(a))).then(a.first.started.cmp(&b.first.started))
        });
        found
    }
}

/// In order of time; all of it decides, so that the order of arrival does not show.
fn sort(runs: &mut [Kept]) {
    runs.sort_by_key(|kept| (kept.started, kept.run, kept.attempt));
}

/// An anomaly before it is said where.
#[derive(Debug)]
struct Candidate {
    kind: Kind,
    size: Estimate,
    expected: Estimate,
    observed: f64,
    n: (u64, u64),
    first: First,
    /// When it was news last: what lasts until now is told however long ago it began.
    told: Timestamp,
    worse: bool,
}

impl Candidate {
    fn of(self, repository: &str, workflow: &str) -> Anomaly {
        let Candidate { kind, size, expected, observed, n, first, worse, told: _ } = self;
        let (repository, workflow) = (repository.to_owned(), workflow.to_owned());
        Anomaly { kind, repository, workflow, size, expected, observed, n, first, worse }
    }
}

impl Intake for Anomalies {
    fn run(&mut self, row: &RunRow) {
        self.predicted(row, None);
    }

    fn job(&mut self, _: &JobRow) {}

    fn step(&mut self, _: &StepRow) {}
}
