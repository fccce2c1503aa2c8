//! The history that github-action-benchmark keeps: `data.js`, or its JSON.

use jiff::Timestamp;
use serde_json::Value;

use super::{Better, Measurement, better};

/// Every result of every suite.
pub(super) fn data(value: &Value) -> Option<Vec<Measurement>> {
    let suites = value["entries"].as_object()?;
    let several = suites.len() > 1;
    let mut found = Vec::new();
    for (suite, entries) in suites {
        for entry in entries.as_array().into_iter().flatten() {
            let tool = entry["tool"].as_str().unwrap_or_default();
            let commit = entry["commit"]["id"].as_str().map(str::to_owned);
            let time = entry["date"].as_i64().and_then(|at| Timestamp::from_millisecond(at).ok());
            for bench in entry["benches"].as_array().into_iter().flatten() {
                let (Some(name), Some(value)) = (bench["name"].as_str(), bench["value"].as_f64()) else {
                    continue;
                };
                // `go` units carry every metric of the line; the first is the value's.
                let unit = bench["unit"].as_str().unwrap_or_default();
                let unit = unit.split('\t').next().unwrap_or_default().trim();
                found.push(Measurement {
                    name: if several { format!("{suite} / {name}") } else { name.to_owned() },
                    commit: commit.clone(),
                    time,
                    value,
                    unit: unit.to_owned(),
                    spread: spread(&bench["range"], value),
                    better: direction(tool, unit),
                });
            }
        }
    }
    Some(found)
}

/// What the action takes to be better for each tool it knows (its README, "Tools"); for others the unit says it.
fn direction(tool: &str, unit: &str) -> Better {
    match tool {
        "benchmarkjs" | "pytest" | "customBiggerIsBetter" => Better::Larger,
        "customSmallerIsBetter" => Better::Smaller,
        _ => better(unit),
    }
}

/// A range such as `± 12`, `+/- 12`, `12` or `±1.5%`, in the unit of the value.
pub(super) fn spread(range: &Value, value: f64) -> Option<f64> {
    if let Some(number) = range.as_f64() {
        return Some(number.abs());
    }
    let text = range.as_str()?.trim().trim_start_matches("stddev:").trim();
    let text = text.trim_start_matches("+/-").trim_start_matches('±').trim().replace(',', "");
    let digits =
        text.find(|c: char| !matches!(c, '0'..='9' | '.' | 'e' | 'E' | '-' | '+')).unwrap_or(text.len());
    let number: f64 = text[..digits].parse().ok()?;
    let percent = text[digits..].trim_start().starts_with('%');
    Some(if percent { (value * number / 100.0).abs() } else { number.abs() })
}
