//! The laws of an experiment: of its assignment, its verdict and its error rates.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::sync::LazyLock;

use proptest::prelude::*;
use wfgen::experiment::assign::{self, Arm, Assignment, Share};
use wfgen::experiment::design::{Past, design};
use wfgen::experiment::guardrail::{Safety, guardrail};
use wfgen::experiment::outcome::{Conclusion, Exclusion, Outcome, Record, Rules, outcomes};
use wfgen::experiment::power::{PowerAnswer, PowerQuestion, Scenario, power};
use wfgen::experiment::sample_ratio::sample_ratio;
use wfgen::experiment::secondary::{Metric, secondary};
use wfgen::experiment::verdict::{Decision, intervals, verdict};
use wfgen::experiment::{Plan, Verdict};
use wfgen::stats::Refusal;

/// A small plan, so that a thousand verdicts take no time.
fn small() -> Plan {
    Plan { horizon: 32, min_per_arm: 4, ..Plan::default() }
}

fn share(percent: u8) -> Share {
    Share::new(percent).unwrap()
}

/// Outcomes with blocks of four from durations, one arm per duration.
fn blocked(durations: &[f64], treated: &[bool]) -> Vec<Outcome> {
    let outcome = |(i, (&duration, &treated)): (usize, (&f64, &bool))| Outcome {
        run_number: i as u64,
        arm: if treated { Arm::Treatment } else { Arm::Control },
        stratum: i as u64 / 4,
        success: true,
        duration: Some(duration),
        queue: None,
        covariates: Vec::new(),
    };
    durations.iter().zip(treated).enumerate().map(outcome).collect()
}

/// `n` runs as the salt assigns them, each with the duration that `seconds` gives to its number and arm.
fn assigned(salt: &str, n: u64, seconds: impl Fn(u64, Arm) -> f64) -> Vec<Outcome> {
    (0..n)
        .map(|run| {
            let arm = assign::by_run_number(salt, run, Share::HALF);
            Outcome {
                run_number: run,
                arm,
                stratum: assign::stratum(Assignment::Blocks, run, Share::HALF),
                success: true,
                duration: Some(seconds(run, arm)),
                queue: None,
                covariates: Vec::new(),
            }
        })
        .collect()
}

/// Something like noise that needs no generator: between 0 and 1.
fn noise(i: u64) -> f64 {
    f64::from(assign::hash(&format!("noise {i}"))) / f64::from(1 << 28)
}

mod assignment {
    use super::*;

    #[test]
    fn every_block_of_four_has_two_of_each_arm_and_every_share_is_exact_in_a_hundred_runs() {
        for salt in ["a", "b", "an experiment 2026-11"] {
            for block in 0..200_u64 {
                let treated = (4 * block..4 * block + 4)
                    .filter(|&run| assign::by_run_number(salt, run, Share::HALF) == Arm::Treatment)
                    .count();
                assert_eq!(treated, 2, "{salt} block {block}");
            }
            for percent in 0..=100 {
                for century in 0..3_u64 {
                    let treated = (100 * century..100 * century + 100)
                        .filter(|&run| assign::by_run_number(salt, run, share(percent)) == Arm::Treatment)
                        .count();
                    assert_eq!(treated, usize::from(percent), "{salt} at {percent} %");
                }
            }
        }
    }

