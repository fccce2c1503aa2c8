//! One job: the body of a component with its inputs, its steps and its directory.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::machines;
use super::request::Request;
use super::setting::Setting;
use super::steps::Expander;
use super::substitute::{Fault, Scope, fill, holds};
use crate::library::Component;
use crate::workflow::is_preparation;

/// A job before it has an id.
pub(super) struct Draft {
    pub(super) body: Map<String, Value>,
    pub(super) inputs: BTreeMap<String, Setting>,
    /// Other machines that it shall run on.
    pub(super) also_on: machines::Others,
}

/// Builds a job; none when its component decides that it is not wanted.
pub(super) fn build(
    expander: &mut Expander<'_>,
    component: &Component,
    request: &Request,
    extra: &Scope,
) -> Result<Option<Draft>, Fault> {
    let (mut scope, inputs) = expander.scope(component, &request.with)?;
    scope.extend(extra);
    let mut body = component.content().map_err(Fault::Component)?.as_object().cloned().unwrap_or_default();
    if let Some(condition) = body.shift_remove("when")
        && !holds(&condition, &scope)?
    {
        return Ok(None);
    }
    let steps = body.shift_remove("steps");
    let filled = fill(&Value::Object(body), &scope)?.value;
    let mut body = filled.as_object().cloned().unwrap_or_default();
    if body.get("strategy").is_some_and(|strategy| strategy.get("matrix").is_none()) {
        body.shift_remove("strategy");
    }
    if let Some(matrix) = body.get("strategy").and_then(|s| s.get("matrix"))
        && let Some(axis) = empty_axis(matrix)
    {
        return Err(Fault::Foreign(format!("the matrix has no value for `{axis}`")));
    }
    if let Some(steps) = steps {
        let steps = expander.steps(component, &steps, &scope)?;
        if !steps.iter().any(|step| step.get("run").is_some() || !is_preparation(step)) {
            return Ok(None);
        }
        body.insert("steps".to_owned(), Value::Array(steps));
    }
    if expander.view.project.is_some() {
        // Also where no text of the component says it, the path is in the names and directories of the job.
        let directory = fill(&json!("<< project.directory >>"), &scope)?.value;
        in_directory(&mut body, &directory);
    }
    let also_on = machines::take(&mut body);
    Ok(Some(Draft { body: collapse_matrix(body), inputs, also_on }))
}

fn empty_axis(matrix: &Value) -> Option<&str> {
    let axes = matrix.as_object()?;
    axes.iter()
        .find(|(_, values)| values.as_array().is_some_and(Vec::is_empty))
        .map(|(axis, _)| axis.as_str())
}

/// Commands of a project run in its directory.
fn in_directory(body: &mut Map<String, Value>, directory: &Value) {
    if !directory.is_null() && body.contains_key("steps") && !body.contains_key("defaults") {
        body.insert("defaults".to_owned(), json!({ "run": { "working-directory": directory } }));
    }
}

/// A matrix with a single leg is no matrix: its values are written where they are used.
fn collapse_matrix(mut body: Map<String, Value>) -> Map<String, Value> {
    let Some(axes) = body.get("strategy").and_then(|s| s.get("matrix")).and_then(Value::as_object) else {
        return body;
    };
    let mut values = BTreeMap::new();
    for (axis, value) in single_leg(axes) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        values.insert(format!("${{{{ matrix.{axis} }}}}"), text);
    }
    if values.is_empty() {
        return body;
    }
    body.shift_remove("strategy");
    // `Test (Go ${{ matrix.go }})` tells legs apart; there is only one.
    if let Some((name, _)) = body.get("name").and_then(Value::as_str).and_then(|name| name.split_once(" ("))
        && body["name"].as_str().is_some_and(|name| name.ends_with(')') && name.contains("${{ matrix."))
    {
        body.insert("name".to_owned(), name.to_owned().into());
    }
    let mut body = Value::Object(body);
    replace(&mut body, &values);
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

/// The axes with their values when there is only one combination of them, else nothing.
fn single_leg(axes: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let is_scalar = |value: &Value| !value.is_object() && !value.is_array();
    let include = axes.get("include").and_then(Value::as_array).map(Vec::as_slice);
    match include {
        Some([Value::Object(leg)]) if axes.len() == 1 && leg.values().all(is_scalar) => leg.iter().collect(),
        _ => {
            let only = |(axis, list)| match Value::as_array(list).map(Vec::as_slice) {
                Some([only]) if is_scalar(only) => Some((axis, only)),
                _ => None,
            };
            axes.iter().map(only).collect::<Option<_>>().unwrap_or_default()
        }
    }
}

fn replace(value: &mut Value, values: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => {
            for (reference, with) in values {
                if text.contains(reference) {
                    *text = text.replace(reference, with);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, values)),
        Value::Object(entries) => entries.values_mut().for_each(|value| replace(value, values)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_with_one_leg_is_written_out_and_one_with_two_stays() {
        let job = |versions: Value| {
            let body = json!({
                "name": "Test (${{ matrix.python }})",
                "strategy": { "fail-fast": false, "matrix": { "python": versions } },
            });
            Value::Object(collapse_matrix(body.as_object().unwrap().clone()))
        };
        assert_eq!(job(json!(["3.13"])), json!({ "name": "Test" }));
        assert_eq!(job(json!(["3.12", "3.13"]))["name"], "Test (${{ matrix.python }})");
    }

    #[test]
    fn an_only_leg_that_is_included_is_written_out() {
        let job = |legs: Value| {
            let body = json!({
                "name": "Test (${{ matrix.python }})",
                "strategy": { "matrix": { "include": legs } },
                "steps": [{ "run": "tox run", "env": { "TOX_ENV": "${{ matrix.env }}" } }],
            });
            Value::Object(collapse_matrix(body.as_object().unwrap().clone()))
        };
        let one = job(json!([{ "python": "3.13", "env": "py313" }]));
        let steps = json!([{ "run": "tox run", "env": { "TOX_ENV": "py313" } }]);
        assert_eq!(one, json!({ "name": "Test", "steps": steps }));
        let two = job(json!([{ "python": "3.12", "env": "py312" }, { "python": "3.13", "env": "py313" }]));
        assert_eq!(two["name"], "Test (${{ matrix.python }})");
    }
}
