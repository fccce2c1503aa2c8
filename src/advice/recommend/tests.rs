use proptest::prelude::*;
use serde_json::json;

use super::clean::{add, advise, after, checkout, job, matrix, run};
use super::{Advice, Kind, Proposal};
use crate::advice::checkout::{Cron, Job};
use crate::advice::dice::Dice;
use crate::advice::saving::Basis;
use crate::runs::{Conclusion, Run};

const N: u64 = 300;

fn only(advice: &Advice, kind: Kind) -> Option<&Proposal> {
    let mut of_kind = advice.proposals.iter().filter(|proposal| proposal.kind == kind);
    let found = of_kind.next();
    assert!(of_kind.next().is_none(), "more than one {kind:?}");
    found
}

fn steady(n: u64, mut each: impl FnMut(u64, &mut Run, &mut Dice)) -> Vec<Run> {
    let mut dice = Dice::new(7);
    let one = |i| {
        let mut run = run(i, n, 90.0, "pull_request");
        each(i, &mut run, &mut dice);
        run
    };
    (0..n).map(one).collect()
}

#[test]
fn a_job_without_a_limit_gets_one_and_hung_runs_say_what_it_saves() {
    let runs = steady(N, |i, run, dice| {
        let hung = i % 60 == 59;
        let seconds = if hung { 21_600.0 } else { dice.around(300.0, 0.1) };
        let conclusion = if hung { Conclusion::Cancelled } else { Conclusion::Success };
        add(run, "test", conclusion, &[("Test", seconds)]);
    });
    let advice = advise(checkout(vec![job("test")]), &runs);
    let found = only(&advice, Kind::Timeout).unwrap();
    assert_eq!(found.patch, Some(json!({ "jobs": { "ci/test": { "timeout-minutes": 10 } } })));
    // Five runs in ninety days burnt 350 minutes more than they should.
    let a_month = 5.0 * 350.0 / 90.0 * 30.44;
    assert!((found.saving.minutes.value - a_month).abs() < 0.02 * a_month, "{:?}", found.saving);
    assert!(found.saving.minutes.low > 0.0 && found.saving.usd.value > 0.0);
    assert_eq!(found.saving.basis, Basis::Measured);
}

#[test]
fn jobs_that_never_hung_get_their_limits_in_one_proposal() {
    let runs = steady(N, |_, run, dice| {
        for name in ["test", "lint"] {
            add(run, name, Conclusion::Success, &[("Test", dice.around(300.0, 0.1))]);
        }
    });
    let advice = advise(checkout(vec![job("test"), job("lint")]), &runs);
    let found = only(&advice, Kind::Timeout).unwrap();
    let limit = json!({ "timeout-minutes": 10 });
    assert_eq!(found.patch, Some(json!({ "jobs": { "ci/test": limit, "ci/lint": limit } })));
    assert_eq!((found.saving.minutes.value, found.saving.minutes.low, found.evidence.len()), (0.0, 0.0, 2));
    assert!(found.saving.minutes.high > 0.0);
}

#[test]
fn a_limit_that_fits_is_left_alone() {
    let runs = steady(N, |_, run, dice| {
        add(run, "test", Conclusion::Success, &[("Test", dice.around(300.0, 0.1))]);
    });
    // An expression may say anything.
    for minutes in [20.0, f64::NAN] {
        let limited = Job { timeout_minutes: Some(minutes), ..job("test") };
        assert!(only(&advise(checkout(vec![limited]), &runs), Kind::Timeout).is_none());
    }
}

#[test]
fn a_limit_that_cuts_healthy_runs_is_raised() {
    let runs = steady(N, |i, run, dice| {
        let cut = i % 10 == 0;
        let seconds = if cut { 602.0 } else { dice.around(450.0, 0.1).min(590.0) };
        let conclusion = if cut { Conclusion::Cancelled } else { Conclusion::Success };
        add(run, "test", conclusion, &[("Test", seconds)]);
    });
    let limited = Job { timeout_minutes: Some(10.0), ..job("test") };
    let advice = advise(checkout(vec![limited]), &runs);
    let found = only(&advice, Kind::Timeout).unwrap();
    assert!(found.title.starts_with("Give"), "{}", found.title);
    assert_eq!(found.saving.basis, Basis::Possible);
}

#[test]
fn with_too_few_runs_nothing_is_proposed_and_that_is_said() {
    let runs = steady(7, |_, run, _| add(run, "test", Conclusion::Success, &[("Test", 60.0)]));
    let advice = advise(checkout(vec![job("test")]), &runs);
    assert!(advice.proposals.is_empty());
    let missing = advice.not_yet.iter().find(|one| one.kind == Kind::Timeout).unwrap();
    assert_eq!((missing.have, missing.need), (7, 20));
}

