//! What the rows of the period say of the jobs of the checkout.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::value::{Advice, Kind, NotYet};
use crate::advice::checkout::{Checkout, Job, Workflow};
use crate::insight::names::Names;
use crate::insight::prices::Prices;
use crate::insight::{Intake, JobRow, RunRow, StepRow};
use crate::runs::Conclusion;

/// What to look at.
#[derive(Debug, Clone)]
pub struct Options {
    /// `owner/name`; rows of others are left out.
    pub repository: String,
    /// Now, or the end of the period.
    pub until: Timestamp,
    /// How many days the period has: what is older says little of the workflows as they are.
    pub days: u32,
    /// The least number of runs for any proposal.
    pub minimum: usize,
    /// What a minute costs.
    pub prices: Prices,
}

impl Options {
    /// The usual choice: the last 90 days, 20 runs, GitHub's list prices.
    pub fn new(repository: impl Into<String>, until: Timestamp) -> Self {
        Options { repository: repository.into(), until, days: 90, minimum: 20, prices: Prices::default() }
    }
}

/// The shortest time with runs that a month is reckoned from.
const LEAST_DAYS: f64 = 7.0;

/// Takes rows, in any order, and makes an [`Advice`] of them.
#[derive(Debug)]
pub struct Advisor {
    facts: Facts,
    unknown: u64,
    simulated: u64,
    workflows: HashMap<Box<str>, Option<usize>>,
    jobs: Vec<HashMap<Box<str>, Option<usize>>>,
}

/// Everything that is known.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) options: Options,
    pub(super) checkout: Checkout,
    pub(super) names: Names,
    /// By workflow, in the order of the checkout.
    pub(super) of: Vec<OfWorkflow>,
    /// The days that the runs span.
    pub(super) days: f64,
    /// The changed files by run where they are known.
    pub(super) changed: BTreeMap<u64, Vec<String>>,
}

/// What is known of a workflow.
#[derive(Debug, Default)]
pub(super) struct OfWorkflow {
    /// In time order.
    pub(super) runs: Vec<RunFact>,
    /// By job, and then in time order.
    pub(super) jobs: Vec<JobFact>,
    /// By job, and then in time order.
    steps: Vec<StepFact>,
    /// The places in `jobs` of an attempt of a run.
    by_run: HashMap<(u64, u32), Vec<u32>>,
}

/// An attempt of a run. Times are Unix seconds.
#[derive(Debug, Clone)]
pub(super) struct RunFact {
    pub(super) id: u64,
    pub(super) attempt: u32,
    pub(super) event: u32,
    pub(super) branch: Option<u32>,
    pub(super) commit: Option<u32>,
    pub(super) started: f64,
    pub(super) conclusion: Option<Conclusion>,
}

/// A job of an attempt.
#[derive(Debug, Clone)]
pub(super) struct JobFact {
    pub(super) run: u64,
    pub(super) attempt: u32,
    /// Its place in the workflow of the checkout.
    pub(super) job: usize,
    /// Its name: of a matrix one leg.
    pub(super) leg: u32,
    pub(super) labels: u32,
    pub(super) started: f64,
    pub(super) duration: Option<f64>,
    pub(super) queued: Option<f64>,
    pub(super) conclusion: Option<Conclusion>,
}

/// A step of a job.
#[derive(Debug, Clone)]
pub(super) struct StepFact {
    pub(super) run: u64,
    pub(super) attempt: u32,
    pub(super) job: usize,
    pub(super) job_id: u64,
    pub(super) leg: u32,
    pub(super) number: u32,
    pub(super) name: u32,
    pub(super) started: f64,
    pub(super) duration: f64,
    pub(super) conclusion: Option<Conclusion>,
}

impl JobFact {
    /// The seconds of a job that succeeded.
    pub(super) fn succeeded(&self) -> Option<f64> {
        self.duration.filter(|s| *s > 0.0 && self.conclusion == Some(Conclusion::Success))
    }

    /// Whether it failed by its own doing.
    pub(super) fn failed(&self) -> bool {
        matches!(self.conclusion, Some(Conclusion::Failure | Conclusion::TimedOut))
    }

    /// Whether its outcome says something.
    pub(super) fn is_verdict(&self) -> bool {
        self.conclusion.is_some_and(Conclusion::is_verdict)
    }
}

