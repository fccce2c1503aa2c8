//! Which attempts of runs are there, for a fetch that goes on from them.

use rusqlite::params;

use super::{History, sql};
use crate::error::Result;

/// An attempt of a run that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// GitHub's id of the run.
    pub run: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Whether it has ended.
    pub completed: bool,
    /// Whether any of its jobs are stored.
    pub jobs: bool,
}

impl History {
    /// The stored attempts of these runs of a repository.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn attempts(&self, repository: &str, ids: &[u64]) -> Result<Vec<Attempt>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT run, attempt, status = 'completed', EXISTS (SELECT 1 FROM jobs WHERE run_id = runs.id) FROM runs
                 WHERE repository_id = (SELECT id FROM repositories WHERE name = ?1) AND run = ?2",
            )?;
            let mut found = Vec::new();
            for id in ids {
                let rows = statement.query_map(params![repository, sql::key(*id)], |row| {
                    Ok(Attempt {
                        run: sql::id(row, 0)?,
                        attempt: row.get(1)?,
                        completed: row.get(2)?,
                        jobs: row.get(3)?,
                    })
                })?;
                for row in rows {
                    found.push(row?);
                }
            }
            Ok(found)
        })
    }
}
