//! Experiments and what happened in them. The tables are only ever added to: triggers refuse everything else, so that a
//! verdict can be checked against what was registered before the first run.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{History, sql};
use crate::error::{Error, Result};

/// An experiment as it was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    /// Its id.
    pub id: String,
    /// `owner/name`.
    pub repository: String,
    /// When it was registered.
    pub at: Timestamp,
    /// Its definition, JSON, byte for byte.
    pub definition: Vec<u8>,
}

/// Which variant a unit got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// What was assigned: a run, a commit, a branch.
    pub unit: String,
    /// The variant it got.
    pub variant: String,
    /// When.
    pub at: Timestamp,
    /// More about it, JSON.
    pub detail: Option<String>,
}

/// One look at the outcomes so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What was seen, JSON.
    pub detail: String,
}

/// A turning point of an experiment, its verdict among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// When.
    pub at: Timestamp,
    /// Which: started, stopped, won, lost, promoted...
    pub kind: String,
    /// Why, JSON.
    pub detail: String,
}

impl History {
    /// Registers an experiment. Once registered it can't be changed; the same bytes again are no error.
    ///
    /// # Errors
    /// When another definition has the id, or the file can't be written.
    pub fn register_experiment(&self, experiment: &Experiment) -> Result<()> {
        let clash = self.write(|transaction| {
            let query = "SELECT definition FROM experiments WHERE id = ?1";
            let known: Option<Vec<u8>> =
                transaction.query_row(query, [&experiment.id], |row| row.get(0)).optional()?;
            if let Some(known) = known {
                return Ok(known != experiment.definition);
            }
            let Experiment { id, repository, at, definition } = experiment;
            transaction.execute(
                "INSERT INTO experiments (id, repository, at, definition) VALUES (?1, ?2, ?3, ?4)",
                params![id, repository, sql::seconds(*at), definition],
            )?;
            Ok(false)
        })?;
        match clash {
            false => Ok(()),
            true => Err(Error::invalid(format!("an experiment `{}` is already registered", experiment.id))
                .hint("a registered experiment can't be changed: stop it and register another one")),
        }
    }

    /// An experiment by its id.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn experiment(&self, id: &str) -> Result<Option<Experiment>> {
        self.read(|connection| {
            let query = "SELECT id, repository, at, definition FROM experiments WHERE id = ?1";
            connection.query_row(query, [id], experiment).optional()
        })
    }

    /// All experiments, in the order of registration.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn experiments(&self) -> Result<Vec<Experiment>> {
        self.read(|connection| {
            let query = "SELECT id, repository, at, definition FROM experiments ORDER BY at, id";
            connection.prepare(query)?.query_map([], experiment)?.collect()
        })
    }

    /// Gives a unit its variant and says which variant it has: the first assignment stands.
    ///
    /// # Errors
    /// When there is no such experiment, or the file can't be written.
    pub fn assign(&self, experiment: &str, assignment: &Assignment) -> Result<String> {
        self.write(|transaction| {
            let query = "SELECT variant FROM assignments WHERE experiment = ?1 AND unit = ?2";
            let mut statement = transaction.prepare_cached(query)?;
            let known = statement.query_row([experiment, &assignment.unit], |row| row.get(0)).optional()?;
            if let Some(known) = known {
                return Ok(known);
            }
            let Assignment { unit, variant, at, detail } = assignment;
            let insert =
                "INSERT INTO assignments (experiment, unit, variant, at, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
            let values = params![experiment, unit, variant, sql::seconds(*at), detail];
            transaction.prepare_cached(insert)?.execute(values)?;
            Ok(variant.clone())
        })
    }

    /// The assignments of an experiment, in their order.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn assignments(&self, experiment: &str) -> Result<Vec<Assignment>> {
        self.read(|connection| {
            let query =
                "SELECT unit, variant, at, detail FROM assignments WHERE experiment = ?1 ORDER BY seq";
            let mut statement = connection.prepare(query)?;
            let rows = statement.query_map([experiment], |row| {
                Ok(Assignment {
                    unit: row.get(0)?,
                    variant: row.get(1)?,
                    at: sql::time(row, 2)?,
                    detail: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }

    /// Writes down a look at an experiment.
    ///
    /// # Errors
    /// When there is no such experiment, or the file can't be written.
    pub fn add_look(&self, experiment: &str, look: &Look) -> Result<()> {
        self.write(|transaction| {
            let insert = "INSERT INTO looks (experiment, at, detail) VALUES (?1, ?2, ?3)";
            transaction.execute(insert, params![experiment, sql::seconds(look.at), look.detail]).map(drop)
        })
    }

    /// The looks at an experiment, in their order.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn looks(&self, experiment: &str) -> Result<Vec<Look>> {
        self.read(|connection| {
            let mut statement =
                connection.prepare("SELECT at, detail FROM looks WHERE experiment = ?1 ORDER BY seq")?;
            let rows = statement
                .query_map([experiment], |row| Ok(Look { at: sql::time(row, 0)?, detail: row.get(1)? }))?;
            rows.collect()
        })
    }

    /// Writes down a turning point of an experiment.
    ///
    /// # Errors
    /// When there is no such experiment, or the file can't be written.
    pub fn add_verdict(&self, experiment: &str, verdict: &Verdict) -> Result<()> {
        self.write(|transaction| {
            let insert = "INSERT INTO verdicts (experiment, at, kind, detail) VALUES (?1, ?2, ?3, ?4)";
            let Verdict { at, kind, detail } = verdict;
            transaction.execute(insert, params![experiment, sql::seconds(*at), kind, detail]).map(drop)
        })
    }

    /// The turning points of an experiment, in their order.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn verdicts(&self, experiment: &str) -> Result<Vec<Verdict>> {
        self.read(|connection| {
            let query = "SELECT at, kind, detail FROM verdicts WHERE experiment = ?1 ORDER BY seq";
            let mut statement = connection.prepare(query)?;
            let rows = statement.query_map([experiment], |row| {
                Ok(Verdict { at: sql::time(row, 0)?, kind: row.get(1)?, detail: row.get(2)? })
            })?;
            rows.collect()
        })
    }
}

fn experiment(row: &Row<'_>) -> rusqlite::Result<Experiment> {
    Ok(Experiment {
        id: row.get(0)?,
        repository: row.get(1)?,
        at: sql::time(row, 2)?,
        definition: row.get(3)?,
    })
}
