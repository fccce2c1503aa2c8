//! Runs for other programs: JSON Lines with everything, and CSV with one row per run or per job. Both are read back by
//! [`crate::runs::import`].

use std::io::Write;

use jiff::Timestamp;

use super::record::{Conclusion, Run, Status};
use crate::error::{Error, Result};

/// The columns of the CSV; [`crate::runs::import`] knows them all.
const COLUMNS: [&str; 24] = [
    "repo",
    "workflow",
    "job",
    "event",
    "branch",
    "created_at",
    "started_at",
    "updated_at",
    "duration_s",
    "duration_raw_s",
    "status",
    "conclusion",
    "attempt",
    "commit",
    "changed_files",
    "lines",
    "actor",
    "run_id",
    "number",
    "title",
    "path",
    "job_id",
    "job_created_at",
    "simulated",
];

/// Writes a run with its jobs and steps as one line of JSON.
///
/// # Errors
/// When `output` fails.
pub fn json_line(run: &Run, output: &mut impl Write) -> Result<()> {
    serde_json::to_writer(&mut *output, run).map_err(|e| unwritable(&e))?;
    output.write_all(b"\n").map_err(|e| unwritable(&e))
}

/// What a row of a CSV is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// A run.
    #[default]
    Runs,
    /// A job. A run whose jobs are not known has no row.
    Jobs,
}

/// A CSV that is being written.
pub struct Table<W: Write> {
    writer: csv::Writer<W>,
    level: Level,
}

impl<W: Write> Table<W> {
    /// Begins a CSV with its header.
    ///
    /// # Errors
    /// When `output` fails.
    pub fn new(output: W, level: Level) -> Result<Self> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(COLUMNS).map_err(|e| unwritable(&e))?;
        Ok(Table { writer, level })
    }

    /// Writes the row or the rows of a run.
    ///
    /// # Errors
    /// When the output fails.
    pub fn write(&mut self, run: &Run) -> Result<()> {
        match self.level {
            Level::Runs => self.row(run, &of_run(run)),
            Level::Jobs => rows_of_jobs(run).iter().try_for_each(|row| self.row(run, row)),
        }
    }

    /// Writes what is left in the buffer.
    ///
    /// # Errors
    /// When the output fails.
    pub fn finish(mut self) -> Result<()> {
        self.writer.flush().map_err(|e| unwritable(&e))
    }

    fn row(&mut self, run: &Run, row: &Row<'_>) -> Result<()> {
        let whole = |number: Option<u32>| number.map(|n| n.to_string()).unwrap_or_default();
        let cells = [
            run.repository.clone(),
            run.workflow.clone(),
            row.job.to_owned(),
            run.event.clone(),
            run.branch.clone().unwrap_or_default(),
            run.created.to_string(),
            time(row.started),
            time(row.updated),
            seconds(row.duration),
            seconds(row.raw_duration),
            word(&row.status),
            row.conclusion.as_ref().map(word).unwrap_or_default(),
            run.attempt.to_string(),
            run.commit.clone().unwrap_or_default(),
            whole(run.changed_files),
            whole(run.changed_lines),
            run.actor.clone().unwrap_or_default(),
            run.id.to_string(),
            run.number.map(|n| n.to_string()).unwrap_or_default(),
            run.title.clone().unwrap_or_default(),
            run.path.clone().unwrap_or_default(),
            row.job_id.map(|id| id.to_string()).unwrap_or_default(),
            time(row.job_created),
            u8::from(run.simulated).to_string(),
        ];
        self.writer.write_record(cells).map_err(|e| unwritable(&e))
    }
}

/// The cells in which the row of a run and that of a job differ.
struct Row<'r> {
    job: &'r str,
    job_id: Option<u64>,
    job_created: Option<Timestamp>,
    started: Option<Timestamp>,
    updated: Option<Timestamp>,
    duration: Option<f64>,
    raw_duration: Option<f64>,
    status: Status,
    conclusion: Option<Conclusion>,
}

fn of_run(run: &Run) -> Row<'_> {
    let raw = run.updated.filter(|_| run.status == Status::Completed);
    Row {
        job: "",
        job_id: None,
        job_created: None,
        started: run.started,
        updated: run.updated,
        duration: run.duration(),
        raw_duration: raw.map(|end| end.duration_since(run.created).as_secs_f64()).filter(|s| *s >= 0.0),
        status: run.status,
        conclusion: run.conclusion,
    }
}

fn rows_of_jobs(run: &Run) -> Vec<Row<'_>> {
    let row = |job| {
        let job: &super::Job = job;
        Row {
            job: &job.name,
            job_id: Some(job.id),
            job_created: job.created,
            started: job.started,
            updated: None,
            duration: job.duration(),
            raw_duration: None,
            status: job.status,
            conclusion: job.conclusion,
        }
    };
    run.jobs.iter().map(row).collect()
}

fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_string()).unwrap_or_default()
}

/// Seconds to the millisecond.
fn seconds(seconds: Option<f64>) -> String {
    seconds.map(|s| ((s * 1000.0).round() / 1000.0).to_string()).unwrap_or_default()
}

/// A status or a conclusion by the word that it has in JSON.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn unwritable(error: &impl std::fmt::Display) -> Error {
    Error::environment(format!("cannot write the export: {error}"))
}
