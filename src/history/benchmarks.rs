//! Results of benchmarks, by series.

use jiff::Timestamp;
use rusqlite::params;

use super::{History, sql};
use crate::error::Result;

/// One result of one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// What was measured: the tool and the benchmark's name.
    pub series: String,
    /// The commit it was measured on; empty where unknown.
    pub commit: String,
    /// When.
    pub at: Timestamp,
    /// The value, in `unit`.
    pub value: f64,
    /// The unit, such as `ns` or `ops/s`.
    pub unit: String,
    /// The spread as the tool says it, in `unit`.
    pub spread: Option<f64>,
}

impl History {
    /// Stores results and says how many are new. A result of the same series, time and commit replaces the earlier one.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn record_benchmarks(&self, results: &[Benchmark]) -> Result<u64> {
        self.write(|transaction| {
            let count = "SELECT count(*) FROM benchmarks";
            let before = transaction.query_row(count, [], |row| sql::id(row, 0))?;
            let mut statement = transaction.prepare_cached(
                "INSERT OR REPLACE INTO benchmarks (series, sha, at, value, unit, spread) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for result in results.iter().filter(|result| result.value.is_finite()) {
                let Benchmark { series, commit, at, value, unit, spread } = result;
                statement.execute(params![series, commit, sql::seconds(*at), value, unit, spread])?;
            }
            let after = transaction.query_row(count, [], |row| sql::id(row, 0))?;
            Ok(after.saturating_sub(before))
        })
    }

    /// The names of all series.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn benchmark_series(&self) -> Result<Vec<String>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT DISTINCT series FROM benchmarks ORDER BY series")?;
            statement.query_map([], |row| row.get(0))?.collect()
        })
    }

    /// The results of a series, oldest first.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn benchmarks(&self, series: &str) -> Result<Vec<Benchmark>> {
        self.read(|connection| {
            let query = "SELECT series, sha, at, value, unit, spread FROM benchmarks WHERE series = ?1 ORDER BY at, sha";
            let mut statement = connection.prepare_cached(query)?;
            let rows = statement.query_map([series], |row| {
                Ok(Benchmark {
                    series: row.get(0)?,
                    commit: row.get(1)?,
                    at: sql::time(row, 2)?,
                    value: row.get(3)?,
                    unit: row.get(4)?,
                    spread: row.get(5)?,
                })
            })?;
            rows.collect()
        })
    }
}
