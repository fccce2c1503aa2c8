//! Failures: how often the class is right, and what a history shows of recoveries.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use wfgen::insight::Intake;
use wfgen::insight::failures::{
    Action, Class, Evidence, FailureReport, Failures, JobLog, Options, Symptoms, classify,
};
use wfgen::report::Report;
use wfgen::runs::{Conclusion, Run};

use super::history::{job, run, shop, time, unstyled};

fn class(name: &str) -> Class {
    match name {
        "test" => Class::Test,
        "compile" => Class::Compile,
        "lint" => Class::Lint,
        "dependency" => Class::DependencyOrRegistry,
        "network" => Class::Network,
        "runner" => Class::RunnerOrInfrastructure,
        "timeout" => Class::Timeout,
        "resources" => Class::OutOfMemoryOrDisk,
        "ratelimit" => Class::RateLimit,
        "permission" => Class::Permission,
        "cancelled" => Class::Cancelled,
        "unknown" => Class::Unknown,
        other => panic!("no class {other}"),
    }
}

#[test]
fn the_class_of_an_excerpt_is_right_in_nineteen_of_twenty() {
    let mut excerpts: Vec<(&str, String)> = Vec::new();
    for line in include_str!("logs.txt").lines() {
        match line.strip_prefix("=== ").filter(|name| name.chars().all(char::is_alphabetic)) {
            Some(name) => excerpts.push((name, String::new())),
            None => excerpts.last_mut().unwrap().1.extend([line, "\n"]),
        }
    }
    assert!(excerpts.len() >= 120);
    let mut wrong = String::new();
    let mut by_class: BTreeMap<Class, (u32, u32)> = BTreeMap::new();
    for (name, log) in &excerpts {
        let expected = class(name);
        let found = classify(&Symptoms { log: Some(log), ..Symptoms::default() });
        let right = found.class == expected;
        let counts = by_class.entry(expected).or_default();
        *counts = (counts.0 + u32::from(right), counts.1 + 1);
        if !right {
            wrong += &format!("{expected:?} taken for {:?} by {:?}:\n{log}\n", found.class, found.evidence);
        }
        if let Some(Evidence::Log { line, text }) = &found.evidence {
            let of_log = log.lines().nth(*line as usize - 1).unwrap();
            assert!(of_log.contains(text.as_str()), "{text}");
        }
    }
    let right: u32 = by_class.values().map(|(right, _)| right).sum();
    eprintln!("{right} of {} are right: {by_class:?}\n{wrong}", excerpts.len());
    assert!(f64::from(right) / excerpts.len() as f64 >= 0.95, "{wrong}");
}

#[test]
fn time_stamps_colours_and_noise_around_do_not_matter() {
    let mut log = String::new();
    for i in 0..500 {
        log += &format!("2026-01-02T03:04:05.1234567Z downloading part {i}\n");
    }
    log += "2026-01-02T03:04:06.1234567Z \u{1b}[31mcurl: (6) Could not resolve host: example.org\u{1b}[0m\n";
    log += "2026-01-02T03:04:06.1234567Z ##[error]Process completed with exit code 6.\n";
    log += "2026-01-02T03:04:07.1234567Z Post job cleanup. error: test failed, to rerun pass\n";
    let found = classify(&Symptoms { log: Some(&log), step: Some("Test"), ..Symptoms::default() });
    assert_eq!(found.class, Class::Network);
    let text = "curl: (6) Could not resolve host: example.org".to_owned();
    assert_eq!(found.evidence, Some(Evidence::Log { line: 501, text }));
}

