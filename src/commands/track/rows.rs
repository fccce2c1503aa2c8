//! The history's rows as insights take them.

use std::borrow::Cow;

use crate::error::Result;
use crate::history::{self, Filter, History};
use crate::insight::{Intake, JobRow, RunRow, StepRow};

/// A run.
pub(super) fn run<'r>(row: &history::RunRow<'r>) -> RunRow<'r> {
    RunRow {
        repository: row.repository,
        id: row.id,
        attempt: row.attempt,
        workflow: row.workflow,
        event: row.event,
        branch: row.branch,
        commit: row.commit,
        started: row.started,
        duration: row.duration_s,
        queued: row.queue_s,
        conclusion: row.conclusion,
        simulated: row.simulated,
    }
}

fn job<'r>(row: &history::JobRow<'r>) -> JobRow<'r> {
    JobRow {
        repository: row.run.repository,
        run: row.run.id,
        attempt: row.run.attempt,
        workflow: row.run.workflow,
        branch: row.run.branch,
        commit: row.run.commit,
        id: row.id,
        name: row.name,
        labels: Cow::Owned(row.labels().join(",")),
        runner: row.runner,
        started: row.started.unwrap_or(row.run.started),
        duration: row.duration_s,
        queued: row.queue_s,
        conclusion: row.conclusion,
        copied: row.created.zip(row.started).is_some_and(|(created, started)| created > started),
    }
}

fn step<'r>(row: &history::StepRow<'r>) -> StepRow<'r> {
    StepRow {
        repository: row.job.run.repository,
        run: row.job.run.id,
        attempt: row.job.run.attempt,
        workflow: row.job.run.workflow,
        job_id: row.job.id,
        job: row.job.name,
        started: row.started.or(row.job.started).unwrap_or(row.job.run.started),
        number: row.number,
        name: row.name,
        duration: row.duration_s,
        conclusion: row.conclusion,
    }
}

/// Gives every run, job and step that the filter lets through to an insight.
pub(super) fn feed(history: &History, filter: &Filter, into: &mut impl Intake) -> Result<()> {
    history.each_run(filter, |row| {
        into.run(&run(row));
        Ok(())
    })?;
    history.each_job(filter, |row| {
        into.job(&job(row));
        Ok(())
    })?;
    history.each_step(filter, |row| {
        into.step(&step(row));
        Ok(())
    })
}
