//! `wfgen generate`: from a checkout to its workflows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::characteristics::Characteristics;
use crate::config::{Check, Config, Owner};
use crate::error::{Diagnostic, Error, Kind, Result};
use crate::library;
use crate::plan::Plan;
use crate::report::Outcome;
use crate::report::generate::{Generation, Verb};
use crate::report::plan::{Explained, Planned};
use crate::write::{self, Beyond, Comparison, FileComparison, Generated, State, Written};

use super::{causes, pipeline};

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
            };
            let mut comparison = write::compare(root, &generated, &write_options)?;
            causes::explain(&mut comparison, &plan, &prepared.characteristics);
            if !options.force {
                refuse_unreadable(&comparison, &prepared.characteristics)?;
            }
            warnings.extend(comparison.warnings.iter().cloned());
            let is_no = refuses(&comparison);
            if !is_no {
                let note = done_twice(root, &comparison, &plan, &generated, &prepared.characteristics);
                plan.notes.extend(note);
                plan.notes.extend(unread(&comparison, &prepared.characteristics));
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

fn is_first_run(comparison: &Comparison) -> bool {
    comparison.files.iter().any(|file| file.path == write::LOCK_PATH && file.state == State::New)
}

/// Says, in the first run, that other systems check the repository too, whose configuration is not read.
fn unread(comparison: &Comparison, characteristics: &Characteristics) -> Option<String> {
    let fact = characteristics.facts.get("repository.ci").filter(|_| is_first_run(comparison))?;
    let others = fact.evidence.iter().filter(|said| !said.file.starts_with(".github/"));
    let files: Vec<String> = others.map(|said| format!("`{}`", said.file)).collect();
    (!files.is_empty())
        .then(|| format!("{} is not read: what only that checks is not generated", files.join(", ")))
}

/// Says, in the first run, which workflows of the user's run for the same events what is generated now.
fn done_twice(
    root: &Path,
    comparison: &Comparison,
    plan: &Plan,
    generated: &[Generated],
    characteristics: &Characteristics,
) -> Option<String> {
    if !is_first_run(comparison) {
        return None;
    }
    let workflows = characteristics.facts.value("repository.workflows").and_then(Value::as_array)?;
    let for_changes: BTreeSet<&str> = workflows
        .iter()
        .filter(|workflow| {
            workflow["triggers"].as_array().is_some_and(|all| all.contains(&"pull_request".into()))
        })
        .filter_map(|workflow| workflow["file"].as_str())
        .filter(|path| plan.files.iter().all(|file| file.path != *path))
        .collect();
    let facts = characteristics.projects.iter().flat_map(|project| project.facts.iter());
    let said_in: BTreeSet<&str> =
        facts.flat_map(|(_, fact)| &fact.evidence).map(|e| e.file.as_str()).collect();
    let paths: Vec<&str> = for_changes.intersection(&said_in).copied().collect();
    let files: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    (!files.is_empty()).then(|| {
        let (stay, them) = if files.len() == 1 { ("stays", "it") } else { ("stay", "them") };
        let own: Vec<Beyond> = paths.iter().flat_map(|path| beyond(root, path, plan, generated)).collect();
        let but = match own.as_slice() {
            [] => String::new(),
            own => format!(", but not {}", named(own)),
        };
        format!("{} {stay} as before: take out of {them} what is done by `ci.yml` now{but}", files.join(", "))
    })
}

/// What a workflow that stays runs and nothing generated does.
fn beyond(root: &Path, path: &str, plan: &Plan, generated: &[Generated]) -> Vec<Beyond> {
    let Ok(text) = std::fs::read_to_string(root.join(path)) else { return Vec::new() };
    let grounds =
        plan.files.iter().flat_map(|file| file.jobs.iter().flat_map(|job| &job.grounds).chain(&file.grounds));
    let lines = grounds.flat_map(|ground| &ground.lines).filter(|(file, _)| file == path);
    write::own_jobs(&text, generated, &lines.map(|(_, line)| *line).collect())
}

/// So many jobs are named.
const MAX_NAMED: usize = 6;

/// The jobs, each with what it runs.
fn named(own: &[Beyond]) -> String {
    let one = |Beyond { job, what }: &Beyond| format!("`{job}`, which runs `{what}`");
    let mut all: Vec<String> = own.iter().take(MAX_NAMED).map(one).collect();
    if own.len() > MAX_NAMED {
        all.push(format!("{} more", own.len() - MAX_NAMED));
    }
    match all.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{}, and {last}", before.join("; ")),
        _ => all.concat(),
    }
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
