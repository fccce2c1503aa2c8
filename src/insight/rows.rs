//! What insights are fed with: one row at a time, borrowed, as a query of the history or a [`Run`] gives it.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::runs::{Conclusion, Job, Run, Step};

/// One attempt of a run that has ended.
#[derive(Debug, Clone)]
pub struct RunRow<'a> {
    /// `owner/name`.
    pub repository: &'a str,
    /// GitHub's id of the run.
    pub id: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The workflow's name.
    pub workflow: &'a str,
    /// What started it.
    pub event: &'a str,
    /// The branch it ran for.
    pub branch: Option<&'a str>,
    /// The commit it ran on.
    pub commit: Option<&'a str>,
    /// When the attempt started.
    pub started: Timestamp,
    /// The seconds it ran.
    pub duration: Option<f64>,
    /// The seconds until its first job had a runner.
    pub queued: Option<f64>,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// Made up by `track simulate`.
    pub simulated: bool,
}

/// One job of an attempt.
#[derive(Debug, Clone)]
pub struct JobRow<'a> {
    /// `owner/name`.
    pub repository: &'a str,
    /// GitHub's id of the run.
    pub run: u64,
    /// The run's attempt.
    pub attempt: u32,
    /// The workflow's name.
    pub workflow: &'a str,
    /// The branch it ran for.
    pub branch: Option<&'a str>,
    /// The commit it ran on.
    pub commit: Option<&'a str>,
    /// GitHub's id of the job.
    pub id: u64,
    /// The job's name with its matrix values.
    pub name: &'a str,
    /// The labels it asked for, joined by commas.
    pub labels: Cow<'a, str>,
    /// The runner that took it.
    pub runner: Option<&'a str>,
    /// When it started; when its run did where that is not known.
    pub started: Timestamp,
    /// The seconds from a runner taking it to its end.
    pub duration: Option<f64>,
    /// The seconds it waited for a runner.
    pub queued: Option<f64>,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// It did not run again: GitHub copies finished jobs into a re-run's attempt, created after they started.
    pub copied: bool,
}

/// One step of a job.
#[derive(Debug, Clone)]
pub struct StepRow<'a> {
    /// `owner/name`.
    pub repository: &'a str,
    /// GitHub's id of the run.
    pub run: u64,
    /// The run's attempt.
    pub attempt: u32,
    /// The workflow's name.
    pub workflow: &'a str,
    /// GitHub's id of the job.
    pub job_id: u64,
    /// The job's name.
    pub job: &'a str,
    /// When it started; when its job did where that is not known.
    pub started: Timestamp,
    /// Its 1-based place in the job.
    pub number: u32,
    /// Its name.
    pub name: &'a str,
    /// The seconds it took.
    pub duration: Option<f64>,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
}

impl<'a> RunRow<'a> {
    /// The row of a run.
    pub fn of(run: &'a Run) -> Self {
        let started = run.started.unwrap_or(run.created);
        let first = run.jobs.iter().filter_map(|job| job.started).min();
        let queued = first.map(|first| first.duration_since(started).as_secs_f64()).filter(|s| *s >= 0.0);
        RunRow {
            repository: &run.repository,
            id: run.id,
            attempt: run.attempt,
            workflow: &run.workflow,
            event: &run.event,
            branch: run.branch.as_deref(),
            commit: run.commit.as_deref(),
            started,
            duration: run.duration(),
            queued,
            conclusion: run.conclusion,
            simulated: run.simulated,
        }
    }
}

impl<'a> JobRow<'a> {
    /// The row of a run's job.
    pub fn of(run: &'a Run, job: &'a Job) -> Self {
        JobRow {
            repository: &run.repository,
            run: run.id,
            attempt: run.attempt,
            workflow: &run.workflow,
            branch: run.branch.as_deref(),
            commit: run.commit.as_deref(),
            id: job.id,
            name: &job.name,
            labels: match job.labels.as_slice() {
                [one] => Cow::Borrowed(one),
                many => Cow::Owned(many.join(",")),
            },
            runner: job.runner.as_deref(),
            started: job.started.or(run.started).unwrap_or(run.created),
            duration: job.duration(),
            queued: job.queued(),
            conclusion: job.conclusion,
            copied: job.created.zip(job.started).is_some_and(|(created, started)| created > started),
        }
    }
}

impl<'a> StepRow<'a> {
    /// The row of a job's step.
    pub fn of(run: &'a Run, job: &'a Job, step: &'a Step) -> Self {
        StepRow {
            repository: &run.repository,
            run: run.id,
            attempt: run.attempt,
            workflow: &run.workflow,
            job_id: job.id,
            job: &job.name,
            started: step.started.or(job.started).or(run.started).unwrap_or(run.created),
            number: step.number,
            name: &step.name,
            duration: step.duration(),
            conclusion: step.conclusion,
        }
    }
}

/// Takes rows, in any order.
pub trait Intake {
    /// Takes an attempt of a run.
    fn run(&mut self, row: &RunRow);
    /// Takes a job.
    fn job(&mut self, row: &JobRow);
    /// Takes a step.
    fn step(&mut self, row: &StepRow);

    /// Takes a run with its jobs and their steps.
    fn whole(&mut self, run: &Run) {
        self.run(&RunRow::of(run));
        for job in &run.jobs {
            let row = JobRow::of(run, job);
            self.job(&row);
            if row.copied {
                continue;
            }
            for step in &job.steps {
                self.step(&StepRow::of(run, job, step));
            }
        }
    }
}
