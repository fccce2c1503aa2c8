//! `wfgen predict`: forecasts, how good they are, and advice.

pub(super) mod advise;
mod backtest;
mod duration;
pub(super) mod feed;
mod schedule;
mod workflows;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::prediction::backtest::Level;
use crate::report::Outcome;

pub use advise::Recommend;
pub use schedule::Schedule;

/// What to predict.
#[derive(Debug, Clone)]
pub enum Action {
    /// The next run.
    Duration(Coming),
    /// How good predictions would have been.
    Backtest {
        /// A CSV in place of the history.
        csv: Option<PathBuf>,
        /// Runs or jobs.
        level: Level,
        /// Only this repository of the history.
        repository: Option<String>,
    },
    /// How close stored predictions came.
    Accuracy {
        /// Only this repository.
        repository: Option<String>,
        /// The share within 25 % from which all is well.
        target: f64,
        /// The share within 25 % below which something is wrong.
        critical: f64,
        /// Every compared prediction as CSV.
        csv: bool,
    },
    /// What to change.
    Recommend(Recommend),
    /// When scheduled workflows had better start.
    Schedule(Schedule),
}

/// What is known of a coming run.
#[derive(Debug, Clone)]
pub struct Coming {
    /// The workflow; without it every one.
    pub workflow: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// The event that starts it.
    pub event: String,
    /// The branch it runs for.
    pub branch: Option<String>,
    /// When it starts.
    pub at: Option<String>,
    /// How many files the change has.
    pub changed_files: Option<u32>,
    /// How many lines the change adds and removes.
    pub changed_lines: Option<u32>,
    /// Keep the prediction, to compare it with the run.
    pub store: bool,
}

/// Does it.
///
/// # Errors
/// When the history can't be used, an input is invalid, or there is too little data.
pub fn run(db: Option<&Path>, action: &Action) -> Result<Outcome> {
    match action {
        Action::Duration(coming) => duration::run(db, coming),
        Action::Backtest { csv, level, repository } => {
            backtest::run(db, csv.as_deref(), *level, repository.as_deref())
        }
        Action::Accuracy { repository, target, critical, csv } => {
            advise::accuracy_of(db, repository.as_deref(), *target, *critical, *csv)
        }
        Action::Recommend(asked) => advise::recommend(db, asked),
        Action::Schedule(asked) => schedule::run(db, asked),
    }
}
