//! `experiment status`: the verdict by now.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use super::runs;
use crate::clock;
use crate::commands::place;
use crate::error::{Error, Result, did_you_mean};
use crate::experiment::definition::{Definition, Metric as Asked};
use crate::experiment::guardrail::{Safety, guardrail};
use crate::experiment::outcome::{Outcome as Used, Outcomes, Record, Rules, outcomes};
use crate::experiment::sample_ratio::sample_ratio;
use crate::experiment::secondary::{Metric, secondary};
use crate::experiment::verdict::intervals;
use crate::experiment::{Arm, Decision, verdict};
use crate::history::{Assignment, Experiment, History, Look, Verdict};
use crate::report::Outcome;
use crate::report::experiment::Status;
use crate::stats::Refusal;

/// Says how the experiment of this id stands, or the only one that is running.
pub(super) fn run(db: Option<&Path>, id: Option<&str>) -> Result<Outcome> {
    let root = place::root()?;
    let running = Definition::all(&root)?;
    let id = match id {
        Some(id) => id.to_owned(),
        None => only(&running)?,
    };
    let history = place::open(db, false)?;
    let (definition, text) = definition(&running, &history, &id)?;
    let (_, measured) = runs::woven(&root, &id, &definition)?;
    let repository = place::repository(None);
    let runs = runs::of(&history, repository.as_deref(), &measured)?;
    let known = runs::covariates(&id, &measured, &runs);
    let records: Vec<Record> =
        runs.iter().zip(known).filter_map(|(run, known)| runs::record(&id, &measured, run, known)).collect();
    let rules = Rules {
        assignment: definition.assignment,
        salt: definition.salt(&id).to_owned(),
        warm_up: definition.warm_up,
    };
    let outcomes = outcomes(&records, &rules);
    let costs = runs.iter().filter_map(|run| Some((run.number?, runs::cost(run)?))).collect();
    let newest = records.iter().filter(|record| record.arm.is_some()).max_by_key(|record| record.run_number);
    let share = newest.map(|record| record.share);
    let status = judge(&id, definition, &outcomes, &costs, share)
        .map_err(|refusal| Error::usage(refusal.to_string()))?;
    keep(&history, &id, repository.unwrap_or_default(), text, &outcomes, &status)?;
    let code = match (status.guardrail.safety, status.verdict.decision) {
        (Safety::Harmed, _) | (_, Decision::Slower) => 1,
        (_, Decision::Faster) if !status.sample_ratio.mismatch => 0,
        _ => 3,
    };
    Ok(Outcome { code, ..Outcome::done(status) })
}

fn only(running: &BTreeMap<String, Definition>) -> Result<String> {
    let mut ids = running.keys();
    match (ids.next(), ids.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => Err(Error::nothing("no experiment is running here")
            .hint("`wfgen experiment start` starts one; a past one has to be named")),
        _ => Err(Error::usage("which experiment?")
            .hint(format!("these are running: {}", running.keys().cloned().collect::<Vec<_>>().join(", ")))),
    }
}

/// The definition of the checkout, else that of the history.
fn definition(
    running: &BTreeMap<String, Definition>,
    history: &History,
    id: &str,
) -> Result<(Definition, String)> {
    let registered = history.experiment(id)?;
    let kept = registered.map(|experiment| String::from_utf8_lossy(&experiment.definition).into_owned());
    if let Some(definition) = running.get(id) {
        // What was registered before the first run counts, not what the file says by now.
        if let Some(text) = kept {
            let first = Definition::parse(&format!("experiment {id}"), &text)?;
            if first != *definition {
                return Err(Error::invalid(format!("the definition of `{id}` was changed after it started"))
                    .hint(
                        "stop it and start another one under a new id: a verdict on a moving target is none",
                    ));
            }
            return Ok((first, text));
        }
        return Ok((definition.clone(), definition.text()?));
    }
    match kept {
        Some(text) => Ok((Definition::parse(&format!("experiment {id}"), &text)?, text)),
        None => {
            let error = Error::nothing(format!("there is no experiment `{}`", id.escape_debug()));
            Err(match did_you_mean(id, running.keys().map(String::as_str)) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint("`wfgen experiment list` lists them"),
            })
        }
    }
}

/// Everything that the outcomes say.
fn judge(
    id: &str,
    definition: Definition,
    outcomes: &Outcomes,
    costs: &BTreeMap<u64, f64>,
    share: Option<u8>,
) -> Result<Status, Refusal> {
    let plan = definition.plan();
    let metrics: Vec<Metric> =
        definition.secondary.iter().map(|metric| values(*metric, outcomes, costs)).collect();
    let verdict = verdict(&plan, &outcomes.used)?;
    let decided = verdict.decision != Decision::Undecided;
    Ok(Status {
        id: id.to_owned(),
        verdict,
        intervals: intervals(&plan, &outcomes.used)?,
        guardrail: guardrail(&plan, &outcomes.used)?,
        sample_ratio: sample_ratio(outcomes),
        // One look, at the end: more of them would need a boundary of their own.
        secondary: if decided { secondary(&metrics, plan.alpha) } else { Vec::new() },
        excluded: outcomes.excluded.clone(),
        share,
        definition,
    })
}

/// The values of a secondary metric per arm: seconds of waiting, US dollars.
fn values(metric: Asked, outcomes: &Outcomes, costs: &BTreeMap<u64, f64>) -> Metric {
    let value = |outcome: &Used| match metric {
        Asked::Queue => outcome.queue,
        Asked::Cost => costs.get(&outcome.run_number).copied(),
    };
    let of = |arm: Arm| outcomes.used.iter().filter(|outcome| outcome.arm == arm).filter_map(value).collect();
    let name = match metric {
        Asked::Queue => "wait for a runner in seconds",
        Asked::Cost => "cost of a run in US dollars",
    };
    Metric { name: name.to_owned(), control: of(Arm::Control), treatment: of(Arm::Treatment) }
}

/// Adds what is new to the history: assignments, the look, the verdict.
fn keep(
    history: &History,
    id: &str,
    repository: String,
    text: String,
    outcomes: &Outcomes,
    status: &Status,
) -> Result<()> {
    let at = clock::now();
    if history.experiment(id)?.is_none() {
        let definition = text.into_bytes();
        history.register_experiment(&Experiment { id: id.to_owned(), repository, at, definition })?;
    }
    for outcome in &outcomes.used {
        let arm = if outcome.arm == Arm::Treatment { "treatment" } else { "control" };
        let unit = format!("run {}", outcome.run_number);
        history.assign(id, &Assignment { unit, variant: arm.to_owned(), at, detail: None })?;
    }
    let detail = json!({ "verdict": status.verdict, "guardrail": status.guardrail }).to_string();
    if history.looks(id)?.last().is_none_or(|look| look.detail != detail) {
        history.add_look(id, &Look { at, detail: detail.clone() })?;
    }
    let decided = match (status.guardrail.safety, status.verdict.decision) {
        (Safety::Harmed, _) => Some("harmed"),
        (_, Decision::Faster) => Some("faster"),
        (_, Decision::Slower) => Some("slower"),
        (_, Decision::NotShown) => Some("not-shown"),
        _ => None,
    };
    if let Some(kind) = decided
        && !history.verdicts(id)?.iter().any(|verdict| verdict.kind == kind)
    {
        history.add_verdict(id, &Verdict { at, kind: kind.to_owned(), detail })?;
    }
    Ok(())
}
