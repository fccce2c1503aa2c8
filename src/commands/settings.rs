//! Settings that a command proposes, written into `wfgen.toml` together with the workflows that follow from them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::{generate, pipeline};
use crate::config::{Config, edit};
use crate::error::Result;
use crate::experiment::definition::Definition;
use crate::report::Outcome;
use crate::report::generate::{Generation, Verb};
use crate::{library, write};

/// Files that change in the same transaction as the workflows: their paths and whole texts; none removes one.
pub type Along<'a> = &'a [(&'a str, Option<&'a str>)];

/// Lays settings over the configuration, and generates.
///
/// # Errors
/// When they are no settings, or nothing can be generated with them: nothing is written then.
pub fn apply(root: &Path, settings: &Map<String, Value>) -> Result<Outcome> {
    let (place, text) = Config::text(root)?;
    let text = edit::merged(&text, settings, place)?;
    let config = Config::parse(place, &text)?;
    rewrite(root, &config, &Definition::all(root)?, &[(place, Some(&text))], Vec::new())
}

/// Writes what is generated with a configuration and experiments, and other files along with it.
///
/// # Errors
/// See [`pipeline::prepare`] and [`write::apply`].
pub fn rewrite(
    root: &Path,
    config: &Config,
    experiments: &BTreeMap<String, Definition>,
    along: Along<'_>,
    notes: Vec<String>,
) -> Result<Outcome> {
    write::recover(root)?;
    let mut prepared = pipeline::prepare_with(root, config, experiments, false)?;
    prepared.plan.notes.extend(notes);
    let generated = pipeline::texts(&prepared.plan)?;
    let options = write::Options {
        library: library::VERSION.to_owned(),
        remembered: prepared.remembered,
        ..write::Options::default()
    };
    let mut comparison = write::compare(root, &generated, &options)?;
    for (path, text) in along {
        comparison.along(root, path, *text)?;
    }
    let refused = generate::refuses(&comparison);
    let (verb, written) = match refused {
        true => (Verb::Refused, write::Written::default()),
        false => (Verb::Wrote, generate::apply(root, &comparison)?),
    };
    let mut warnings = prepared.warnings;
    warnings.extend(comparison.warnings.iter().cloned());
    let generation = Generation { verb, plan: prepared.plan, comparison: Some(comparison), written };
    Ok(Outcome { warnings, ..Outcome::answer(generation, refused) })
}
