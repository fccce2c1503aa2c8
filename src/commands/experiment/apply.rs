//! `experiment start`, `stop`, `promote`: the workflow rewritten in one transaction with the definition.

use std::collections::BTreeMap;
use std::path::Path;

use super::change::{Change, as_settings};
use crate::clock;
use crate::commands::place;
use crate::commands::settings::rewrite;
use crate::config::Config;
use crate::error::{Error, Result, did_you_mean};
use crate::experiment::definition::{Definition, FOLDER, variable};
use crate::history::{Experiment, Verdict};
use crate::report::Outcome;

/// Writes both variants into the workflow.
pub(super) fn start(db: Option<&Path>, change: &Change) -> Result<Outcome> {
    let root = place::root()?;
    let (id, definition, text) = change.define(&root, db)?;
    let mut experiments = Definition::all(&root)?;
    experiments.insert(id.clone(), definition);
    let config = Config::load(&root)?;
    let file = format!("{FOLDER}/{id}.yml");
    let outcome = rewrite(&root, &config, &experiments, &[(&file, Some(&text))], notes(&id))?;
    if outcome.code == 0 {
        let history = place::open(db, false)?;
        let repository = place::repository(None).unwrap_or_default();
        let definition = text.into_bytes();
        history.register_experiment(&Experiment {
            id: id.clone(),
            repository,
            at: clock::now(),
            definition,
        })?;
        history.add_verdict(&id, &turn("started"))?;
    }
    Ok(outcome)
}

/// Writes the control back.
pub(super) fn stop(db: Option<&Path>, id: &str) -> Result<Outcome> {
    let root = place::root()?;
    let (mut experiments, _, file) = running(&root, id)?;
    experiments.remove(id);
    let config = Config::load(&root)?;
    let outcome = rewrite(&root, &config, &experiments, &[(&file, None)], ended(id))?;
    tell(db, id, "stopped", &outcome)?;
    Ok(outcome)
}

/// Makes the treatment the control: its settings go into the configuration.
pub(super) fn promote(db: Option<&Path>, id: &str) -> Result<Outcome> {
    let root = place::root()?;
    let (mut experiments, definition, file) = running(&root, id)?;
    experiments.remove(id);
    let config = definition.treated(&Config::load(&root)?);
    let (place, text) = Config::text(&root)?;
    let settings = crate::config::edit::merged(&text, &as_settings(&definition.treatment), place)?;
    let changes = [(file.as_str(), None), (place, Some(settings.as_str()))];
    let outcome = rewrite(&root, &config, &experiments, &changes, ended(id))?;
    tell(db, id, "promoted", &outcome)?;
    Ok(outcome)
}

/// The experiments of a checkout, the one of this id, and the file that defines it.
fn running(root: &Path, id: &str) -> Result<(BTreeMap<String, Definition>, Definition, String)> {
    let experiments = Definition::all(root)?;
    let Some(definition) = experiments.get(id).cloned() else {
        let error = Error::usage(format!("no experiment `{}` is running here", id.escape_debug()));
        return Err(match did_you_mean(id, experiments.keys().map(String::as_str)) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint("`wfgen experiment list` lists them"),
        });
    };
    let ending = ["yml", "yaml"].into_iter().find(|e| root.join(FOLDER).join(format!("{id}.{e}")).exists());
    let file = format!("{FOLDER}/{id}.{}", ending.unwrap_or("yml"));
    Ok((experiments, definition, file))
}

fn notes(id: &str) -> Vec<String> {
    let variable = variable(id);
    vec![format!(
        "experiment `{id}`: commit these files, then set the share of the runs that get the treatment: \
         `gh variable set {variable} --body 50`; while {variable} is not set every run is a control"
    )]
}

fn ended(id: &str) -> Vec<String> {
    vec![format!(
        "experiment `{id}`: once this is on the default branch, `gh variable delete {}`",
        variable(id)
    )]
}

/// Keeps a turning point in the history, where the experiment is known.
fn tell(db: Option<&Path>, id: &str, kind: &str, outcome: &Outcome) -> Result<()> {
    if outcome.code != 0 {
        return Ok(());
    }
    let history = place::open(db, false)?;
    match history.experiment(id)? {
        Some(_) => history.add_verdict(id, &turn(kind)),
        None => Ok(()),
    }
}

fn turn(kind: &str) -> Verdict {
    Verdict { at: clock::now(), kind: kind.to_owned(), detail: "{}".to_owned() }
}
