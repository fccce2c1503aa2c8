//! What a fetch needs of the place where runs are kept.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::coverage::{Coverage, Span};
use crate::error::Result;
use crate::runs::Run;

/// The place where runs are kept.
///
/// What a method has stored must survive a `kill -9` once it has returned: a fetch moves its cursor only after the runs
/// that the cursor passes are recorded, and that is all it does to be resumable.
pub trait Store {
    /// The attempts of these runs that are stored, in any order.
    ///
    /// # Errors
    /// When the store can't be read; that ends the fetch.
    fn known(&mut self, repository: &str, ids: &[u64]) -> Result<Vec<Known>>;

    /// Stores attempts of runs, each replacing what is known of the same repository, id and attempt. Jobs that are known
    /// stay when a run comes without any. Gives how many attempts are new.
    ///
    /// # Errors
    /// When they can't be stored; that ends the fetch.
    fn record(&mut self, runs: &[Run]) -> Result<usize>;

    /// How far a repository has been read, as [`Store::set_cursor`] was told.
    ///
    /// # Errors
    /// When the store can't be read; that ends the fetch.
    fn cursor(&mut self, repository: &str) -> Result<Option<Cursor>>;

    /// Keeps how far a repository has been read.
    ///
    /// # Errors
    /// When it can't be stored; that ends the fetch.
    fn set_cursor(&mut self, repository: &str, cursor: &Cursor) -> Result<()>;

    /// What the server said about its last answer to this URL.
    ///
    /// # Errors
    /// When the store can't be read; that ends the fetch.
    fn validator(&mut self, url: &str) -> Result<Option<Validator>>;

    /// Keeps what the server said about its answer to this URL.
    ///
    /// # Errors
    /// When it can't be stored; that ends the fetch.
    fn set_validator(&mut self, url: &str, validator: &Validator) -> Result<()>;
}

impl<S: Store + ?Sized> Store for &mut S {
    fn known(&mut self, repository: &str, ids: &[u64]) -> Result<Vec<Known>> {
        (**self).known(repository, ids)
    }

    fn record(&mut self, runs: &[Run]) -> Result<usize> {
        (**self).record(runs)
    }

    fn cursor(&mut self, repository: &str) -> Result<Option<Cursor>> {
        (**self).cursor(repository)
    }

    fn set_cursor(&mut self, repository: &str, cursor: &Cursor) -> Result<()> {
        (**self).set_cursor(repository, cursor)
    }

    fn validator(&mut self, url: &str) -> Result<Option<Validator>> {
        (**self).validator(url)
    }

    fn set_validator(&mut self, url: &str, validator: &Validator) -> Result<()> {
        (**self).set_validator(url, validator)
    }
}

/// What is stored of one attempt of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// GitHub's id of the run.
    pub id: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Whether it has ended.
    pub completed: bool,
    /// Whether any of its jobs are stored.
    pub jobs: bool,
}

/// What the server said about an answer, to ask whether it has changed since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validator {
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
}

/// How far a repository has been read. A store keeps it as JSON and need not look inside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Cursor {
    /// When every run is stored, whether with jobs or not.
    pub runs: Coverage,
    /// When every run is stored with its jobs.
    pub jobs: Coverage,
    /// Runs that are stored with all that belongs to them, and that no coverage holds yet.
    pub stored: BTreeMap<u64, Stored>,
    /// Runs to look at again: they had not ended, or their jobs could not be read.
    pub open: BTreeSet<u64>,
    /// The first page of the list, as it was when its validator was kept.
    pub head: Option<Head>,
}

/// A run that a fetch has stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Its newest attempt.
    pub attempt: u32,
    /// When it came to be.
    pub created: Timestamp,
    /// Whether with its jobs.
    pub jobs: bool,
}

/// What an unchanged first page would say again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// When its oldest run came to be; none when there was no run.
    pub oldest: Option<Timestamp>,
    /// Its runs.
    pub ids: BTreeSet<u64>,
    /// Whether there was a second page.
    pub more: bool,
    /// Whether the jobs of its runs were asked for.
    pub jobs: bool,
    /// Runs from before were not asked for.
    pub since: Option<Timestamp>,
}

impl Head {
    /// Whether all was stored of it that is wanted now.
    pub(super) fn serves(&self, jobs: bool, since: Option<Timestamp>) -> bool {
        (self.jobs || !jobs) && self.since <= since
    }
}

impl Cursor {
    /// The coverage that counts when jobs are wanted, or not.
    pub(super) fn coverage(&self, jobs: bool) -> &Coverage {
        if jobs { &self.jobs } else { &self.runs }
    }

    /// Adds to the coverage, which then speaks for the runs that it holds.
    pub(super) fn cover(&mut self, span: Span, jobs: bool) {
        self.runs.add(span);
        if jobs {
            self.jobs.add(span);
        }
        let (runs, jobs) = (&self.runs, &self.jobs);
        self.stored.retain(|_, run| if run.jobs { jobs } else { runs }.around(run.created).is_none());
    }
}
