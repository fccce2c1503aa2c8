//! Names that want to be more than names, in every report and format.

use jiff::Timestamp;
use wfgen::insight::Intake;
use wfgen::insight::anomalies::{Anomalies, Options as AnomalyOptions};
use wfgen::insight::bench::{self, Rule};
use wfgen::insight::failures::{Failures, JobLog, Options as FailureOptions};
use wfgen::insight::sources::Source;
use wfgen::report::Report;
use wfgen::report::bench::BenchReport;
use wfgen::runs::Run;

use super::history::shop;
use super::report::report;

/// Clears a screen, breaks a table, starts a mention, closes a tag, names no character.
const NASTY: &str = "\u{1b}[2J|a|\n@all `x` </td><img src=x onerror=alert(1)> ${{ x }} \u{202e}\u{0}";

fn nasty() -> Vec<Run> {
    let mut runs = shop();
    for (i, run) in runs.iter_mut().enumerate() {
        run.repository = format!("acme/{NASTY}");
        run.workflow = format!("{NASTY}{}", i % 2);
        run.commit = Some(format!("{NASTY}{}", i / 2));
        run.branch = Some(NASTY.into());
        for job in &mut run.jobs {
            job.name = format!("{}{NASTY}", job.name);
            job.labels = vec![NASTY.into()];
            job.steps.iter_mut().for_each(|step| step.name = format!("{}{NASTY}", step.name));
        }
    }
    runs
}

fn reports() -> Vec<Box<dyn Report>> {
    let runs = nasty();
    let mut failures = Failures::new(FailureOptions { since: Timestamp::MIN, most: 50 });
    let mut anomalies = Anomalies::new(AnomalyOptions { since: Timestamp::MIN, minimum: 20 });
    for run in &runs {
        failures.whole(run);
        anomalies.whole(run);
    }
    failures.log(None, JobLog { job: NASTY.into(), text: format!("error: no space left on device {NASTY}") });
    let line = |i: u32| {
        let value = if i < 18 { 100 + i % 3 } else { 150 };
        serde_json::json!({ "name": NASTY, "commit": NASTY, "time": null, "value": value, "unit": NASTY,
                            "spread": null, "better": "smaller" })
    };
    let text = (0..20).map(|i| format!("{}\n", line(i))).collect();
    let measured = bench::read(&[Source { name: "x.jsonl".into(), text }]).unwrap();
    let bench = BenchReport::new(&bench::series(measured), Rule::default());
    assert!(bench.regressed());
    vec![Box::new(report(&runs)), Box::new(failures.finish()), Box::new(anomalies.finish()), Box::new(bench)]
}

#[test]
fn no_name_steers_a_terminal() {
    for report in reports() {
        let text = report.human();
        assert!(!text.contains("\u{1b}[2J") && !text.contains('\u{0}'), "{text}");
    }
}

#[test]
fn no_name_is_markup_in_markdown() {
    for report in reports() {
        let text = report.markdown().unwrap();
        assert!(!text.contains("<img") && !text.contains("@all") && !text.contains('\u{1b}'), "{text}");
        for table in text.split("\n\n").filter(|block| block.starts_with("| ")) {
            let bars = |line: &str| line.replace("\\|", "").matches('|').count();
            let widths: Vec<usize> = table.lines().map(bars).collect();
            assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
        }
    }
}

#[test]
fn no_name_is_markup_in_the_page() {
    let page = reports()[0].html().unwrap();
    assert!(!page.contains("<img") && page.contains("&lt;img"));
    assert!(!page.contains(['\u{1b}', '\u{0}', '\u{202e}']));
}
