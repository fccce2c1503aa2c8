//! From the history to what a forecaster learns.

use std::path::Path;

use crate::clock;
use crate::commands::place;
use crate::error::{Error, Result};
use crate::features::{Outcome, Query, Run};
use crate::history::{Filter, History, JobRow, RunRow, State};
use crate::prediction::Forecaster;
use crate::prediction::backtest::{LONGEST_S, Level};
use crate::runs::Conclusion;

/// The name of the kept state.
const KIND: &str = "duration";

/// The version of the kept state.
const VERSION: u32 = 1;

/// A finished run as a forecaster learns it; none while it runs, or when nothing is known of its time.
pub(super) fn run(row: &RunRow<'_>) -> Option<Run> {
    let (duration_s, conclusion) = (row.duration_s?, row.conclusion?);
    // Hosted runners end earlier: approvals and re-runs make such times.
    if duration_s > LONGEST_S {
        return None;
    }
    Some(Run { query: query(row), duration_s, outcome: outcome(conclusion) })
}

/// A finished job as a forecaster learns it.
pub(super) fn job(row: &JobRow<'_>) -> Option<Run> {
    let (duration_s, conclusion) = (row.duration_s?, row.conclusion?);
    let started = seconds(row.started?);
    let created = row.created.map_or(started, seconds);
    let query = Query { job: row.name.to_owned(), created, started, ..query(&row.run) };
    Some(Run { query, duration_s, outcome: outcome(conclusion) })
}

fn query(row: &RunRow<'_>) -> Query {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Query {
        repository: row.repository.to_owned(),
        workflow: row.workflow.to_owned(),
        job: String::new(),
        event: row.event.to_owned(),
        branch: text(row.branch),
        commit: text(row.commit),
        actor: text(row.actor),
        created: seconds(row.created),
        started: seconds(row.started),
        attempt: row.attempt,
        changed_files: row.changed_files.map(f64::from),
        lines: row.changed_lines.map(f64::from),
        default_branch: None,
        in_flight: None,
    }
}

fn outcome(conclusion: Conclusion) -> Outcome {
    match conclusion {
        Conclusion::Success => Outcome::Success,
        Conclusion::Failure | Conclusion::TimedOut | Conclusion::StartupFailure => Outcome::Failure,
        Conclusion::Cancelled => Outcome::Cancelled,
        Conclusion::Skipped | Conclusion::ActionRequired | Conclusion::Neutral | Conclusion::Stale => {
            Outcome::Other
        }
    }
}

/// Seconds since the epoch.
pub(super) fn seconds(at: jiff::Timestamp) -> f64 {
    at.as_second() as f64 + f64::from(at.subsec_nanosecond()) / 1e9
}

/// Every finished run (or job) that the filter lets through, by the time of its end.
pub(super) fn all(history: &History, filter: &Filter, level: Level) -> Result<Vec<Run>> {
    let mut runs = Vec::new();
    match level {
        Level::Runs => history.each_run(filter, |row| {
            runs.extend(run(row));
            Ok(())
        })?,
        Level::Jobs => history.each_job(filter, |row| {
            runs.extend(job(row));
            Ok(())
        })?,
    }
    runs.sort_by(|a, b| a.finished().total_cmp(&b.finished()));
    Ok(runs)
}

/// So many repositories are learned as soon as their runs are stored; of more, each when something is predicted.
const AT_ONCE: usize = 3;

/// Learns what was stored, so that the next prediction finds it learned. Of made-up runs nothing is learned ahead.
///
/// # Errors
/// When the history can't be read or written.
pub(in crate::commands) fn learn(history: &History) -> Result<()> {
    let repositories = history.overview()?;
    let real: Vec<_> = repositories.iter().filter(|of| of.runs > of.simulated).collect();
    if real.len() <= AT_ONCE {
        for of in real {
            forecaster(history, &of.repository)?;
        }
    }
    Ok(())
}

/// The forecaster of a repository: what was kept of it, with what came since. Kept again when it learned something.
pub(super) fn forecaster(history: &History, repository: &str) -> Result<Forecaster> {
    let simulated = history.is_simulated()?;
    let filter = Filter { simulated, ..Filter::of_repository(repository) };
    let kept = history.state(repository, KIND)?.filter(|state| state.version == VERSION);
    // A state that can't be read is only a cache that is made anew.
    let kept = kept.and_then(|state| Some((Forecaster::from_bytes(&state.blob).ok()?, state.revision)));
    let revision = history.revision()?;
    let learned_anew = || -> Result<Forecaster> {
        let mut forecaster = Forecaster::new();
        forecaster.catch_up(&all(history, &filter, Level::Runs)?);
        Ok(forecaster)
    };
    let forecaster = match kept {
        Some((forecaster, at)) if at >= revision => return Ok(forecaster),
        Some((mut forecaster, at)) => {
            let since = Filter { after_revision: Some(at), ..filter.clone() };
            let new = all(history, &since, Level::Runs)?;
            let known = forecaster.known_until();
            // What came late can't be learned in its place any more.
            if new.iter().any(|run| known.is_some_and(|known| run.finished() < known)) {
                learned_anew()?
            } else {
                new.iter().for_each(|run| forecaster.learn(run));
                forecaster
            }
        }
        None => learned_anew()?,
    };
    let state = State { version: VERSION, revision, blob: forecaster.to_bytes()? };
    history.put_state(repository, KIND, &state, clock::now())?;
    Ok(forecaster)
}

/// The repository that is meant: the given one, the only one of the history, or that of the checkout.
pub(super) fn repository(history: &History, given: Option<&str>, db: Option<&Path>) -> Result<String> {
    let mut known: Vec<String> = history.workflows()?.into_iter().map(|(repository, _)| repository).collect();
    known.dedup();
    let meant = match (given, known.as_slice()) {
        (Some(given), _) => Some(given.to_owned()),
        (None, [only]) => Some(only.clone()),
        _ => place::repository(None),
    };
    match meant {
        Some(meant) if known.contains(&meant) => Ok(meant),
        Some(meant) => Err(Error::nothing(format!("the history has no run of `{meant}`")).hint(format!(
            "it is `{}`; `wfgen track fetch` brings runs into it",
            place::file(db)?.display()
        ))),
        None if known.is_empty() => Err(Error::nothing("the history has no run yet")
            .hint("`wfgen track fetch` or `wfgen track import` bring runs into it")),
        None => Err(Error::usage("which repository? `--repo OWNER/NAME`")
            .hint(format!("the history has {}", known.join(", ")))),
    }
}
