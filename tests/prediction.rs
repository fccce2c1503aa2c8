//! The forecaster and the backtest on made-up histories.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use wfgen::features::{Outcome, Query, Run};
use wfgen::prediction::backtest::{Sourced, backtest};
use wfgen::prediction::{Confidence, ENOUGH, Forecaster, Reason};

/// A run that starts `minute` minutes after the epoch.
fn run(minute: f64, branch: &str, duration_s: f64, outcome: Outcome) -> Run {
    let query = Query {
        repository: "owner/name".to_owned(),
        workflow: "CI".to_owned(),
        event: if branch == "main" { "push" } else { "pull_request" }.to_owned(),
        branch: branch.to_owned(),
        created: minute * 60.0,
        started: minute * 60.0 + 4.0,
        attempt: 1,
        ..Query::default()
    };
    Run { query, duration_s, outcome }
}

/// Runs that take about 100 s on the default branch and about 300 s elsewhere, a tenth of them failures.
fn history(n: usize, seed: u64) -> Vec<Run> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..n)
        .map(|i| {
            let main = rng.random_bool(0.5);
            let (branch, level) = if main { ("main", 100.0) } else { ("topic", 300.0) };
            let outcome = if rng.random_bool(0.9) { Outcome::Success } else { Outcome::Failure };
            run(i as f64 * 10.0, branch, level * (0.9 + 0.2 * rng.random::<f64>()), outcome)
        })
        .collect()
}

fn learned(runs: &[Run]) -> Forecaster {
    let mut forecaster = Forecaster::new();
    runs.iter().for_each(|run| forecaster.learn(run));
    forecaster
}

fn next(branch: &str) -> Query {
    run(1e6, branch, 1.0, Outcome::Success).query
}

#[test]
fn the_branch_decides_when_it_always_has() {
    let forecaster = learned(&history(60, 1));
    for (branch, level) in [("main", 100.0), ("topic", 300.0)] {
        let forecast = forecaster.forecast(&next(branch));
        let value = forecast.value_s.expect("there is a history");
        assert!((value - level).abs() < 0.15 * level, "{branch}: {value}");
        let [half, nine] = forecast.intervals().expect("there is a history");
        assert!(nine.low_s <= half.low_s && half.high_s <= nine.high_s);
        assert!(half.contains(value) && nine.contains(level));
        assert!(forecast.success_probability > 0.7);
        assert_eq!(forecast.confidence, Confidence::High);
        assert!(forecast.reasons.iter().any(|reason| matches!(reason, Reason::Expert { .. })));
    }
}

#[test]
fn with_few_runs_it_says_little_and_says_so() {
    let runs: Vec<Run> = (0..10).map(|i| run(f64::from(i) * 10.0, "main", 100.0, Outcome::Success)).collect();
    let empty = Forecaster::new().forecast(&next("main"));
    assert_eq!((empty.value_s, empty.confidence), (None, Confidence::Low));
    let mut width = f64::INFINITY;
    for n in [1, 3, 10] {
        let forecast = learned(&runs[..n]).forecast(&next("main"));
        assert_eq!(forecast.n, n);
        assert_eq!(forecast.enough_data, n >= ENOUGH);
        assert_ne!(forecast.confidence, Confidence::High);
        let told = forecast.reasons.contains(&Reason::TooFewRuns { n, needed: ENOUGH });
        assert_eq!(told, n < ENOUGH);
        let [_, nine] = forecast.intervals().expect("one run is a history");
        assert!(nine.high_s / nine.low_s < width, "more runs, narrower");
        width = nine.high_s / nine.low_s;
        assert!(n >= ENOUGH || width > 2.0, "{n} runs and a factor of {width}");
    }
}

#[test]
fn a_new_workflow_borrows_from_the_others_of_its_repository() {
    let forecaster = learned(&history(20, 2));
    let query = Query { workflow: "Release".to_owned(), ..next("main") };
    let forecast = forecaster.forecast(&query);
    assert_eq!((forecast.n, forecast.enough_data, forecast.confidence), (0, false, Confidence::Low));
    assert!(forecast.value_s.is_some_and(|value| (80.0..350.0).contains(&value)));
}

