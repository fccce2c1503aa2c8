//! `track fetch` and `track serve`: runs from the network into the history.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use super::{Fetch, Say};
use crate::commands::place;
use crate::commands::predict::feed;
use crate::error::{Error, Result};
use crate::history::{CachedResponse, History};
use crate::report::Outcome;
use crate::report::fetched::FetchReport;
use crate::runs::fetch::{self, Auth, Cursor, Ended, Known, Progress, Store, Validator};
use crate::runs::serve::{self, Happened, Inbox, Received};
use crate::runs::{Run, Secret, payload};
use crate::{clock, env_vars, units};

/// The name of the cursor of a fetch.
const CURSOR: &str = "runs";

/// How long `gh` may take to tell its token.
const PATIENCE: Duration = Duration::from_secs(5);

/// Deliveries that were seen longer ago are forgotten: GitHub redelivers for three days.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_hours(14 * 24);

/// Fetches runs.
pub(super) fn fetch(db: Option<&Path>, asked: &Fetch, say: &Say) -> Result<Outcome> {
    let mut repositories = asked.repositories.clone();
    if repositories.is_empty() {
        repositories.push(place::repository_or_say(None)?);
    }
    let base = asked
        .api_url
        .clone()
        .or_else(env_vars::api_url)
        .unwrap_or_else(|| "https://api.github.com".to_owned());
    let history = place::open(db, asked.with_actors)?;
    let mut options = fetch::Options::new(repositories, clock::now);
    options.auth = auth(asked, &base)?;
    options.base_url = base;
    options.since = Some(units::moment(&asked.since, clock::now())?);
    options.limit = asked.limit;
    options.jobs = asked.jobs;
    options.max_wait = asked.max_wait;
    let path = history.path().display().to_string();
    let mut kept = Kept { history };
    let fetched = fetch::run(&options, &mut kept, &mut |progress| tell(progress, say))?;
    feed::learn(&kept.history)?;
    let failed = fetched.repositories.iter().find_map(|repository| match &repository.ended {
        Ended::Failed(error) => Some(error.clone()),
        _ => None,
    });
    // Where nothing at all came, the reason is the answer.
    if let Some(error) =
        failed.filter(|_| fetched.repositories.len() == 1 && fetched.repositories[0].runs == 0)
    {
        return Err(error);
    }
    let complete = fetched.repositories.iter().all(|r| matches!(r.ended, Ended::Complete | Ended::Enough));
    let interrupted = fetched.repositories.iter().any(|r| matches!(r.ended, Ended::Interrupted));
    let code = match (complete, interrupted) {
        (_, true) => 130,
        (true, _) => 0,
        _ => 5,
    };
    Ok(Outcome { code, ..Outcome::done(FetchReport { fetched, history: path }) })
}

/// Who asks: the App, else a token of the environment, else what `gh` is signed in with, else nobody.
fn auth(asked: &Fetch, base: &str) -> Result<Auth> {
    if let Some(id) = asked.app_id.clone().or_else(env_vars::app_id) {
        let key = env_vars::app_private_key().ok_or_else(|| {
            Error::usage(format!("the private key of the GitHub App {id} is missing"))
                .hint("`WFGEN_APP_PRIVATE_KEY` is the text of its PEM file")
        })?;
        return Ok(Auth::App { id, key: Secret::new(key) });
    }
    let host = base.split("//").nth(1).unwrap_or(base).split('/').next().unwrap_or_default();
    let host = if host == "api.github.com" { "github.com" } else { host };
    let of_gh = || fetch::gh_token(host, PATIENCE).filter(|_| !host.starts_with("127."));
    Ok(env_vars::token().map(Secret::new).or_else(of_gh).map_or(Auth::Anonymous, Auth::Token))
}

fn tell(progress: &Progress<'_>, say: &Say) {
    match progress {
        Progress::Stored { repository, runs, jobs, reached } => say(&format!(
            "{repository}: {} and {} stored, back to {}",
            units::count(*runs, "run"),
            units::count(*jobs, "job"),
            reached.strftime("%Y-%m-%d")
        )),
        Progress::Waiting { limit, wait, until } => say(&format!(
            "waiting {} for the {limit:?} rate limit, until {}",
            units::duration(wait.as_secs_f64()),
            until.strftime("%H:%M:%S UTC")
        )),
        Progress::Retrying { why, after } => {
            say(&format!("{why}; trying again in {}", units::duration(after.as_secs_f64())));
        }
        Progress::Ended { .. } => {}
    }
}

