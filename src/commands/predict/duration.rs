//! `predict duration`: the next run.

use std::path::Path;

use super::{Coming, feed};
use crate::checkout;
use crate::clock;
use crate::commands::place;
use crate::error::{Error, Result, did_you_mean};
use crate::features::Query;
use crate::history::{History, Prediction};
use crate::prediction::Forecast;
use crate::report::Outcome;
use crate::report::predict::{Forecasted, Said};
use crate::units;

/// How the model is called where predictions are kept.
const MODEL: &str = "wfgen-1";

/// Predicts the next run of a workflow, or of every workflow that the forecaster knows.
pub(super) fn run(db: Option<&Path>, coming: &Coming) -> Result<Outcome> {
    let history = place::read(db)?;
    let repository = feed::repository(&history, coming.repository.as_deref(), db)?;
    let known: Vec<String> = history
        .workflows()?
        .into_iter()
        .filter(|(of, _)| *of == repository)
        .map(|(_, workflow)| workflow)
        .collect();
    let wanted = match &coming.workflow {
        None => known,
        Some(name) if known.contains(name) => vec![name.clone()],
        Some(name) => {
            let error = Error::nothing(format!("no run of a workflow `{}` is known", name.escape_debug()));
            return Err(match did_you_mean(name, known.iter().map(String::as_str)) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint(format!("`{repository}` has {}", known.join(", "))),
            });
        }
    };
    let now = clock::now();
    let at = coming.at.as_deref().map_or(Ok(now), |at| units::moment(at, now))?;
    let forecaster = feed::forecaster(&history, &repository)?;
    let default_branch = checkout::git_facts(&place::root()?).default_branch.value;
    let mut said = Vec::new();
    for workflow in wanted {
        let query = Query {
            repository: repository.clone(),
            workflow: workflow.clone(),
            event: coming.event.clone(),
            branch: coming.branch.clone().unwrap_or_else(|| default_branch.clone()),
            created: feed::seconds(at),
            started: feed::seconds(at),
            attempt: 1,
            changed_files: coming.changed_files.map(f64::from),
            lines: coming.changed_lines.map(f64::from),
            ..Query::default()
        };
        let forecast = forecaster.forecast(&query);
        if coming.store && at == now && forecast.enough_data {
            store(&history, coming, &repository, &workflow, &forecast)?;
        }
        said.push(Said { workflow, forecast });
    }
    let enough = said.iter().any(|said| said.forecast.enough_data);
    let simulated = history.is_simulated()?;
    let report = Forecasted { repository, event: coming.event.clone(), at, said, simulated };
    Ok(Outcome { code: if enough { 0 } else { 3 }, ..Outcome::done(report) })
}

fn store(
    history: &History,
    coming: &Coming,
    repository: &str,
    workflow: &str,
    forecast: &Forecast,
) -> Result<()> {
    let (Some(value_s), Some([half, nine])) = (forecast.value_s, forecast.intervals()) else { return Ok(()) };
    history.add_prediction(&Prediction {
        repository: repository.to_owned(),
        workflow: workflow.to_owned(),
        event: Some(coming.event.clone()),
        branch: coming.branch.clone(),
        commit: None,
        made_at: clock::now(),
        value_s,
        interval_50_s: (half.low_s, half.high_s),
        interval_90_s: (nine.low_s, nine.high_s),
        success_probability: Some(forecast.success_probability),
        confidence: forecast.within_25_probability,
        model: MODEL.to_owned(),
    })?;
    Ok(())
}
