//! How often it succeeds, how long it takes and waits, what changed against the period before, what it costs.
//!
//! A run is sixteen bytes, a job's verdict eight, and everything else a few numbers for each name: a million runs with
//! ten million jobs fit in a few hundred megabytes. The result does not depend on the order of the rows.

mod period;
mod rolling;
mod sample;
mod value;

use std::collections::{BTreeSet, HashMap};

use super::cost::Meter;
use super::flaky::{Commits, FlakyJob, Verdicts};
use super::names::Names;
use super::numbers::Rate;
use super::prices::Prices;
use super::sketch::Sketch;
use super::{Intake, JobRow, RunRow, StepRow};
use crate::runs::Conclusion;
pub use period::{Period, Place};
pub use rolling::{Band, Share};
pub use sample::Minimum;
use sample::{Sample, factor, group, sketched};
pub use value::{Bin, Change, Group, JobLine, Point, Spread, StepLine, TrackReport};

/// What to summarise.
#[derive(Debug, Clone)]
pub struct Options {
    /// The period; the one before it is what it is compared with.
    pub period: Period,
    /// How many jobs and steps to name.
    pub top: usize,
    /// The least numbers of observations.
    pub minimum: Minimum,
    /// What a minute costs.
    pub prices: Prices,
}

impl Options {
    /// The usual choice: ten jobs, five runs for a median, twenty for the rest, GitHub's list prices.
    pub fn new(period: Period) -> Self {
        Options { period, top: 10, minimum: Minimum { median: 5, rest: 20 }, prices: Prices::default() }
    }
}

/// Names of jobs and steps can be made up by a matrix: beyond so many, further ones are put together.
const MOST_JOBS: usize = 20_000;
const MOST_STEPS: usize = 50_000;
const OTHERS: &str = "(other names)";

/// A repository's and a workflow's number.
type Workflow = (u32, u32);

#[derive(Debug, Default)]
struct JobTotals {
    ok: u64,
    verdicts: u64,
    total: f64,
    usd: f64,
    durations: Sketch,
    queue: Sketch,
    flaky: Verdicts,
}

#[derive(Debug, Clone, Default)]
struct BinTotals {
    runs: u64,
    ok: u64,
    verdicts: u64,
    jobs: u64,
    run_seconds: f64,
    queue_seconds: f64,
    usd: f64,
}

/// Takes rows and makes a [`TrackReport`] of them.
#[derive(Debug)]
pub struct Summary {
    options: Options,
    names: Names,
    workflows: HashMap<Workflow, (Sample, Sample)>,
    jobs: HashMap<(Workflow, u32), JobTotals>,
    steps: HashMap<(Workflow, u32, u32), Sketch>,
    commits: Commits,
    meter: Meter,
    bins: Vec<BinTotals>,
    simulated: u64,
}

impl Summary {
    /// An empty summary.
    pub fn new(options: Options) -> Self {
        let bins = options.period.bins;
        Summary {
            meter: Meter::new(options.prices.clone(), bins),
            bins: vec![BinTotals::default(); bins],
            options,
            names: Names::default(),
            workflows: HashMap::new(),
            jobs: HashMap::new(),
            steps: HashMap::new(),
            commits: Commits::default(),
            simulated: 0,
        }
    }