/// The history as a fetch and a server use it.
struct Kept {
    history: History,
}

impl Store for Kept {
    fn known(&mut self, repository: &str, ids: &[u64]) -> Result<Vec<Known>> {
        let attempts = self.history.attempts(repository, ids)?;
        let known = |a: crate::history::Attempt| Known {
            id: a.run,
            attempt: a.attempt,
            completed: a.completed,
            jobs: a.jobs,
        };
        Ok(attempts.into_iter().map(known).collect())
    }

    fn record(&mut self, runs: &[Run]) -> Result<usize> {
        Ok(usize::try_from(self.history.record(runs)?.new).unwrap_or(usize::MAX))
    }

    fn cursor(&mut self, repository: &str) -> Result<Option<Cursor>> {
        // One that can't be read was written by another version: reading everything again repeats nothing.
        Ok(self.history.cursor(repository, CURSOR)?.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn set_cursor(&mut self, repository: &str, cursor: &Cursor) -> Result<()> {
        let text = serde_json::to_string(cursor).map_err(|e| Error::bug(e.to_string()))?;
        self.history.put_cursor(repository, CURSOR, &text, clock::now())
    }

    fn validator(&mut self, url: &str) -> Result<Option<Validator>> {
        let response = self.history.response(url)?;
        Ok(response.map(|r| Validator { etag: r.etag, last_modified: r.last_modified }))
    }

    fn set_validator(&mut self, url: &str, validator: &Validator) -> Result<()> {
        let Validator { etag, last_modified } = validator.clone();
        self.history.put_response(url, &CachedResponse { etag, last_modified, body: None }, clock::now())
    }
}

impl Inbox for Kept {
    fn receive(&mut self, delivery: &str, run: &Run) -> Result<Received> {
        // The run first: when something ends us in between, the delivery comes again and changes nothing.
        self.history.record(std::slice::from_ref(run))?;
        let now = clock::now();
        let new = self.history.first_delivery(delivery, now)?;
        if let Ok(limit) = now.checked_sub(REMEMBERED) {
            self.history.prune_deliveries(limit)?;
        }
        Ok(if new { Received::New } else { Received::Known })
    }
}

/// Receives webhooks until it is stopped.
pub(super) fn serve(
    db: Option<&Path>,
    listen: SocketAddr,
    max_body: usize,
    with_actors: bool,
    say: &Say,
) -> Result<Outcome> {
    let secret = env_vars::webhook_secret().ok_or_else(|| {
        Error::usage("deliveries can't be checked without the secret of the webhook")
            .hint("set WFGEN_WEBHOOK_SECRET to it")
    })?;
    let history = place::open(db, with_actors)?;
    let path = history.path().to_path_buf();
    let mut options = serve::Options::new(listen.port(), Secret::new(secret), clock::now);
    options.address = listen;
    options.body_limit = max_body;
    let talk = say.clone();
    serve::run(&options, Kept { history }, parse, move |happened| match happened {
        Happened::Listening(address) => {
            talk(&format!("listening on http://{address}, history {}", path.display()));
        }
        Happened::Recorded(run) => talk(&format!("{} {} run {}", run.repository, run.workflow, run.id)),
        Happened::Refused => talk("a delivery without a valid signature was refused"),
        Happened::Invalid(error) => talk(&format!("a delivery can't be understood: {error}")),
        Happened::Failed(error) => talk(&format!("a delivery could not be stored: {error}")),
        Happened::Stopping => talk("stopping"),
    })?;
    Ok(Outcome::done(crate::report::track::Nothing { schema: "wfgen.track-serve/1" }))
}

/// The run of an event; nothing when it is about none.
fn parse(event: &str, value: &serde_json::Value) -> Result<Option<Run>> {
    if !matches!(event, "workflow_run" | "workflow_job") {
        return Ok(None);
    }
    payload::read(value).map(Some).map_err(|bad| Error::invalid(format!("the `{event}` payload: {bad}")))
}
