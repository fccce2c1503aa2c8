//! Runs and jobs from a CSV with named columns, in any order. A row with a job's name is about that job.

use std::io::{self, BufRead, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use csv::ByteRecord;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::fields::{self, Bad, needed, quoted};
use super::{LONGEST_RECORD, Record};
use crate::error::{Diagnostic, Error, Location, Result};
use crate::runs::record::{Job, Run, Status};

/// What a column is about, with the names under which it is known. The first is the one that our export uses.
const COLUMNS: [(Column, &[&str]); 24] = [
    (Column::Repository, &["repo", "repository"]),
    (Column::Workflow, &["workflow", "workflow_name"]),
    (Column::Job, &["job", "job_name"]),
    (Column::Event, &["event"]),
    (Column::Branch, &["branch", "head_branch"]),
    (Column::Created, &["created_at", "created"]),
    (Column::Started, &["started_at", "run_started_at", "started"]),
    (Column::Updated, &["updated_at", "updated"]),
    (Column::Duration, &["duration_s", "duration"]),
    (Column::RawDuration, &["duration_raw_s"]),
    (Column::Status, &["status"]),
    (Column::Conclusion, &["conclusion"]),
    (Column::Attempt, &["attempt", "run_attempt"]),
    (Column::Commit, &["commit", "head_sha", "sha"]),
    (Column::Files, &["changed_files"]),
    (Column::Lines, &["lines", "changed_lines"]),
    (Column::Actor, &["actor"]),
    (Column::Run, &["run_id", "id"]),
    (Column::Number, &["number", "run_number"]),
    (Column::Title, &["title", "display_title"]),
    (Column::Path, &["path"]),
    (Column::JobId, &["job_id"]),
    (Column::JobCreated, &["job_created_at"]),
    (Column::Simulated, &["simulated"]),
];

/// Columns that are known to say nothing that we keep.
const SILENT: [&str; 2] = ["source", "ts_exact"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Repository,
    Workflow,
    Job,
    Event,
    Branch,
    Created,
    Started,
    Updated,
    Duration,
    RawDuration,
    Status,
    Conclusion,
    Attempt,
    Commit,
    Files,
    Lines,
    Actor,
    Run,
    Number,
    Title,
    Path,
    JobId,
    JobCreated,
    Simulated,
}

/// A CSV that is being read.
pub(super) struct Table<R> {
    reader: csv::Reader<Metered<R>>,
    allowance: Arc<AtomicUsize>,
    /// Where each column is, by [`Column`].
    places: [Option<usize>; COLUMNS.len()],
    row: ByteRecord,
}

impl<R: BufRead> Table<R> {
    /// Reads the header.
    pub(super) fn new(
        name: &str,
        mut input: R,
        repository_given: bool,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Self> {
        let broken =
            |e: &dyn std::fmt::Display| Error::invalid(format!("cannot read the header of `{name}`: {e}"));
        let delimiter = delimiter(input.fill_buf().map_err(|e| broken(&e))?);
        let allowance = Arc::new(AtomicUsize::new(LONGEST_RECORD));
        let metered = Metered { input, allowance: Arc::clone(&allowance) };
        let mut reader =
            csv::ReaderBuilder::new().delimiter(delimiter).buffer_capacity(1 << 16).from_reader(metered);
        let header = reader.byte_headers().map_err(|e| broken(&e))?;
        let header: Vec<String> =
            header.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_ascii_lowercase()).collect();
        let mut places = [None; COLUMNS.len()];
        for (column, names) in COLUMNS {
            places[column as usize] =
                names.iter().find_map(|name| header.iter().position(|cell| cell == name));
        }
        let table = Table { reader, allowance, places, row: ByteRecord::new() };
        table.check(name, &header, repository_given)?;
        warnings.extend(ignored(name, &header));
        Ok(table)
    }

    /// What must be there is there.
    fn check(&self, name: &str, header: &[String], repository_given: bool) -> Result<()> {
        let lacks = |columns: &[Column]| columns.iter().all(|c| self.places[*c as usize].is_none());
        let mut missing = Vec::new();
        if !repository_given && lacks(&[Column::Repository]) {
            missing.push("`repo` (or `--repo owner/name`)");
        }
        if lacks(&[Column::Workflow]) {
            missing.push("`workflow`");
        }
        if lacks(&[Column::Created, Column::Started]) {
            missing.push("`created_at` or `started_at`");
        }
        if lacks(&[Column::Conclusion, Column::Status]) {
            missing.push("`conclusion` or `status`");
        }
        if missing.is_empty() {
            return Ok(());
        }
        let seen: Vec<String> = header.iter().take(40).map(|cell| quoted(cell)).collect();
        let message = format!("`{name}` lacks the column {}", missing.join(" and the column "));
        Err(Error::invalid(message)
            .at(Location { file: name.to_owned(), line: 1, column: 0, source: None })
            .hint(format!("the columns seen are {}", seen.join(", ")))
            .hint("a CSV needs a header line; JSON begins with `{` or `[`"))
    }

    /// The next row, `None` at the end.
    pub(super) fn record(&mut self, repository: Option<&str>) -> io::Result<Option<Record>> {
        self.allowance.store(LONGEST_RECORD, Ordering::Relaxed);
        let line = self.reader.position().line();
        let runs = match self.reader.read_byte_record(&mut self.row) {
            Ok(false) => return Ok(None),
            Ok(true) => Cells { places: &self.places, row: &self.row }.run(repository).map(|run| vec![run]),
            Err(e) => match e.into_kind() {
                csv::ErrorKind::Io(e) => return Err(e),
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    Err(Bad::new(format!("it has {len} cells where the header has {expected_len}")))
                }
                _ => Err(Bad::new("it is no row of a CSV")),
            },
        };
        let line = self.row.position().map_or(line, csv::Position::line);
        Ok(Some(Record { line, runs }))
    }
}

