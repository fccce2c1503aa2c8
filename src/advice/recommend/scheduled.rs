//! Scheduled runs that never find anything, though they run every day.

use serde_json::json;

use super::Found;
use super::facts::{Facts, OfWorkflow, RunFact};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::{Cron, Workflow};
use crate::advice::saving::{Tally, scaled};
use crate::insight::numbers::Rate;
use crate::runs::Conclusion;
use crate::stats::proportion::Proportion;

/// The fewest runs: then at most 5 % of them would have found something.
const SEEN: usize = 60;
/// The least share of runs on a commit that an earlier scheduled run had tried.
const STALE: f64 = 0.5;
/// What workflows do whose green runs have done something: nobody can tell that from here.
const DOES: [&str; 20] = [
    "deploy",
    "publish",
    "release",
    "stale",
    "codeql",
    "sarif",
    "scorecard",
    "backup",
    "sync",
    "update",
    "upgrade",
    "cache",
    "lock",
    "label",
    "clean",
    "report",
    "renovate",
    "mirror",
    "security",
    "audit",
];
/// Of seven daily runs, how many fall away.
const FEWER: f64 = 6.0 / 7.0;

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of) in facts.workflows() {
        let [cron] = workflow.crons.as_slice() else { continue };
        let Some(weekly) = weekly(cron) else { continue };
        if does(workflow) {
            continue;
        }
        let scheduled = |run: &&RunFact| facts.names.name(run.event) == "schedule" && run.attempt == 1;
        let is_verdict = |run: &&RunFact| run.conclusion.is_some_and(Conclusion::is_verdict);
        let runs: Vec<&RunFact> = of.runs.iter().filter(scheduled).filter(is_verdict).collect();
        if runs.len() < SEEN {
            if !runs.is_empty() {
                let about = workflow.file_stem.clone();
                not_yet.push(NotYet::new(Kind::Schedule, about, runs.len(), SEEN, "scheduled runs"));
            }
            continue;
        }
        if runs.iter().all(|run| run.conclusion == Some(Conclusion::Success)) {
            found.extend(propose(facts, workflow, of, &runs, &weekly));
        }
    }
    found
}

fn does(workflow: &Workflow) -> bool {
    let says = |text: &str| DOES.iter().any(|word| text.to_lowercase().contains(word));
    let of_job = |job: &crate::advice::checkout::Job| {
        let steps = job.steps.iter().flat_map(|step| [&step.name, &step.uses, &step.run]);
        says(&job.id) || job.name.iter().chain(steps.flatten()).any(|text| says(text))
    };
    says(&workflow.file_stem)
        || workflow.name.iter().any(|name| says(name))
        || workflow.jobs.iter().any(of_job)
}

/// The expression of once a week for one of once a day.
fn weekly(cron: &Cron) -> Option<String> {
    let fields: Vec<&str> = cron.expression.split_whitespace().collect();
    let [minute, hour, "*", "*", "*"] = fields.as_slice() else { return None };
    let is_one = |field: &str| field.parse::<u8>().is_ok();
    (is_one(minute) && is_one(hour)).then(|| format!("{minute} {hour} * * 1"))
}

fn propose(
    facts: &Facts,
    workflow: &Workflow,
    of: &OfWorkflow,
    runs: &[&RunFact],
    weekly: &str,
) -> Option<Proposal> {
    let again =
        runs.windows(2).filter(|pair| pair[0].commit.is_some() && pair[0].commit == pair[1].commit).count();
    let stale = Rate::new(again as u64, runs.len() as u64 - 1);
    if stale.low < STALE {
        return None;
    }
    let mut spent = Tally::default();
    for run in runs {
        for job in of.of_run(run.id, run.attempt) {
            spent.add(job.started, job.duration.unwrap_or(0.0), facts.price(job));
        }
    }
    let whole = spent.a_month(facts.days, 0.0, 0.0);
    let saving = crate::advice::saving::Saving {
        minutes: scaled(whole.minutes, FEWER),
        usd: scaled(whole.usd, FEWER),
        basis: whole.basis,
    };
    let none = Proportion::new(0, runs.len() as u64).map_or(1.0, |none| none.clopper_pearson(0.1).upper);
    let mut entry = json!({ "cron": weekly });
    if let Some(zone) = &workflow.crons[0].time_zone {
        entry["timezone"] = json!(zone);
    }
    let stem = workflow.file_stem.as_str();
    Some(Proposal {
        id: format!("schedule/{stem}"),
        kind: Kind::Schedule,
        workflow: stem.to_owned(),
        job: None,
        title: format!("Run `{stem}` once a week instead of every day: it never failed"),
        evidence: vec![
            Evidence::new("scheduled runs that failed", 0.0, Unit::Share, runs.len()).within(0.0, none),
            Evidence::new("on a commit that the run before had tried", stale.rate?, Unit::Share, runs.len() - 1)
                .within(stale.low, stale.high),
        ],
        saving,
        sooner_s: None,
        risk: "what breaks without a commit (a dependency, a certificate, a service) is found up to six days later".into(),
        patch: Some(json!({ "triggers": { stem: { "schedule": [entry] } } })),
        by_hand: None,
        experiment: Experiment::none("a trigger cannot be given to a share of the runs"),
    })
}