/// Every fifth run is overtaken after 100 of its 400 seconds by the next of its branch.
fn overtaken() -> Vec<Run> {
    let mut runs = steady(N, |_, run, _| add(run, "test", Conclusion::Success, &[("Test", 400.0)]));
    for i in (0..runs.len() - 1).step_by(5) {
        let (created, branch) = (after(runs[i].created, 100.0), runs[i].branch.clone());
        let newer = &mut runs[i + 1];
        newer.jobs.clear();
        (newer.created, newer.started, newer.branch) = (created, Some(created), branch);
        add(newer, "test", Conclusion::Success, &[("Test", 400.0)]);
    }
    runs
}

#[test]
fn runs_that_a_newer_commit_overtook_would_have_been_cancelled() {
    let advice = advise(checkout(vec![job("test")]), &overtaken());
    let found = only(&advice, Kind::Concurrency).unwrap();
    // Cut when the newer job is queued: 305 of the 400 seconds are left.
    let a_month = 60.0 * 305.0 / 60.0 / 90.0 * 30.44;
    assert!((found.saving.minutes.value - a_month).abs() < 0.02 * a_month, "{:?}", found.saving);
    let settings = &found.patch.as_ref().unwrap()["jobs"]["ci/test"]["concurrency"];
    assert_eq!(settings["cancel-in-progress"], true);
}

#[test]
fn a_workflow_that_publishes_is_never_cancelled_and_one_that_cancels_is_left_alone() {
    let mut publishing = checkout(vec![job("test"), job("publish")]);
    assert!(only(&advise(publishing.clone(), &overtaken()), Kind::Concurrency).is_none());
    publishing.workflows[0].jobs.pop();
    publishing.workflows[0].concurrency = true;
    assert!(only(&advise(publishing, &overtaken()), Kind::Concurrency).is_none());
}

fn legs(failing: impl Fn(u64, &str) -> bool) -> Vec<Run> {
    steady(N, |i, run, _| {
        for leg in ["18", "20", "22"] {
            let conclusion = if failing(i, leg) { Conclusion::Failure } else { Conclusion::Success };
            let seconds = 300.0 + if leg == "18" { 0.0 } else { 60.0 };
            add(run, &format!("test ({leg})"), conclusion, &[("Test", seconds)]);
        }
    })
}

#[test]
fn a_middle_version_that_never_fails_alone_can_go_and_the_ends_stay() {
    let advice = advise(checkout(vec![matrix("test", &["18", "20", "22"])]), &legs(|i, _| i % 20 == 0));
    let found = only(&advice, Kind::MatrixLegs).unwrap();
    let exclude = json!({ "strategy": { "matrix": { "exclude": [{ "node": "20" }] } } });
    assert_eq!(found.patch, Some(json!({ "jobs": { "ci/test": exclude } })));
    let bound = found.evidence[1].interval.unwrap().1;
    // The rule of three for 300 runs.
    assert!((bound - 3.0 / 300.0).abs() < 1e-3, "{bound}");
}

#[test]
fn a_leg_that_failed_alone_once_stays() {
    let failing = |i, leg: &str| i % 20 == 0 || (i == 7 && leg == "20");
    let advice = advise(checkout(vec![matrix("test", &["18", "20", "22"])]), &legs(failing));
    assert!(only(&advice, Kind::MatrixLegs).is_none());
}

#[test]
fn a_matrix_that_never_found_anything_says_nothing_of_its_legs() {
    let advice = advise(checkout(vec![matrix("test", &["18", "20", "22"])]), &legs(|_, _| false));
    assert!(only(&advice, Kind::MatrixLegs).is_none());
}

#[test]
fn legs_that_always_fail_together_can_stop_at_the_first() {
    let advice = advise(checkout(vec![matrix("test", &["18", "20", "22"])]), &legs(|i, _| i % 10 == 0));
    let found = only(&advice, Kind::FailFast).unwrap();
    // Two legs go on for a minute after the first has failed, in 30 runs.
    let a_month = 30.0 * 2.0 / 90.0 * 30.44;
    assert!((found.saving.minutes.value - a_month).abs() < 0.02 * a_month, "{:?}", found.saving);
    let alone = advise(
        checkout(vec![matrix("test", &["18", "20", "22"])]),
        &legs(|i, leg| i % 10 == 0 && leg == "18"),
    );
    assert!(only(&alone, Kind::FailFast).is_none());
}

