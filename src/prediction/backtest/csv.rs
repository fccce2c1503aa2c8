//! Run histories as CSV.

use std::io::{BufRead, BufReader, Read};

use csv::StringRecord;
use flate2::bufread::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::features::{Outcome, Query, Run};

use super::{Level, Sourced};

/// Columns that there must be.
const NEEDED: [&str; 4] = ["repo", "workflow", "duration_s", "conclusion"];

/// Reads runs or jobs from CSV (gzip is recognised) with named columns: `repo`, `workflow`, `duration_s`, `conclusion`,
/// and `started_at` or `created_at`, of which one may be empty; and where there are, `source`, `job`, `event`, `branch`,
/// `attempt`, `commit`, `changed_files`, `lines`, `actor`, `duration_raw_s` (for an empty `duration_s`). Times are RFC 3339.
/// Rows of the other level are left out: a row with a job is a job. So are rows without any
/// duration, which still run, and with a negative one, which never did.
///
/// # Errors
/// When the text is no such CSV: which row and why.
pub fn read_csv(input: impl Read, level: Level) -> Result<Vec<Sourced>> {
    let mut input = BufReader::new(input);
    let start =
        input.fill_buf().map_err(|error| Error::environment(format!("cannot read the CSV: {error}")))?;
    let reader: Box<dyn Read> =
        if start.starts_with(&[0x1f, 0x8b]) { Box::new(MultiGzDecoder::new(input)) } else { Box::new(input) };
    let mut reader = csv::Reader::from_reader(reader);
    let invalid = |error: &csv::Error| Error::invalid(format!("cannot read the CSV: {error}"));
    let headers = reader.headers().map_err(|error| invalid(&error))?.clone();
    let columns = Columns(headers);
    if let Some(missing) = NEEDED.iter().find(|name| columns.place(name).is_none()) {
        return Err(Error::invalid(format!("the CSV has no column `{missing}`"))
            .hint(format!("needed are {}", NEEDED.map(|name| format!("`{name}`")).join(", "))));
    }
    let mut runs = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| invalid(&error))?;
        if columns.text(&record, "job").is_empty() == (level == Level::Runs) {
            runs.extend(columns.run(&record)?);
        }
    }
    Ok(runs)
}

struct Columns(StringRecord);

impl Columns {
    fn place(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|header| header.trim() == name)
    }

    fn text<'a>(&self, record: &'a StringRecord, name: &str) -> &'a str {
        self.place(name).and_then(|at| record.get(at)).unwrap_or_default().trim()
    }

    fn run(&self, record: &StringRecord) -> Result<Option<Sourced>> {
        let text = |name: &str| self.text(record, name);
        let owned = |name: &str| text(name).to_owned();
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |name: &str, what: &str| {
            Error::invalid(format!(
                "line {line} of the CSV: `{}` in column `{name}` is not {what}",
                text(name)
            ))
        };
        let time = |name: &str| {
            let stamp = text(name).parse::<jiff::Timestamp>();
            stamp.map(|t| t.as_millisecond() as f64 / 1000.0).map_err(|_| wrong(name, "an RFC 3339 time"))
        };
        let number = |name: &str| text(name).parse::<f64>().ok().filter(|n| n.is_finite());
        let known = |name: &str| !text(name).is_empty();
        let started = time(if known("started_at") { "started_at" } else { "created_at" })?;
        let created = if known("created_at") { time("created_at")? } else { started };
        let Some(column) = ["duration_s", "duration_raw_s"].into_iter().find(|name| known(name)) else {
            return Ok(None);
        };
        let duration_s = number(column).ok_or_else(|| wrong(column, "a number of seconds"))?;
        // A skipped job can end before it starts.
        if duration_s < 0.0 {
            return Ok(None);
        }
        let query = Query {
            repository: owned("repo"),
            workflow: owned("workflow"),
            job: owned("job"),
            event: owned("event"),
            branch: owned("branch"),
            commit: owned("commit"),
            actor: owned("actor"),
            created,
            started,
            attempt: text("attempt").parse().unwrap_or(1),
            changed_files: number("changed_files"),
            lines: number("lines"),
            default_branch: None,
            in_flight: None,
        };
        let run = Run { query, duration_s, outcome: Outcome::from_conclusion(text("conclusion")) };
        Ok(Some(Sourced { source: owned("source"), run }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "source,repo,workflow,job,branch,started_at,duration_s,conclusion\n";

    fn read(rows: &str) -> Result<Vec<Sourced>> {
        read_csv(format!("{HEAD}{rows}").as_bytes(), Level::Runs)
    }

    #[test]
    fn a_row_becomes_a_run_and_rows_of_the_other_level_are_left_out() {
        let rows = "s,o/r,CI,,main,2025-01-02T03:04:05Z,61.5,success\ns,o/r,CI,build,main,2025-01-02T03:04:05Z,9,failure\ns,o/r,CI,,main,2025-01-02T03:04:05Z,-1,skipped\n";
        let runs = read(rows).expect("valid");
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].source, "s");
        assert_eq!(runs[0].run.query.started, 1_735_787_045.0);
        assert_eq!((runs[0].run.duration_s, runs[0].run.outcome), (61.5, Outcome::Success));
        assert!(runs[0].run.query.is_default_branch());
    }

    #[test]
    fn an_unreadable_row_is_named_by_its_line() {
        let error = read("s,o/r,CI,,main,yesterday,61.5,success\n").expect_err("invalid");
        assert_eq!(
            error.diagnostics[0].message,
            "line 2 of the CSV: `yesterday` in column `started_at` is not an RFC 3339 time"
        );
        let error = read("s,o/r,CI,,main,2025-01-02T03:04:05Z,long,success\n").expect_err("invalid");
        assert!(error.diagnostics[0].message.contains("`long` in column `duration_s`"));
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = read_csv("repo,workflow\n".as_bytes(), Level::Runs).expect_err("invalid");
        assert_eq!(error.diagnostics[0].message, "the CSV has no column `duration_s`");
    }
}
