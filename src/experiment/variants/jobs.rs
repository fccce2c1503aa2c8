//! Two variants of a job as one.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::choose::{and, choose};
use super::selector::Selector;
use super::steps;
use crate::workflow::{Job, Strategy};

/// Writes two variants of a job as one that follows the selector.
///
/// # Errors
/// One sentence for every part that can't follow the selector.
pub(super) fn weave(control: &Job, treatment: &Job, selector: &Selector) -> Result<Job, Vec<String>> {
    let mut faults = Vec::new();
    let fixed = [
        ("permissions", control.permissions == treatment.permissions),
        ("uses", control.uses == treatment.uses),
        ("needs", control.needs == treatment.needs),
        ("if", control.condition == treatment.condition),
        ("environment", control.environment == treatment.environment),
        ("concurrency", control.concurrency == treatment.concurrency),
        ("container", control.container == treatment.container),
        ("services", control.services == treatment.services),
        ("outputs", control.outputs == treatment.outputs),
        ("defaults", control.defaults == treatment.defaults),
        ("with", control.with == treatment.with),
        ("secrets", control.secrets == treatment.secrets),
    ];
    let changed = fixed.iter().filter(|(_, same)| !same);
    faults.extend(changed.map(|(key, _)| format!("`{key}` differs, which no expression may decide")));

    let mut job = control.clone();
    let is_treatment = &selector.is_treatment;
    let mut chosen = |key: &str, control: &Value, treatment: &Value| {
        choose(control, treatment, is_treatment).unwrap_or_else(|why| {
            faults.push(format!("`{key}`: {why}"));
            Value::Null
        })
    };
    job.runs_on = chosen("runs-on", &control.runs_on, &treatment.runs_on);
    job.timeout_minutes = chosen("timeout-minutes", &control.timeout_minutes, &treatment.timeout_minutes);
    let keeps_going = (or(&control.continue_on_error, false), or(&treatment.continue_on_error, false));
    if keeps_going.0 != keeps_going.1 {
        job.continue_on_error = chosen("continue-on-error", &keeps_going.0, &keeps_going.1);
    }
    if control.strategy != treatment.strategy {
        let [one, other] = [control, treatment].map(|job| job.strategy.clone().unwrap_or_default());
        let matrix = matrices(&one.matrix, &other.matrix);
        job.strategy = Some(Strategy {
            fail_fast: chosen("fail-fast", &or(&one.fail_fast, true), &or(&other.fail_fast, true)),
            max_parallel: match (&one.max_parallel, &other.max_parallel) {
                (Value::Null, Value::Null) => Value::Null,
                (one, other) => chosen("max-parallel", &or(one, 256), &or(other, 256)),
            },
            matrix: chosen("matrix", &matrix.0, &matrix.1),
        });
    }
    job.env = environment(&control.env, &treatment.env, &mut chosen);
    job.steps = match steps::weave(&control.steps, &treatment.steps, &selector.in_step) {
        Ok(steps) => steps,
        Err(why) => {
            faults.extend(why);
            Vec::new()
        }
    };
    if let Some(label) = &selector.job_label {
        let name = if control.strategy.is_some() { &control.name } else { &treatment.name };
        job.name = name.as_ref().map(|name| format!("{name} {label}"));
    }
    if let Some((name, value)) = &selector.env {
        job.env.insert(name.clone(), Value::String(value.clone()));
    }
    if let Some(first) = &selector.needs
        && !job.needs.contains(first)
    {
        // A job with `always()` would run without an arm when the assignment failed.
        let assigned = format!("needs.{first}.result == 'success'");
        job.condition = job.condition.as_deref().map(|own| and(&assigned, Some(own)));
        job.needs.insert(0, first.clone());
    }
    if faults.is_empty() { Ok(job) } else { Err(faults) }
}

/// A value, or what GitHub takes where there is none.
fn or(value: &Value, default: impl Into<Value>) -> Value {
    if value.is_null() { default.into() } else { value.clone() }
}

/// The matrices of both variants. One without a matrix gets the other's axes with their first value, because a
/// matrix must have an axis: its steps don't read it.
fn matrices(control: &Value, treatment: &Value) -> (Value, Value) {
    match (control, treatment) {
        (Value::Null, with) => (first_leg(with), with.clone()),
        (with, Value::Null) => (with.clone(), first_leg(with)),
        _ => (control.clone(), treatment.clone()),
    }
}

fn first_leg(matrix: &Value) -> Value {
    let axes = matrix.as_object().into_iter().flatten();
    let axes = axes.filter(|(axis, _)| !matches!(axis.as_str(), "include" | "exclude"));
    let first = axes.filter_map(|(axis, values)| Some((axis.clone(), json!([values.get(0)?]))));
    let first: Map<String, Value> = first.collect();
    match (first.is_empty(), matrix.get("include").and_then(|list| list.get(0))) {
        (true, Some(leg)) => json!({ "include": [leg] }),
        _ => Value::Object(first),
    }
}

/// Environment variables of both; one that only one variant has is empty in the other.
fn environment(
    control: &IndexMap<String, Value>,
    treatment: &IndexMap<String, Value>,
    chosen: &mut impl FnMut(&str, &Value, &Value) -> Value,
) -> IndexMap<String, Value> {
    let names: Vec<&String> =
        control.keys().chain(treatment.keys().filter(|name| !control.contains_key(*name))).collect();
    let none = Value::String(String::new());
    let value = |name: &String| {
        let [one, other] = [control, treatment].map(|env| env.get(name).unwrap_or(&none));
        (name.clone(), chosen(name, one, other))
    };
    names.into_iter().map(value).collect()
}