/// A row by columns.
struct Cells<'t> {
    places: &'t [Option<usize>; COLUMNS.len()],
    row: &'t ByteRecord,
}

impl<'t> Cells<'t> {
    fn run(&self, given: Option<&str>) -> Result<Run, Bad> {
        let started = self.time(Column::Started)?;
        let created = needed("created_at", self.time(Column::Created)?.or(started))?;
        let repository = match self.text(Column::Repository)?.or(given) {
            Some(name) => fields::repository(name)?,
            None => return Err(super::rest::no_repository()),
        };
        let conclusion = self.text(Column::Conclusion)?.map(fields::conclusion).transpose()?;
        let ended = if conclusion.is_some() { Status::Completed } else { Status::InProgress };
        let status = self.text(Column::Status)?.map(fields::status).transpose()?.unwrap_or(ended);
        let duration = match self.seconds(Column::Duration)? {
            None => self.seconds(Column::RawDuration)?,
            duration => duration,
        };
        let mut run = Run {
            repository,
            id: match self.text(Column::Run)? {
                Some(text) => identifier(text),
                None => made_up(self.row.as_slice()),
            },
            attempt: self.whole(Column::Attempt)?.unwrap_or(1),
            workflow: needed("workflow", self.string(Column::Workflow)?)?,
            path: self.string(Column::Path)?,
            number: self.whole(Column::Number)?.map(u64::from),
            title: self.string(Column::Title)?,
            event: self.string(Column::Event)?.unwrap_or_default(),
            branch: self.string(Column::Branch)?,
            commit: self.string(Column::Commit)?,
            actor: self.string(Column::Actor)?,
            created,
            started,
            updated: self.time(Column::Updated)?,
            status,
            conclusion,
            duration,
            changed_files: self.whole(Column::Files)?,
            changed_lines: self.whole(Column::Lines)?,
            simulated: matches!(self.text(Column::Simulated)?, Some("1" | "true")),
            jobs: Vec::new(),
        };
        if let Some(name) = self.text(Column::Job)? {
            let job = self.job(name, &run)?;
            // The row's times and its outcome are the job's; of its run it says that it has come as far.
            run.status = status.min(Status::InProgress);
            (run.started, run.updated, run.conclusion, run.duration) = (None, None, None, None);
            run.jobs = vec![job];
        }
        Ok(run)
    }

    fn job(&self, name: &str, row: &Run) -> Result<Job, Bad> {
        let after = |start: Timestamp| {
            let duration = SignedDuration::try_from_secs_f64(row.duration?).ok()?;
            start.checked_add(duration).ok()
        };
        Ok(Job {
            id: match self.text(Column::JobId)? {
                Some(text) => identifier(text),
                None => made_up(name.as_bytes()),
            },
            name: name.to_owned(),
            status: row.status,
            conclusion: row.conclusion,
            created: self.time(Column::JobCreated)?,
            started: row.started,
            completed: row.started.and_then(after).filter(|_| row.status == Status::Completed),
            labels: Vec::new(),
            runner: None,
            steps: Vec::new(),
        })
    }

