//! What the first run tells beside what it has written: which checks of the repository's own are done twice now, and which
//! ones nothing knows of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::characteristics::Characteristics;
use crate::plan::Plan;
use crate::write::{self, Beyond, Comparison, Generated, Own, State};

/// So many jobs are named.
const MAX_NAMED: usize = 6;

/// Events for which what is generated runs too.
const FOR_CHANGES: [&str; 4] = ["push", "pull_request", "merge_group", "workflow_dispatch"];

/// What entry points of the repository are called, and what they run.
pub(super) fn scripts(characteristics: &Characteristics) -> BTreeMap<String, String> {
    let of_projects =
        characteristics.projects.iter().filter_map(|project| project.facts.value("project.scripts"));
    let scripts = of_projects.filter_map(Value::as_object).flatten();
    scripts.filter_map(|(name, runs)| Some((name.clone(), runs.as_str()?.to_owned()))).collect()
}

/// The notes of a first run; none of a later one.
pub(super) fn notes(
    root: &Path,
    comparison: &Comparison,
    plan: &Plan,
    generated: &[Generated],
    scripts: &BTreeMap<String, String>,
    characteristics: &Characteristics,
) -> Vec<String> {
    let is_first =
        comparison.files.iter().any(|file| file.path == write::LOCK_PATH && file.state == State::New);
    if !is_first {
        return Vec::new();
    }
    let mut notes = done_twice(root, plan, generated, scripts, characteristics);
    notes.extend(unread(characteristics));
    notes
}

/// Says that other systems check the repository too, whose configuration is not read.
fn unread(characteristics: &Characteristics) -> Option<String> {
    let fact = characteristics.facts.get("repository.ci")?;
    let others = fact.evidence.iter().filter(|said| !said.file.starts_with(".github/"));
    let files: Vec<String> = others.map(|said| format!("`{}`", said.file)).collect();
    (!files.is_empty())
        .then(|| format!("{} is not read: what only that checks is not generated", files.join(", ")))
}

/// Says which workflows of the user's run for the same events what is generated now, and what they do more.
fn done_twice(
    root: &Path,
    plan: &Plan,
    generated: &[Generated],
    scripts: &BTreeMap<String, String>,
    characteristics: &Characteristics,
) -> Vec<String> {
    let workflows = characteristics.facts.value("repository.workflows").and_then(Value::as_array);
    let mut notes = Vec::new();
    for workflow in workflows.into_iter().flatten() {
        let Some(path) = workflow["file"].as_str() else { continue };
        let triggers: BTreeSet<&str> =
            workflow["triggers"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !triggers.contains("pull_request") || plan.files.iter().any(|file| file.path == path) {
            continue;
        }
        let own = own(root, path, plan, generated, scripts);
        let for_more = triggers.iter().any(|event| !FOR_CHANGES.contains(event));
        notes.extend(own.is_doubled.then(|| match own.beyond.as_slice() {
            [] if own.is_whole && !for_more => {
                format!("`{path}` stays as before, and what is generated does what it does: delete it, or all of it runs twice")
            }
            [] => format!("`{path}` stays as before: take out of it what is done by `ci.yml` now"),
            beyond => format!("`{path}` stays as before: take out of it what is done by `ci.yml` now, but not {}", named(beyond)),
        }));
    }
    notes
}

/// What a workflow that stays is beside what is generated.
fn own(
    root: &Path,
    path: &str,
    plan: &Plan,
    generated: &[Generated],
    scripts: &BTreeMap<String, String>,
) -> Own {
    let Ok(text) = std::fs::read_to_string(root.join(path)) else { return Own::default() };
    let grounds =
        plan.files.iter().flat_map(|file| file.jobs.iter().flat_map(|job| &job.grounds).chain(&file.grounds));
    let lines = grounds.flat_map(|ground| &ground.lines).filter(|(file, _)| file == path);
    write::own_jobs(&text, generated, &lines.map(|(_, line)| *line).collect(), scripts)
}

/// The jobs, each with what it does.
fn named(own: &[Beyond]) -> String {
    let one = |beyond: &Beyond| format!("`{}`, which {}", beyond.job, beyond.said("and"));
    let mut all: Vec<String> = own.iter().take(MAX_NAMED).map(one).collect();
    if own.len() > MAX_NAMED {
        all.push(format!("{} more", own.len() - MAX_NAMED));
    }
    all.join("; ")
}
