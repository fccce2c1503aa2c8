//! The history: one SQLite file that keeps what happened. This module alone speaks SQL.
//!
//! [`History::record`] stores runs in any order and any number of times; [`History::each_run`], [`History::each_job`] and
//! [`History::each_step`] stream them back in the order in which they were created. The other files keep what the parts
//! around it must remember: how far a fetch came, what a model has learnt, predictions, experiments, benchmarks.
//! `docs/history.md` describes the tables for people.
//!
//! Any number of processes may use one file at once. What a call reports as stored is on the disk: transactions are
//! synced before they count.

mod actors;
mod attempts;
mod benchmarks;
mod fetching;
mod filter;
mod load;
mod made_up;
mod merge;
mod open;
mod overview;
mod predictions;
mod record;
mod retention;
mod rows;
mod sql;
mod states;
mod trials;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::{Error, Result};

pub use attempts::Attempt;
pub use benchmarks::Benchmark;
pub use fetching::CachedResponse;
pub use filter::Filter;
pub use overview::Overview;
pub use predictions::{Prediction, PredictionId, Stored};
pub use record::Recorded;
pub use retention::Removal;
pub use rows::{JobRow, RunRow, StepRow};
pub use states::State;
pub use trials::{Assignment, Experiment, Look, Verdict};

/// An open history.
pub struct History {
    connection: Connection,
    path: PathBuf,
    actors: actors::Actors,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("path", &self.path).finish_non_exhaustive()
    }
}

impl History {
    /// Keeps the names of those who started runs as they are, from now on, in place of keyed hashes.
    #[must_use]
    pub fn with_actors(mut self) -> Self {
        self.actors.keep_names();
        self
    }

    /// The key for [`crate::runs::sharing::Anonymizer`]: it follows from this history's own, so that two exports of it agree
    /// and nobody without the file can test a guess.
    pub fn sharing_key(&self) -> Vec<u8> {
        self.actors.digest("wfgen sharing key\n")
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of the newest write that changed a run; 0 before the first. A reader that remembers it finds what
    /// came since with [`Filter::after_revision`].
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn revision(&self) -> Result<u64> {
        self.read(sql::revision)
    }

    /// Runs a query, with its failure told for people.
    fn read<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        query(&self.connection).map_err(|e| open::explain(&self.path, "read", &e))
    }

    /// Does `work` in one transaction that takes the write lock first, so that it never has to give up half way. Waits for
    /// other writers for as long as [`open::PATIENCE`]; `work` may run again after it was rolled back.
    fn write<T>(&self, mut work: impl FnMut(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        open::with_patience(|| {
            let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
        .map_err(|e| open::explain(&self.path, "write", &e))
    }

    /// A reader's error ends the stream and is passed on as it is.
    fn stream<T>(&self, query: impl FnOnce(&Connection) -> Result<T, Stopped>) -> Result<T> {
        query(&self.connection).map_err(|stopped| match stopped {
            Stopped::Sql(e) => open::explain(&self.path, "read", &e),
            Stopped::Reader(e) => e,
        })
    }
}

/// Why a stream of rows ended early.
enum Stopped {
    Sql(rusqlite::Error),
    Reader(Error),
}

impl From<rusqlite::Error> for Stopped {
    fn from(error: rusqlite::Error) -> Self {
        Stopped::Sql(error)
    }
}