    /// A cell that is not empty.
    fn text(&self, column: Column) -> Result<Option<&'t str>, Bad> {
        let Some(cell) = self.places[column as usize].and_then(|place| self.row.get(place)) else {
            return Ok(None);
        };
        let text =
            str::from_utf8(cell).map_err(|_| Bad::new(format!("`{}` is not UTF-8", name(column))))?.trim();
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    fn string(&self, column: Column) -> Result<Option<String>, Bad> {
        Ok(self.text(column)?.map(str::to_owned))
    }

    fn time(&self, column: Column) -> Result<Option<Timestamp>, Bad> {
        self.text(column)?.map_or(Ok(None), |text| fields::time(name(column), text))
    }

    fn number(&self, column: Column) -> Result<Option<f64>, Bad> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        if text.eq_ignore_ascii_case("nan") {
            return Ok(None);
        }
        let wrong = || Bad::new(format!("`{}` is {}, not a number", name(column), quoted(text)));
        text.parse().ok().filter(|number: &f64| number.is_finite()).map(Some).ok_or_else(wrong)
    }

    /// Seconds. Negative ones come from clocks that disagree and say nothing.
    fn seconds(&self, column: Column) -> Result<Option<f64>, Bad> {
        let longest = 1e10;
        match self.number(column)? {
            Some(s) if s > longest => {
                Err(Bad::new(format!("`{}` is {s:e} seconds, which no run can take", name(column))))
            }
            seconds => Ok(seconds.filter(|s| *s >= 0.0)),
        }
    }

    /// A whole number, also as spreadsheets write it (`3.0`).
    fn whole(&self, column: Column) -> Result<Option<u32>, Bad> {
        let Some(number) = self.number(column)? else { return Ok(None) };
        let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
        match fits {
            true => Ok(Some(number as u32)),
            false => Err(Bad::new(format!("`{}` is {number}, not a small whole number", name(column)))),
        }
    }
}

fn name(column: Column) -> &'static str {
    COLUMNS[column as usize].1[0]
}

/// An id: GitHub's number, also as spreadsheets write it; another text gives one of ours.
fn identifier(text: &str) -> u64 {
    let number = text.strip_suffix(".0").unwrap_or(text).parse().ok();
    number.filter(|id: &u64| *id < 1 << 63).unwrap_or_else(|| made_up(text.as_bytes()))
}

/// An id of ours, from 2^63 on, the same for the same bytes: the same row read twice is the same run.
fn made_up(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |id, byte| id << 8 | u64::from(*byte)) | 1 << 63
}

/// The delimiter that the first line has most of.
fn delimiter(start: &[u8]) -> u8 {
    let line = start.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|b| **b == delimiter).count();
    (*b"\t;,").into_iter().max_by_key(|d| count(*d)).unwrap_or(b',')
}

/// A warning for the columns that nothing is read from.
fn ignored(name: &str, header: &[String]) -> Option<Diagnostic> {
    let known = |cell: &&String| {
        let cell = cell.as_str();
        SILENT.contains(&cell) || COLUMNS.iter().any(|(_, names)| names.contains(&cell))
    };
    let unknown: Vec<String> =
        header.iter().filter(|cell| !known(cell)).take(20).map(|cell| quoted(cell)).collect();
    let place = Location { file: name.to_owned(), line: 1, column: 0, source: None };
    let message = format!("columns that say nothing to wfgen: {}", unknown.join(", "));
    (!unknown.is_empty()).then(|| Diagnostic::new(message).at(place))
}

/// A reader that ends with an error when a record takes more bytes than it may, as one does whose quote is never closed.
struct Metered<R> {
    input: R,
    allowance: Arc<AtomicUsize>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.allowance.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "a row is longer than 64 MiB: a quote is never closed",
            ));
        }
        let read = self.input.read(buffer)?;
        self.allowance.store(left.saturating_sub(read), Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_stands_at_its_own_place_and_in_the_documentation() {
        let text = include_str!("../../../docs/history.md");
        for (place, (column, names)) in COLUMNS.into_iter().enumerate() {
            assert_eq!(column as usize, place);
            assert!(names.iter().all(|name| text.contains(&format!("`{name}`"))), "{names:?}");
        }
    }
}
