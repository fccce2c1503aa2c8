//! A store in memory, that can be told to fail.

use std::collections::BTreeMap;

use wfgen::error::{Error, Result};
use wfgen::runs::fetch::{Cursor, Known, Store, Validator};
use wfgen::runs::{Run, Status};

#[derive(Debug, Default)]
pub struct Memory {
    pub runs: BTreeMap<(String, u64, u32), Run>,
    pub cursors: BTreeMap<String, String>,
    pub validators: BTreeMap<String, Validator>,
    /// How often an attempt that had ended, with its jobs, was stored again.
    pub repeated: usize,
    /// Fails when this many more writes were done.
    pub writes_left: Option<usize>,
}

impl Memory {
    fn write(&mut self) -> Result<()> {
        match &mut self.writes_left {
            Some(0) => Err(Error::environment("killed")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub fn ids(&self) -> Vec<u64> {
        self.runs.keys().map(|(_, id, _)| *id).collect()
    }
}

impl Store for Memory {
    fn known(&mut self, repository: &str, ids: &[u64]) -> Result<Vec<Known>> {
        let of_these = self.runs.values().filter(|run| run.repository == repository && ids.contains(&run.id));
        let known = of_these.map(|run| Known {
            id: run.id,
            attempt: run.attempt,
            completed: run.status == Status::Completed,
            jobs: !run.jobs.is_empty(),
        });
        Ok(known.collect())
    }

    fn record(&mut self, runs: &[Run]) -> Result<usize> {
        self.write()?;
        let before = self.runs.len();
        for run in runs {
            let key = (run.repository.clone(), run.id, run.attempt);
            let mut run = run.clone();
            if let Some(old) = self.runs.get(&key) {
                if old.status == Status::Completed && !old.jobs.is_empty() {
                    self.repeated += 1;
                }
                if run.jobs.is_empty() {
                    run.jobs.clone_from(&old.jobs);
                }
            }
            self.runs.insert(key, run);
        }
        Ok(self.runs.len() - before)
    }

    fn cursor(&mut self, repository: &str) -> Result<Option<Cursor>> {
        Ok(self.cursors.get(repository).map(|cursor| serde_json::from_str(cursor).unwrap()))
    }

    fn set_cursor(&mut self, repository: &str, cursor: &Cursor) -> Result<()> {
        self.write()?;
        self.cursors.insert(repository.to_owned(), serde_json::to_string(cursor).unwrap());
        Ok(())
    }

    fn validator(&mut self, url: &str) -> Result<Option<Validator>> {
        Ok(self.validators.get(url).cloned())
    }

    fn set_validator(&mut self, url: &str, validator: &Validator) -> Result<()> {
        self.write()?;
        self.validators.insert(url.to_owned(), validator.clone());
        Ok(())
    }
}
