//! Reading a record's fields: each one has the type we expect, is absent, or makes the record a bad one that says which
//! field it was.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::runs::record::{Conclusion, Status};

/// Why a record can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bad(pub(super) String);

impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Bad> for crate::Error {
    fn from(bad: Bad) -> Self {
        crate::Error::invalid(bad.0)
    }
}

impl Bad {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Bad(message.into())
    }

    pub(in crate::runs) fn unknown_event() -> Self {
        Bad::new("the payload is of another event than `workflow_run` and `workflow_job`")
    }
}

/// A JSON object whose fields are asked for by name. `null` is as good as absent.
#[derive(Clone, Copy)]
pub(in crate::runs) struct Fields<'v>(&'v Map<String, Value>);

impl<'v> Fields<'v> {
    pub(in crate::runs) fn of(value: &'v Value, what: &str) -> Result<Self, Bad> {
        value.as_object().map(Fields).ok_or_else(|| Bad(format!("{what} is {}, not an object", kind(value))))
    }

    pub(in crate::runs) fn get(self, name: &str) -> Option<&'v Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn typed<T>(
        self,
        name: &str,
        wanted: &str,
        read: impl Fn(&'v Value) -> Option<T>,
    ) -> Result<Option<T>, Bad> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let wrong = || Bad(format!("`{name}` is {}, not {wanted}", shown(value)));
        read(value).map(Some).ok_or_else(wrong)
    }

    /// A text; an empty one is as good as absent.
    pub(in crate::runs) fn text(self, name: &str) -> Result<Option<&'v str>, Bad> {
        Ok(self.typed(name, "a text", Value::as_str)?.filter(|text| !text.is_empty()))
    }

    pub(super) fn string(self, name: &str) -> Result<Option<String>, Bad> {
        Ok(self.text(name)?.map(str::to_owned))
    }

    pub(super) fn number(self, name: &str) -> Result<Option<u64>, Bad> {
        self.typed(name, "a whole number", |v| v.as_u64().filter(|n| *n < 1 << 63))
    }

    pub(super) fn small(self, name: &str) -> Result<Option<u32>, Bad> {
        self.typed(name, "a small whole number", |v| v.as_u64().and_then(|n| u32::try_from(n).ok()))
    }

    pub(super) fn list(self, name: &str) -> Result<&'v [Value], Bad> {
        Ok(self.typed(name, "a list", Value::as_array)?.map_or(&[], Vec::as_slice))
    }

    pub(in crate::runs) fn object(self, name: &str) -> Result<Option<Fields<'v>>, Bad> {
        self.typed(name, "an object", |v| v.as_object().map(Fields))
    }

    pub(super) fn time(self, name: &str) -> Result<Option<Timestamp>, Bad> {
        self.text(name)?.map_or(Ok(None), |text| time(name, text))
    }

    pub(super) fn status(self, name: &str) -> Result<Option<Status>, Bad> {
        self.text(name)?.map(status).transpose()
    }

    pub(super) fn conclusion(self, name: &str) -> Result<Option<Conclusion>, Bad> {
        self.text(name)?.map(conclusion).transpose()
    }
}

/// A field that must be there.
pub(super) fn needed<T>(name: &str, value: Option<T>) -> Result<T, Bad> {
    value.ok_or_else(|| Bad(format!("`{name}` is missing")))
}

/// A time: RFC 3339, with a space in place of the `T` too, in UTC where no zone is given. The zero time of Go programs
/// (`gh` prints it for "not yet") is as good as absent.
pub(super) fn time(name: &str, text: &str) -> Result<Option<Timestamp>, Bad> {
    if text.starts_with("0001-01-01") {
        return Ok(None);
    }
    let in_utc = || {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    let time = text.parse().ok().or_else(in_utc);
    match time {
        Some(time) if is_plausible(time) => Ok(Some(time)),
        Some(_) => Err(Bad(format!("`{name}` is the time {}, which no run can have", quoted(text)))),
        None => Err(Bad(format!("`{name}` is {}, not a time like 2026-01-31T12:00:00Z", quoted(text)))),
    }
}

/// Whether a time is from the epoch to the year 2200: what is outside is a mistake, and would only spoil the statistics.
pub(super) fn is_plausible(time: Timestamp) -> bool {
    (0..7_258_118_400).contains(&time.as_second())
}

/// A status by GitHub's words for it, see <https://docs.github.com/rest/actions/workflow-runs>.
pub(super) fn status(word: &str) -> Result<Status, Bad> {
    match word {
        "completed" => Ok(Status::Completed),
        "in_progress" => Ok(Status::InProgress),
        "queued" | "requested" | "waiting" | "pending" => Ok(Status::Queued),
        _ => Err(Bad(format!("the status {} is unknown", quoted(word)))),
    }
}

/// A conclusion by GitHub's words for it.
pub(super) fn conclusion(word: &str) -> Result<Conclusion, Bad> {
    match word {
        "success" => Ok(Conclusion::Success),
        "failure" => Ok(Conclusion::Failure),
        "cancelled" => Ok(Conclusion::Cancelled),
        "skipped" => Ok(Conclusion::Skipped),
        "timed_out" => Ok(Conclusion::TimedOut),
        "action_required" => Ok(Conclusion::ActionRequired),
        "neutral" => Ok(Conclusion::Neutral),
        "stale" => Ok(Conclusion::Stale),
        "startup_failure" => Ok(Conclusion::StartupFailure),
        _ => Err(Bad(format!("the conclusion {} is unknown", quoted(word)))),
    }
}

/// `owner/name` from an address of the API or the site, such as `https://github.com/owner/name/actions/runs/1`.
pub(super) fn repository_of(url: &str) -> Option<String> {
    let mut before_actions = url.split_once("/actions/")?.0.rsplit('/');
    let (name, owner) = (before_actions.next()?, before_actions.next()?);
    is_repository(owner, name).then(|| format!("{owner}/{name}"))
}

/// The number that follows `/part/` in an address.
pub(super) fn number_of(url: &str, part: &str) -> Option<u64> {
    let (_, after) = url.split_once(&format!("/{part}/"))?;
    after.split(['/', '?', '#']).next()?.parse().ok()
}

/// A repository's full name, checked.
pub(super) fn repository(text: &str) -> Result<String, Bad> {
    match text.split_once('/') {
        Some((owner, name)) if is_repository(owner, name) => Ok(text.to_owned()),
        _ => Err(Bad(format!("the repository {} is not of the form owner/name", quoted(text)))),
    }
}

fn is_repository(owner: &str, name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 200
            && !part.contains(|c: char| c == '/' || c.is_control() || c == ' ')
    };
    plain(owner) && plain(name)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => quoted(&number.to_string()),
        Value::String(text) => format!("the text {}", quoted(text)),
        other => kind(other).to_owned(),
    }
}

/// Somebody's text in a message: short, and without what could steer a terminal.
pub(super) fn quoted(text: &str) -> String {
    let start: String = text.chars().take(40).flat_map(char::escape_debug).collect();
    let rest = if text.chars().nth(40).is_some() { "…" } else { "" };
    format!("`{start}{rest}`")
}
