//! What the rows of the period say of the jobs of the checkout.

use std::collections::{BTreeMap, HashMap};

use super::advisor::Options;
use crate::advice::checkout::{Checkout, Job, Workflow};
use crate::insight::names::Names;
use crate::runs::Conclusion;

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
    pub(super) steps: Vec<StepFact>,
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

impl OfWorkflow {
    /// Makes the order of the rows irrelevant, and finds the jobs of a run.
    pub(super) fn sort(&mut self, names: &Names) {
        self.runs
            .sort_by(|a, b| a.started.total_cmp(&b.started).then((a.id, a.attempt).cmp(&(b.id, b.attempt))));
        self.jobs.sort_unstable_by(|a, b| {
            let by_run = (a.run, a.attempt).cmp(&(b.run, b.attempt));
            let by_name = || names.name(a.leg).cmp(names.name(b.leg));
            let by_time = a.started.total_cmp(&b.started);
            a.job.cmp(&b.job).then(by_time).then(by_run).then_with(by_name)
        });
        self.steps.sort_unstable_by(|a, b| {
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

    /// Whether a job has one name: no matrix, also none that only an expression knows.
    pub(super) fn is_single(&self, job: usize) -> bool {
        self.of_job(job).windows(2).all(|pair| pair[0].leg == pair[1].leg)
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
}
