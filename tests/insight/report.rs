//! `track report` from runs to text, JSON and Markdown.

use serde_json::Value;
use wfgen::insight::summary::{Change, Options, Period, Summary, TrackReport};
use wfgen::insight::{Intake, JobRow, RunRow};
use wfgen::report::{Format, Report, render};
use wfgen::runs::{Conclusion, Job, Run, Status};

use super::history::{job, run, shop, time, unstyled};

pub fn report(runs: &[Run]) -> TrackReport {
    let mut summary = Summary::new(Options::new(Period::ending(time("2026-03-31T00:00:00Z"), 30)));
    runs.iter().for_each(|run| summary.whole(run));
    summary.finish()
}

#[test]
fn a_period_is_reported_as_a_person_reads_it() {
    insta::assert_snapshot!(unstyled(&report(&shop()).human()));
}

#[test]
fn a_period_is_reported_as_markdown() {
    insta::assert_snapshot!(report(&shop()).markdown().unwrap());
}

#[test]
fn json_says_what_it_is_and_has_every_part() {
    let text = render(&report(&shop()), Format::Json).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["schema"], "wfgen.track-report/1");
    for part in ["period", "overall", "workflows", "slowest_jobs", "slowest_steps", "flaky", "cost", "bins"] {
        assert!(!value[part].is_null(), "{part}");
    }
}

#[test]
fn the_order_of_the_rows_does_not_show() {
    let mut runs = shop();
    let forward = report(&runs).json();
    runs.reverse();
    let mut backward = report(&runs).json();
    // Sums of floating-point numbers may differ in the last digits.
    for (a, b) in
        forward["workflows"].as_array().unwrap().iter().zip(backward["workflows"].as_array().unwrap())
    {
        assert_eq!(a["success"], b["success"]);
        assert_eq!(a["duration"], b["duration"]);
        assert_eq!(a["duration_change"], b["duration_change"]);
    }
    assert_eq!(forward["flaky"][0]["rate"], backward["flaky"].take()[0]["rate"]);
}

#[test]
fn a_slowdown_is_measured_with_its_interval() {
    let report = report(&shop());
    let ci = report.workflows.iter().find(|group| group.workflow == "CI").unwrap();
    let Change::Measured { change, clear, .. } = &ci.duration_change else { panic!("not measured") };
    assert!(
        *clear && (1.15..1.25).contains(&change.low) && (1.15..1.25).contains(&change.high),
        "{change:?}"
    );
}

#[test]
fn below_the_minimum_it_says_how_many_there_are() {
    let runs = shop();
    let few: Vec<Run> = runs.iter().filter(|run| run.workflow == "CI").rev().take(7).cloned().collect();
    let report = report(&few);
    let text = unstyled(&report.human());
    assert!(text.contains("not enough data yet: 0 of 20 runs"), "{text}");
    assert!(report.overall.duration.median.is_some() && report.overall.duration.p90.is_none());
}

#[test]
fn a_job_is_flaky_only_if_the_same_commit_succeeded_later() {
    let start = time("2026-03-20T00:00:00Z");
    let later = time("2026-03-20T01:00:00Z");
    let one = |id, attempt, at, commit: &str, end| {
        run(
            id,
            attempt,
            "CI",
            at,
            commit,
            vec![job(id * 10 + u64::from(attempt), "test", at, 1.0, 60.0, end)],
        )
    };
    let (aa, bb, cc) = ("aa".repeat(20), "bb".repeat(20), "cc".repeat(20));
    let runs = [
        one(1, 1, start, &aa, Conclusion::Failure),
        one(1, 2, later, &aa, Conclusion::Success),
        one(2, 1, start, &bb, Conclusion::Success),
        one(3, 1, later, &bb, Conclusion::Failure),
        one(4, 1, start, &cc, Conclusion::Failure),
    ];
    let report = report(&runs);
    let [flaky] = report.flaky.as_slice() else { panic!("{:?}", report.flaky) };
    assert_eq!((flaky.rate.ok, flaky.rate.n, flaky.retried), (1, 3, 2));
    assert_eq!(flaky.commit.as_deref(), Some(aa.as_str()));
    assert_eq!(flaky.wasted, 60.0);
}

#[test]
fn each_job_costs_its_minutes_rounded_up() {
    let start = time("2026-03-20T00:00:00Z");
    let jobs = vec![
        job(1, "a", start, 1.0, 61.0, Conclusion::Success),
        job(2, "b", start, 1.0, 60.0, Conclusion::Failure),
        job(3, "c", start, 1.0, 500.0, Conclusion::Skipped),
    ];
    let cost = report(&[run(1, 1, "CI", start, "aa", jobs)]).cost.unwrap();
    assert_eq!((cost.jobs, cost.billed_minutes), (2, 3));
    assert!((cost.usd - 0.018).abs() < 1e-9 && (cost.usd_unsuccessful - 0.006).abs() < 1e-9);
}

#[test]
fn a_job_that_a_rerun_copied_is_not_counted_twice() {
    let start = time("2026-03-20T00:00:00Z");
    let later = time("2026-03-20T01:00:00Z");
    let first = job(1, "a", start, 1.0, 61.0, Conclusion::Success);
    let mut copied = first.clone();
    (copied.id, copied.created) = (2, Some(later));
    let again = vec![copied, job(3, "b", later, 1.0, 30.0, Conclusion::Success)];
    let runs = [run(1, 1, "CI", start, "aa", vec![first]), run(1, 2, "CI", later, "aa", again)];
    let cost = report(&runs).cost.unwrap();
    assert_eq!((cost.jobs, cost.billed_minutes), (2, 3));
}

#[test]
fn impossible_durations_count_as_unknown() {
    let mut summary = Summary::new(Options::new(Period::ending(time("2026-03-31T00:00:00Z"), 30)));
    let whole = run(1, 1, "CI", time("2026-03-20T00:00:00Z"), "aa", vec![]);
    for wrong in [-5.0, f64::NAN, f64::INFINITY] {
        let base = JobRow::of(&whole, &ANY);
        summary.job(&JobRow { duration: Some(wrong), queued: Some(wrong), ..base });
        summary.run(&RunRow { duration: Some(wrong), queued: Some(wrong), ..RunRow::of(&whole) });
    }
    let report = summary.finish();
    assert_eq!((report.overall.runs, report.overall.total, report.overall.queue.n), (3, 0.0, 0));
    assert!(report.cost.is_none() && report.time_by_job.iter().all(|job| job.total == 0.0));
}

/// A job of which only the name is known.
static ANY: Job = Job {
    id: 1,
    name: String::new(),
    status: Status::Completed,
    conclusion: Some(Conclusion::Success),
    created: None,
    started: None,
    completed: None,
    labels: Vec::new(),
    runner: None,
    steps: Vec::new(),
};

#[test]
fn an_empty_history_is_a_report_too() {
    let report = report(&[]);
    assert!(unstyled(&report.human()).contains("No run in this period"));
    assert!(report.markdown().is_some() && report.html().is_some());
}

#[test]
fn made_up_runs_are_marked_in_every_format() {
    let mut runs = shop();
    runs.iter_mut().for_each(|run| run.simulated = true);
    let report = report(&runs);
    for text in [report.human(), report.markdown().unwrap(), report.html().unwrap()] {
        assert!(text.contains("made up by"), "{text}");
    }
    assert!(report.json()["simulated"].as_u64().unwrap() > 300);
}