#[test]
fn a_forecaster_goes_on_from_its_bytes_as_if_nothing_had_happened() {
    let runs = history(60, 3);
    let whole = learned(&runs);
    let half = learned(&runs[..45]).to_bytes().expect("serialisable");
    let mut resumed = Forecaster::from_bytes(&half).expect("just written");
    assert_eq!(resumed.runs(), 45);
    runs[45..].iter().for_each(|run| resumed.learn(run));
    assert_eq!(resumed.forecast(&next("topic")), whole.forecast(&next("topic")));
    assert_eq!(resumed.to_bytes().expect("serialisable"), whole.to_bytes().expect("serialisable"));
    let mut caught_up = Forecaster::new();
    caught_up.catch_up(&runs);
    assert_eq!(caught_up.to_bytes().expect("serialisable"), whole.to_bytes().expect("serialisable"));
}

#[test]
fn damaged_or_foreign_bytes_are_refused() {
    let mut bytes = learned(&history(30, 4)).to_bytes().expect("serialisable");
    assert!(Forecaster::from_bytes(&[]).is_err());
    assert!(Forecaster::from_bytes(&bytes[..bytes.len() / 2]).is_err());
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let error = Forecaster::from_bytes(&bytes).expect_err("one bit is wrong");
    assert!(error.diagnostics[0].message.contains("damaged"));
    bytes[0] = 99;
    let error = Forecaster::from_bytes(&bytes).expect_err("another version");
    assert!(error.diagnostics[0].message.contains("version 99"));
}

#[test]
fn absurd_values_are_survived() {
    let mut forecaster = learned(&history(25, 5));
    for (minute, duration_s) in
        [(1e4, 0.0), (1e4, -5.0), (1e4, 1e300), (1e4, f64::NAN), (f64::NAN, 10.0), (-1e300, 10.0)]
    {
        forecaster.learn(&run(minute, "main", duration_s, Outcome::Success));
    }
    let forecast = forecaster.forecast(&next("main"));
    assert!(forecast.value_s.is_some_and(f64::is_finite));
    let _ = forecaster.forecast(&run(f64::NAN, "main", 1.0, Outcome::Success).query);
    let _ = forecaster.forecast(&Query::default());
}

#[test]
fn a_backtest_gives_the_same_bytes_again() {
    let runs = || {
        let other = history(40, 7).into_iter().map(|mut run| {
            run.query.repository = "owner/other".to_owned();
            Sourced { source: "b".to_owned(), run }
        });
        let first = history(40, 6).into_iter().map(|run| Sourced { source: "a".to_owned(), run });
        first.chain(other).collect::<Vec<_>>()
    };
    let once = serde_json::to_string(&backtest(runs())).expect("serialisable");
    let again = serde_json::to_string(&backtest(runs())).expect("serialisable");
    assert_eq!(once, again);
    assert!(once.contains(r#""method":"wfgen""#) && once.contains(r#""source":"b""#));
}

#[test]
fn intervals_cover_what_they_promise_and_outcomes_are_calibrated() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
    let runs: Vec<Sourced> = (0..130)
        .map(|i| {
            let noise: f64 = (0..4).map(|_| rng.random::<f64>() - 0.5).sum();
            let outcome = if rng.random_bool(0.8) { Outcome::Success } else { Outcome::Failure };
            let run = run(f64::from(i) * 10.0, "main", 200.0 * (0.3 * noise).exp(), outcome);
            Sourced { source: String::new(), run }
        })
        .collect();
    let report = backtest(runs);
    let own =
        report.methods.last().and_then(|method| method.own.as_ref()).expect("the last method is our own");
    assert!((0.82..=0.97).contains(&own.coverage_90), "{}", own.coverage_90);
    assert!((0.38..=0.64).contains(&own.coverage_50), "{}", own.coverage_50);
    assert!(own.calibration_error < 0.12, "{}", own.calibration_error);
    assert!(own.brier < 0.2, "{}", own.brier);
}

/// Forecasts of the first workflow of a repository, from its eleventh run on, have nothing to lean on.
#[test]
fn the_first_intervals_of_a_repository_cover_what_they_promise() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    let mut runs = Vec::new();
    for repository in 0..100 {
        for i in 0..15 {
            let noise =
                0.15 * -rng.random_range(1e-9..1.0_f64).ln() * if rng.random_bool(0.5) { 1.0 } else { -1.0 };
            let mut run = run(f64::from(i) * 10.0, "main", 200.0 * noise.exp(), Outcome::Success);
            run.query.repository = format!("owner/{repository}");
            runs.push(Sourced { source: String::new(), run });
        }
    }
    let report = backtest(runs);
    let own =
        report.methods.last().and_then(|method| method.own.as_ref()).expect("the last method is our own");
    // Five hundred forecasts: the standard error is .013.
    assert!((0.86..=0.97).contains(&own.coverage_90), "{}", own.coverage_90);
}