    #[test]
    fn endings_are_exact_too_and_cover_every_step() {
        for percent in 0..=100 {
            let treated = (0..100).filter(|&id| assign::by_run_id("s", id, share(percent)) == Arm::Treatment);
            assert_eq!(treated.count(), usize::from(percent));
        }
        let steps = assign::endings_by_step("s");
        let sizes: Vec<_> = steps.iter().map(|(s, e)| (s.percent(), e.len())).collect();
        assert_eq!(sizes, [(1, 1), (5, 4), (10, 5), (25, 15), (50, 25), (100, 50)]);
        let mut all: Vec<&String> = steps.iter().flat_map(|(_, e)| e).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 100);
    }

    #[test]
    fn all_six_arrangements_occur_equally_often() {
        let mut seen = std::collections::BTreeMap::new();
        for block in 0..6000_u64 {
            let arms: Vec<Arm> =
                (0..4).map(|i| assign::by_run_number("salt", 4 * block + i, Share::HALF)).collect();
            *seen.entry(arms).or_insert(0_u32) += 1;
        }
        assert_eq!(seen.len(), 6);
        // 1000 each with a standard deviation of 29.
        assert!(seen.values().all(|n| n.abs_diff(1000) < 120), "{seen:?}");
    }

    #[test]
    fn two_experiments_with_different_salts_are_not_confounded() {
        let mut table = [[0_u32; 2]; 2];
        for run in 0..4000 {
            let arm = |salt| assign::by_run_number(salt, run, Share::HALF).index();
            table[arm("one")][arm("two")] += 1;
        }
        assert!(table.iter().flatten().all(|n| n.abs_diff(1000) < 130), "{table:?}");
        let both = (0..100)
            .filter(|&id| {
                assign::by_run_id("one", id, Share::HALF) == assign::by_run_id("two", id, Share::HALF)
            })
            .count();
        assert!((30..=70).contains(&both), "{both} of 100 endings agree");
    }

    #[test]
    fn a_missing_or_broken_variable_means_control() {
        for text in [None, Some(""), Some("on"), Some("-1"), Some("101"), Some("1e9"), Some(" 50")] {
            assert_eq!(Share::from_variable(text).percent(), 0, "{text:?}");
        }
        assert_eq!(Share::from_variable(Some("25")).percent(), 25);
    }

    /// The script that `docs/experiments.md` shows, run for real.
    #[cfg(unix)]
    #[test]
    fn a_posix_shell_computes_the_same_arm() {
        let docs = include_str!("../docs/experiments.md");
        let script = docs.split("```sh\n").find(|part| part.contains("century")).unwrap();
        let script = script.split("```").next().unwrap();
        for (salt, run, percent) in [
            ("a", 1, 50),
            ("a", 2, 50),
            ("a", 3, 50),
            ("x y", 99, 25),
            ("b", 1234, 10),
            ("b", 777_777, 1),
            ("b", 5, 100),
        ] {
            let output = std::process::Command::new("sh")
                .arg("-c")
                .arg(script)
                .env("SALT", salt)
                .env("RUN_NUMBER", run.to_string())
                .env("SHARE", percent.to_string())
                .output()
                .unwrap();
            let arm = match assign::by_run_number(salt, run, share(percent)) {
                Arm::Control => "control",
                Arm::Treatment => "treatment",
            };
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), arm, "{salt} {run} {percent}");
        }
    }

    proptest! {
        #[test]
        fn raising_the_share_never_moves_a_treated_run_back(salt in ".{0,12}", run: u64, low in 0_u8..=100, high in 0_u8..=100) {
            let (low, high) = (share(low.min(high)), share(low.max(high)));
            prop_assert!(assign::by_run_number(&salt, run, low) <= assign::by_run_number(&salt, run, high));
            prop_assert!(assign::by_run_id(&salt, run, low) <= assign::by_run_id(&salt, run, high));
        }
    }
}

mod used_runs {
    use super::*;

    fn record(run_number: u64) -> Record {
        Record {
            run_number,
            run_id: 1000 + run_number,
            attempt: 1,
            arm: Some(assign::by_run_number("salt", run_number, Share::HALF)),
            share: 50,
            conclusion: Conclusion::Success,
            duration: Some(60.0),
            queue: Some(3.0),
            covariates: Vec::new(),
        }
    }

    fn rules() -> Rules {
        Rules { assignment: Assignment::Blocks, salt: "salt".into(), warm_up: 0 }
    }

