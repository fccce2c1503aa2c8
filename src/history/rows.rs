//! Reading runs, jobs and steps as streams: one row at a time, its texts borrowed, nothing held.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, Row, params_from_iter};

use super::{Filter, History, Stopped, load, sql};
use crate::error::Result;
use crate::runs::record::{Conclusion, Run, Status};

/// One attempt of one run, with what follows from its times and its jobs'.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunRow<'r> {
    /// `owner/name`.
    pub repository: &'r str,
    /// The workflow's name.
    pub workflow: &'r str,
    /// GitHub's id of the run.
    pub id: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// What started it; empty where unknown.
    pub event: &'r str,
    /// The branch it ran for.
    pub branch: Option<&'r str>,
    /// The commit it ran on.
    pub commit: Option<&'r str>,
    /// How far it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When the run came to be.
    pub created: Timestamp,
    /// When this attempt started.
    pub started: Timestamp,
    /// When this attempt ended.
    pub finished: Option<Timestamp>,
    /// The seconds it ran, see [`Run::duration`].
    pub duration_s: Option<f64>,
    /// The seconds until its first job started, where jobs are known.
    pub queue_s: Option<f64>,
    /// Made up.
    pub simulated: bool,
    /// Its number among those of its workflow.
    pub number: Option<u64>,
    /// How many files the change has.
    pub changed_files: Option<u32>,
    /// How many lines the change adds and removes.
    pub changed_lines: Option<u32>,
    /// Who started it: a keyed hash, unless the history keeps names.
    pub actor: Option<&'r str>,
    /// The workflow's file.
    pub path: Option<&'r str>,
    /// What the list of runs shows.
    pub title: Option<&'r str>,
    /// The write that changed it last.
    pub revision: u64,
}

/// One job of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobRow<'r> {
    /// The run it belongs to.
    pub run: RunRow<'r>,
    /// GitHub's id of the job; from 2^63 on it is ours.
    pub id: u64,
    /// Its name.
    pub name: &'r str,
    /// How far it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it was queued.
    pub created: Option<Timestamp>,
    /// When a runner took it.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// The seconds it ran.
    pub duration_s: Option<f64>,
    /// The seconds it waited for a runner.
    pub queue_s: Option<f64>,
    /// The labels it asked for, as a JSON array; see [`JobRow::labels`].
    pub labels_json: Option<&'r str>,
    /// The runner that took it.
    pub runner: Option<&'r str>,
}

/// One step of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepRow<'r> {
    /// The job it belongs to.
    pub job: JobRow<'r>,
    /// Its 1-based place.
    pub number: u32,
    /// Its name.
    pub name: &'r str,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// The seconds it took.
    pub duration_s: Option<f64>,
}

impl JobRow<'_> {
    /// The labels it asked for, such as `ubuntu-24.04`.
    pub fn labels(&self) -> Vec<String> {
        sql::labels(self.labels_json)
    }
}

const RUN: &str = "runs.workflow_id, run, attempt, event, branch, sha, runs.status, runs.conclusion, runs.created,
    runs.started, finished, runs.duration_s, runs.queue_s, simulated, runs.number, changed_files, changed_lines, actor,
    path, title, revision";
const RUN_COLUMNS: usize = 21;

const JOB: &str =
    "jobs.job, jobs.name, jobs.status, jobs.conclusion, jobs.created, jobs.started, jobs.completed,
    jobs.duration_s, jobs.queue_s, labels, runner";
const JOB_COLUMNS: usize = 11;

const STEP: &str =
    "steps.number, steps.name, steps.conclusion, steps.started, steps.completed, steps.duration_s";

/// Runs in the order of their creation, whatever the order in which they were stored.
const ORDER: &str = "runs.created, run, attempt, runs.id";

