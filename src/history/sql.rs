//! The small conversions between our values and SQLite's: unsigned ids, times, words.

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{Connection, Row, types::Type};

use crate::runs::record::{Conclusion, Status};

/// An id as SQLite keeps it; those from 2^63 on, which are our own, become negative.
pub(super) fn key(id: u64) -> i64 {
    id.cast_signed()
}

/// An id from a column.
pub(super) fn id(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    row.get(at).map(i64::cast_unsigned)
}

/// A time as unix seconds. A REAL holds milliseconds exactly for longer than jiff's calendar.
pub(super) fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

/// A time from a column of unix seconds.
pub(super) fn time(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    let seconds: f64 = row.get(at)?;
    timestamp(seconds).ok_or_else(|| unreadable(at, "a time out of range", Type::Real))
}

/// A time that may be unknown.
pub(super) fn maybe_time(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    let seconds: Option<f64> = row.get(at)?;
    seconds.map(|s| timestamp(s).ok_or_else(|| unreadable(at, "a time out of range", Type::Real))).transpose()
}

fn timestamp(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()
}

/// A text without a copy.
pub(super) fn text<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<&'r str> {
    borrowed(row, at, ValueRef::as_str)
}

/// A text that may be unknown, without a copy.
pub(super) fn maybe_text<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<Option<&'r str>> {
    borrowed(row, at, ValueRef::as_str_or_null)
}

fn borrowed<'r, T>(
    row: &'r Row<'_>,
    at: usize,
    read: impl Fn(&ValueRef<'r>) -> FromSqlResult<T>,
) -> rusqlite::Result<T> {
    let value = row.get_ref(at)?;
    read(&value).map_err(|e| match e {
        FromSqlError::InvalidType => {
            rusqlite::Error::InvalidColumnType(at, format!("column {at}"), value.data_type())
        }
        other => rusqlite::Error::FromSqlConversionFailure(at, value.data_type(), Box::new(other)),
    })
}

/// How far something is, as a word.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Queued => "queued",
        Status::InProgress => "in_progress",
        Status::Completed => "completed",
    }
}

/// The word in a column.
pub(super) fn status(row: &Row<'_>, at: usize) -> rusqlite::Result<Status> {
    match text(row, at)? {
        "completed" => Ok(Status::Completed),
        "in_progress" => Ok(Status::InProgress),
        "queued" => Ok(Status::Queued),
        _ => Err(unreadable(at, "an unknown status", Type::Text)),
    }
}

const CONCLUSIONS: [(Conclusion, &str); 9] = [
    (Conclusion::Success, "success"),
    (Conclusion::Failure, "failure"),
    (Conclusion::Cancelled, "cancelled"),
    (Conclusion::Skipped, "skipped"),
    (Conclusion::TimedOut, "timed_out"),
    (Conclusion::ActionRequired, "action_required"),
    (Conclusion::Neutral, "neutral"),
    (Conclusion::Stale, "stale"),
    (Conclusion::StartupFailure, "startup_failure"),
];

/// How something ended, as a word.
pub(super) fn conclusion_word(conclusion: Conclusion) -> &'static str {
    CONCLUSIONS.iter().find(|(known, _)| *known == conclusion).map_or("neutral", |(_, word)| word)
}

/// The word in a column, if it has ended.
pub(super) fn conclusion(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Conclusion>> {
    let Some(word) = maybe_text(row, at)? else { return Ok(None) };
    let found = CONCLUSIONS.iter().find(|(_, known)| *known == word);
    found.map(|(c, _)| Some(*c)).ok_or_else(|| unreadable(at, "an unknown conclusion", Type::Text))
}

fn unreadable(at: usize, what: &str, kind: Type) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, kind, what.into())
}

/// Runner labels from their JSON.
pub(super) fn labels(json: Option<&str>) -> Vec<String> {
    json.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// The number of the newest write that changed a run. It is kept apart from the runs, so that it never goes back when some
/// are deleted.
pub(super) fn revision(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT value FROM settings WHERE name = 'revision'", [], |row| id(row, 0))
}
