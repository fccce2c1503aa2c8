//! Settings over what components made: `[jobs]` and `[triggers]` of `wfgen.toml`, which know finished jobs by id.

use serde_json::{Map, Value};

use super::types::PlannedFile;
use crate::config::Config;
use crate::error::{Error, Result, did_you_mean};

/// Lays what the configuration says of the jobs and triggers of the workflow at `path` over them.
///
/// # Errors
/// When it names a job or a step that is not there.
pub(super) fn settle(
    config: &Config,
    path: &str,
    workflow: &mut Value,
    jobs: &mut Map<String, Value>,
) -> Result<()> {
    let name = stem(path);
    for (key, settings) in &config.jobs {
        let Some(id) = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')) else { continue };
        let wrong =
            |message: String| Error::usage(format!("`[jobs.\"{key}\"]` of the configuration: {message}"));
        let Some(body) = jobs.get_mut(id).and_then(Value::as_object_mut) else {
            let known: Vec<&str> = jobs.keys().map(String::as_str).collect();
            return Err(
                wrong(format!("`{path}` has no job `{id}`")).hint(format!("it has {}", known.join(", ")))
            );
        };
        job(body, settings).map_err(wrong)?;
    }
    if let Some((settings, on)) = config.triggers.get(name).zip(workflow["on"].as_object_mut()) {
        table(on, settings);
    }
    Ok(())
}

/// Refuses settings of workflows that are not generated.
///
/// # Errors
/// With those that are.
pub(super) fn check(config: &Config, files: &[PlannedFile]) -> Result<()> {
    let is_workflow = |file: &&PlannedFile| file.path.starts_with(".github/workflows/");
    let workflows: Vec<&str> = files.iter().filter(is_workflow).map(|file| stem(&file.path)).collect();
    let jobs = config.jobs.keys().map(|key| ("jobs", key, key.split('/').next().unwrap_or_default()));
    let triggers = config.triggers.keys().map(|key| ("triggers", key, key.as_str()));
    for (table, key, workflow) in jobs.chain(triggers) {
        if !workflows.contains(&workflow) {
            let message =
                format!("`[{table}.\"{key}\"]` of the configuration: no workflow `{workflow}` is generated");
            return Err(Error::usage(message).hint(format!("generated are {}", workflows.join(", "))));
        }
    }
    Ok(())
}

/// `ci` of `.github/workflows/ci.yml`.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|file| file.split('.').next()).unwrap_or_default()
}

/// Lays the settings of a job over its body.
///
/// # Errors
/// One sentence, when a step is named that the job does not have.
pub(super) fn job(body: &mut Map<String, Value>, settings: &Map<String, Value>) -> Result<(), String> {
    for (key, setting) in settings {
        match (key.as_str(), setting) {
            ("steps", Value::Object(by_name)) => steps(body, by_name)?,
            _ => lay(body, key, setting),
        }
    }
    Ok(())
}

/// Lays settings over a table: tables are merged, `false` takes a table or a list away, all else is replaced.
pub(super) fn table(table: &mut Map<String, Value>, settings: &Map<String, Value>) {
    for (key, setting) in settings {
        lay(table, key, setting);
    }
}

fn lay(into: &mut Map<String, Value>, key: &str, setting: &Value) {
    match (into.get_mut(key), setting) {
        (Some(Value::Object(there)), Value::Object(settings)) => table(there, settings),
        (Some(Value::Object(_) | Value::Array(_)), Value::Bool(false)) => drop(into.shift_remove(key)),
        _ => drop(into.insert(key.to_owned(), setting.clone())),
    }
}

fn steps(body: &mut Map<String, Value>, by_name: &Map<String, Value>) -> Result<(), String> {
    let Some(steps) = body.get_mut("steps").and_then(Value::as_array_mut) else {
        return Err("it has no steps: it calls a workflow".to_owned());
    };
    for (name, settings) in by_name {
        let Some(at) = steps.iter().position(|step| name_of(step) == Some(name)) else {
            let known: Vec<&str> = steps.iter().filter_map(name_of).collect();
            let meant = did_you_mean(name, known.iter().copied()).map_or_else(
                || format!("; it has {}", known.join(", ")),
                |m| format!("; did you mean `{m}`?"),
            );
            return Err(format!("it has no step `{name}`{meant}"));
        };
        match settings {
            Value::Bool(false) => drop(steps.remove(at)),
            Value::Object(settings) => {
                if let Some(step) = steps[at].as_object_mut() {
                    table(step, settings);
                }
            }
            _ => {
                return Err(format!(
                    "the step `{name}` is set to {settings}; a table of its keys, or `false`"
                ));
            }
        }
    }
    Ok(())
}

fn name_of(step: &Value) -> Option<&str> {
    step.get("name").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patched(settings: &Value) -> Result<Value, String> {
        let body = json!({
            "runs-on": "ubuntu-24.04",
            "strategy": { "fail-fast": false, "matrix": { "go": ["1.26", "1.27"] } },
            "steps": [{ "name": "Install Go", "with": { "cache": false } }, { "name": "Test", "run": "go test" }],
        });
        let mut body = body.as_object().unwrap().clone();
        job(&mut body, settings.as_object().unwrap()).map(|()| Value::Object(body))
    }

    #[test]
    fn tables_are_merged_and_values_replaced() {
        let job = patched(&json!({ "runs-on": "macos-15", "strategy": { "fail-fast": true } })).unwrap();
        assert_eq!(job["runs-on"], "macos-15");
        assert_eq!(job["strategy"], json!({ "fail-fast": true, "matrix": { "go": ["1.26", "1.27"] } }));
        assert_eq!(patched(&json!({ "strategy": false })).unwrap().get("strategy"), None);
    }

    #[test]
    fn a_step_is_known_by_its_name() {
        let job =
            patched(&json!({ "steps": { "Install Go": { "with": { "cache": true } }, "Test": false } }));
        assert_eq!(job.unwrap()["steps"], json!([{ "name": "Install Go", "with": { "cache": true } }]));
        let error = patched(&json!({ "steps": { "Instal Go": {} } })).unwrap_err();
        assert_eq!(error, "it has no step `Instal Go`; did you mean `Install Go`?");
    }
}
