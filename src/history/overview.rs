//! What a history has at all: repositories, workflows, and which workflow a person means.

use jiff::Timestamp;

use super::{History, sql};
use crate::error::{Error, Result, did_you_mean};

/// What the history has of one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// `owner/name`.
    pub repository: String,
    /// How many runs (attempts), made-up ones included.
    pub runs: u64,
    /// How many of them are made up.
    pub simulated: u64,
    /// When the oldest was created.
    pub oldest: Timestamp,
    /// When the newest was created.
    pub newest: Timestamp,
}

impl History {
    /// The repositories that have runs, by name.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn overview(&self) -> Result<Vec<Overview>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT name, count(*), sum(simulated), min(created), max(created) FROM runs
                 JOIN repositories ON repositories.id = repository_id GROUP BY repository_id ORDER BY name",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Overview {
                    repository: row.get(0)?,
                    runs: sql::id(row, 1)?,
                    simulated: sql::id(row, 2)?,
                    oldest: sql::time(row, 3)?,
                    newest: sql::time(row, 4)?,
                })
            })?;
            rows.collect()
        })
    }

    /// The repositories and their workflows that have runs, by name.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn workflows(&self) -> Result<Vec<(String, String)>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT repositories.name, workflows.name FROM workflows
                 JOIN repositories ON repositories.id = repository_id
                 WHERE EXISTS (SELECT 1 FROM runs WHERE workflow_id = workflows.id)
                 ORDER BY 1, 2",
            )?;
            let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            pairs.collect()
        })
    }

    /// The name of the workflow that `text` means in a repository: its name, in any case, or its file, such as `ci.yml`.
    ///
    /// # Errors
    /// Of the kind [`crate::error::Kind::Nothing`] when there is none, with the names that there are.
    pub fn workflow_named(&self, repository: &str, text: &str) -> Result<String> {
        let all = self.workflows()?;
        let names: Vec<&str> =
            all.iter().filter(|(r, _)| r == repository).map(|(_, name)| name.as_str()).collect();
        let same = names.iter().find(|name| **name == text);
        if let Some(name) =
            same.or_else(|| names.iter().find(|name| name.to_lowercase() == text.to_lowercase()))
        {
            return Ok((*name).to_owned());
        }
        let by_file = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT workflows.name FROM runs JOIN workflows ON workflows.id = workflow_id
                 WHERE runs.repository_id = (SELECT id FROM repositories WHERE name = ?1)
                     AND path IN (?2, '.github/workflows/' || ?2)
                 ORDER BY runs.created DESC LIMIT 1",
            )?;
            let found = statement.query_map([repository, text], |row| row.get(0))?;
            found.collect::<rusqlite::Result<Vec<String>>>()
        })?;
        by_file.into_iter().next().ok_or_else(|| {
            let missing = format!("the history has no workflow `{text}` of `{repository}`");
            let hint = match did_you_mean(text, names.iter().copied()) {
                Some(name) => format!("did you mean `{name}`?"),
                None if names.is_empty() => "it has no run of this repository".to_owned(),
                None => format!("it has {}", names.join(", ")),
            };
            Error::nothing(missing).hint(hint)
        })
    }
}
