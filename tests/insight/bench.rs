//! Benchmarks: what is read, and how often the verdict is wrong.

use wfgen::insight::bench::{self, Better, Measurement, Point, Reason, Rule, Series, Status, judge};
use wfgen::insight::sources::{Source, gather};
use wfgen::report::Report;
use wfgen::report::bench::BenchReport;

use super::history::{Random, unstyled};

pub fn series(values: &[f64]) -> Series {
    let point = |(i, value): (usize, &f64)| Point {
        commit: Some(format!("{i:040x}")),
        time: None,
        value: *value,
        spread: None,
    };
    Series {
        name: "parse".into(),
        unit: "ns".into(),
        better: Better::Smaller,
        points: values.iter().enumerate().map(point).collect(),
    }
}

/// How a series is noisy; each is about as wide as `sigma`.
#[derive(Debug, Clone, Copy)]
pub enum Noise {
    Normal,
    /// Student's t with three degrees of freedom.
    Heavy,
    /// Every twentieth result is 5 to 40 % slow.
    Spikes,
    /// Neighbours are alike: autocorrelation 0.5.
    Dependent,
    /// It slows down by 2 % in a hundred results.
    Drift,
    /// Measured in steps of 1 %.
    Coarse,
}

pub const NOISES: [Noise; 6] =
    [Noise::Normal, Noise::Heavy, Noise::Spikes, Noise::Dependent, Noise::Drift, Noise::Coarse];

pub fn noisy(noise: Noise, sigma: f64, n: usize, random: &mut Random) -> Vec<f64> {
    let mut state = random.normal();
    let one = |i: usize| {
        let z = random.normal();
        let log = match noise {
            Noise::Normal | Noise::Coarse => sigma * z,
            Noise::Heavy => {
                let chi: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
                sigma * z / chi.sqrt()
            }
            Noise::Spikes if random.uniform() < 0.05 => 0.05 + 0.35 * random.uniform(),
            Noise::Spikes => sigma * z,
            Noise::Dependent => {
                state = 0.5 * state + 0.75_f64.sqrt() * z;
                sigma * state
            }
            Noise::Drift => 0.0002 * i as f64 + sigma * z,
        };
        let value = 1_000.0 * log.exp();
        if matches!(noise, Noise::Coarse) { (value / 10.0).round() * 10.0 } else { value }
    };
    (0..n).map(one).collect()
}

/// What most do: the newest against the one before, by 5 %.
fn fixed(values: &[f64]) -> bool {
    values[values.len() - 1] > 1.05 * values[values.len() - 2]
}

fn ours(values: &[f64]) -> bool {
    judge(&series(values), &Rule::default()).status == Status::Regression
}

/// The share of looks at clean series that alarm, and of slowdowns by `step` found within three results.
fn measure(rule: &dyn Fn(&[f64]) -> bool, noise: Noise, sigma: f64, step: f64, rounds: usize) -> (f64, f64) {
    let mut random = Random::new(11);
    let (mut alarms, mut found) = (0, 0);
    for round in 0..rounds {
        let n = 20 + round % 60;
        let clean = noisy(noise, sigma, n, &mut random);
        alarms += usize::from(rule(&clean));
        let mut slower = noisy(noise, sigma, n + 3, &mut random);
        slower[n..].iter_mut().for_each(|value| *value *= 1.0 + step);
        found += usize::from((1..=3).any(|seen| rule(&slower[..n + seen])));
    }
    (alarms as f64 / rounds as f64, found as f64 / rounds as f64)
}

#[test]
fn false_alarms_are_at_most_half_of_a_fixed_threshold_at_no_less_detection() {
    let rounds = 120;
    let mut total = [(0.0, 0.0); 2];
    let mut table = String::new();
    let mut cells = 0.0;
    for noise in NOISES {
        for (sigma, step) in [(0.005, 0.06), (0.01, 0.1), (0.02, 0.1), (0.02, 0.2), (0.04, 0.2)] {
            let mut line = format!("{noise:?} sigma {sigma} step {step}:");
            for (rule, total) in [&fixed as &dyn Fn(&[f64]) -> bool, &ours].into_iter().zip(&mut total) {
                let (alarms, found) = measure(rule, noise, sigma, step, rounds);
                line += &format!("  alarms {:5.2} % found {:5.1} %", alarms * 100.0, found * 100.0);
                *total = (total.0 + alarms, total.1 + found);
            }
            table += &format!("{line}\n");
            cells += 1.0;
        }
    }
    let [fixed, ours] = total.map(|(alarms, found)| (alarms / cells, found / cells));
    table += &format!("mean: fixed {fixed:.4?} ours {ours:.4?}");
    eprintln!("{table}");
    assert!(ours.0 <= 0.5 * fixed.0, "{table}");
    assert!(ours.1 >= fixed.1, "{table}");
}

fn read(name: &str, text: &str) -> Vec<Measurement> {
    bench::read(&[Source { name: name.into(), text: text.into() }]).unwrap()
}