    fn reason(records: &[Record], run: u64) -> Option<Exclusion> {
        outcomes(records, &rules()).excluded.iter().find(|e| e.run_number == run).map(|e| e.reason)
    }

    #[test]
    fn only_first_attempts_that_ended_as_assigned_count() {
        let mut records: Vec<Record> = (1..=9).map(record).collect();
        records[0].attempt = 2;
        records[1].arm = None;
        records[2].arm = records[2].arm.map(Arm::other);
        records[3].conclusion = Conclusion::Cancelled;
        records[4].conclusion = Conclusion::Skipped;
        records[5].conclusion = Conclusion::Failure;
        records.push(record(7));
        let out = outcomes(&records, &rules());
        assert_eq!(out.used.iter().map(|o| o.run_number).collect::<Vec<_>>(), [6, 7, 8, 9]);
        assert_eq!((out.used[0].success, out.used[0].duration), (false, None));
        assert_eq!(reason(&records, 1), Some(Exclusion::LaterAttempt));
        assert_eq!(reason(&records, 2), Some(Exclusion::NoArm));
        assert_eq!(reason(&records, 3), Some(Exclusion::NotAsAssigned));
        assert_eq!(reason(&records, 4), Some(Exclusion::Censored));
        assert_eq!(reason(&records, 5), Some(Exclusion::Skipped));
        assert_eq!(reason(&records, 7), Some(Exclusion::Duplicate));
        assert_eq!((out.started.total(), out.completed.total(), out.censored.total()), (5, 4, 1));
    }

    #[test]
    fn a_run_in_flight_holds_back_the_ones_after_it() {
        let mut records: Vec<Record> = (1..=6).map(record).collect();
        records[3].conclusion = Conclusion::Running;
        let out = outcomes(&records, &rules());
        assert_eq!(out.used.len(), 3);
        assert_eq!(reason(&records, 4), Some(Exclusion::Running));
        assert_eq!(reason(&records, 5), Some(Exclusion::HeldBack));
    }

    #[test]
    fn the_first_runs_of_each_arm_only_warm_its_caches() {
        let records: Vec<Record> = (1..=12).map(record).collect();
        let out = outcomes(&records, &Rules { warm_up: 2, ..rules() });
        assert_eq!(out.used.len(), 8);
        let warm = out.excluded.iter().filter(|e| e.reason == Exclusion::WarmUp);
        assert_eq!(warm.count(), 4);
    }

    #[test]
    fn an_arm_that_loses_its_runs_is_noticed() {
        let mut records: Vec<Record> = (1..=100).map(record).collect();
        assert!(!sample_ratio(&outcomes(&records, &rules())).mismatch);
        for r in records.iter_mut().filter(|r| r.arm == Some(Arm::Treatment)).take(20) {
            r.conclusion = Conclusion::Cancelled;
        }
        let check = sample_ratio(&outcomes(&records, &rules()));
        assert!(check.mismatch && check.p_started > 0.5 && check.p_censored < 1e-4, "{check:?}");
    }

    proptest! {
        #[test]
        fn the_order_of_the_records_does_not_matter(
            (records, shuffled) in proptest::collection::vec((1_u64..12, 1_u32..3, 0_u8..5, any::<bool>()), 0..20)
                .prop_map(|rows| rows.into_iter().map(|(run, attempt, how, slow)| Record {
                    attempt,
                    conclusion: [Conclusion::Success, Conclusion::Failure, Conclusion::Cancelled, Conclusion::Skipped, Conclusion::Running][usize::from(how)],
                    duration: Some(if slow { 90.0 } else { 60.0 }),
                    ..record(run)
                }).collect::<Vec<_>>())
                .prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle()))
        ) {
            prop_assert_eq!(outcomes(&records, &rules()), outcomes(&shuffled, &rules()));
        }
    }
}

mod verdicts {
    use super::*;

