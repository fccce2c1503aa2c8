//! Criterion: the folder `target/criterion`, and the messages of `cargo criterion --message-format=json`.

use serde_json::Value;

use super::{Better, Measurement, parse};
use crate::insight::sources::Source;
use crate::{Error, Result};

/// The estimate of `new/estimates.json`; its name is in `benchmark.json` beside it, else in the path.
pub(super) fn estimates(source: &Source, name: Option<&Source>) -> Result<Option<Measurement>> {
    let value = parse(source, &source.text)?;
    let full = match name {
        Some(name) => parse(name, &name.text)?["full_id"].as_str().map(str::to_owned),
        None => None,
    };
    let path = || {
        let folder = source.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        folder.trim_end_matches("new").trim_end_matches("base").trim_end_matches('/').to_owned()
    };
    // As Criterion itself does: the slope where the sampling was linear, else the mean.
    let estimate = [&value["slope"], &value["mean"]].into_iter().find(|e| e["point_estimate"].is_number());
    let Some(estimate) = estimate else {
        return Err(Error::invalid(format!("`{}` has no estimate of Criterion in it", source.name)));
    };
    Ok(estimate["point_estimate"].as_f64().map(|point| Measurement {
        name: full.unwrap_or_else(path),
        commit: None,
        time: None,
        value: point,
        unit: "ns".to_owned(),
        spread: estimate["standard_error"].as_f64(),
        better: Better::Smaller,
    }))
}

/// Whether a text is the messages of `cargo criterion`: a JSON object in each line, with a reason.
pub(super) fn are_messages(text: &str) -> bool {
    let first = text.lines().next().and_then(|line| serde_json::from_str::<Value>(line).ok());
    first.is_some_and(|value| value["reason"].is_string())
}

/// The results among the messages; other lines are not for us.
pub(super) fn messages(text: &str) -> Vec<Measurement> {
    let values = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let complete = values.filter(|value| value["reason"] == "benchmark-complete");
    complete
        .filter_map(|value| {
            let typical = &value["typical"];
            let bound = |name: &str| typical[name].as_f64();
            // A 95 % interval is about four standard errors wide.
            let spread =
                bound("upper_bound").zip(bound("lower_bound")).map(|(high, low)| (high - low) / 3.92);
            Some(Measurement {
                name: value["id"].as_str()?.to_owned(),
                commit: None,
                time: None,
                value: bound("estimate")?,
                unit: typical["unit"].as_str().unwrap_or("ns").to_owned(),
                spread,
                better: Better::Smaller,
            })
        })
        .collect()
}