#[test]
fn a_change_names_its_first_commit_and_is_confirmed_by_six_results() {
    let mut values: Vec<f64> = (0..50).map(|i| 1_000.0 + f64::from(i * 7 % 5)).collect();
    values[38..].iter_mut().for_each(|value| *value *= 1.03);
    for results in 2..=12 {
        let verdict = judge(&series(&values[..38 + results]), &Rule::default());
        let reason = if results < 6 { Reason::Onset } else { Reason::Shift };
        assert_eq!((verdict.status, verdict.confirmed()), (Status::Regression, results >= 6));
        let change = verdict.change.unwrap();
        assert_eq!((change.reason, change.results), (reason, results));
        assert_eq!(change.commit, Some(format!("{:040x}", 38)));
        let ratio = change.ratio;
        assert!(1.02 < ratio.low && ratio.low < 1.03 && 1.03 < ratio.high, "{ratio:?}");
    }
}

#[test]
fn a_lone_jump_asks_for_another_run() {
    let mut values: Vec<f64> = (0..38).map(|i| 1_000.0 + f64::from(i * 7 % 5)).collect();
    values.push(1_100.0);
    let verdict = judge(&series(&values), &Rule::default());
    assert_eq!(verdict.change.unwrap().reason, Reason::Jump);
}

#[test]
fn larger_can_be_better_and_old_news_is_none() {
    let mut values = vec![1_000.0; 30];
    values[28..].iter_mut().for_each(|value| *value = 1_200.0);
    let mut throughput = series(&values);
    throughput.better = Better::Larger;
    assert_eq!(judge(&throughput, &Rule::default()).status, Status::Improvement);
    values.extend([1_200.0; 11]);
    assert_eq!(judge(&series(&values), &Rule::default()).status, Status::Steady);
}

#[test]
fn too_few_results_are_said_to_be_so_and_odd_values_are_no_problem() {
    let few = judge(&series(&[1.0, 1.0, 9.0]), &Rule::default());
    assert_eq!(few.status, Status::NotEnough { have: 2, need: 5 });
    for values in [vec![0.0; 12], vec![-1.0; 12], vec![1e300; 12], vec![1e-300; 12], Vec::new()] {
        assert_ne!(judge(&series(&values), &Rule::default()).status, Status::Regression, "{values:?}");
    }
}

#[test]
fn a_noisier_run_than_usual_may_stray_further() {
    let values: Vec<f64> = (0..30).map(|i| 1_000.0 + f64::from(i * 7 % 9) * 3.0).chain([1_100.0]).collect();
    let mut quiet = series(&values);
    quiet.points.iter_mut().for_each(|point| point.spread = Some(10.0));
    assert_eq!(judge(&quiet, &Rule::default()).status, Status::Regression);
    quiet.points[30].spread = Some(40.0);
    assert_eq!(judge(&quiet, &Rule::default()).status, Status::Steady);
}

