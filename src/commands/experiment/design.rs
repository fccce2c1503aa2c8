//! `experiment design`: what an experiment could find, before its first run.

use std::path::Path;

use super::change::Change;
use super::runs::{self, Measured};
use crate::commands::place;
use crate::error::{Error, Result};
use crate::experiment::definition::Definition;
use crate::experiment::design::{Design, Past, design};
use crate::experiment::outcome::Conclusion;
use crate::history::History;
use crate::report::Outcome;
use crate::report::experiment::Designed;
use crate::stats::Refusal;

/// Checks a definition against the checkout, and its promise against the history.
pub(super) fn run(db: Option<&Path>, change: &Change) -> Result<Outcome> {
    let root = place::root()?;
    let (id, definition, text) = change.define(&root, db)?;
    let (_, measured) = runs::woven(&root, &id, &definition)?;
    let design = promise(&place::read(db)?, &definition, &measured)?;
    let reaches = design.smallest_effect.is_some();
    Ok(Outcome {
        code: if reaches { 0 } else { 3 },
        ..Outcome::done(Designed { id, definition, text, design })
    })
}

/// What the experiment could find, by the history of the jobs that it measures.
pub(super) fn promise(history: &History, definition: &Definition, measured: &Measured) -> Result<Design> {
    let runs = runs::of(history, place::repository(None).as_deref(), measured)?;
    let ended: Vec<_> =
        runs.iter().filter(|run| run.attempt == 1).map(|run| (run, measured.conclusion(run))).collect();
    let count = |wanted| ended.iter().filter(|(_, conclusion)| *conclusion == wanted).count();
    let (successes, failures) = (count(Conclusion::Success), count(Conclusion::Failure));
    let past: Vec<Past> = ended
        .iter()
        .filter(|(_, conclusion)| *conclusion == Conclusion::Success)
        .filter_map(|(run, _)| Some(Past { duration: measured.duration(run)?, covariates: Vec::new() }))
        .collect();
    let rate = successes as f64 / (successes + failures).max(1) as f64;
    design(&definition.plan(), definition.assignment, &past, rate.max(0.01)).map_err(|refusal| match refusal {
        Refusal::TooFew { needed, got } => Error::nothing(format!(
            "not enough data yet: {got} of {needed} successful runs of `{}` that an experiment can be designed on",
            measured.workflow
        ))
        .hint("`wfgen track fetch` or `wfgen track import` bring them into the history"),
        Refusal::NoVariation => Error::nothing("all past runs took the same time: their spread is not known"),
        other => Error::usage(other.to_string()),
    })
}
