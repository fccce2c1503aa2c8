//! What fetching and receiving must remember: responses for conditional requests, how far a fetch came, which deliveries
//! of webhooks were seen.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{History, sql};
use crate::error::Result;

/// A response that the server may say is still the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CachedResponse {
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
    /// The body, where it is needed again.
    pub body: Option<Vec<u8>>,
}

impl History {
    /// The response that was stored for a URL.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn response(&self, url: &str) -> Result<Option<CachedResponse>> {
        self.read(|connection| {
            let query = "SELECT etag, last_modified, body FROM responses WHERE url = ?1";
            let mut statement = connection.prepare_cached(query)?;
            let read = |row: &rusqlite::Row<'_>| {
                Ok(CachedResponse { etag: row.get(0)?, last_modified: row.get(1)?, body: row.get(2)? })
            };
            statement.query_row([url], read).optional()
        })
    }

    /// Stores the response for a URL, in place of an earlier one.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn put_response(&self, url: &str, response: &CachedResponse, now: Timestamp) -> Result<()> {
        self.write(|transaction| {
            let mut statement = transaction.prepare_cached(
                "INSERT OR REPLACE INTO responses (url, etag, last_modified, body, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let CachedResponse { etag, last_modified, body } = response;
            statement.execute(params![url, etag, last_modified, body, sql::seconds(now)]).map(drop)
        })
    }

    /// Forgets responses stored before `limit`, and says how many.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn prune_responses(&self, limit: Timestamp) -> Result<usize> {
        self.write(|t| t.execute("DELETE FROM responses WHERE at < ?1", [sql::seconds(limit)]))
    }

    /// How far the fetch of this name came for a repository.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn cursor(&self, repository: &str, name: &str) -> Result<Option<String>> {
        self.read(|connection| {
            let query = "SELECT value FROM cursors WHERE repository = ?1 AND name = ?2";
            connection.prepare_cached(query)?.query_row([repository, name], |row| row.get(0)).optional()
        })
    }

    /// Remembers how far a fetch came. Call it after [`History::record`] has returned, so that an interruption between
    /// the two only repeats work.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn put_cursor(&self, repository: &str, name: &str, value: &str, now: Timestamp) -> Result<()> {
        self.write(|transaction| {
            let put = "INSERT OR REPLACE INTO cursors (repository, name, value, at) VALUES (?1, ?2, ?3, ?4)";
            transaction
                .prepare_cached(put)?
                .execute(params![repository, name, value, sql::seconds(now)])
                .map(drop)
        })
    }

    /// Forgets how far a fetch came.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn remove_cursor(&self, repository: &str, name: &str) -> Result<()> {
        self.write(|transaction| {
            let remove = "DELETE FROM cursors WHERE repository = ?1 AND name = ?2";
            transaction.execute(remove, [repository, name]).map(drop)
        })
    }

    /// The runs of a repository, by id and attempt, that had not ended when they were seen last, oldest first.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn unfinished_runs(&self, repository: &str) -> Result<Vec<(u64, u32)>> {
        self.attempts_where("status <> 'completed'", repository, Timestamp::UNIX_EPOCH)
    }

    /// The runs of a repository created since then, by id and attempt, that ended and whose jobs are not known, oldest
    /// first. Those that never got a job are not among them.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn runs_without_jobs(&self, repository: &str, since: Timestamp) -> Result<Vec<(u64, u32)>> {
        let condition = "conclusion IN ('success', 'failure', 'cancelled', 'timed_out')
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE run_id = runs.id)";
        self.attempts_where(condition, repository, since)
    }

    fn attempts_where(&self, condition: &str, repository: &str, since: Timestamp) -> Result<Vec<(u64, u32)>> {
        self.read(|connection| {
            // The ids of runs whose source gave none mean nothing to GitHub.
            let mut statement = connection.prepare_cached(&format!(
                "SELECT run, attempt FROM runs INDEXED BY runs_by_repository
                 WHERE repository_id = (SELECT id FROM repositories WHERE name = ?1) AND created >= ?2
                     AND NOT simulated AND run >= 0 AND {condition}
                 ORDER BY created, run, attempt"
            ))?;
            let rows = statement.query_map(params![repository, sql::seconds(since)], |row| {
                Ok((sql::id(row, 0)?, row.get(1)?))
            })?;
            rows.collect()
        })
    }

    /// Remembers a webhook delivery and says whether it is new; of several at once exactly one is.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn first_delivery(&self, id: &str, now: Timestamp) -> Result<bool> {
        self.write(|transaction| {
            let insert = "INSERT INTO deliveries (id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            Ok(transaction.prepare_cached(insert)?.execute(params![id, sql::seconds(now)])? == 1)
        })
    }

    /// Forgets a delivery, because what it brought could not be stored and its sender may try again.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn forget_delivery(&self, id: &str) -> Result<()> {
        self.write(|t| t.execute("DELETE FROM deliveries WHERE id = ?1", [id]).map(drop))
    }

    /// Forgets deliveries from before `limit`, and says how many.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn prune_deliveries(&self, limit: Timestamp) -> Result<usize> {
        self.write(|t| t.execute("DELETE FROM deliveries WHERE at < ?1", [sql::seconds(limit)]))
    }
}
