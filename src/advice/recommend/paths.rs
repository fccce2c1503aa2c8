//! Runs of changes that nothing depends on: only documents, where the changed files are known.

use serde_json::{Map, Value, json};

use super::Found;
use super::facts::{Facts, RunFact};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::Workflow;
use crate::advice::saving::Tally;
use crate::insight::numbers::Rate;
use crate::runs::Conclusion;
use crate::stats::proportion::Proportion;

/// The paths that are proposed, which [`is_document`] goes by.
const PATHS: [&str; 4] = ["**/*.md", "**/*.rst", "docs/**", "LICENSE*"];
/// What workflows look at that do read documents.
const READS: [&str; 18] = [
    "docs",
    "document",
    "cargo doc",
    "markdown",
    "link",
    "spell",
    "typo",
    "book",
    "sphinx",
    "mkdocs",
    "readme",
    "site",
    "prettier",
    "lychee",
    "vale",
    "codespell",
    "pre-commit",
    "changelog",
];

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    // Nothing is said where nothing is known.
    if facts.changed.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (workflow, of) in facts.workflows() {
        let events: Vec<&String> = workflow
            .events
            .iter()
            .filter(|event| matches!(event.as_str(), "push" | "pull_request"))
            .collect();
        if workflow.path_filters || events.is_empty() || reads(workflow) {
            continue;
        }
        let of_change = |run: &&RunFact| events.iter().any(|event| **event == facts.names.name(run.event));
        let known = |run: &&RunFact| facts.changed.contains_key(&run.id);
        let runs: Vec<&RunFact> = of.runs.iter().filter(of_change).filter(known).collect();
        let documents = |run: &&&RunFact| {
            facts
                .changed
                .get(&run.id)
                .is_some_and(|files| !files.is_empty() && files.iter().all(|file| is_document(file)))
        };
        let idle: Vec<&&RunFact> = runs.iter().filter(documents).collect();
        let need = facts.options.minimum;
        if idle.len() < need {
            if !idle.is_empty() {
                let about = workflow.file_stem.clone();
                not_yet.push(NotYet::new(
                    Kind::PathFilter,
                    about,
                    idle.len(),
                    need,
                    "runs of documents alone",
                ));
            }
            continue;
        }
        // One failure shows that something does depend on documents, or that a flaky job needs repair first.
        if idle.iter().any(|run| matches!(run.conclusion, Some(Conclusion::Failure | Conclusion::TimedOut))) {
            continue;
        }
        let mut saved = Tally::default();
        for run in &idle {
            for job in of.of_run(run.id, run.attempt) {
                saved.add(job.started, job.duration.unwrap_or(0.0), facts.price(job));
            }
        }
        let share = Rate::new(idle.len() as u64, runs.len() as u64);
        let none = Proportion::new(0, idle.len() as u64).map_or(1.0, |none| none.clopper_pearson(0.1).upper);
        let stem = workflow.file_stem.as_str();
        let filter = json!({ "paths-ignore": PATHS });
        let filters: Map<String, Value> =
            events.iter().map(|event| ((*event).clone(), filter.clone())).collect();
        found.push(Proposal {
            id: format!("path-filter/{stem}"),
            kind: Kind::PathFilter,
            workflow: stem.to_owned(),
            job: None,
            title: format!("Do not run `{stem}` when only documents change"),
            evidence: vec![
                Evidence::new("runs of documents alone", share.rate.unwrap_or(0.0), Unit::Share, runs.len())
                    .within(share.low, share.high),
                Evidence::new("of which failed", 0.0, Unit::Share, idle.len()).within(0.0, none),
            ],
            saving: saved.a_month(facts.days, 0.0, 0.0),
            sooner_s: None,
            risk: "a check of it that the branch protection requires waits for ever: then let a first job look at the \
                   changed files instead"
                .into(),
            patch: Some(json!({ "triggers": { stem: filters } })),
            by_hand: None,
            experiment: Experiment::none("a trigger cannot be given to a share of the runs"),
        });
    }
    found
}

fn is_document(path: &str) -> bool {
    let ends = |ending: &str| path.len() > ending.len() && path.ends_with(ending);
    ends(".md")
        || ends(".rst")
        || path.starts_with("docs/")
        || (path.starts_with("LICENSE") && !path.contains('/'))
}

fn reads(workflow: &Workflow) -> bool {
    let says = |text: &str| READS.iter().any(|word| text.to_lowercase().contains(word));
    let jobs = || workflow.jobs.iter();
    let steps =
        jobs().flat_map(|job| &job.steps).flat_map(|step| [&step.name, &step.uses, &step.run]).flatten();
    says(&workflow.file_stem)
        || jobs().any(|job| says(&job.id) || job.name.as_deref().is_some_and(says))
        || steps.into_iter().any(|text| says(text))
}