    #[test]
    fn a_clear_speed_up_is_found_with_an_interval_that_holds_it() {
        let runs = assigned("s", 100, |i, arm| {
            (600.0 + 60.0 * noise(i)) * if arm == Arm::Treatment { 0.8 } else { 1.0 }
        });
        let v = verdict(&Plan::default(), &runs).unwrap();
        assert_eq!(v.decision, Decision::Faster);
        assert!(v.run < 60 && v.unused == 100 - v.run, "{v:?}");
        let s = v.speed_up.unwrap();
        assert!(s.lower.unwrap() > 0.0 && s.lower.unwrap() < 0.2 && s.upper.is_none_or(|u| u > 0.2), "{s:?}");
        assert!((s.estimate - 0.2).abs() < 0.03, "{s:?}");
    }

    #[test]
    fn the_same_runs_shown_in_parts_give_the_same_looks() {
        let runs = assigned("s", 100, |i, _| 600.0 + 300.0 * noise(i));
        let whole = verdict(&Plan::default(), &runs).unwrap();
        for k in [10, 37, 64, 99] {
            let part = verdict(&Plan::default(), &runs[..k]).unwrap();
            assert_eq!(part.looks[..], whole.looks[..part.looks.len()]);
            assert_eq!(part.decision, Decision::Undecided);
        }
        assert_eq!(whole.decision, Decision::NotShown);
    }

    #[test]
    fn too_few_or_equal_runs_have_no_estimate_and_no_verdict() {
        let few = verdict(&Plan::default(), &assigned("s", 9, |i, _| 60.0 + noise(i))).unwrap();
        assert_eq!((few.decision, few.speed_up, few.looks.len()), (Decision::Undecided, None, 0));
        let equal = verdict(&Plan::default(), &assigned("s", 100, |_, _| 60.0)).unwrap();
        assert_eq!((equal.decision, equal.speed_up), (Decision::NotShown, None));
        assert!(equal.looks.iter().all(|l| l.statistic.is_none()));
        let none = verdict(&Plan::default(), &[]).unwrap();
        assert_eq!((none.decision, none.run), (Decision::Undecided, 0));
    }

    #[test]
    fn two_constants_are_told_apart() {
        let runs = assigned("s", 100, |_, arm| if arm == Arm::Treatment { 50.0 } else { 60.0 });
        let v = verdict(&Plan::default(), &runs).unwrap();
        assert_eq!(v.decision, Decision::Faster);
        assert!((v.speed_up.unwrap().estimate - 1.0 / 6.0).abs() < 1e-3);
    }

    #[test]
    fn the_interval_narrows_and_every_look_is_in_the_plot() {
        let runs = assigned("s", 100, |i, _| 600.0 + 300.0 * noise(i));
        let plot = intervals(&Plan::with_horizon(60), &runs).unwrap();
        assert_eq!(plot.len(), 51);
        let width = |k: usize| plot[k].1.upper.zip(plot[k].1.lower).map(|(u, l)| u - l);
        assert_eq!(width(0), None, "ten runs exclude nothing");
        assert!(width(50).unwrap() < width(30).unwrap());
    }

    #[test]
    fn a_plan_out_of_range_is_refused() {
        for plan in [
            Plan { horizon: 5, ..Plan::default() },
            Plan { alpha: 0.0, ..Plan::default() },
            Plan { alpha: f64::NAN, ..Plan::default() },
            Plan { first_look: 101, ..Plan::default() },
            Plan { margin: 1.0, ..Plan::default() },
            Plan { min_per_arm: 60, ..Plan::default() },
        ] {
            assert!(matches!(verdict(&plan, &[]), Err(Refusal::OutOfRange { .. })), "{plan:?}");
        }
    }