#[test]
fn a_cache_that_misses_is_told_with_what_it_can_cost_at_most() {
    let runs = steady(N, |_, run, dice| {
        let install = if dice.chance(0.4) { 90.0 } else { 8.0 };
        let steps = [("Install", dice.around(install, 0.2)), ("Test", 100.0)];
        add(run, "test", Conclusion::Success, &steps);
    });
    let mut cached = job("test");
    cached.steps[1].has_cache = true;
    let advice = advise(checkout(vec![cached]), &runs);
    let found = only(&advice, Kind::CacheMiss).unwrap();
    let share = &found.evidence[0];
    assert!((share.value - 0.4).abs() < 0.08 && share.n == N, "{share:?}");
    assert_eq!((found.saving.basis, found.saving.minutes.low), (Basis::Possible, 0.0));
    assert_eq!(found.patch, None);
}

#[test]
fn a_long_install_without_a_cache_is_an_experiment() {
    let runs = steady(N, |_, run, dice| {
        let steps = [("Install", dice.around(60.0, 0.1)), ("Test", 100.0)];
        add(run, "test", Conclusion::Success, &steps);
    });
    let advice = advise(checkout(vec![job("test")]), &runs);
    let found = only(&advice, Kind::CacheUnused).unwrap();
    let steps = json!({ "steps": { "Set up Node": { "with": { "cache": "npm" } } } });
    let settings = json!({ "jobs": { "ci/test": steps } });
    assert_eq!(found.patch.as_ref(), Some(&settings));
    let super::Experiment::Definition { treatment, workflow, .. } = &found.experiment else {
        panic!("no experiment")
    };
    assert_eq!((treatment, workflow.as_str()), (&settings, "ci"));
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let mut runs = overtaken();
    let said = |runs: &[Run]| serde_json::to_string(&advise(checkout(vec![job("test")]), runs)).unwrap();
    let one = said(&runs);
    runs.reverse();
    assert_eq!(one, said(&runs));
}

/// A history of anything: hung, cut, overtaken, copied, out of time, with names that nobody has.
fn anything(seed: u64, n: u64) -> Vec<Run> {
    const ENDS: [Conclusion; 5] = [
        Conclusion::Success,
        Conclusion::Failure,
        Conclusion::Cancelled,
        Conclusion::TimedOut,
        Conclusion::Skipped,
    ];
    const NAMES: [&str; 6] = ["test", "m (18)", "m (20)", "m (22)", "gone", "m (\u{1b}, )"];
    let mut dice = Dice::new(seed);
    let one = |i| {
        let event = ["push", "pull_request", "schedule"][(dice.uniform() * 3.0) as usize];
        let mut run = run(i, n, 1.0 + 200.0 * dice.uniform(), event);
        run.branch = dice.chance(0.9).then(|| format!("b{}", i / 3));
        for _ in 0..(dice.uniform() * 5.0) as usize {
            let end = ENDS[(dice.uniform().powi(3) * 5.0) as usize];
            let name = NAMES[(dice.uniform() * 6.0) as usize];
            let spread = 4.0 * dice.uniform();
            let steps = [("Install", dice.around(30.0, spread)), ("Test", dice.around(300.0, spread))];
            add(&mut run, name, end, &steps.map(|(name, seconds)| (name, seconds.min(1e6))));
            if let Some(job) = run.jobs.last_mut().filter(|_| dice.chance(0.05)) {
                (job.started, job.completed) = (job.completed, job.started);
            }
        }
        run
    };
    (0..n).map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_history_proposals_are_sound(seed: u64, n in 0_u64..400) {
        let mut checkout = checkout(vec![job("test"), matrix("m", &["18", "20", "22"])]);
        checkout.workflows[0].crons = vec![Cron { expression: "0 3 * * *".into(), time_zone: None }];
        let advice = advise(checkout, &anything(seed, n));
        let mut ids: Vec<&str> = advice.proposals.iter().map(|proposal| proposal.id.as_str()).collect();
        let worth: Vec<f64> = advice.proposals.iter().map(|proposal| proposal.saving.usd.value).collect();
        prop_assert!(worth.is_sorted_by(|a, b| a >= b));
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), advice.proposals.len());
        prop_assert!(n >= 20 || advice.proposals.is_empty());
        for proposal in &advice.proposals {
            for e in [proposal.saving.minutes, proposal.saving.usd] {
                prop_assert!(e.low <= e.value && e.value <= e.high && (e.high - e.low).is_finite(), "{proposal:?}");
            }
            prop_assert!(proposal.evidence.iter().all(|e| e.value.is_finite() && e.n > 0), "{proposal:?}");
            prop_assert!(proposal.patch.is_some() || proposal.by_hand.is_some());
            if let Some(patch) = &proposal.patch {
                let tables: Vec<&String> = patch.as_object().unwrap().keys().collect();
                prop_assert!(tables == ["jobs"] || tables == ["triggers"]);
            }
        }
    }
}
