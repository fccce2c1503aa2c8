//! Predictions as they were made, and what came of them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{History, sql};
use crate::error::Result;
use crate::runs::record::Conclusion;

/// The row of a stored prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PredictionId(i64);

/// What was said of a coming run.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// `owner/name`.
    pub repository: String,
    /// The workflow's name.
    pub workflow: String,
    /// The event it was made for, if it was said.
    pub event: Option<String>,
    /// The branch it was made for, if it was said.
    pub branch: Option<String>,
    /// The commit it was made for, if it was said.
    pub commit: Option<String>,
    /// When it was made.
    pub made_at: Timestamp,
    /// The predicted duration in seconds.
    pub value_s: f64,
    /// The interval in seconds that should hold half of the outcomes.
    pub interval_50_s: (f64, f64),
    /// The interval in seconds that should hold nine tenths of the outcomes.
    pub interval_90_s: (f64, f64),
    /// The probability that the run succeeds.
    pub success_probability: Option<f64>,
    /// How sure the model was, from 0 to 1.
    pub confidence: f64,
    /// The model and its version.
    pub model: String,
}

/// A prediction with its row and its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its row.
    pub id: PredictionId,
    /// What was said.
    pub prediction: Prediction,
    /// The run it turned out to be about: id and attempt.
    pub run: Option<(u64, u32)>,
    /// How long that took, in seconds.
    pub actual_s: Option<f64>,
    /// How that ended.
    pub conclusion: Option<Conclusion>,
}

const COLUMNS: &str =
    "id, repository, workflow, event, branch, sha, made_at, value_s, lo50_s, hi50_s, lo90_s, hi90_s,
    success_probability, confidence, model, run, attempt, actual_s, conclusion";

impl History {
    /// Stores a prediction.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn add_prediction(&self, prediction: &Prediction) -> Result<PredictionId> {
        self.write(|transaction| {
            let p = prediction;
            let mut statement = transaction.prepare_cached(
                "INSERT INTO predictions (repository, workflow, event, branch, sha, made_at, value_s, lo50_s, hi50_s,
                     lo90_s, hi90_s, success_probability, confidence, model)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            )?;
            let row = statement.insert(params![
                p.repository,
                p.workflow,
                p.event,
                p.branch,
                p.commit,
                sql::seconds(p.made_at),
                p.value_s,
                p.interval_50_s.0,
                p.interval_50_s.1,
                p.interval_90_s.0,
                p.interval_90_s.1,
                p.success_probability,
                p.confidence,
                p.model
            ])?;
            Ok(PredictionId(row))
        })
    }

    /// Finds for each prediction that waits the run that it was about, and says how many found theirs: the first run of its
    /// workflow, and of its event, branch and commit where it names them, that was created no earlier than the prediction
    /// was made (`slack_s` seconds earlier are forgiven, because a prediction may be made inside the run). A prediction
    /// waits until that run has ended.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn match_predictions(&self, slack_s: f64) -> Result<u64> {
        self.write(|transaction| {
            let mut waiting =
                transaction.prepare_cached(&format!("SELECT {COLUMNS} FROM predictions WHERE run IS NULL"))?;
            let waiting = waiting.query_map([], stored)?.collect::<rusqlite::Result<Vec<_>>>()?;
            let mut first = transaction.prepare_cached(
                "SELECT run, attempt, duration_s, conclusion FROM runs
                 WHERE workflow_id = (SELECT workflows.id FROM workflows JOIN repositories ON repositories.id = repository_id
                                      WHERE repositories.name = ?1 AND workflows.name = ?2)
                     AND created >= ?3 AND NOT simulated AND attempt = 1
                     AND (?4 IS NULL OR event = ?4) AND (?5 IS NULL OR branch = ?5) AND (?6 IS NULL OR sha = ?6)
                 ORDER BY created, run LIMIT 1",
            )?;
            let mut settle = transaction.prepare_cached(
                "UPDATE predictions SET run = ?2, attempt = ?3, actual_s = ?4, conclusion = ?5 WHERE id = ?1",
            )?;
            let mut matched = 0;
            for Stored { id, prediction: p, .. } in waiting {
                let from = sql::seconds(p.made_at) - slack_s;
                let found = first.query_row(params![p.repository, p.workflow, from, p.event, p.branch, p.commit], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, row.get::<_, Option<f64>>(2)?, sql::conclusion(row, 3)?))
                });
                if let Some((run, attempt, Some(took), conclusion)) = found.optional()? {
                    settle.execute(params![id.0, run, attempt, took, conclusion.map(sql::conclusion_word)])?;
                    matched += 1;
                }
            }
            Ok(matched)
        })
    }

    /// Every prediction, of one repository if it is named, in the order in which they were made.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn predictions(&self, repository: Option<&str>) -> Result<Vec<Stored>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM predictions WHERE ?1 IS NULL OR repository = ?1 ORDER BY made_at, id"
            ))?;
            statement.query_map([repository], stored)?.collect()
        })
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let run: Option<i64> = row.get(15)?;
    let attempt: Option<u32> = row.get(16)?;
    Ok(Stored {
        id: PredictionId(row.get(0)?),
        prediction: Prediction {
            repository: row.get(1)?,
            workflow: row.get(2)?,
            event: row.get(3)?,
            branch: row.get(4)?,
            commit: row.get(5)?,
            made_at: sql::time(row, 6)?,
            value_s: row.get(7)?,
            interval_50_s: (row.get(8)?, row.get(9)?),
            interval_90_s: (row.get(10)?, row.get(11)?),
            success_probability: row.get(12)?,
            confidence: row.get(13)?,
            model: row.get(14)?,
        },
        run: run.map(i64::cast_unsigned).zip(attempt),
        actual_s: row.get(17)?,
        conclusion: sql::conclusion(row, 18)?,
    })
}