    /// Durations and arms in blocks of four, of a length that a small plan holds.
    fn runs() -> impl Strategy<Value = (Vec<f64>, Vec<bool>)> {
        let block = Just([true, true, false, false]).prop_shuffle();
        let blocks = proptest::collection::vec(block, 3..=8);
        (blocks, proptest::collection::vec(-1.0_f64..1.0, 32), -0.6_f64..0.6).prop_map(
            |(blocks, noise, effect)| {
                let treated: Vec<bool> = blocks.into_iter().flatten().collect();
                let duration = |(t, z): (&bool, &f64)| (6.0 + 0.2 * z + if *t { effect } else { 0.0 }).exp();
                (treated.iter().zip(&noise).map(duration).collect(), treated)
            },
        )
    }

    fn crossed(v: &Verdict) -> bool {
        matches!(v.decision, Decision::Faster | Decision::Slower)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn the_interval_leaves_zero_out_exactly_when_the_boundary_is_crossed((durations, treated) in runs()) {
            let v = verdict(&small(), &blocked(&durations, &treated)).unwrap();
            let s = v.speed_up.unwrap();
            let excludes = s.lower.is_some_and(|l| l > 0.0) || s.upper.is_some_and(|u| u < 0.0);
            prop_assert_eq!(excludes, crossed(&v), "{:?}", v);
            prop_assert!(s.lower.is_none_or(|l| l <= s.estimate) && s.upper.is_none_or(|u| s.estimate <= u));
            prop_assert_eq!(v.decision == Decision::Faster, s.lower.is_some_and(|l| l > 0.0));
        }

        #[test]
        fn a_higher_confidence_has_a_wider_interval((durations, treated) in runs()) {
            let runs = blocked(&durations, &treated);
            // A plan that does not stop early, so that both are about the same look.
            let at = |alpha| intervals(&Plan { alpha, first_look: 32, ..small() }, &runs).unwrap();
            for ((_, narrow), (_, wide)) in at(0.2).into_iter().zip(at(0.01)) {
                prop_assert!(wide.lower.is_none_or(|w| narrow.lower.is_some_and(|n| w <= n + 1e-9)));
                prop_assert!(wide.upper.is_none_or(|w| narrow.upper.is_some_and(|n| w >= n - 1e-9)));
            }
        }

        #[test]
        fn swapping_the_arms_flips_the_sign((durations, treated) in runs()) {
            let swapped: Vec<bool> = treated.iter().map(|t| !t).collect();
            let a = verdict(&small(), &blocked(&durations, &treated)).unwrap();
            let b = verdict(&small(), &blocked(&durations, &swapped)).unwrap();
            prop_assert_eq!(a.run, b.run);
            for (x, y) in a.looks.iter().zip(&b.looks) {
                let sum = x.statistic.zip(y.statistic).map(|(x, y)| x + y);
                prop_assert!(sum.is_some_and(|s| s.abs() < 1e-9));
            }
            let factor = (1.0 - a.speed_up.unwrap().estimate) * (1.0 - b.speed_up.unwrap().estimate);
            prop_assert!((factor - 1.0).abs() < 1e-3, "{}", factor);
        }

        #[test]
        fn the_unit_of_the_durations_does_not_matter((durations, treated) in runs(), unit in 1e-3_f64..1e3) {
            let scaled: Vec<f64> = durations.iter().map(|d| d * unit).collect();
            let a = verdict(&small(), &blocked(&durations, &treated)).unwrap();
            let b = verdict(&small(), &blocked(&scaled, &treated)).unwrap();
            prop_assert_eq!((a.decision, a.run), (b.decision, b.run));
            for (x, y) in a.looks.iter().zip(&b.looks) {
                prop_assert!((x.statistic.unwrap() - y.statistic.unwrap()).abs() < 1e-9);
            }
        }

        #[test]
        fn the_order_of_the_rows_does_not_matter(
            (runs, shuffled) in runs()
                .prop_map(|(d, t)| {
                    let mut runs = blocked(&d, &t);
                    // Pairs of rows share a run number: only their content may order them.
                    runs.iter_mut().for_each(|o| o.run_number /= 2);
                    runs
                })
                .prop_flat_map(|runs| (Just(runs.clone()), Just(runs).prop_shuffle()))
        ) {
            prop_assert_eq!(verdict(&small(), &runs).unwrap(), verdict(&small(), &shuffled).unwrap());
            prop_assert_eq!(guardrail(&small(), &runs).unwrap(), guardrail(&small(), &shuffled).unwrap());
        }

        #[test]
        fn no_input_makes_a_nan_or_a_panic(
            rows in proptest::collection::vec(
                (any::<u64>(), any::<bool>(), any::<u8>(), any::<bool>(), proptest::option::of(any::<f64>()),
                 proptest::collection::vec(any::<f64>(), 0..3)),
                0..60,
            )
        ) {
            let outcomes: Vec<Outcome> = rows.into_iter().map(|(run_number, treated, stratum, success, duration, covariates)| Outcome {
                run_number,
                arm: if treated { Arm::Treatment } else { Arm::Control },
                stratum: u64::from(stratum % 4),
                success,
                duration,
                queue: duration,
                covariates,
            }).collect();
            let v = verdict(&small(), &outcomes).unwrap();
            let g = guardrail(&small(), &outcomes).unwrap();
            let numbers = [g.difference, g.shown_within, g.statistic, g.boundary, g.interval.map(|i| i.upper)];
            prop_assert!(numbers.into_iter().flatten().all(f64::is_finite), "{:?}", g);
            prop_assert!(v.looks.iter().all(|l| l.statistic.is_none_or(f64::is_finite)));
            let finite = |s: f64| s.is_finite();
            prop_assert!(v.speed_up.is_none_or(|s| finite(s.estimate) && s.lower.is_none_or(finite) && s.upper.is_none_or(finite)));
        }
    }
}