#[test]
fn criterions_folder_is_read_with_the_run_before() {
    let folder = tempfile::tempdir().unwrap();
    let estimate = |value: f64| {
        let point =
            format!(r#"{{"point_estimate":{value},"standard_error":0.5,"confidence_interval":{{}}}}"#);
        format!(r#"{{"mean":{point},"median":{point},"slope":null,"std_dev":{point}}}"#)
    };
    for (name, text) in [
        ("parse/1000/new/estimates.json", estimate(120.0)),
        ("parse/1000/new/benchmark.json", r#"{"group_id":"parse","full_id":"parse/1000"}"#.to_owned()),
        ("parse/1000/new/sample.json", "[]".to_owned()),
        ("parse/1000/base/estimates.json", estimate(100.0)),
        ("parse/1000/base/benchmark.json", r#"{"group_id":"parse","full_id":"parse/1000"}"#.to_owned()),
        ("parse/1000/change/estimates.json", "{}".to_owned()),
        ("parse/report/index.html", String::new()),
    ] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (sources, warnings) = gather(folder.path(), &bench::is_result).unwrap();
    assert!(warnings.is_empty());
    let [series] = &bench::series(bench::read(&sources).unwrap())[..] else { panic!() };
    let values: Vec<f64> = series.points.iter().map(|point| point.value).collect();
    assert_eq!((series.name.as_str(), values), ("parse/1000", vec![100.0, 120.0]));
}

#[test]
fn cargo_criterions_messages_are_read() {
    let text = concat!(
        r#"{"reason":"benchmark-complete","id":"fib 20","typical":{"estimate":3.5,"lower_bound":3.4,"upper_bound":3.6,"unit":"us"}}"#,
        "\n",
        r#"{"reason":"group-complete","group_name":"fib"}"#
    );
    let [one] = &read("m.json", text)[..] else { panic!() };
    assert_eq!((one.name.as_str(), one.value, one.unit.as_str()), ("fib 20", 3.5, "us"));
}

#[test]
fn hyperfine_and_pytest_benchmark_are_read() {
    let text =
        r#"{"results":[{"command":"sleep 1","mean":1.1,"stddev":0.1,"median":1.0,"times":[1.0,1.0,1.3]}]}"#;
    let [one] = &read("h.json", text)[..] else { panic!() };
    assert_eq!((one.name.as_str(), one.value, one.unit.as_str()), ("sleep 1", 1.0, "s"));
    let text = r#"{"commit_info":{"id":"abc"},"datetime":"2026-01-02T03:04:05.123","benchmarks":[
        {"name":"t","fullname":"a.py::t","stats":{"median":0.5,"stddev":0.1,"rounds":25}}]}"#;
    let [one] = &read("p.json", text)[..] else { panic!() };
    assert_eq!((one.name.as_str(), one.value, one.spread), ("a.py::t", 0.5, Some(0.02)));
    assert_eq!(one.commit.as_deref(), Some("abc"));
    assert!(one.time.is_some());
}

#[test]
fn go_benchmarks_are_read_with_their_repetitions() {
    let text = "goos: linux\npkg: acme/shop\nBenchmarkSum-8   \t 100\t 10.0 ns/op\t 16 B/op\n\
                BenchmarkSum-8 \t 100\t 12.0 ns/op\t 16 B/op\nBenchmarkCopy \t 5\t 200 MB/s\nPASS\nok  \tacme/shop\t1s\n";
    let found = read("bench.txt", text);
    let said: Vec<_> = found.iter().map(|m| (m.name.as_str(), m.value, m.unit.as_str(), m.better)).collect();
    assert_eq!(
        said,
        [
            ("acme/shop BenchmarkSum", 11.0, "ns/op", Better::Smaller),
            ("acme/shop BenchmarkSum", 16.0, "B/op", Better::Smaller),
            ("acme/shop BenchmarkCopy", 200.0, "MB/s", Better::Larger),
        ]
    );
}

#[test]
fn the_history_of_github_action_benchmark_is_read_and_judged() {
    let entry = |i: i64, value: f64| {
        format!(
            r#"{{"commit":{{"id":"{i:040x}"}},"date":{},"tool":"cargo","benches":[
               {{"name":"parse","value":{value},"range":"± 12","unit":"ns/iter"}}]}}"#,
            1_700_000_000_000 + i * 86_400_000
        )
    };
    let entries: Vec<String> =
        (0..20).map(|i| entry(i, if i < 18 { 100.0 + (i % 3) as f64 } else { 130.0 })).collect();
    let text = format!(r#"window.BENCHMARK_DATA = {{"entries":{{"Rust":[{}]}}}};"#, entries.join(","));
    let series = bench::series(read("data.js", &text));
    let report = BenchReport::new(&series, Rule::default());
    assert!(report.regressed());
    assert_eq!(report.json()["benchmarks"][0]["change"]["results"], 2);
    assert_eq!(report.json()["benchmarks"][0]["change"]["commit"], format!("{:040x}", 18));
    assert!(!report.confirmed());
    assert!(report.human().contains("1 benchmark: 0 regressions (and 1 suspected), 0 improvements"));
    assert!(report.markdown().unwrap().contains("| parse | suspected regression | 130.0 ns |"));
}

#[test]
fn results_that_were_written_down_are_read_again() {
    let text = r#"{"results":[{"command":"sleep 1","median":1.0}]}"#;
    let mut measured = read("h.json", text);
    measured[0].commit = Some("abc".into());
    let line = serde_json::to_string(&measured[0]).unwrap();
    let kept = read("history.jsonl", &format!("{line}\n{line}\n"));
    assert_eq!(kept, [measured[0].clone(), measured[0].clone()]);
}

#[test]
fn what_is_no_result_is_an_error_that_says_what_is_known() {
    for text in ["{}", "[1]", "hello", "{\"a\":", "window.BENCHMARK_DATA = ", "[{\"name\":1}]", "\u{0}"] {
        let source = Source { name: "x.json".into(), text: text.into() };
        let error = bench::read(&[source]).unwrap_err();
        assert!(error.to_string().contains("x.json"), "{text}: {error}");
    }
    let empty = Source { name: "x.txt".into(), text: String::new() };
    assert_eq!(bench::read(&[empty]).unwrap_err().kind, wfgen::error::Kind::Nothing);
}

#[test]
fn verdicts_are_told_as_a_person_reads_them() {
    let since = |start: i32, level: f64, last: f64| -> Vec<f64> {
        (0..30).map(|i| (level + f64::from(i * 7 % 5)) * if i < start { 1.0 } else { last }).collect()
    };
    let values = |level: f64, last: f64| since(27, level, last);
    let named = |name: &str, values: &[f64]| Series { name: name.into(), ..series(values) };
    let series = [
        named("parse/small", &values(1_000.0, 1.0)),
        named("parse/large", &values(2.5e6, 1.08)),
        named("parse/huge", &since(22, 3.5e9, 1.05)),
        named("render", &values(40_000.0, 0.9)),
        named("new", &[1.0, 1.1]),
    ];
    insta::assert_snapshot!(unstyled(&BenchReport::new(&series, Rule::default()).human()));
}
