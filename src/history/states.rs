//! What a model has learnt, so that it need not learn it again.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{History, sql};
use crate::error::Result;

/// A model's state after some write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The version of the blob's format.
    pub version: u32,
    /// The newest write that it has learnt from; see [`super::Filter::after_revision`].
    pub revision: u64,
    /// The state itself.
    pub blob: Vec<u8>,
}

impl History {
    /// The state of a kind of model for a repository.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn state(&self, repository: &str, kind: &str) -> Result<Option<State>> {
        self.read(|connection| {
            let query = "SELECT version, revision, state FROM states WHERE repository = ?1 AND kind = ?2";
            let mut statement = connection.prepare_cached(query)?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(State { version: row.get(0)?, revision: sql::id(row, 1)?, blob: row.get(2)? })
            };
            statement.query_row([repository, kind], read).optional()
        })
    }

    /// Stores a state, in place of an earlier one.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn put_state(&self, repository: &str, kind: &str, state: &State, now: Timestamp) -> Result<()> {
        self.write(|transaction| {
            let put = "INSERT OR REPLACE INTO states (repository, kind, version, revision, state, at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let revision = sql::key(state.revision);
            let values = params![repository, kind, state.version, revision, state.blob, sql::seconds(now)];
            transaction.prepare_cached(put)?.execute(values).map(drop)
        })
    }
}