impl Advisor {
    /// Knows the checkout, and nothing of its runs.
    pub fn new(options: Options, checkout: Checkout) -> Self {
        let of = checkout.workflows.iter().map(|_| OfWorkflow::default()).collect();
        let jobs = vec![HashMap::new(); checkout.workflows.len()];
        let facts =
            Facts { options, checkout, names: Names::default(), of, days: 0.0, changed: BTreeMap::new() };
        Advisor { facts, unknown: 0, simulated: 0, workflows: HashMap::new(), jobs }
    }

    /// Takes the files that a run's change has, as paths in the repository.
    pub fn changed(&mut self, run: u64, files: Vec<String>) {
        self.facts.changed.insert(run, files);
    }

    /// What to change.
    pub fn finish(mut self) -> Advice {
        let facts = &mut self.facts;
        let until = facts.options.until;
        let since = since(&facts.options);
        for of in &mut facts.of {
            of.sort(&facts.names);
        }
        let first = facts.of.iter().flat_map(|of| of.runs.first()).map(|run| run.started);
        let first = first.min_by(f64::total_cmp);
        facts.days = first.map_or(0.0, |first| (seconds(until) - first) / 86_400.0);
        let runs = facts.of.iter().map(|of| of.runs.len() as u64).sum();
        let mut notes = vec![
            "a month is 30.4 days; dollars are list prices by the second, though GitHub bills every job's minutes rounded \
             up; a public repository pays nothing for standard runners"
                .to_owned(),
        ];
        if self.unknown > 0 {
            let told = "rows are of workflows or jobs that this checkout does not have, and were left out";
            notes.push(format!("{} {told}", self.unknown));
        }
        let (proposals, not_yet) = if facts.days >= LEAST_DAYS {
            super::advise(facts)
        } else {
            let about = "every workflow".to_owned();
            let (have, need) = (facts.days.floor() as u64, LEAST_DAYS as u64);
            (Vec::new(), vec![NotYet { kind: Kind::Timeout, about, have, need, what: "days" }])
        };
        Advice {
            repository: facts.options.repository.clone(),
            since,
            until,
            days: facts.days,
            runs,
            unknown: self.unknown,
            simulated: self.simulated,
            proposals,
            not_yet,
            notes,
        }
    }

    /// The workflow of a row in the period.
    fn workflow(&mut self, repository: &str, name: &str, at: Timestamp) -> Option<usize> {
        let options = &self.facts.options;
        if repository != options.repository || at > options.until || at < since(options) {
            return None;
        }
        let found = if let Some(known) = self.workflows.get(name) {
            *known
        } else {
            let found = self.facts.checkout.workflows.iter().position(|workflow| workflow.is_called(name));
            self.workflows.insert(name.into(), found);
            found
        };
        self.unknown += u64::from(found.is_none());
        found
    }

    fn place(&mut self, workflow: usize, name: &str) -> Option<usize> {
        if let Some(known) = self.jobs[workflow].get(name) {
            return *known;
        }
        let found = self.facts.checkout.workflows[workflow].job_called(name);
        self.jobs[workflow].insert(name.into(), found);
        found
    }
}

fn since(options: &Options) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(options.days));
    options.until.checked_sub(days).unwrap_or(Timestamp::MIN)
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

impl Intake for Advisor {
    fn run(&mut self, row: &RunRow) {
        let Some(workflow) = self.workflow(row.repository, row.workflow, row.started) else { return };
        self.simulated += u64::from(row.simulated);
        let names = &mut self.facts.names;
        self.facts.of[workflow].runs.push(RunFact {
            id: row.id,
            attempt: row.attempt,
            event: names.id(row.event),
            branch: row.branch.map(|branch| names.id(branch)),
            commit: row.commit.map(|commit| names.id(commit)),
            started: seconds(row.started),
            conclusion: row.conclusion,
        });
    }

