//! Made-up histories with nothing to change, and how often something is proposed all the same.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Advice, Advisor, Options};
use crate::advice::checkout::{Checkout, Job, Matrix, Step, Workflow};
use crate::advice::dice::Dice;
use crate::insight::Intake;
use crate::runs::{self, Conclusion, Run, Status};

/// The end of every made-up history.
pub(super) fn until() -> Timestamp {
    "2026-06-30T00:00:00Z".parse().unwrap()
}

pub(super) fn after(at: Timestamp, seconds: f64) -> Timestamp {
    at.checked_add(SignedDuration::try_from_secs_f64(seconds).unwrap()).unwrap()
}

/// A workflow `ci` for pushes and pull requests with these jobs.
pub(super) fn checkout(jobs: Vec<Job>) -> Checkout {
    let events = vec!["push".into(), "pull_request".into()];
    let workflow =
        Workflow { file_stem: "ci".into(), name: Some("CI".into()), events, jobs, ..Workflow::default() };
    Checkout { default_branch: Some("main".into()), workflows: vec![workflow] }
}

/// A job with a checkout, an install and a test.
pub(super) fn job(id: &str) -> Job {
    let step = |name: &str, uses: Option<&str>, run: Option<&str>| Step {
        name: Some(name.into()),
        uses: uses.map(Into::into),
        run: run.map(Into::into),
        has_cache: false,
    };
    let steps = vec![
        step("Check out", Some("actions/checkout@v7"), None),
        step("Set up Node", Some("actions/setup-node@v7"), None),
        step("Install", None, Some("npm ci")),
        step("Test", None, Some("npm test")),
    ];
    Job { id: id.into(), runs_on: Some("ubuntu-24.04".into()), steps, ..Job::default() }
}

/// The same job with a matrix of Node versions.
pub(super) fn matrix(id: &str, versions: &[&str]) -> Job {
    let values = versions.iter().map(|version| json!(version)).collect();
    let matrix = Matrix { axes: vec![("node".into(), values)], ..Matrix::default() };
    Job { matrix: Some(matrix), fail_fast: Some(false), ..job(id) }
}

/// The `i`th of `n` runs in the last `days`, on a branch of its own.
pub(super) fn run(i: u64, n: u64, days: f64, event: &str) -> Run {
    let created = after(until(), -86_400.0 * days * (n - i) as f64 / n as f64);
    Run {
        repository: "o/r".into(),
        id: i + 1,
        attempt: 1,
        workflow: "CI".into(),
        path: None,
        number: Some(i + 1),
        title: None,
        event: event.into(),
        branch: Some(format!("topic-{i}")),
        commit: Some(format!("{i:040x}")),
        actor: None,
        created,
        started: Some(created),
        updated: None,
        status: Status::Completed,
        conclusion: Some(Conclusion::Success),
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs: Vec::new(),
    }
}

/// Adds a job to a run, with its steps' seconds; the run ends as badly as its worst job.
pub(super) fn add(run: &mut Run, name: &str, conclusion: Conclusion, steps: &[(&str, f64)]) {
    let created = after(run.created, 2.0);
    let started = after(created, 5.0);
    let mut at = started;
    let mut done = Vec::new();
    for (number, (name, seconds)) in steps.iter().enumerate() {
        let end = after(at, *seconds);
        done.push(runs::Step {
            number: number as u32 + 1,
            name: (*name).into(),
            conclusion: Some(conclusion),
            started: Some(at),
            completed: Some(end),
        });
        at = end;
    }
    run.jobs.push(runs::Job {
        id: run.id * 100 + run.jobs.len() as u64,
        name: name.into(),
        status: Status::Completed,
        conclusion: Some(conclusion),
        created: Some(created),
        started: Some(started),
        completed: Some(at),
        labels: vec!["ubuntu-24.04".into()],
        runner: None,
        steps: done,
    });
    if conclusion != Conclusion::Success {
        run.conclusion = Some(conclusion);
    }
}

/// What is advised of runs.
pub(super) fn advise(checkout: Checkout, runs: &[Run]) -> Advice {
    let mut advisor = Advisor::new(Options::new("o/r", until()), checkout);
    runs.iter().for_each(|run| advisor.whole(run));
    advisor.finish()
}

/// A history of a well-kept workflow: limits that fit, caches that hit, newer commits that cancel older ones, legs that
/// fail for reasons of their own.
fn well_kept(seed: u64) -> (Checkout, Vec<Run>) {
    let mut dice = Dice::new(seed);
    let level = 60.0 + 500.0 * dice.uniform();
    let spread = 0.05 + 0.35 * dice.uniform();
    let flaw = 0.02 + 0.1 * dice.uniform();
    let n = 50 + (600.0 * dice.uniform()) as u64;
    let versions = ["18", "20", "22"];
    let limit = Some((level * (4.0 * spread).exp() * 3.0 / 60.0).ceil().max(8.0));
    let mut test = Job { timeout_minutes: limit, ..matrix("test", &versions) };
    test.steps[1].has_cache = true;
    let lint = Job { timeout_minutes: Some(10.0), ..job("lint") };
    let mut checkout = checkout(vec![test, lint]);
    checkout.workflows[0].concurrency = true;
    let mut runs = Vec::new();
    // From some run on everything takes longer, and now and then the network is slow for a while.
    let (shift, by) = ((n as f64 * dice.uniform()) as u64, 0.8 + 0.5 * dice.uniform());
    let mut slow = 1.0;
    for i in 0..n {
        let event = if dice.chance(0.7) { "pull_request" } else { "push" };
        let mut run = run(i, n, 90.0, event);
        let shared = dice.chance(flaw);
        slow = if dice.chance(0.05) { 1.0 + dice.uniform() } else { 1.0 + 0.8 * (slow - 1.0) };
        let now = level * if i < shift { 1.0 } else { by };
        for (leg, version) in versions.iter().enumerate() {
            let failed = if shared { dice.chance(0.8) } else { dice.chance(flaw / 3.0) };
            let conclusion = if failed { Conclusion::Failure } else { Conclusion::Success };
            let steps = [
                ("Check out", dice.around(2.0, 0.2)),
                ("Set up Node", dice.around(4.0 * slow, 0.3)),
                ("Install", dice.around(12.0 * slow, spread)),
                ("Test", dice.around(now * (1.0 + 0.2 * leg as f64), spread)),
            ];
            add(&mut run, &format!("test ({version})"), conclusion, &steps);
        }
        let steps = [("Install", dice.around(12.0 * slow, 0.3)), ("Test", dice.around(70.0, 0.2))];
        add(&mut run, "lint", Conclusion::Success, &steps);
        runs.push(run);
    }
    (checkout, runs)
}

/// Of 3,000 such histories, 0.3 % were told to change something.
#[test]
fn a_well_kept_workflow_is_hardly_ever_told_to_change() {
    let histories = 60;
    let mut wrong = Vec::new();
    for seed in 0..histories {
        let (checkout, runs) = well_kept(seed);
        wrong.extend(advise(checkout, &runs).proposals.into_iter().map(|proposal| proposal.id));
    }
    assert!(wrong.len() * 60 <= histories as usize, "{} of {histories}: {wrong:?}", wrong.len());
}
