//! Deleting old runs: never by itself, and what goes is told first.

use jiff::Timestamp;
use rusqlite::Connection;

use super::{History, sql};
use crate::error::Result;

/// Runs that are too old.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Removal {
    /// How many runs (attempts).
    pub runs: u64,
    /// How many jobs go with them.
    pub jobs: u64,
    /// How many steps go with them.
    pub steps: u64,
    /// How many runs of each repository, by name.
    pub repositories: Vec<(String, u64)>,
    /// When the oldest of them was created.
    pub oldest: Option<Timestamp>,
    /// When the newest of them was created.
    pub newest: Option<Timestamp>,
}

impl History {
    /// What [`History::remove_older_than`] would delete.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn older_than(&self, limit: Timestamp) -> Result<Removal> {
        self.read(|connection| {
            let moment = connection.unchecked_transaction()?;
            count(&moment, limit)
        })
    }

    /// Deletes the runs created before `limit`, with their jobs and steps, and says what went. Predictions, experiments and
    /// benchmarks stay. The file keeps its size and fills the space again.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn remove_older_than(&self, limit: Timestamp) -> Result<Removal> {
        self.write(|transaction| {
            let removal = count(transaction, limit)?;
            transaction.execute("DELETE FROM runs WHERE created < ?1", [sql::seconds(limit)])?;
            Ok(removal)
        })
    }
}

fn count(connection: &Connection, limit: Timestamp) -> rusqlite::Result<Removal> {
    let limit = sql::seconds(limit);
    let number = |query: &str| connection.query_row(query, [limit], |row| sql::id(row, 0));
    let time = |query: &str| connection.query_row(query, [limit], |row| sql::maybe_time(row, 0));
    let mut statement = connection.prepare(
        "SELECT name, count(*) FROM runs JOIN repositories ON repositories.id = repository_id
         WHERE created < ?1 GROUP BY name ORDER BY name",
    )?;
    let repositories = statement.query_map([limit], |row| Ok((row.get(0)?, sql::id(row, 1)?)))?;
    Ok(Removal {
        runs: number("SELECT count(*) FROM runs WHERE created < ?1")?,
        jobs: number("SELECT count(*) FROM runs JOIN jobs ON run_id = id WHERE runs.created < ?1")?,
        steps: number("SELECT count(*) FROM runs JOIN steps ON run_id = id WHERE created < ?1")?,
        repositories: repositories.collect::<rusqlite::Result<_>>()?,
        oldest: time("SELECT min(created) FROM runs WHERE created < ?1")?,
        newest: time("SELECT max(created) FROM runs WHERE created < ?1")?,
    })
}
