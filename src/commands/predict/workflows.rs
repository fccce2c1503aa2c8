//! The workflows of a checkout, as advice looks at them.

use std::path::Path;

use serde_json::Value;

use crate::advice::checkout::{Checkout, Cron, Job, Matrix, Step, Workflow, has_cache};
use crate::data::{file, yaml};
use crate::error::Diagnostic;
use crate::workflow::MARKER;

/// Reads `.github/workflows`; what can't be read is told.
pub(super) fn read(root: &Path, default_branch: Option<String>) -> (Checkout, Vec<Diagnostic>) {
    let mut checkout = Checkout { default_branch, workflows: Vec::new() };
    let mut warnings = Vec::new();
    let entries = std::fs::read_dir(root.join(".github/workflows")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "yml" || e == "yaml")) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let text = file::read_text(path).map_err(|e| e.to_string());
        let read = |text: String| {
            let generated = text.lines().take_while(|line| line.starts_with('#')).any(|l| l.contains(MARKER));
            yaml::parse(&text).map(|node| (node, generated)).map_err(|problem| problem.message)
        };
        match text.and_then(read) {
            Ok((node, generated)) => {
                checkout.workflows.push(Workflow { generated, ..workflow(stem, &node.to_value()) });
            }
            Err(why) => warnings.push(Diagnostic::new(format!("`{stem}` can't be read: {why}"))),
        }
    }
    (checkout, warnings)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::String(one) => vec![one.clone()],
        Value::Array(many) => many.iter().filter_map(text).collect(),
        _ => Vec::new(),
    }
}

fn workflow(file_stem: String, value: &Value) -> Workflow {
    let on = &value["on"];
    let events = match on {
        Value::Object(events) => events.keys().cloned().collect(),
        other => list(other),
    };
    let cron =
        |entry: &Value| Some(Cron { expression: text(&entry["cron"])?, time_zone: text(&entry["timezone"]) });
    let filtered = |event: &str| ["paths", "paths-ignore"].iter().any(|key| !on[event][*key].is_null());
    let jobs = value["jobs"].as_object().into_iter().flatten();
    Workflow {
        file_stem,
        name: text(&value["name"]),
        events,
        generated: false,
        crons: on["schedule"].as_array().into_iter().flatten().filter_map(cron).collect(),
        path_filters: filtered("push") || filtered("pull_request"),
        concurrency: !value["concurrency"].is_null(),
        jobs: jobs.map(|(id, body)| job(id, body)).collect(),
    }
}

fn job(id: &str, value: &Value) -> Job {
    let runs_on = list(&value["runs-on"]);
    let plain = !runs_on.is_empty() && runs_on.iter().all(|label| !label.contains("${{"));
    Job {
        id: id.to_owned(),
        name: text(&value["name"]),
        timeout_minutes: match &value["timeout-minutes"] {
            // An expression decides: what it says is not known, and no number is either.
            Value::String(_) => Some(f64::NAN),
            said => said.as_f64(),
        },
        runs_on: plain.then(|| runs_on.join(",")),
        matrix: value["strategy"]["matrix"].as_object().map(matrix),
        fail_fast: value["strategy"]["fail-fast"].as_bool(),
        needs: list(&value["needs"]),
        concurrency: !value["concurrency"].is_null(),
        special: ["services", "container", "environment"].iter().any(|key| !value[*key].is_null()),
        steps: value["steps"].as_array().into_iter().flatten().map(step).collect(),
    }
}

fn matrix(value: &serde_json::Map<String, Value>) -> Matrix {
    let entries = |key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let axes = value.iter().filter(|(axis, _)| !matches!(axis.as_str(), "include" | "exclude"));
    Matrix {
        axes: axes.filter_map(|(axis, values)| Some((axis.clone(), values.as_array()?.clone()))).collect(),
        include: entries("include"),
        exclude: entries("exclude"),
    }
}

fn step(value: &Value) -> Step {
    let uses = text(&value["uses"]);
    let has_cache = has_cache(uses.as_deref(), &value["with"]);
    Step { name: text(&value["name"]), run: text(&value["run"]), has_cache, uses }
}