#[test]
fn without_a_log_the_step_and_the_conclusion_say_it() {
    let of = |step, conclusion, seconds| {
        classify(&Symptoms {
            conclusion: Some(conclusion),
            seconds: Some(seconds),
            step: Some(step),
            log: None,
        })
        .class
    };
    for (step, expected) in [
        ("Run cargo test --all", Class::Test),
        ("Lint", Class::Lint),
        ("cargo fmt", Class::Lint),
        ("Build image", Class::Compile),
        ("Install dependencies", Class::DependencyOrRegistry),
        ("Set up job", Class::RunnerOrInfrastructure),
        ("Run actions/checkout@v5", Class::RunnerOrInfrastructure),
        ("Say hello", Class::Unknown),
    ] {
        assert_eq!(of(step, Conclusion::Failure, 60.0), expected, "{step}");
    }
    assert_eq!(of("Test", Conclusion::TimedOut, 60.0), Class::Timeout);
    assert_eq!(of("Test", Conclusion::Cancelled, 60.0), Class::Cancelled);
    assert_eq!(of("Test", Conclusion::Failure, 21_600.0), Class::Timeout);
}

fn report(runs: &[Run], logs: Vec<(Option<u64>, JobLog)>) -> FailureReport {
    let mut failures = Failures::new(Options { since: Timestamp::MIN, most: 50 });
    runs.iter().for_each(|run| failures.whole(run));
    logs.into_iter().for_each(|(run, log)| failures.log(run, log));
    failures.finish()
}

/// Ten test failures of different commits, of which so many passed when run again at once.
fn retried(passed: usize) -> Vec<Run> {
    let start = time("2026-03-01T00:00:00Z");
    let mut runs = Vec::new();
    for i in 0..10 {
        let at = start + SignedDuration::from_hours(i as i64);
        let commit = format!("{i:040x}");
        let of = |id, at, end| vec![job(id, "unit", at, 1.0, 60.0, end)];
        runs.push(run(i as u64, 1, "CI", at, &commit, of(i as u64 * 2, at, Conclusion::Failure)));
        let again = at + SignedDuration::from_mins(3);
        let end = if i < passed { Conclusion::Success } else { Conclusion::Failure };
        runs.push(run(i as u64, 2, "CI", again, &commit, of(i as u64 * 2 + 1, again, end)));
    }
    runs
}

#[test]
fn what_helped_before_comes_first() {
    for (passed, first) in [(10, Action::ReRun), (0, Action::Fix)] {
        let report = report(&retried(passed), Vec::new());
        let tests = report.classes.iter().find(|class| class.class == Class::Test).unwrap();
        assert_eq!(tests.recoveries[0].action, first, "{passed}");
        let again = tests.recoveries.iter().find(|recovery| recovery.action == Action::ReRun).unwrap();
        assert_eq!((again.helped, again.tried), (passed as u64, 10));
        // Four assumed observations at 35 %.
        assert!((again.chance - (passed as f64 + 1.4) / 14.0).abs() < 1e-12);
    }
}

#[test]
fn a_log_goes_to_its_job_and_the_evidence_is_told() {
    let log = |job: &str, text: &str| JobLog { job: job.into(), text: text.into() };
    let runs = retried(5);
    let logs = vec![
        (Some(3), log("Unit", "curl: (6) Could not resolve host: example.org")),
        (None, log("elsewhere", "error[E0308]: mismatched types")),
    ];
    let report = report(&runs, logs);
    let network: Vec<_> = report.failures.iter().filter(|f| f.diagnosis.class == Class::Network).collect();
    assert_eq!(network.iter().map(|failure| failure.run).collect::<Vec<_>>(), [3]);
    assert_eq!(report.logs.len(), 1);
    assert_eq!(report.logs[0].diagnosis.class, Class::Compile);
    let said = report.human();
    assert!(
        said.contains("Could not resolve host: example.org") && said.contains("re-run with backoff"),
        "{said}"
    );
    assert_eq!(report.json()["schema"], "wfgen.track-failures/1");
    assert!(report.markdown().unwrap().contains("network"));
}

#[test]
fn failures_are_told_as_a_person_reads_them() {
    let mut failures = Failures::new(Options { since: time("2026-03-01T00:00:00Z"), most: 2 });
    shop().iter().for_each(|run| failures.whole(run));
    let text = "2026-03-30T00:00:00.0000000Z test result: FAILED. 2 passed; 1 failed".to_owned();
    failures.log(None, JobLog { job: "Test (linux)".into(), text });
    insta::assert_snapshot!(unstyled(&failures.finish().human()));
}
