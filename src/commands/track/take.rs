//! `track import` and `track record`: runs from files and events.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Said;
use crate::commands::place;
use crate::commands::predict::feed;
use crate::error::{Diagnostic, Error, Kind, Result};
use crate::history::{History, Recorded};
use crate::report::Outcome;
use crate::report::track::Taken;
use crate::runs::import::Import;
use crate::runs::payload;
use crate::runs::{Run, Status};
use crate::{clock, env_vars, units};

/// So many runs are stored at once, and reported as stored after that.
const BATCH: usize = 5_000;

/// No payload of GitHub's is larger, in bytes.
const LARGEST_PAYLOAD: u64 = 25 << 20;

/// Reads files into the history.
pub(super) fn import(
    db: Option<&Path>,
    files: &[PathBuf],
    repository: Option<&str>,
    with_actors: bool,
) -> Result<Outcome> {
    repository.map_or(Ok(()), place::check_repository)?;
    let repository = place::repository(repository);
    let mut imports =
        files.iter().map(|file| start(file, repository.as_deref())).collect::<Result<Vec<_>>>()?;
    let mut into = Into { db, with_actors, history: None, recorded: Recorded::default() };
    let mut warnings = Vec::new();
    let mut skipped = 0;
    for import in &mut imports {
        let mut batch = Vec::with_capacity(BATCH);
        for run in import.by_ref() {
            batch.push(run?);
            if batch.len() == BATCH {
                into.record(&batch)?;
                batch.clear();
            }
        }
        into.record(&batch)?;
        warnings.extend(import.warnings().iter().cloned());
        skipped += import.skipped();
    }
    if let Some(history) = into.history.as_ref().filter(|_| into.recorded.new + into.recorded.updated > 0) {
        feed::learn(history)?;
    }
    let taken = Taken::new("import", &place::file(db)?, into.recorded, skipped);
    Ok(Outcome { warnings, ..Outcome::done(taken) })
}

/// The history, opened by the first runs: what is no file of runs must not leave an empty one behind.
struct Into<'a> {
    db: Option<&'a Path>,
    with_actors: bool,
    history: Option<History>,
    recorded: Recorded,
}

impl Into<'_> {
    fn record(&mut self, runs: &[Run]) -> Result<()> {
        let history = match self.history.take() {
            Some(history) => history,
            None => place::open(self.db, self.with_actors)?,
        };
        self.recorded += self.history.insert(history).record(runs)?;
        Ok(())
    }
}

fn start(path: &Path, repository: Option<&str>) -> Result<Import> {
    if path == Path::new("-") {
        return Import::new("stdin", std::io::stdin(), repository);
    }
    let file = File::open(path).map_err(|e| Error::io("read", path, &e))?;
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Err(Error::environment(format!("`{}` is no file", path.display())));
    }
    Import::new(&path.display().to_string(), file, repository)
}

/// Records the run of an event.
pub(super) fn record(
    db: Option<&Path>,
    event: Option<&Path>,
    said: Option<&Said>,
    with_actors: bool,
) -> Result<Outcome> {
    let run = match said {
        Some(said) => of_words(said)?,
        None => of_event(event)?,
    };
    let history: History = place::open(db, with_actors)?;
    let recorded = history.record(&[run])?;
    Ok(Outcome::done(Taken::new("record", history.path(), recorded, 0)))
}

/// The run that somebody describes.
fn of_words(said: &Said) -> Result<Run> {
    let now = clock::now();
    let (started, ended) = (units::moment(&said.started, now)?, units::moment(&said.ended, now)?);
    if ended < started {
        return Err(Error::usage(format!("it ended ({ended}) before it started ({started})")));
    }
    let conclusion = serde_json::from_value(said.conclusion.as_str().into()).map_err(|_| {
        Error::usage(format!("`{}` is no conclusion", said.conclusion.escape_debug()))
            .hint("conclusions are success, failure, cancelled, skipped, timed_out, neutral...")
    })?;
    Ok(Run {
        repository: place::repository_or_say(said.repository.as_deref())?,
        id: said.id,
        attempt: said.attempt,
        workflow: said.workflow.clone(),
        path: None,
        number: None,
        title: None,
        event: said.event.clone(),
        branch: said.branch.clone(),
        commit: said.commit.clone(),
        actor: None,
        created: started,
        started: Some(started),
        updated: Some(ended),
        status: Status::Completed,
        conclusion: Some(conclusion),
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs: Vec::new(),
    })
}

/// The run of an event: of a payload, or of the job that this runs in.
fn of_event(event: Option<&Path>) -> Result<Run> {
    let path = event.map(Path::to_path_buf).or_else(env_vars::event_path).ok_or_else(|| {
        Error::usage("which event?")
            .hint("say `--event FILE`, or the run itself with `--workflow`; in a job of GitHub Actions `GITHUB_EVENT_PATH` names it")
    })?;
    read_event(&path)
}

fn read_event(path: &Path) -> Result<Run> {
    let name = path.display();
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST_PAYLOAD).read_to_string(&mut text))
        .map_err(|e| Error::io("read", path, &e))?;
    let value: serde_json::Value = serde_json::from_str(&text)
        .map_err(|e| Error::new(Kind::Invalid, Diagnostic::new(format!("`{name}` is no JSON: {e}"))))?;
    payload::read(&value).map_err(|bad| {
        Error::invalid(format!("`{name}` is no event of a run: {bad}")).hint(
            "the events `workflow_run` and `workflow_job` are; a workflow gets them with `on: workflow_run`",
        )
    })
}
