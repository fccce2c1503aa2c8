//! `wfgen generate`: from a checkout to its workflows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::characteristics::Characteristics;
use crate::config::{Check, Config, Owner};
use crate::error::{Diagnostic, Error, Kind, Result};
use crate::library;
use crate::report::Outcome;
use crate::report::generate::{Generation, Verb};
use crate::report::plan::{Explained, Planned};
use crate::write::{self, Comparison, FileComparison, State, Written};

use super::{causes, first_run, pipeline};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The checkout.
    pub path: PathBuf,
    /// What to do with what is generated.
    pub mode: Mode,
    /// Overwrite what wfgen did not write and what can't be merged.
    pub force: bool,
    /// Take over workflows that wfgen did not write.
    pub adopt: bool,
    /// Only files that git tracks.
    pub tracked: bool,
}

/// What to do with what is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Write it.
    Write,
    /// Say whether it is current.
    Check,
    /// Show what would be written.
    DryRun,
    /// Show the plan.
    Plan,
    /// Show why a job is there, or every job.
    Explain(Option<String>),
    /// Undo the last run that wrote.
    Rollback,
}

/// Generates, or says what would be generated.
///
/// # Errors
/// See [`pipeline::prepare`] and [`crate::write`].
pub fn run(options: &Options) -> Result<Outcome> {
    let root = options.path.as_path();
    let recovered = write::recover(root)?;
    if options.mode == Mode::Rollback {
        let written = write::rollback(root, options.force)?;
        return Ok(Outcome::done(Generation { written, ..Generation::new(Verb::TookBack) }));
    }
    let config = Config::load(root)?;
    let prepared = pipeline::prepare(root, &config, options.tracked)?;
    let mut warnings = prepared.warnings;
    warnings.extend(recovered.map(|r| told(&r)));
    let mut plan = prepared.plan;
    let outcome = match &options.mode {
        Mode::Plan => Outcome::done(Planned { plan }),
        Mode::Explain(job) => Outcome::done(Explained::new(plan, job.as_deref(), &prepared.characteristics)?),
        mode => {
            let generated = pipeline::texts(&plan)?;
            let write_options = write::Options {
                force: options.force,
                adopt: options.adopt,
                library: library::VERSION.to_owned(),
                remembered: prepared.remembered,
                scripts: first_run::scripts(&prepared.characteristics),
            };
            let mut comparison = write::compare(root, &generated, &write_options)?;
            causes::explain(&mut comparison, &plan, &prepared.characteristics);
            if !options.force {
                refuse_unreadable(&comparison, &prepared.characteristics)?;
            }
            warnings.extend(comparison.warnings.iter().cloned());
            let is_no = refuses(&comparison);
            if !is_no {
                let notes = first_run::notes(
                    root,
                    &comparison,
                    &plan,
                    &generated,
                    &write_options.scripts,
                    &prepared.characteristics,
                );
                plan.notes.extend(notes);
            }
            let (verb, written, no) = match mode {
                Mode::Check => (Verb::Checked, Written::default(), drifts(&comparison, &config.check)),
                Mode::DryRun => (Verb::WouldWrite, Written::default(), is_no),
                _ if is_no => (Verb::Refused, Written::default(), true),
                _ => (Verb::Wrote, apply(root, &comparison)?, false),
            };
            Outcome::answer(Generation { verb, plan, comparison: Some(comparison), written }, no)
        }
    };
    Ok(Outcome { warnings, ..outcome })
}

/// Refuses to take away what follows from a file that can't be read: nobody wants its jobs gone.
fn refuse_unreadable(comparison: &Comparison, characteristics: &Characteristics) -> Result<()> {
    let was_generated = |project: &str| {
        let mut were =
            comparison.files.iter().filter(|file| file.is_drift()).filter_map(|file| file.was.as_ref());
        were.any(|was| was.facts.contains_key(project))
    };
    let mut unreadable: BTreeMap<&str, &str> = BTreeMap::new();
    for project in characteristics.projects.iter().filter(|project| was_generated(&project.id)) {
        let broken = project.facts.iter().filter(|(_, fact)| fact.confidence == 0.0);
        for evidence in broken.flat_map(|(_, fact)| &fact.evidence) {
            unreadable.entry(&evidence.file).or_insert(&project.id);
        }
    }
    let diagnostics: Vec<Diagnostic> = characteristics
        .warnings
        .iter()
        .filter_map(|warning| {
            let project = unreadable.get(warning.location.as_ref()?.file.as_str())?;
            let hint = format!(
                "jobs for `{project}` follow from it, so nothing is written until it is repaired; `--force` generates without it"
            );
            Some(warning.clone().hint(hint))
        })
        .collect();
    match diagnostics.is_empty() {
        true => Ok(()),
        false => Err(Error { kind: Kind::Invalid, diagnostics }),
    }
}

/// Whether something is in the way, so that nothing is written.
pub(super) fn refuses(comparison: &Comparison) -> bool {
    comparison.files.iter().any(|file| matches!(file.state, State::Conflict | State::Foreign))
}

/// Whether a check fails, by the owners that the configuration counts.
pub(super) fn drifts(comparison: &Comparison, check: &Check) -> bool {
    let counts = |owner: Owner| check.fail_on.contains(&owner);
    let has = |file: &FileComparison, owner| file.differences.iter().any(|d| d.owner == owner);
    counts(Owner::Structure) && comparison.is_drift()
        || comparison.files.iter().any(|file| {
            counts(Owner::Pins) && has(file, write::Owner::Pins)
                || counts(Owner::Yours) && has(file, write::Owner::Yours)
        })
}

pub(super) fn apply(root: &Path, comparison: &Comparison) -> Result<Written> {
    let before: BTreeMap<String, String> =
        comparison.files.iter().filter_map(|file| Some((file.path.clone(), file.before()?))).collect();
    write::apply(root, comparison, &|path, text| pipeline::no_new_faults(&before, path, text))
}

fn told(recovered: &write::Recovered) -> Diagnostic {
    let message = "an earlier run was interrupted while it was writing; its files are as they were before";
    let kept = recovered.kept.iter().map(|path| format!("`{path}` was changed since and left as it is"));
    kept.fold(Diagnostic::new(message), Diagnostic::hint)
}