mod guardrails {
    use super::*;

    /// Runs as assigned, each of which succeeds or not.
    fn runs(n: u64, succeeds: impl Fn(u64, Arm) -> bool) -> Vec<Outcome> {
        let mut runs = assigned("g", n, |_, _| 60.0);
        for o in &mut runs {
            o.success = succeeds(o.run_number, o.arm);
        }
        runs
    }

    #[test]
    fn a_treatment_that_always_fails_is_stopped_by_run_12() {
        let g = guardrail(&Plan::default(), &runs(100, |_, arm| arm == Arm::Control)).unwrap();
        assert_eq!((g.safety, g.run), (Safety::Harmed, 12));
    }

    #[test]
    fn few_runs_are_never_safe_and_many_are_within_what_they_show() {
        let ok = |n| guardrail(&Plan::default(), &runs(n, |_, _| true)).unwrap();
        assert_eq!(ok(0).safety, Safety::Unproven);
        assert_eq!((ok(11).safety, ok(11).shown_within), (Safety::Unproven, None));
        assert_eq!(ok(16).safety, Safety::Unproven);
        let end = ok(100);
        assert_eq!(end.safety, Safety::SafeWithin);
        assert!(end.shown_within.unwrap() < 0.07, "{end:?}");
        let half = guardrail(&Plan { margin: 0.05, ..Plan::default() }, &runs(100, |_, _| true)).unwrap();
        assert_eq!(half.safety, Safety::Unproven, "a hundred runs can't show a margin of five points");
    }

    #[test]
    fn secondary_metrics_pay_for_their_number() {
        let shifted = |by: f64| Metric {
            name: "cost".into(),
            control: (0..12).map(noise).collect(),
            treatment: (20..32).map(|i| noise(i) + by).collect(),
        };
        let alone = secondary(&[shifted(0.6)], 0.05);
        assert!(alone[0].differs, "{alone:?}");
        let many: Vec<Metric> = std::iter::once(shifted(0.6)).chain((0..400).map(|_| shifted(0.0))).collect();
        assert!(!secondary(&many, 0.05)[0].differs);
        let empty = Metric { name: "none".into(), control: vec![], treatment: vec![1.0] };
        assert_eq!(secondary(&[empty], 0.05)[0].refusal, Some(Refusal::TooFew { needed: 1, got: 0 }));
    }
}

