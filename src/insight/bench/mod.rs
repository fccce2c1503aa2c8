//! Benchmarks: results of any of the usual tools as series, and whether the newest of each is a regression.

mod criterion;
mod go;
mod history;
mod json;
mod judge;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sources::Source;
use crate::{Error, Result};
pub use judge::{Finding, Reason, Rule, Status, Verdict, judge};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Better {
    /// Times, bytes, allocations.
    Smaller,
    /// Throughputs.
    Larger,
}

/// One result of one benchmark. Written as a line of JSON it can be kept in a file that [`read`] takes, which is how the
/// results of tools that keep no history become a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// The benchmark's name, with its suite's where there are several.
    pub name: String,
    /// The commit it was measured on.
    pub commit: Option<String>,
    /// When.
    pub time: Option<Timestamp>,
    /// The value.
    pub value: f64,
    /// Its unit, as the tool writes it.
    pub unit: String,
    /// How far it spread within the run, in the same unit, as the tool says it.
    pub spread: Option<f64>,
    /// Which way is better.
    pub better: Better,
}

/// The results of one benchmark, oldest first.
#[derive(Debug, Clone, Serialize)]
pub struct Series {
    /// The benchmark's name.
    pub name: String,
    /// The unit of the values.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// The results.
    pub points: Vec<Point>,
}

/// A result in a series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// The commit it was measured on.
    pub commit: Option<String>,
    /// When.
    pub time: Option<Timestamp>,
    /// The value.
    pub value: f64,
    /// How far it spread within the run.
    pub spread: Option<f64>,
}

/// The files below a folder that [`read`] can make something of.
pub fn is_result(path: &str) -> bool {
    match path.rsplit('/').next() {
        // Of Criterion's tree: the estimates of the newest run and of the one before, and the name.
        Some("estimates.json") => {
            path.ends_with("new/estimates.json") || path.ends_with("base/estimates.json")
        }
        Some("benchmark.json") => {
            path.ends_with("new/benchmark.json") || path.ends_with("base/benchmark.json")
        }
        Some("sample.json" | "tukey.json" | "raw.csv") | None => false,
        Some(name) => {
            [".json", ".js", ".jsonl", ".txt", ".log", ".bench"].iter().any(|end| name.ends_with(end))
        }
    }
}

/// The results in files, in the order of the files: of Criterion (its folder, or the messages of `cargo criterion`),
/// hyperfine, pytest-benchmark, `go test -bench` and github-action-benchmark (its input, its output, and `data.js`), and
/// lines of [`Measurement`]s.
///
/// # Errors
/// When a file is none of these, or nothing is in them.
pub fn read(sources: &[Source]) -> Result<Vec<Measurement>> {
    let mut found = Vec::new();
    let names: HashMap<&str, &Source> = sources.iter().map(|source| (source.name.as_str(), source)).collect();
    // The run before comes first, so that the newest is last.
    let is_base = |source: &Source| source.name.ends_with("base/estimates.json");
    let in_order = sources.iter().filter(|s| is_base(s)).chain(sources.iter().filter(|s| !is_base(s)));
    for source in in_order {
        if let Some(folder) = source.name.strip_suffix("estimates.json") {
            let name = names.get(format!("{folder}benchmark.json").as_str());
            found.extend(criterion::estimates(source, name.copied())?);
        } else if !source.name.ends_with("/benchmark.json") {
            found.extend(one(source)?);
        }
    }
    if found.is_empty() {
        return Err(Error::nothing("there is no benchmark result in this"));
    }
    Ok(found)
}

fn one(source: &Source) -> Result<Vec<Measurement>> {
    let text = source.text.trim();
    let found = match text.chars().next() {
        None => Some(Vec::new()),
        Some('w') if text.starts_with("window.BENCHMARK_DATA") => {
            let json = text.split_once('=').map_or("", |(_, json)| json.trim().trim_end_matches(';'));
            history::data(&parse(source, json)?)
        }
        Some('{') if criterion::are_messages(text) => Some(criterion::messages(text)),
        Some('{') if own(text).is_some() => own(text),
        Some('{' | '[') => {
            let value = parse(source, text)?;
            history::data(&value)
                .or_else(|| json::hyperfine(&value))
                .or_else(|| json::pytest(&value))
                .or_else(|| json::custom(&value))
        }
        Some(_) => go::lines(text),
    };
    found.ok_or_else(|| {
        Error::invalid(format!("`{}` is no benchmark result that is known here", source.name)).hint(
            "known: Criterion (`target/criterion`, `cargo criterion --message-format=json`), \
             `hyperfine --export-json`, `pytest --benchmark-json`, `go test -bench`, github-action-benchmark",
        )
    })
}

/// Lines of [`Measurement`]s, if all of them are.
fn own(text: &str) -> Option<Vec<Measurement>> {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).ok()).collect()
}

fn parse(source: &Source, text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| {
        let at = crate::error::Location::at(&source.name, error.line() as u32, error.column() as u32, text);
        Error::invalid(format!("`{}` is no valid JSON: {error}", source.name)).at(at)
    })
}

/// Puts the results of each benchmark together: in order of their times where all have one, else as they came.
pub fn series(measurements: Vec<Measurement>) -> Vec<Series> {
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    let mut all: Vec<Series> = Vec::new();
    for m in measurements.into_iter().filter(|m| m.value.is_finite()) {
        let place = *places.entry((m.name.clone(), m.unit.clone())).or_insert_with(|| {
            all.push(Series { name: m.name, unit: m.unit, better: m.better, points: Vec::new() });
            all.len() - 1
        });
        let Measurement { commit, time, value, spread, .. } =
            Measurement { name: String::new(), unit: String::new(), ..m };
        all[place].points.push(Point { commit, time, value, spread });
    }
    for series in &mut all {
        if series.points.iter().all(|point| point.time.is_some()) {
            series.points.sort_by_key(|point| point.time);
        }
    }
    all
}

/// The middle of repeated values and the standard error of their mean.
fn repeated(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let middle = super::numbers::median(values.iter().copied())?;
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let square: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    let error = (values.len() > 1).then(|| (square / (n - 1.0)).sqrt() / n.sqrt());
    Some((middle, error))
}

/// Which way is better for a unit: more of something each second is, less of anything else.
fn better(unit: &str) -> Better {
    let unit = unit.trim().to_lowercase();
    let rate = ["/s", "/sec", "/second", "ops", "per second", "fps"].iter().any(|end| unit.ends_with(end));
    if rate { Better::Larger } else { Better::Smaller }
}