    /// What the rows come to.
    pub fn finish(mut self) -> TrackReport {
        let min = self.options.minimum;
        let period = self.options.period;
        let mut workflows: Vec<(Workflow, (Sample, Sample))> = self.workflows.drain().collect();
        workflows.sort_by(|(a, _), (b, _)| self.workflow_names(*a).cmp(&self.workflow_names(*b)));
        let (mut all, mut all_before) = (Sample::default(), Sample::default());
        let (mut relative, mut relative_before) = (Vec::new(), Vec::new());
        let mut groups = Vec::new();
        for (key, (now, before)) in &mut workflows {
            now.sort();
            before.sort();
            all.join(now);
            all_before.join(before);
            if let Some(typical) = before.typical(min) {
                relative.extend(now.relative_to(typical));
                relative_before.extend(before.relative_to(typical));
            }
            if now.len() > 0 {
                groups.push(group(self.workflow_names(*key), now, before, &period, min));
            }
        }
        all.sort();
        all_before.sort();
        let mut overall = group(("", ""), &all, &all_before, &period, min);
        overall.duration_change = factor(&in_time(relative_before), &in_time(relative), min);
        groups.sort_by(|a, b| b.total.total_cmp(&a.total));
        let repositories: BTreeSet<String> = groups.iter().map(|group| group.repository.clone()).collect();
        let (time_by_job, slowest_jobs, flaky) = self.job_lines();
        let slowest_steps = self.step_lines();
        let bin = |(i, bin): (usize, &BinTotals)| Bin {
            start: period.bin_start(i),
            runs: bin.runs,
            success: Rate::new(bin.ok, bin.verdicts),
            jobs: bin.jobs,
            run_seconds: bin.run_seconds,
            queue_seconds: bin.queue_seconds,
            usd: bin.usd,
        };
        TrackReport {
            period,
            repositories: repositories.into_iter().collect(),
            simulated: self.simulated,
            overall,
            workflows: groups,
            time_by_job,
            slowest_jobs,
            slowest_steps,
            flaky,
            bins: self.bins.iter().enumerate().map(bin).collect(),
            cost: self.meter.finish(),
        }
    }

    fn workflow_names(&self, (repository, workflow): Workflow) -> (&str, &str) {
        (self.names.name(repository), self.names.name(workflow))
    }

    /// The jobs with the most time in all, those that take longest, and the flaky ones.
    fn job_lines(&mut self) -> (Vec<JobLine>, Vec<JobLine>, Vec<FlakyJob>) {
        let mut jobs: Vec<_> = std::mem::take(&mut self.jobs).into_iter().collect();
        jobs.sort_by(|(a, _), (b, _)| self.job_names(*a).cmp(&self.job_names(*b)));
        let (mut lines, mut flaky) = (Vec::new(), Vec::new());
        for (key, totals) in jobs {
            let (repository, workflow, job) = self.job_names(key);
            let found = totals.flaky.found(&self.commits);
            if let Some((last, commit)) = found.last {
                flaky.push(FlakyJob {
                    repository: repository.to_owned(),
                    workflow: workflow.to_owned(),
                    job: job.to_owned(),
                    rate: found.rate,
                    retried: found.retried,
                    wasted: found.wasted,
                    last,
                    commit,
                });
            }
            lines.push(JobLine {
                repository: repository.to_owned(),
                workflow: workflow.to_owned(),
                job: job.to_owned(),
                success: Rate::new(totals.ok, totals.verdicts),
                duration: sketched(&totals.durations, self.options.minimum),
                queue: sketched(&totals.queue, self.options.minimum),
                total: totals.total,
                usd: totals.usd,
            });
        }
        // The lower end of the interval: three failures in four hundred say more than one in two.
        flaky.sort_by(|a, b| b.rate.low.total_cmp(&a.rate.low));
        flaky.truncate(self.options.top);
        lines.sort_by(|a, b| b.total.total_cmp(&a.total));
        let most: Vec<JobLine> = lines.iter().take(self.options.top).cloned().collect();
        lines.sort_by(|a, b| longest(&b.duration).total_cmp(&longest(&a.duration)));
        lines.retain(|line| line.duration.median.is_some());
        lines.truncate(self.options.top);
        (most, lines, flaky)
    }

    fn job_names(&self, (workflow, job): (Workflow, u32)) -> (&str, &str, &str) {
        let (repository, workflow) = self.workflow_names(workflow);
        (repository, workflow, self.names.name(job))
    }

