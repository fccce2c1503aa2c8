use serde_json::json;

use super::clean::{add, checkout, job, run, until};
use super::{Advice, Advisor, Experiment, Kind, Options, Proposal};
use crate::advice::checkout::{Checkout, Cron, Job, Step};
use crate::advice::dice::Dice;
use crate::insight::Intake;
use crate::runs::{Conclusion, Run};

const N: u64 = 120;

fn only(advice: &Advice, kind: Kind) -> Option<&Proposal> {
    let mut of_kind = advice.proposals.iter().filter(|proposal| proposal.kind == kind);
    let found = of_kind.next();
    assert!(of_kind.next().is_none(), "more than one {kind:?}");
    found
}

fn advise(checkout: Checkout, runs: &[Run]) -> Advice {
    super::clean::advise(checkout, runs)
}

fn steady(event: &str, mut each: impl FnMut(u64, &mut Run, &mut Dice)) -> Vec<Run> {
    let mut dice = Dice::new(11);
    let one = |i| {
        let mut run = run(i, N, 90.0, event);
        each(i, &mut run, &mut dice);
        run
    };
    (0..N).map(one).collect()
}

fn running(id: &str, command: &str) -> Job {
    let mut job = job(id);
    job.steps[3] = Step { name: Some("Test".into()), run: Some(command.into()), ..Step::default() };
    job
}

#[test]
fn tests_that_everybody_waits_for_are_split_where_the_tool_knows_parts() {
    let runs = steady("pull_request", |_, run, dice| {
        add(run, "test", Conclusion::Success, &[("Install", 20.0), ("Test", dice.around(900.0, 0.1))]);
        add(run, "lint", Conclusion::Success, &[("Test", 60.0)]);
    });
    let advice = advise(checkout(vec![running("test", "npx vitest run --coverage"), job("lint")]), &runs);
    let found = only(&advice, Kind::Split).unwrap();
    let settings = &found.patch.as_ref().unwrap()["jobs"]["ci/test"];
    assert_eq!(settings["strategy"]["matrix"]["shard"], json!([1, 2]));
    let run = "npx vitest run --coverage --shard=${{ matrix.shard }}/2";
    assert_eq!(settings["steps"]["Test"]["run"], run);
    let sooner = found.sooner_s.unwrap();
    assert!((sooner.value - 450.0).abs() < 30.0, "{sooner:?}");
    assert!(found.saving.minutes.value < 0.0, "set-up is paid twice");
    assert!(matches!(found.experiment, Experiment::Definition { .. }));
    let by_hand = advise(checkout(vec![running("test", "npm test"), job("lint")]), &runs);
    let found = only(&by_hand, Kind::Split).unwrap();
    assert!(found.patch.is_none() && found.by_hand.is_some());
}

#[test]
fn tests_beside_a_job_that_lasts_as_long_stay_whole() {
    let runs = steady("pull_request", |_, run, _| {
        add(run, "test", Conclusion::Success, &[("Test", 900.0)]);
        add(run, "build", Conclusion::Success, &[("Build", 900.0)]);
    });
    let advice = advise(checkout(vec![running("test", "npx vitest run"), job("build")]), &runs);
    assert!(only(&advice, Kind::Split).is_none());
}

#[test]
fn tiny_jobs_become_one_and_jobs_of_other_runners_do_not() {
    let runs = steady("pull_request", |_, run, dice| {
        for name in ["fmt", "typos"] {
            let steps = [("Check out", 3.0), ("Install", dice.around(25.0, 0.1)), ("Look", 4.0)];
            add(run, name, Conclusion::Success, &steps);
        }
    });
    let jobs = || vec![Job { special: false, ..job("fmt") }, job("typos")];
    let advice = advise(checkout(jobs()), &runs);
    let found = only(&advice, Kind::Merge).unwrap();
    // One set-up of 28 s less, and one started minute less to pay.
    let a_month = f64::from(N as u32) * 27.0 / 60.0 / 90.0 * 30.44;
    assert!((found.saving.minutes.value - a_month).abs() < 0.1 * a_month, "{:?}", found.saving);
    assert!(found.patch.is_none() && found.by_hand.is_some());
    let mut other = jobs();
    other[1].runs_on = Some("windows-2025".into());
    assert!(only(&advise(checkout(other), &runs), Kind::Merge).is_none());
}

