//! `wfgen track`: runs into the history, and what it tells.

mod give;
mod keep;
mod net;
pub(super) mod rows;
mod take;
mod tell;

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::error::Result;
use crate::history::{Filter, History};
use crate::report::Outcome;
use crate::report::track::Nothing;
use crate::units;

pub use give::Form;

/// What to do with the history.
#[derive(Debug, Clone)]
pub enum Action {
    /// Fetch runs from GitHub.
    Fetch(Fetch),
    /// Read runs from files.
    Import {
        /// The files; `-` is stdin.
        files: Vec<PathBuf>,
        /// The repository, where the files don't say it.
        repository: Option<String>,
        /// Store actors by name.
        with_actors: bool,
    },
    /// Record the run of an event.
    Record {
        /// The payload; without it that of the job this runs in.
        event: Option<PathBuf>,
        /// The run itself, in place of a payload.
        said: Option<Said>,
        /// Store actors by name.
        with_actors: bool,
    },
    /// Receive webhooks.
    Serve {
        /// Where to listen.
        listen: SocketAddr,
        /// The largest delivery in bytes.
        max_body: usize,
        /// Store actors by name.
        with_actors: bool,
    },
    /// What it tells.
    Report {
        /// Of which runs.
        which: Which,
        /// Prices per minute by runner label: `big-runner=0.05`.
        prices: Vec<String>,
    },
    /// Failed jobs by cause.
    Failures {
        /// Of which runs.
        which: Which,
        /// Logs of failed jobs.
        logs: Vec<PathBuf>,
    },
    /// What is out of the ordinary.
    Anomalies {
        /// Of which runs.
        which: Which,
    },
    /// Whether the newest benchmark is a regression.
    Bench {
        /// Results.
        files: Vec<PathBuf>,
        /// Keep them in the history, and judge by all that it has of these benchmarks.
        record: bool,
        /// Only a confirmed regression is a "no".
        confirmed: bool,
    },
    /// The runs themselves.
    Export {
        /// Which.
        which: Which,
        /// How.
        form: Form,
        /// Without names, branches, commits and messages.
        share: bool,
    },
    /// Make up a history.
    Simulate {
        /// How many runs.
        runs: u32,
        /// Another seed, another history.
        seed: u64,
    },
    /// Delete old runs.
    Prune {
        /// How old.
        older_than: String,
        /// Only tell.
        dry_run: bool,
    },
}

/// A run in words.
#[derive(Debug, Clone)]
pub struct Said {
    /// The repository.
    pub repository: Option<String>,
    /// The workflow's name.
    pub workflow: String,
    /// The run's id.
    pub id: u64,
    /// Its attempt.
    pub attempt: u32,
    /// When it started.
    pub started: String,
    /// When it ended.
    pub ended: String,
    /// How it ended.
    pub conclusion: String,
    /// What started it.
    pub event: String,
    /// The branch it ran for.
    pub branch: Option<String>,
    /// The commit it ran on.
    pub commit: Option<String>,
}

/// How to fetch.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The repositories; without any that of the checkout.
    pub repositories: Vec<String>,
    /// How far to go back.
    pub since: String,
    /// At most so many runs of a repository.
    pub limit: Option<usize>,
    /// Jobs and steps too.
    pub jobs: bool,
    /// The API's base address.
    pub api_url: Option<String>,
    /// How long to wait for a rate limit.
    pub max_wait: Duration,
    /// Authenticate as this GitHub App.
    pub app_id: Option<String>,
    /// Store actors by name.
    pub with_actors: bool,
}

/// Which runs of the history.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Only the workflow of this name or file.
    pub workflow: Option<String>,
    /// Only this repository.
    pub repository: Option<String>,
    /// Only this branch.
    pub branch: Option<String>,
    /// Only since then.
    pub since: Option<String>,
}

impl Which {
    /// Refuses what can't be meant, before a file is opened.
    fn check(&self) -> Result<()> {
        self.since.as_deref().map_or(Ok(()), |since| units::moment(since, clock::now()).map(drop))
    }

    /// As a filter of the history. A history of made-up runs only is read with them.
    ///
    /// # Errors
    /// When a moment is none.
    pub fn filter(&self, history: &History) -> Result<Filter> {
        let since = self.since.as_deref().map(|since| units::moment(since, clock::now())).transpose()?;
        Ok(Filter {
            repository: self.repository.clone(),
            workflow: self.workflow.clone(),
            branch: self.branch.clone(),
            since,
            simulated: history.is_simulated()?,
            ..Filter::default()
        })
    }
}

/// Tells a person what happens meanwhile.
pub type Say = Arc<dyn Fn(&str) + Send + Sync>;

/// Does it. What is too long to be held goes to `out`.
///
/// # Errors
/// When the history can't be used, an input is invalid, or there is nothing to work on.
pub fn run(db: Option<&Path>, action: &Action, out: &mut dyn Write, say: &Say) -> Result<Outcome> {
    if let Action::Report { which, .. }
    | Action::Failures { which, .. }
    | Action::Anomalies { which }
    | Action::Export { which, .. } = action
    {
        which.check()?;
    }
    match action {
        Action::Fetch(asked) => net::fetch(db, asked, say),
        Action::Serve { listen, max_body, with_actors } => {
            net::serve(db, *listen, *max_body, *with_actors, say)
        }
        Action::Report { which, prices } => tell::report(db, which, prices),
        Action::Failures { which, logs } => tell::failures(db, which, logs),
        Action::Anomalies { which } => tell::anomalies(db, which),
        Action::Bench { files, record, confirmed } => tell::bench(db, files, *record, *confirmed),
        Action::Simulate { runs, seed } => give::simulate(db, *runs, *seed),
        Action::Export { which, form, share } => {
            give::export(db, which, *form, *share, out)?;
            Ok(Outcome::done(Nothing { schema: "wfgen.track-export/1" }))
        }
        Action::Import { files, repository, with_actors } => {
            take::import(db, files, repository.as_deref(), *with_actors)
        }
        Action::Record { event, said, with_actors } => {
            take::record(db, event.as_deref(), said.as_ref(), *with_actors)
        }
        Action::Prune { older_than, dry_run } => keep::prune(db, older_than, *dry_run),
    }
}