/// The error rates by simulation: shorter versions of what `wfgen experiment power` does with 8,000 simulations. Each
/// bound is the required rate plus three Monte-Carlo standard errors, so that a right program fails once in a thousand
/// seeds; the seeds are fixed.
mod error_rates {
    use super::*;

    /// Simulations per question: the standard error of a rate of 5.5 % is 1.9 points.
    const SIMULATIONS: u32 = 150;

    fn simulate(question: PowerQuestion) -> PowerAnswer {
        power(&PowerQuestion { simulations: SIMULATIONS, seed: 2026, ..question }).unwrap()
    }

    fn margin(rate: f64, simulations: u32) -> f64 {
        3.0 * (rate * (1.0 - rate) / f64::from(simulations)).sqrt()
    }

    fn at_most(found: f64, required: f64, what: &str) {
        assert!(found <= required + margin(required, SIMULATIONS), "{what}: {found} is above {required}");
    }

    fn at_least(found: f64, required: f64, what: &str) {
        assert!(found >= required - margin(required, SIMULATIONS), "{what}: {found} is below {required}");
    }

    #[test]
    fn false_verdicts_and_false_alarms_stay_below_their_rates_in_every_scenario() {
        let mut false_verdicts = 0.0;
        for (i, scenario) in (0_u32..).zip(Scenario::ALL) {
            let question = PowerQuestion { scenario, simulations: SIMULATIONS, ..PowerQuestion::default() };
            let a = power(&PowerQuestion { seed: 2026 + u64::from(i), ..question }).unwrap();
            at_most(a.rejection_rate, 0.055, &format!("false verdicts, {scenario:?}"));
            at_most(a.harmed, 0.05, &format!("false alarms, {scenario:?}"));
            false_verdicts += a.rejection_rate / Scenario::ALL.len() as f64;
        }
        let all = SIMULATIONS * Scenario::ALL.len() as u32;
        assert!(false_verdicts <= 0.055 + margin(0.055, all), "false verdicts over all: {false_verdicts}");
    }

    #[test]
    fn power_is_as_required_and_near_the_bound() {
        for (effect, required) in [(0.10, 0.65), (0.15, 0.94), (0.20, 0.99)] {
            let a = simulate(PowerQuestion { effect, ..PowerQuestion::default() });
            at_least(a.rejection_rate, required, &format!("power at {effect}"));
            at_least(a.rejection_rate, a.bound.unwrap() - 0.03, &format!("the bound at {effect}"));
            assert!(a.slower < 0.02, "the wrong direction at {effect}: {a:?}");
        }
        let slower = simulate(PowerQuestion { effect: -0.25, ..PowerQuestion::default() });
        at_least(slower.rejection_rate, 0.99, "a slow-down");
    }

    #[test]
    fn harm_is_stopped_early() {
        // The verdict is not what this is about: a huge effect makes it come soon, which saves its looks.
        let harm = |control: f64, treatment: f64| {
            let question =
                PowerQuestion { effect: 0.9, cv: 0.1, simulations: 1000, ..PowerQuestion::default() };
            let rates = (Some(control), Some(treatment));
            power(&PowerQuestion { success_rate: rates.0, treatment_success_rate: rates.1, ..question })
                .unwrap()
        };
        assert_eq!(harm(0.95, 0.0).harmed_median_stop, Some(12));
        assert!(harm(0.95, 0.5).harmed_median_stop.unwrap() <= 25);
        assert!(harm(0.95, 0.7).harmed >= 0.90 - margin(0.90, 1000));
        let even = harm(0.5, 0.5).harmed;
        assert!(even <= 0.05 + margin(0.05, 1000), "false alarms where half of the runs fail: {even}");
    }