#[test]
fn a_tiny_job_is_tried_on_the_smallest_runner_unless_it_needs_containers() {
    let mut runs = steady("push", |_, run, dice| {
        add(run, "gate", Conclusion::Success, &[("Look", dice.around(10.0, 0.2))]);
    });
    // Often enough that it is worth something.
    for copy in 1..6 {
        let more = steady("push", |i, run, _| {
            run.id = 10_000 * copy + i;
            add(run, "gate", Conclusion::Success, &[("Look", 10.0)]);
        });
        runs.extend(more);
    }
    let advice = advise(checkout(vec![job("gate")]), &runs);
    let found = only(&advice, Kind::Runner).unwrap();
    assert_eq!(found.patch, Some(json!({ "jobs": { "ci/gate": { "runs-on": "ubuntu-slim" } } })));
    assert!(found.saving.usd.low > 0.0 && found.saving.usd.high <= 0.004 * 720.0 / 90.0 * 30.5);
    let container = Job { special: true, ..job("gate") };
    assert!(only(&advise(checkout(vec![container]), &runs), Kind::Runner).is_none());
}

#[test]
fn a_long_job_that_everybody_waits_for_is_only_a_question_of_a_bigger_runner() {
    let runs = steady("push", |_, run, dice| {
        add(run, "build", Conclusion::Success, &[("Build", dice.around(1_800.0, 0.1))]);
    });
    let advice = advise(checkout(vec![job("build")]), &runs);
    let found = only(&advice, Kind::Runner).unwrap();
    assert!(found.patch.is_none() && found.saving.usd.low < 0.0 && found.saving.usd.high == 0.0);
}

fn nightly(fail: Option<u64>, same_commit: bool) -> (Checkout, Vec<Run>) {
    let mut checkout = checkout(vec![job("test")]);
    checkout.workflows[0].crons = vec![Cron { expression: "17 3 * * *".into(), time_zone: None }];
    let runs = steady("schedule", |i, run, _| {
        if same_commit {
            run.commit = Some(format!("{:040x}", i / 7));
        }
        let conclusion = if fail == Some(i) { Conclusion::Failure } else { Conclusion::Success };
        add(run, "test", conclusion, &[("Test", 600.0)]);
    });
    (checkout, runs)
}

#[test]
fn a_daily_run_that_never_found_anything_can_be_weekly() {
    let (checkout, runs) = nightly(None, true);
    let advice = advise(checkout, &runs);
    let found = only(&advice, Kind::Schedule).unwrap();
    let patch = json!({ "triggers": { "ci": { "schedule": [{ "cron": "17 3 * * 1" }] } } });
    assert_eq!(found.patch, Some(patch));
    assert!(found.evidence[0].interval.unwrap().1 < 0.03);
}

#[test]
fn a_daily_run_that_found_something_or_tries_new_commits_stays() {
    for (fail, same_commit) in [(Some(50), true), (None, false)] {
        let (checkout, runs) = nightly(fail, same_commit);
        assert!(only(&advise(checkout, &runs), Kind::Schedule).is_none());
    }
    let (mut checkout, runs) = nightly(None, true);
    checkout.workflows[0].jobs[0].steps[3].run = Some("./deploy.sh".into());
    assert!(only(&advise(checkout, &runs), Kind::Schedule).is_none(), "its green runs do something");
}

#[test]
fn changes_of_documents_alone_need_no_run_where_the_files_are_known() {
    let runs = steady("pull_request", |_, run, _| add(run, "test", Conclusion::Success, &[("Test", 600.0)]));
    let told = |files: &dyn Fn(u64) -> Option<&'static str>| {
        let mut advisor = Advisor::new(Options::new("o/r", until()), checkout(vec![job("test")]));
        for run in &runs {
            advisor.whole(run);
            if let Some(file) = files(run.id) {
                advisor.changed(run.id, vec![file.into()]);
            }
        }
        advisor.finish()
    };
    let advice = told(&|id| Some(if id % 3 == 0 { "docs/a.md" } else { "src/a.rs" }));
    let found = only(&advice, Kind::PathFilter).unwrap();
    let a_month = 40.0 * 10.0 / 90.0 * 30.44;
    assert!((found.saving.minutes.value - a_month).abs() < 0.02 * a_month, "{:?}", found.saving);
    assert!(only(&told(&|_| None), Kind::PathFilter).is_none());
    assert!(only(&told(&|_| Some("src/a.rs")), Kind::PathFilter).is_none());
}

#[test]
fn jobs_that_wait_long_for_a_runner_are_told() {
    let runs = steady("push", |_, run, _| {
        add(run, "test", Conclusion::Success, &[("Test", 120.0)]);
        for job in &mut run.jobs {
            job.created = Some(super::clean::after(job.started.unwrap(), -300.0));
            job.labels = vec!["self-hosted".into(), "gpu".into()];
        }
    });
    let own = Job { runs_on: Some("self-hosted,gpu".into()), ..job("test") };
    let advice = advise(checkout(vec![own]), &runs);
    let found = only(&advice, Kind::Runner).unwrap();
    assert!((found.sooner_s.unwrap().value - 300.0).abs() < 1.0);
}
