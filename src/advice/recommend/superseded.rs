//! Runs of a pull request that went on after a newer commit had made them useless.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Found;
use super::facts::{Facts, OfWorkflow, RunFact};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::{Job, Workflow};
use crate::advice::saving::Tally;
use crate::insight::numbers::Rate;

/// The fewest superseded runs that say anything.
const LEAST: usize = 5;
/// Branches that many forks share: whose they are is not known, and their pull requests would look like one.
const SHARED: [&str; 6] = ["main", "master", "develop", "dev", "trunk", "patch-"];
/// Half-done, these leave something behind.
const LASTING: [&str; 6] = ["deploy", "publish", "release", "upload-release", "pages", "push"];

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of) in facts.workflows() {
        let answers = workflow.events.iter().any(|event| event == "pull_request");
        if workflow.concurrency || !answers || workflow.jobs.iter().any(|job| job.concurrency || lasts(job)) {
            continue;
        }
        let runs = pull_requests(facts, of);
        let n: usize = runs.values().map(Vec::len).sum();
        if n < facts.options.minimum {
            if n > 0 {
                let (about, need) = (workflow.file_stem.clone(), facts.options.minimum);
                not_yet.push(NotYet::new(Kind::Concurrency, about, n, need, "runs of pull requests"));
            }
            continue;
        }
        found.extend(propose(facts, workflow, of, &runs, n));
    }
    found
}

fn lasts(job: &Job) -> bool {
    let says = |text: &Option<String>| {
        text.as_ref().is_some_and(|text| LASTING.iter().any(|word| text.to_lowercase().contains(word)))
    };
    says(&Some(job.id.clone()))
        || says(&job.name)
        || job.steps.iter().any(|step| says(&step.uses) || says(&step.name))
}

/// The runs of pull requests by branch, in time order.
fn pull_requests<'f>(facts: &Facts, of: &'f OfWorkflow) -> BTreeMap<u32, Vec<&'f RunFact>> {
    let mut by_branch: BTreeMap<u32, Vec<&RunFact>> = BTreeMap::new();
    for run in of.runs.iter().filter(|run| facts.names.name(run.event) == "pull_request") {
        let Some(branch) = run.branch else { continue };
        let name = facts.names.name(branch);
        let is_default = facts.checkout.default_branch.as_deref() == Some(name);
        if !is_default
            && !SHARED
                .iter()
                .any(|shared| name == *shared || (shared.ends_with('-') && name.starts_with(shared)))
        {
            by_branch.entry(branch).or_default().push(run);
        }
    }
    by_branch
}

fn propose(
    facts: &Facts,
    workflow: &Workflow,
    of: &OfWorkflow,
    runs: &BTreeMap<u32, Vec<&RunFact>>,
    n: usize,
) -> Option<Proposal> {
    let mut wasted = Tally::default();
    let mut superseded = 0;
    for of_branch in runs.values() {
        for (i, run) in of_branch.iter().enumerate() {
            // A second attempt was asked for by somebody: it is not the newer commit's business.
            let newer =
                of_branch[i + 1..].iter().find(|newer| newer.commit != run.commit && newer.attempt == 1);
            let Some(newer) = newer.filter(|_| run.attempt == 1 && run.commit.is_some()) else { continue };
            let (old, new) = (of.of_run(run.id, run.attempt), of.of_run(newer.id, newer.attempt));
            let before = wasted.times;
            for job in old {
                // A job is cancelled when its twin is queued, which waits for what it needs.
                let twin = new.clone().find(|twin| twin.leg == job.leg);
                let (Some(twin), Some(seconds)) = (twin, job.duration) else { continue };
                let cut = (twin.started - twin.queued.unwrap_or(0.0)).max(job.started);
                wasted.add(run.started, job.started + seconds - cut, facts.price(job));
            }
            superseded += usize::from(wasted.times > before);
        }
    }
    if superseded < LEAST {
        return None;
    }
    let rate = Rate::new(superseded as u64, n as u64);
    let share = Evidence::new("runs that a newer commit overtook", rate.rate?, Unit::Share, n);
    let spent = Evidence::new("runner time after that", wasted.minutes() * 60.0, Unit::Seconds, superseded);
    let settings = |job: &Job| (workflow.key(job), json!({ "concurrency": concurrency(job) }));
    let jobs: serde_json::Map<String, Value> = workflow.jobs.iter().map(settings).collect();
    Some(Proposal {
        id: format!("concurrency/{}", workflow.file_stem),
        kind: Kind::Concurrency,
        workflow: workflow.file_stem.clone(),
        job: None,
        title: format!("Cancel runs of `{}` when a newer commit of the pull request arrives", workflow.file_stem),
        evidence: vec![share.within(rate.low, rate.high), spent],
        saving: wasted.a_month(facts.days, 0.0, 0.0),
        sooner_s: None,
        risk: "the result of the older commit is lost; a job that writes somewhere must not be cut in the middle".into(),
        patch: Some(json!({ "jobs": jobs })),
        by_hand: None,
        experiment: Experiment::none(
            "the history counts the very minutes, and cancelled runs would be missing from a comparison",
        ),
    })
}

/// A group of its own for everything but a pull request, so that nothing else is ever cancelled or waits. A leg of a
/// matrix has its own, or it would cancel its sisters; without a matrix the index is 0.
fn concurrency(job: &Job) -> Value {
    let change = "${{ github.event_name == 'pull_request' && github.ref || github.run_id }}";
    json!({
        "group": format!("${{{{ github.workflow }}}}-{}-${{{{ strategy.job-index }}}}-{change}", job.id),
        "cancel-in-progress": true,
    })
}
