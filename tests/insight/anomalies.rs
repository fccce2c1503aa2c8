//! What is out of the ordinary, and how often clean histories alarm.

use jiff::{SignedDuration, Timestamp};
use wfgen::insight::RunRow;
use wfgen::insight::anomalies::{Anomalies, Anomaly, Found, Interval, Kind, Options};
use wfgen::report::Report;
use wfgen::runs::Conclusion;

use super::history::{Random, time};

/// A run each hour: its seconds, and whether it succeeded.
fn find(runs: &[(f64, bool)]) -> Found {
    let mut anomalies = Anomalies::new(Options { since: Timestamp::MIN, minimum: 20 });
    for (i, (seconds, ok)) in runs.iter().enumerate() {
        let started = time("2026-01-01T00:00:00Z") + SignedDuration::from_hours(i as i64);
        let commit = format!("{i:040x}");
        anomalies.predicted(&row(i, started, &commit, *seconds, *ok), None);
    }
    anomalies.finish()
}

fn row(i: usize, started: Timestamp, commit: &str, seconds: f64, ok: bool) -> RunRow<'_> {
    RunRow {
        repository: "acme/shop",
        id: i as u64,
        attempt: 1,
        workflow: "CI",
        event: if i.is_multiple_of(3) { "push" } else { "pull_request" },
        branch: None,
        commit: Some(commit),
        started,
        duration: Some(seconds),
        queued: None,
        conclusion: Some(if ok { Conclusion::Success } else { Conclusion::Failure }),
        simulated: false,
    }
}

/// How durations are noisy.
#[derive(Debug, Clone, Copy)]
enum Noise {
    Normal,
    /// Student's t with three degrees of freedom.
    Heavy,
    /// Longer to the right: a log-normal of logarithms.
    Skewed,
    /// Neighbours are alike: autocorrelation 0.5.
    Dependent,
    /// A push takes twice as long.
    Mixed,
}

const NOISES: [Noise; 5] = [Noise::Normal, Noise::Heavy, Noise::Skewed, Noise::Dependent, Noise::Mixed];

fn clean(noise: Noise, sigma: f64, n: usize, random: &mut Random) -> Vec<(f64, bool)> {
    let mut state = random.normal();
    let one = |i: usize| {
        let z = random.normal();
        let log = match noise {
            Noise::Normal => sigma * z,
            Noise::Heavy => sigma * z / (0..3).map(|_| random.normal().powi(2)).sum::<f64>().sqrt(),
            Noise::Skewed => sigma * ((0.6 * z).exp() - 1.0),
            Noise::Dependent => {
                state = 0.5 * state + 0.75_f64.sqrt() * z;
                sigma * state
            }
            Noise::Mixed => sigma * z + if i.is_multiple_of(3) { 2_f64.ln() } else { 0.0 },
        };
        (300.0 * log.exp(), random.uniform() > 0.12)
    };
    (0..n).map(one).collect()
}

/// Adds to the logarithm of every duration from `start` on.
fn slower(runs: &mut [(f64, bool)], start: usize, by: impl Fn(usize) -> f64) {
    runs.iter_mut().enumerate().skip(start).for_each(|(i, run)| run.0 *= by(i).exp());
}

fn of(found: &Found, kind: Kind) -> Vec<&Anomaly> {
    found.anomalies.iter().filter(|anomaly| anomaly.kind == kind).collect()
}

#[test]
fn clean_histories_alarm_at_most_once_in_two_hundred_runs() {
    let mut table = String::new();
    let (mut alarms, mut runs) = (0, 0);
    for noise in NOISES {
        for sigma in [0.03, 0.1, 0.25] {
            let mut random = Random::new(5);
            let (mut here, mut of_kind) = (0, [0; 4]);
            for round in 0..16 {
                let n = 100 + round * 5;
                let found = find(&clean(noise, sigma, n, &mut random));
                runs += n;
                here += found.anomalies.len();
                found.anomalies.iter().for_each(|a| of_kind[a.kind as usize] += 1);
            }
            alarms += here;
            let per = 200.0 * here as f64 / (16.0 * 137.5);
            table += &format!(
                "{noise:?} {sigma}: {per:.2} in 200 runs (failures, shift, drift, run: {of_kind:?})\n"
            );
            assert!(per <= 1.0, "{table}");
        }
    }
    eprintln!("{table}{alarms} alarms in {runs} runs: {:.2} in 200", 200.0 * alarms as f64 / runs as f64);
    assert!(200 * alarms <= runs / 2, "{table}");
}