    fn step_lines(&mut self) -> Vec<StepLine> {
        let steps = std::mem::take(&mut self.steps);
        let line = |((workflow, job, step), sketch): ((Workflow, u32, u32), Sketch)| {
            let (repository, workflow, job) = self.job_names((workflow, job));
            StepLine {
                repository: repository.to_owned(),
                workflow: workflow.to_owned(),
                job: job.to_owned(),
                step: self.names.name(step).to_owned(),
                duration: sketched(&sketch, self.options.minimum),
                total: sketch.sum(),
            }
        };
        let mut lines: Vec<StepLine> = steps.into_iter().map(line).collect();
        lines.retain(|line| line.duration.median.is_some());
        lines.sort_by(|a, b| {
            let names =
                |l: &StepLine| (l.repository.clone(), l.workflow.clone(), l.job.clone(), l.step.clone());
            let longest = longest(&b.duration).total_cmp(&longest(&a.duration));
            longest.then_with(|| names(a).cmp(&names(b)))
        });
        lines.truncate(self.options.top);
        lines
    }
}

/// Seconds that can be: clock skew and broken exports leave negative ones.
fn sound(seconds: Option<f64>) -> Option<f64> {
    seconds.filter(|s| *s >= 0.0 && s.is_finite())
}

/// What a spread is ordered by.
fn longest(spread: &Spread) -> f64 {
    spread.median.map_or(0.0, |median| median.value)
}

/// Durations relative to their workflow's, in order of time.
fn in_time(mut runs: Vec<(u32, f64)>) -> Vec<f64> {
    runs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    runs.into_iter().map(|(_, relative)| relative).collect()
}

impl Intake for Summary {
    fn run(&mut self, row: &RunRow) {
        let Some(place) = self.options.period.place(row.started) else { return };
        let key = (self.names.id(row.repository), self.names.id(row.workflow));
        let (now, before) = self.workflows.entry(key).or_default();
        let Place::Now(bin) = place else { return before.add(row) };
        now.add(row);
        self.simulated += u64::from(row.simulated);
        let bin = &mut self.bins[bin];
        bin.runs += 1;
        if let Some(conclusion) = row.conclusion.filter(|c| c.is_verdict()) {
            bin.verdicts += 1;
            bin.ok += u64::from(conclusion == Conclusion::Success);
        }
    }

    fn job(&mut self, row: &JobRow) {
        let Some(place) = self.options.period.place(row.started).filter(|_| !row.copied) else { return };
        let Place::Now(bin) = place else {
            self.meter.add(row, None);
            return;
        };
        let usd = self.meter.add(row, Some(bin));
        let workflow = (self.names.id(row.repository), self.names.id(row.workflow));
        let mut key = (workflow, self.names.id(row.name));
        if self.jobs.len() >= MOST_JOBS && !self.jobs.contains_key(&key) {
            key.1 = self.names.id(OTHERS);
        }
        let job = self.jobs.entry(key).or_default();
        job.usd += usd;
        job.flaky.add(row, &mut self.commits);
        let ok = row.conclusion == Some(Conclusion::Success);
        if row.conclusion.is_some_and(Conclusion::is_verdict) {
            job.verdicts += 1;
            job.ok += u64::from(ok);
        }
        if row.conclusion == Some(Conclusion::Skipped) {
            return;
        }
        let bin = &mut self.bins[bin];
        bin.usd += usd;
        if let Some(seconds) = sound(row.duration) {
            bin.jobs += 1;
            bin.run_seconds += seconds;
            job.total += seconds;
            if ok {
                job.durations.add(seconds);
            }
        }
        if let Some(seconds) = sound(row.queued) {
            bin.queue_seconds += seconds;
            job.queue.add(seconds);
        }
    }

    fn step(&mut self, row: &StepRow) {
        let (Some(Place::Now(_)), Some(seconds)) = (self.options.period.place(row.started), row.duration)
        else {
            return;
        };
        if row.conclusion == Some(Conclusion::Skipped) {
            return;
        }
        let workflow = (self.names.id(row.repository), self.names.id(row.workflow));
        let mut key = (workflow, self.names.id(row.job), self.names.id(row.name));
        if self.steps.len() >= MOST_STEPS && !self.steps.contains_key(&key) {
            let others = self.names.id(OTHERS);
            (key.1, key.2) = (others, others);
        }
        self.steps.entry(key).or_default().add(seconds);
    }
}
