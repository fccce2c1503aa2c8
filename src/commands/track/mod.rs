//! `wfgen track`: runs into the history, and what it tells.

mod keep;
mod take;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock;
use crate::error::Result;
use crate::history::{Filter, History};
use crate::report::Outcome;
use crate::units;

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
        /// Prices per minute by runner label.
        prices: Option<PathBuf>,
    },
    /// Failed jobs by cause.
    Failures {
        /// Of which runs.
        which: Which,
        /// Logs of failed jobs.
        log: Option<PathBuf>,
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
    },
    /// The runs themselves.
    Export {
        /// Which.
        which: Which,
        /// As CSV, else as JSON Lines.
        csv: bool,
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

/// Does it.
///
/// # Errors
/// When the history can't be used, an input is invalid, or there is nothing to work on.
pub fn run(db: Option<&Path>, action: &Action) -> Result<Outcome> {
    match action {
        Action::Import { files, repository, with_actors } => {
            take::import(db, files, repository.as_deref(), *with_actors)
        }
        Action::Record { event, with_actors } => take::record(db, event.as_deref(), *with_actors),
        Action::Prune { older_than, dry_run } => keep::prune(db, older_than, *dry_run),
        other => Err(crate::Error::usage(format!("{other:?}"))),
    }
}