#[test]
fn shifts_of_a_quarter_are_found_where_they_began() {
    let mut random = Random::new(8);
    let (mut found, mut near, mut sized) = (0, 0, 0);
    for round in 0..60 {
        let mut runs = clean(NOISES[round % 5], 0.08, 150, &mut random);
        slower(&mut runs, 100, |_| 1.25_f64.ln());
        let all = find(&runs);
        let shifts = of(&all, Kind::LevelShift);
        let hit = shifts.iter().find(|shift| shift.worse);
        found += usize::from(hit.is_some());
        near += usize::from(hit.is_some_and(|shift| shift.first.run.abs_diff(100) <= 5));
        sized += usize::from(hit.is_some_and(|shift| shift.size.low <= 1.25 && 1.25 <= shift.size.high));
    }
    let mut runs = clean(Noise::Normal, 0.08, 150, &mut Random::new(3));
    slower(&mut runs, 100, |_| 1.25_f64.ln());
    let said = find(&runs).human();
    assert!(said.contains("slower since") && said.contains("commit 000000000, 2026-01-05"), "{said}");
    assert!(found >= 57 && near >= 52 && sized >= 50, "{found} {near} {sized} of 60");
}

#[test]
fn a_slow_drift_is_a_drift_and_no_series_of_shifts() {
    let mut random = Random::new(9);
    let mut found = 0;
    for _ in 0..20 {
        let mut runs = clean(Noise::Normal, 0.08, 200, &mut random);
        slower(&mut runs, 0, |i| 0.3 * i as f64 / 199.0);
        let all = find(&runs);
        let drifts = of(&all, Kind::Drift);
        found += usize::from(drifts.len() == 1 && of(&all, Kind::LevelShift).is_empty());
        if let Some(drift) = drifts.first() {
            assert!((1.1..1.7).contains(&drift.size.value), "{:?}", drift.size);
        }
    }
    assert!(found >= 18, "{found} of 20");
}

#[test]
fn a_run_of_three_times_the_usual_is_found_and_named() {
    let mut random = Random::new(10);
    let mut found = 0;
    for _ in 0..20 {
        let mut runs = clean(Noise::Normal, 0.1, 100, &mut random);
        runs[70] = (runs[70].0 * 3.0, true);
        let all = find(&runs);
        found += usize::from(of(&all, Kind::Run).iter().any(|a| a.first.run == 70 && a.worse));
    }
    assert!(found >= 19, "{found} of 20");
}

#[test]
fn failures_that_come_more_often_are_found() {
    let mut random = Random::new(12);
    let (mut found, mut near) = (0, 0);
    for _ in 0..60 {
        let mut runs = clean(Noise::Normal, 0.1, 200, &mut random);
        runs[160..].iter_mut().for_each(|run| run.1 = random.uniform() > 0.5);
        let all = find(&runs);
        let hit = of(&all, Kind::RisingFailures);
        found += usize::from(!hit.is_empty());
        near += usize::from(hit.iter().any(|a| a.first.run.abs_diff(160) <= 10));
    }
    assert!(found >= 55 && near >= 48, "{found} {near} of 60");
}

#[test]
fn a_run_is_held_against_its_prediction_where_there_is_one() {
    let mut anomalies = Anomalies::new(Options { since: Timestamp::MIN, minimum: 20 });
    for i in 0..40 {
        let started = time("2026-01-01T00:00:00Z") + SignedDuration::from_hours(i as i64);
        let predicted = Interval { low: 580.0, high: 620.0, coverage: 0.9 };
        // The change of run 30 is large, and it was predicted.
        let (seconds, predicted) = match i {
            30 => (600.0, Some(predicted)),
            31 => (300.0, Some(predicted)),
            _ => (300.0 + (i % 5) as f64, None),
        };
        anomalies.predicted(&row(i, started, "aa", seconds, true), predicted);
    }
    let found = anomalies.finish();
    let runs: Vec<u64> = of(&found, Kind::Run).iter().map(|a| a.first.run).collect();
    assert_eq!(runs, [31]);
}

#[test]
fn a_workflow_with_few_runs_is_said_to_have_too_few() {
    let found = find(&[(300.0, true); 7]);
    assert_eq!(found.too_few, [("acme/shop CI".to_owned(), 7)]);
    assert!(found.anomalies.is_empty());
}
