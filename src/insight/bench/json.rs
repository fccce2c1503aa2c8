//! Results that are one JSON value: hyperfine, pytest-benchmark, and github-action-benchmark's own form.

use serde_json::Value;

use super::history::spread;
use super::{Better, Measurement, better, repeated};

/// `hyperfine --export-json`.
pub(super) fn hyperfine(value: &Value) -> Option<Vec<Measurement>> {
    let results = value["results"].as_array()?;
    let one = |result: &Value| {
        let times: Vec<f64> =
            result["times"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        let (middle, error) = repeated(&times)
            .or_else(|| Some((result["median"].as_f64().or(result["mean"].as_f64())?, None)))?;
        Some(Measurement {
            name: result["command"].as_str()?.to_owned(),
            commit: None,
            time: None,
            value: middle,
            unit: "s".to_owned(),
            spread: error,
            better: Better::Smaller,
        })
    };
    results.iter().map(one).collect()
}

/// `pytest --benchmark-json`.
pub(super) fn pytest(value: &Value) -> Option<Vec<Measurement>> {
    let benchmarks = value["benchmarks"].as_array()?;
    let commit = value["commit_info"]["id"].as_str().filter(|id| *id != "unknown").map(str::to_owned);
    let time = value["datetime"].as_str().and_then(timestamp);
    let one = |benchmark: &Value| {
        let stats = &benchmark["stats"];
        let rounds = stats["rounds"].as_f64().filter(|rounds| *rounds > 1.0);
        Some(Measurement {
            name: benchmark["fullname"].as_str().or(benchmark["name"].as_str())?.to_owned(),
            commit: commit.clone(),
            time,
            value: stats["median"].as_f64()?,
            unit: "s".to_owned(),
            spread: stats["stddev"].as_f64().zip(rounds).map(|(deviation, rounds)| deviation / rounds.sqrt()),
            better: Better::Smaller,
        })
    };
    benchmarks.iter().map(one).collect()
}

/// pytest-benchmark writes a time in UTC, in some versions without saying so.
fn timestamp(text: &str) -> Option<jiff::Timestamp> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

/// The list of `{name, unit, value, range}` that github-action-benchmark takes. What it does not say, the unit does.
pub(super) fn custom(value: &Value) -> Option<Vec<Measurement>> {
    let one = |entry: &Value| {
        let unit = entry["unit"].as_str()?;
        let value = entry["value"].as_f64().or_else(|| entry["value"].as_str()?.trim().parse().ok())?;
        Some(Measurement {
            name: entry["name"].as_str()?.to_owned(),
            commit: None,
            time: None,
            value,
            unit: unit.to_owned(),
            spread: spread(&entry["range"], value),
            better: better(unit),
        })
    };
    value.as_array()?.iter().map(one).collect()
}