    fn job(&mut self, row: &JobRow) {
        // A copy in a re-run did not run again.
        if row.copied || row.conclusion == Some(Conclusion::Skipped) {
            return;
        }
        let Some(workflow) = self.workflow(row.repository, row.workflow, row.started) else { return };
        let Some(job) = self.place(workflow, row.name) else {
            self.unknown += 1;
            return;
        };
        let names = &mut self.facts.names;
        // Some sources know no labels: then the checkout's say what it runs on now.
        let known = self.facts.checkout.workflows[workflow].jobs[job].runs_on.as_deref();
        let labels = if row.labels.is_empty() { known.unwrap_or_default() } else { &row.labels };
        self.facts.of[workflow].jobs.push(JobFact {
            run: row.run,
            attempt: row.attempt,
            job,
            leg: names.id(row.name),
            labels: names.id(labels),
            started: seconds(row.started),
            duration: row.duration,
            queued: row.queued,
            conclusion: row.conclusion,
        });
    }

    fn step(&mut self, row: &StepRow) {
        let (Some(duration), true) = (row.duration, row.conclusion != Some(Conclusion::Skipped)) else {
            return;
        };
        let Some(workflow) = self.workflow(row.repository, row.workflow, row.started) else { return };
        let Some(job) = self.place(workflow, row.job) else { return };
        let names = &mut self.facts.names;
        self.facts.of[workflow].steps.push(StepFact {
            run: row.run,
            attempt: row.attempt,
            job,
            job_id: row.job_id,
            leg: names.id(row.job),
            number: row.number,
            name: names.id(row.name),
            started: seconds(row.started),
            duration,
            conclusion: row.conclusion,
        });
    }
}

impl OfWorkflow {
    /// Makes the order of the rows irrelevant, and finds the jobs of a run.
    fn sort(&mut self, names: &Names) {
        self.runs
            .sort_by(|a, b| a.started.total_cmp(&b.started).then((a.id, a.attempt).cmp(&(b.id, b.attempt))));
        self.jobs.sort_by(|a, b| {
            let by_run = (a.run, a.attempt).cmp(&(b.run, b.attempt));
            let by_name = || names.name(a.leg).cmp(names.name(b.leg));
            let by_time = a.started.total_cmp(&b.started);
            a.job.cmp(&b.job).then(by_time).then(by_run).then_with(by_name)
        });
        self.steps.sort_by(|a, b| {
            let place = |s: &StepFact| (s.run, s.attempt, s.job_id, s.number);
            a.job.cmp(&b.job).then(a.started.total_cmp(&b.started)).then(place(a).cmp(&place(b)))
        });
        for (at, job) in (0..).zip(&self.jobs) {
            self.by_run.entry((job.run, job.attempt)).or_default().push(at);
        }
    }

    /// The jobs of an attempt of a run.
    pub(super) fn of_run(&self, run: u64, attempt: u32) -> impl Iterator<Item = &JobFact> + Clone {
        let at = self.by_run.get(&(run, attempt)).map_or(&[][..], Vec::as_slice);
        at.iter().map(|at| &self.jobs[*at as usize])
    }

    /// The rows of a job of the checkout, in time order.
    pub(super) fn of_job(&self, job: usize) -> &[JobFact] {
        let rows = &self.jobs[self.jobs.partition_point(|row| row.job < job)..];
        &rows[..rows.partition_point(|row| row.job == job)]
    }

    /// The steps of a job of the checkout, in time order.
    pub(super) fn steps_of(&self, job: usize) -> &[StepFact] {
        let rows = &self.steps[self.steps.partition_point(|row| row.job < job)..];
        &rows[..rows.partition_point(|row| row.job == job)]
    }
}

impl Facts {
    /// The workflows with what is known of them.
    pub(super) fn workflows(&self) -> impl Iterator<Item = (&Workflow, &OfWorkflow)> {
        self.checkout.workflows.iter().zip(&self.of)
    }

    /// The jobs of every workflow with what is known of that.
    pub(super) fn jobs(&self) -> impl Iterator<Item = (&Workflow, &OfWorkflow, usize, &Job)> {
        self.workflows().flat_map(|(workflow, of)| {
            workflow.jobs.iter().enumerate().map(move |(place, job)| (workflow, of, place, job))
        })
    }

    /// US dollars a minute of a job.
    pub(super) fn price(&self, job: &JobFact) -> f64 {
        self.options.prices.of(self.names.name(job.labels)).usd_a_minute()
    }

    /// Says that there is too little of something.
    pub(super) fn too_few(
        &self,
        kind: Kind,
        about: impl Into<String>,
        have: usize,
        need: usize,
        what: &'static str,
    ) -> NotYet {
        NotYet { kind, about: about.into(), have: have as u64, need: need as u64, what }
    }
}