impl History {
    /// Every run that the filter lets through, in the order of creation. An error of `reader` ends it. All rows are of one
    /// moment; to write meanwhile, `reader` needs another [`History`] of the file.
    ///
    /// # Errors
    /// When the file can't be read, and those of `reader`.
    pub fn each_run(&self, filter: &Filter, mut reader: impl FnMut(&RunRow<'_>) -> Result<()>) -> Result<()> {
        self.each(filter, RUN, "", ORDER, |row, names| reader(&run_row(row, names)?).map_err(Stopped::Reader))
    }

    /// Every job of those runs, in the order of the runs' creation.
    ///
    /// # Errors
    /// When the file can't be read, and those of `reader`.
    pub fn each_job(&self, filter: &Filter, mut reader: impl FnMut(&JobRow<'_>) -> Result<()>) -> Result<()> {
        let columns = format!("{RUN}, {JOB}");
        let order = format!("{ORDER}, jobs.job");
        let joins = "CROSS JOIN jobs ON jobs.run_id = runs.id";
        self.each(filter, &columns, joins, &order, |row, names| {
            reader(&job_row(row, names)?).map_err(Stopped::Reader)
        })
    }

    /// Every step of those jobs, in the order of the runs' creation.
    ///
    /// # Errors
    /// When the file can't be read, and those of `reader`.
    pub fn each_step(
        &self,
        filter: &Filter,
        mut reader: impl FnMut(&StepRow<'_>) -> Result<()>,
    ) -> Result<()> {
        let columns = format!("{RUN}, {JOB}, {STEP}");
        let order = format!("{ORDER}, jobs.job, steps.number");
        let joins = "CROSS JOIN jobs ON jobs.run_id = runs.id
            CROSS JOIN steps ON steps.run_id = jobs.run_id AND steps.job = jobs.job";
        self.each(filter, &columns, joins, &order, |row, names| {
            let at = RUN_COLUMNS + JOB_COLUMNS;
            let step = StepRow {
                job: job_row(row, names)?,
                number: row.get(at)?,
                name: sql::text(row, at + 1)?,
                conclusion: sql::conclusion(row, at + 2)?,
                started: sql::maybe_time(row, at + 3)?,
                completed: sql::maybe_time(row, at + 4)?,
                duration_s: row.get(at + 5)?,
            };
            reader(&step).map_err(Stopped::Reader)
        })
    }

    /// Every run as a value of its own, with its jobs and steps, in the order of creation; several times slower than
    /// [`History::each_run`].
    ///
    /// # Errors
    /// When the file can't be read, and those of `reader`.
    pub fn each_whole(&self, filter: &Filter, mut reader: impl FnMut(Run) -> Result<()>) -> Result<()> {
        let columns = format!("{RUN}, stated_started, stated_updated, stated_duration_s, runs.id");
        self.each(filter, &columns, "", ORDER, |row, names| {
            let at = RUN_COLUMNS;
            let known = run_row(row, names)?;
            let run = Run {
                repository: known.repository.to_owned(),
                id: known.id,
                attempt: known.attempt,
                workflow: known.workflow.to_owned(),
                path: known.path.map(str::to_owned),
                number: known.number,
                title: known.title.map(str::to_owned),
                event: known.event.to_owned(),
                branch: known.branch.map(str::to_owned),
                commit: known.commit.map(str::to_owned),
                actor: known.actor.map(str::to_owned),
                created: known.created,
                started: sql::maybe_time(row, at)?,
                updated: sql::maybe_time(row, at + 1)?,
                status: known.status,
                conclusion: known.conclusion,
                duration: row.get(at + 2)?,
                changed_files: known.changed_files,
                changed_lines: known.changed_lines,
                simulated: known.simulated,
                jobs: load::jobs(&self.connection, row.get(at + 3)?)?,
            };
            reader(run).map_err(Stopped::Reader)
        })
    }

    fn each(
        &self,
        filter: &Filter,
        columns: &str,
        joins: &str,
        order: &str,
        mut take: impl FnMut(&Row<'_>, &Names) -> Result<(), Stopped>,
    ) -> Result<()> {
        self.stream(|connection| {
            // One transaction, so that the names and the rows are of the same moment; a stream inside of another's reader
            // is in it already.
            let _moment = match connection.is_autocommit() {
                true => Some(connection.unchecked_transaction()?),
                false => None,
            };
            let names = Names::load(connection)?;
            let (matches, values) = filter.sql();
            let index = filter.index();
            let query = format!(
                "SELECT {columns} FROM runs INDEXED BY {index} {joins} WHERE {matches} ORDER BY {order}"
            );
            let mut statement = connection.prepare(&query)?;
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                take(row, &names)?;
            }
            Ok(())
        })
    }
}

/// The names of repositories and workflows by the row of the workflow: small, and faster held than joined.
struct Names(HashMap<i64, (String, String)>);

impl Names {
    fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare_cached(
            "SELECT workflows.id, repositories.name, workflows.name FROM workflows
             JOIN repositories ON repositories.id = repository_id",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        rows.collect::<rusqlite::Result<_>>().map(Names)
    }

    fn of(&self, workflow: i64) -> rusqlite::Result<(&str, &str)> {
        let found =
            self.0.get(&workflow).map(|(repository, workflow)| (repository.as_str(), workflow.as_str()));
        found.ok_or(rusqlite::Error::QueryReturnedNoRows)
    }
}

fn run_row<'r>(row: &'r Row<'_>, names: &'r Names) -> rusqlite::Result<RunRow<'r>> {
    let (repository, workflow) = names.of(row.get(0)?)?;
    Ok(RunRow {
        repository,
        workflow,
        id: sql::id(row, 1)?,
        attempt: row.get(2)?,
        event: sql::maybe_text(row, 3)?.unwrap_or_default(),
        branch: sql::maybe_text(row, 4)?,
        commit: sql::maybe_text(row, 5)?,
        status: sql::status(row, 6)?,
        conclusion: sql::conclusion(row, 7)?,
        created: sql::time(row, 8)?,
        started: sql::time(row, 9)?,
        finished: sql::maybe_time(row, 10)?,
        duration_s: row.get(11)?,
        queue_s: row.get(12)?,
        simulated: row.get(13)?,
        number: row.get::<_, Option<i64>>(14)?.map(i64::cast_unsigned),
        changed_files: row.get(15)?,
        changed_lines: row.get(16)?,
        actor: sql::maybe_text(row, 17)?,
        path: sql::maybe_text(row, 18)?,
        title: sql::maybe_text(row, 19)?,
        revision: sql::id(row, 20)?,
    })
}

fn job_row<'r>(row: &'r Row<'_>, names: &'r Names) -> rusqlite::Result<JobRow<'r>> {
    let at = RUN_COLUMNS;
    Ok(JobRow {
        run: run_row(row, names)?,
        id: sql::id(row, at)?,
        name: sql::text(row, at + 1)?,
        status: sql::status(row, at + 2)?,
        conclusion: sql::conclusion(row, at + 3)?,
        created: sql::maybe_time(row, at + 4)?,
        started: sql::maybe_time(row, at + 5)?,
        completed: sql::maybe_time(row, at + 6)?,
        duration_s: row.get(at + 7)?,
        queue_s: row.get(at + 8)?,
        labels_json: sql::maybe_text(row, at + 9)?,
        runner: sql::maybe_text(row, at + 10)?,
    })
}