    #[test]
    fn replayed_durations_with_jumps_and_outliers_keep_the_rate_and_show_ten_percent() {
        // A series like real ones: a level that jumps, a heavy upper tail, whole seconds.
        let replay: Vec<f64> = (0..400)
            .map(|i| {
                let level = if (i / 130) % 2 == 0 { 300.0 } else { 345.0 };
                let tail = if noise(3 * i) < 0.03 { 1.5 + 3.0 * noise(3 * i + 1) } else { 1.0 };
                (level * (0.85 + 0.3 * noise(3 * i + 2)) * tail).round()
            })
            .collect();
        let question = PowerQuestion { replay: Some(replay), ..PowerQuestion::default() };
        at_most(simulate(question.clone()).rejection_rate, 0.055, "false verdicts in the replay");
        let found = simulate(PowerQuestion { effect: 0.1, ..question.clone() });
        at_least(found.rejection_rate, 0.90, "power in the replay");
        let short = PowerQuestion { replay: Some(vec![1.0; 99]), ..question };
        assert_eq!(power(&short), Err(Refusal::TooFew { needed: 100, got: 99 }));
    }

    #[test]
    fn the_same_seed_gives_the_same_answer_on_any_number_of_threads() {
        let question = PowerQuestion { simulations: 16, effect: 0.1, ..PowerQuestion::default() };
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| power(&question)).unwrap()
        };
        assert_eq!(on(1), on(3));
        assert_ne!(power(&PowerQuestion { seed: 2, ..question.clone() }).unwrap(), on(1));
    }
}

mod designs {
    use super::*;

    static HISTORY: LazyLock<Vec<f64>> = LazyLock::new(|| {
        let bell = |i: u64| (0..12).map(|j| noise(12 * i + j)).sum::<f64>() - 6.0;
        (0..200).map(|i| 300.0 * (0.2 * bell(i)).exp()).collect()
    });

    fn past(durations: &[f64]) -> Vec<Past> {
        durations.iter().map(|&duration| Past { duration, covariates: Vec::new() }).collect()
    }

    #[test]
    fn the_smallest_effect_that_is_promised_is_found_four_times_in_five() {
        let d = design(&Plan::default(), Assignment::Blocks, &past(&HISTORY), 1.0).unwrap();
        let smallest = d.smallest_effect.unwrap();
        // The closed form for one look and normal noise of 0.2 is 10.6 %.
        assert!((0.10..0.13).contains(&smallest), "{d:?}");
        let question = PowerQuestion {
            replay: Some(HISTORY.clone()),
            effect: smallest,
            simulations: 200,
            ..PowerQuestion::default()
        };
        let found = power(&question).unwrap();
        assert!((found.rejection_rate - 0.8).abs() < 0.085, "{} at {smallest}", found.rejection_rate);
        assert!((found.mean_stop - d.expected_stop.unwrap()).abs() < 8.0, "{found:?} {d:?}");
    }

    #[test]
    fn more_failures_or_fewer_runs_promise_less() {
        let smallest = |horizon, rate| {
            let plan = Plan::with_horizon(horizon);
            design(&plan, Assignment::Blocks, &past(&HISTORY), rate).unwrap().smallest_effect.unwrap()
        };
        assert!(smallest(100, 0.7) > smallest(100, 1.0));
        assert!(smallest(50, 1.0) > smallest(100, 1.0));
    }

    #[test]
    fn a_short_or_constant_history_promises_nothing() {
        let of = |d: &[f64]| design(&Plan::default(), Assignment::Endings, &past(d), 0.9);
        assert_eq!(of(&[60.0; 29]), Err(Refusal::TooFew { needed: 30, got: 29 }));
        assert_eq!(of(&[60.0; 50]), Err(Refusal::NoVariation));
        assert_eq!(of(&[f64::NAN; 50]), Err(Refusal::TooFew { needed: 30, got: 0 }));
        assert!(design(&Plan::default(), Assignment::Blocks, &past(&HISTORY), 0.0).is_err());
    }
}
