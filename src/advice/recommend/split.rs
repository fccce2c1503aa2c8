//! Tests that everybody waits for: a step that makes up most of the critical path, as two jobs side by side.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Found;
use super::critical::{each_whole, middle};
use super::facts::{Facts, OfWorkflow};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::{Job, Step, Workflow};
use crate::advice::saving::{Saving, Tally, scaled};
use crate::insight::numbers::{Estimate, median};

/// What a step is called, or runs, that tests can be split in.
const TESTS: [&str; 12] = [
    "test",
    "spec",
    "pytest",
    "jest",
    "vitest",
    "playwright",
    "cypress",
    "rspec",
    "phpunit",
    "nextest",
    "ctest",
    "e2e",
];
/// A step shorter than so many seconds is left whole.
const LONG: f64 = 300.0;
/// The least part of a run's time that must go, at the lower end of the interval.
const GAIN: f64 = 0.15;
/// Into how many jobs.
const SHARDS: u32 = 2;

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of, place, job) in facts.jobs() {
        if job.matrix.is_some() || job.steps.is_empty() || !of.is_single(place) {
            continue;
        }
        let Some((name, seconds)) = longest_test(facts, of, place) else { continue };
        if seconds.len() < facts.options.minimum {
            let (about, need) = (workflow.key(job), facts.options.minimum);
            not_yet.push(NotYet::new(Kind::Split, about, seconds.len(), need, "runs of the tests"));
            continue;
        }
        let Some(typical) = median(seconds.values().copied()).filter(|seconds| *seconds >= LONG) else {
            continue;
        };
        let (mut sooner, mut whole) = (Vec::new(), Vec::new());
        each_whole(facts, workflow, of, |run| {
            let key = |fact: &super::facts::JobFact| seconds.get(&(fact.run, fact.attempt)).copied();
            if !run.jobs.iter().any(|fact| fact.job == place && key(fact).is_some()) {
                return;
            }
            let part = 1.0 - 1.0 / f64::from(SHARDS);
            let shorter =
                |fact: &super::facts::JobFact| fact.duration.unwrap_or(0.0) - part * key(fact).unwrap_or(0.0);
            sooner.push(run.sooner(place, shorter));
            whole.push(run.seconds());
        });
        let (Some(gain), Some(lasts)) = (middle(&sooner), middle(&whole)) else { continue };
        if sooner.len() < facts.options.minimum || gain.low < GAIN * lasts.value {
            continue;
        }
        let mut again = Tally::default();
        for fact in of.of_job(place) {
            let test = seconds.get(&(fact.run, fact.attempt)).copied();
            let setup = fact.duration.zip(test).map_or(0.0, |(all, test)| all - test);
            again.add(fact.started, setup * f64::from(SHARDS - 1), facts.price(fact));
        }
        let costs = again.a_month(facts.days, 0.0, 0.0);
        let split = Split { typical, n: seconds.len(), runs: sooner.len(), gain, lasts, costs };
        found.push(propose(workflow, job, &name, &split));
    }
    found
}

/// Seconds by attempt of a run.
type Seconds = HashMap<(u64, u32), f64>;

/// The step of a job with the longest tests, and its seconds.
fn longest_test(facts: &Facts, of: &OfWorkflow, place: usize) -> Option<(String, Seconds)> {
    let mut by_name: HashMap<u32, Seconds> = HashMap::new();
    for step in of.steps_of(place) {
        let name = facts.names.name(step.name).to_lowercase();
        if !name.starts_with("post ") && TESTS.iter().any(|word| name.contains(word)) {
            by_name.entry(step.name).or_default().insert((step.run, step.attempt), step.duration);
        }
    }
    let middle = |seconds: &Seconds| median(seconds.values().copied()).unwrap_or(0.0);
    let order = |a: &(u32, Seconds), b: &(u32, Seconds)| {
        middle(&a.1).total_cmp(&middle(&b.1)).then_with(|| facts.names.name(b.0).cmp(facts.names.name(a.0)))
    };
    let (name, seconds) = by_name.into_iter().max_by(order)?;
    Some((facts.names.name(name).to_owned(), seconds))
}

struct Split {
    typical: f64,
    n: usize,
    runs: usize,
    gain: Estimate,
    lasts: Estimate,
    costs: Saving,
}

fn propose(workflow: &Workflow, job: &Job, name: &str, split: &Split) -> Proposal {
    let key = workflow.key(job);
    let patch = job.step_called(name).and_then(sharded).map(|(step, run)| {
        let shards: Vec<u32> = (1..=SHARDS).collect();
        json!({ "jobs": { key.clone(): {
            "strategy": { "fail-fast": false, "matrix": { "shard": shards } },
            "steps": { step: { "run": run } },
        } } })
    });
    let experiment = match &patch {
        Some(treatment) => Experiment::Definition {
            hypothesis: format!(
                "`{}` in two parts ends earlier: its tests take {:.0} s",
                job.id, split.typical
            ),
            workflow: workflow.file_stem.clone(),
            treatment: treatment.clone(),
        },
        None => {
            Experiment::none("how to run a part of these tests is not known; with it, write an experiment")
        }
    };
    let Split { typical, n, runs, gain, lasts, costs } = split;
    Proposal {
        id: format!("split/{key}"),
        kind: Kind::Split,
        workflow: workflow.file_stem.clone(),
        job: Some(job.id.clone()),
        title: format!("Split `{name}` of `{key}` into two jobs: everybody waits for it"),
        evidence: vec![
            Evidence::new("median of the tests", *typical, Unit::Seconds, *n),
            Evidence::new("median of the run", lasts.value, Unit::Seconds, *runs).within(lasts.low, lasts.high),
        ],
        saving: Saving {
            minutes: scaled(costs.minutes, -1.0),
            usd: scaled(costs.usd, -1.0),
            basis: costs.basis,
        },
        sooner_s: Some(*gain),
        risk: "set-up is paid twice, halves are never equal, tests may depend on each other, and the job's check has \
               another name for the branch protection"
            .into(),
        by_hand: patch.is_none().then(|| {
            "give the job `strategy.matrix.shard: [1, 2]` and the command what runs that part of the tests".into()
        }),
        patch,
        experiment,
    }
}

/// The named step with its command for a part, where the tool knows parts: <https://vitest.dev/guide/cli>,
/// <https://jestjs.io/docs/cli#--shard>, <https://playwright.dev/docs/test-sharding>, <https://nexte.st/docs/ci-features/partitioning/>.
fn sharded(step: &Step) -> Option<(&str, Value)> {
    let (name, run) = (step.name.as_deref()?, step.run.as_deref()?.trim());
    // Behind anything but one plain command the option would go to the wrong one.
    if run.contains(['\n', '|', '&', ';', '>', '<', '`', '#']) || run.contains("$(") || run.contains(" -- ") {
        return None;
    }
    let words: Vec<&str> = run.split_whitespace().collect();
    let words = match words.as_slice() {
        ["npx", rest @ ..] | ["yarn", rest @ ..] | ["bunx", rest @ ..] | ["pnpm", "exec", rest @ ..] => rest,
        all => all,
    };
    let part = format!("${{{{ matrix.shard }}}}/{SHARDS}");
    let option = match words {
        ["vitest", "run", ..] | ["jest", ..] | ["playwright", "test", ..] => format!("--shard={part}"),
        ["cargo", "nextest", "run", ..] => format!("--partition count:{part}"),
        _ => return None,
    };
    Some((name, json!(format!("{run} {option}"))))
}
