//! `predict backtest`: the accuracy on the user's own history, or on a CSV.

use std::fs::File;
use std::path::Path;

use super::feed;
use crate::commands::place;
use crate::error::{Error, Result};
use crate::history::Filter;
use crate::prediction::backtest::{Level, Sourced, backtest, read_csv};
use crate::report::Outcome;
use crate::report::predict::Backtested;

/// Predicts every run from those that had ended before it started.
pub(super) fn run(
    db: Option<&Path>,
    csv: Option<&Path>,
    level: Level,
    repository: Option<&str>,
) -> Result<Outcome> {
    let runs: Vec<Sourced> = match csv {
        Some(path) => {
            let file = File::open(path).map_err(|e| Error::io("read", path, &e))?;
            read_csv(file, level).map_err(|error| error.hint(format!("in `{}`", path.display())))?
        }
        None => {
            let history = place::read(db)?;
            let filter = Filter {
                repository: repository.map(str::to_owned),
                simulated: history.is_simulated()?,
                ..Filter::default()
            };
            let runs = feed::all(&history, &filter, level)?;
            runs.into_iter().map(|run| Sourced { source: run.query.repository.clone(), run }).collect()
        }
    };
    let result = backtest(runs);
    if result.series == 0 {
        return Err(Error::nothing(format!(
            "not enough data yet: none of {} runs has 10 successful ones of its workflow before it",
            result.runs
        )));
    }
    Ok(Outcome::done(Backtested { level, result }))
}
