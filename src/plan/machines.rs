//! `also-on`: other machines that a job tests on too. Systems and versions seldom matter to one another, so that the other
//! machines get the newest version only, not every combination, unless the repository's workflows test every combination.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

/// The axis of the matrix, and what stands for its value.
const AXIS: &str = "os";
const MACHINE: &str = "${{ matrix.os }}";

/// What every shell reads alike: plain words, with double quotes at most. Anything else was written for a Unix shell.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^[A-Za-z0-9_][A-Za-z0-9_.\-]*(?: [A-Za-z0-9 _./:=,@+\-\[\]"]*)?$"#)
        .expect("a constant pattern")
});

/// Other machines for a job.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Others {
    machines: Vec<Value>,
    /// They get every version.
    every_version: bool,
    /// The first version that is built for macOS on ARM, which its runners are.
    macos_from: Option<String>,
}

impl Others {
    /// The combinations of a machine and a version that do not exist.
    fn missing(&self, matrix: &Map<String, Value>) -> Vec<Value> {
        let versions = matrix.iter().flat_map(|(axis, values)| {
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            values.iter().map(move |value| json!({ axis: value }))
        });
        let mut missing = Vec::new();
        for mut leg in versions {
            for machine in &self.machines {
                if !self.has(machine, &leg) {
                    leg[AXIS] = machine.clone();
                    missing.push(leg.clone());
                }
            }
        }
        missing
    }

    /// Whether the version of a leg can be had on a machine.
    fn has(&self, machine: &Value, leg: &Value) -> bool {
        let is_macos = machine.as_str().is_some_and(|label| label.starts_with("macos"));
        let Some(first) = self.macos_from.as_deref().and_then(release).filter(|_| is_macos) else {
            return true;
        };
        let values = leg.as_object().into_iter().flat_map(Map::values);
        values.filter_map(Value::as_str).filter_map(release).all(|version| version >= first)
    }
}

/// `3.10` or `3.14t` as two numbers; what begins with no number is no release.
fn release(version: &str) -> Option<(u32, u32)> {
    let number = |part: &str| part.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok();
    let mut parts = version.split('.');
    let first = number(parts.next()?)?;
    Some((first, parts.next().and_then(number).unwrap_or(0)))
}

/// Takes what `also-on` says out of the body of a job: nothing where the job can run on Linux only.
pub(super) fn take(body: &mut Map<String, Value>) -> Others {
    let others = match body.shift_remove("also-on") {
        Some(Value::Array(machines)) => Others { machines, ..Others::default() },
        Some(Value::Object(mut said)) => match said.shift_remove("machines") {
            Some(Value::Array(machines)) => Others {
                machines,
                every_version: said.get("every-version") == Some(&Value::Bool(true)),
                macos_from: said.get("macos-from").and_then(Value::as_str).map(str::to_owned),
            },
            _ => Others::default(),
        },
        _ => Others::default(),
    };
    if needs_docker(body) { Others::default() } else { others }
}

/// Only Linux runners have Docker for what is in images.
fn needs_docker(body: &Map<String, Value>) -> bool {
    let runs = steps(body).filter_map(|step| step.get("run")?.as_str());
    ["services", "container"].iter().any(|key| body.contains_key(*key))
        || runs.flat_map(str::split_whitespace).any(|word| word.starts_with("docker"))
}

fn steps(body: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    body.get("steps").and_then(Value::as_array).into_iter().flatten()
}

/// Lets a job run on other machines too, unless it chooses machines itself.
pub(super) fn spread(body: &mut Map<String, Value>, others: &Others) {
    let is_label = |runner: &Value| runner.as_str().is_some_and(|label| !label.contains("${{"));
    let Some(own) = body.get("runs-on").filter(|own| is_label(own)).cloned() else { return };
    let machines = &others.machines;
    if machines.is_empty() {
        return;
    }
    let slot = body.entry("strategy").or_insert_with(|| json!({ "fail-fast": false, "matrix": {} }));
    let Some(matrix) = slot.get_mut("matrix").and_then(Value::as_object_mut) else { return };
    if matrix.is_empty() || (others.every_version && !matrix.contains_key("include")) {
        let missing = others.missing(matrix);
        let all = std::iter::once(&own).chain(machines).cloned().collect();
        matrix.insert(AXIS.to_owned(), all);
        if !missing.is_empty() {
            matrix.insert("exclude".to_owned(), missing.into());
        }
    } else {
        add(matrix, &own, others);
    }
    body.insert("runs-on".to_owned(), MACHINE.into());
    if let Some(Value::String(name)) = body.get_mut("name") {
        match name.strip_suffix(')').filter(|start| start.contains(" (")) {
            Some(start) => *name = format!("{start}, {MACHINE})"),
            None => name.push_str(&format!(" ({MACHINE})")),
        }
    }
    let is_windows = |machine: &Value| machine.as_str().is_some_and(|label| label.starts_with("windows"));
    let is_plain =
        |step: &Value| step.get("run").and_then(Value::as_str).is_none_or(|run| PLAIN.is_match(run));
    if machines.iter().any(is_windows) && !steps(body).all(is_plain) {
        set_shell(body);
    }
}

/// Adds the last leg on the other machines, or every leg.
fn add(matrix: &mut Map<String, Value>, own: &Value, others: &Others) {
    let legs = matrix.get("include").and_then(Value::as_array).cloned().unwrap_or_default();
    let newest = match legs.last() {
        Some(Value::Object(leg)) => leg.clone(),
        _ => matrix.iter().filter_map(|(axis, values)| Some((axis.clone(), last(values)?))).collect(),
    };
    let on = |leg: &Map<String, Value>, machine: &Value| {
        let mut leg = leg.clone();
        leg.insert(AXIS.to_owned(), machine.clone());
        Value::Object(leg)
    };
    let each = |machine| legs.iter().filter_map(Value::as_object).map(move |leg| on(leg, machine));
    let mut include: Vec<Value> = each(own).collect();
    if others.every_version {
        let all = others.machines.iter().flat_map(|machine| each(machine).map(move |leg| (machine, leg)));
        include.extend(all.filter(|(machine, leg)| others.has(machine, leg)).map(|(_, leg)| leg));
    } else {
        include.extend(others.machines.iter().map(|machine| on(&newest, machine)));
    }
    if legs.is_empty() {
        matrix.insert(AXIS.to_owned(), json!([own]));
    }
    matrix.insert("include".to_owned(), Value::Array(include));
}

fn last(values: &Value) -> Option<Value> {
    values.as_array()?.last().cloned()
}

/// Commands that were written for a Unix shell are run by one on Windows too, which has Git's.
fn set_shell(body: &mut Map<String, Value>) {
    let mut defaults = body.get("defaults").cloned().unwrap_or_else(|| json!({ "run": {} }));
    defaults["run"]["shell"] = "bash".into();
    body.insert("defaults".to_owned(), defaults);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(body: &Value) -> Value {
        let mut body = body.as_object().unwrap().clone();
        let others = take(&mut body);
        spread(&mut body, &others);
        Value::Object(body)
    }

    #[test]
    fn without_versions_the_machines_are_the_matrix() {
        let body = json!({ "name": "Test", "runs-on": "ubuntu-24.04", "also-on": ["windows-2025"] });
        let expected = json!({
            "name": "Test (${{ matrix.os }})",
            "runs-on": MACHINE,
            "strategy": { "fail-fast": false, "matrix": { "os": ["ubuntu-24.04", "windows-2025"] } },
        });
        assert_eq!(job(&body), expected);
    }

    #[test]
    fn other_machines_get_the_newest_version_only() {
        let with = |matrix: Value| {
            let body = json!({
                "name": "Test (Go ${{ matrix.go }})",
                "runs-on": "ubuntu-24.04",
                "also-on": ["macos-15"],
                "strategy": { "fail-fast": false, "matrix": matrix },
            });
            job(&body)
        };
        let axes = with(json!({ "go": ["1.26", "1.27"] }));
        assert_eq!(axes["name"], "Test (Go ${{ matrix.go }}, ${{ matrix.os }})");
        let include = json!([{ "go": "1.27", "os": "macos-15" }]);
        assert_eq!(
            axes["strategy"]["matrix"],
            json!({ "go": ["1.26", "1.27"], "os": ["ubuntu-24.04"], "include": include })
        );
        let legs = with(json!({ "include": [{ "go": "1.26", "env": "a" }, { "go": "1.27", "env": "b" }] }));
        let include = json!([
            { "go": "1.26", "env": "a", "os": "ubuntu-24.04" },
            { "go": "1.27", "env": "b", "os": "ubuntu-24.04" },
            { "go": "1.27", "env": "b", "os": "macos-15" },
        ]);
        assert_eq!(legs["strategy"]["matrix"], json!({ "include": include }));
    }

    #[test]
    fn other_machines_get_every_version_where_workflows_test_every_combination() {
        let with = |matrix: Value| {
            let also_on = json!({ "machines": ["macos-15"], "every-version": true });
            let strategy = json!({ "matrix": matrix });
            job(&json!({ "runs-on": "ubuntu-24.04", "also-on": also_on, "strategy": strategy }))["strategy"]
                ["matrix"]
                .clone()
        };
        let axes = with(json!({ "go": ["1.26", "1.27"] }));
        assert_eq!(axes, json!({ "go": ["1.26", "1.27"], "os": ["ubuntu-24.04", "macos-15"] }));
        let legs = with(json!({ "include": [{ "py": "3.13" }, { "py": "3.14" }] }));
        let include = json!([
            { "py": "3.13", "os": "ubuntu-24.04" },
            { "py": "3.14", "os": "ubuntu-24.04" },
            { "py": "3.13", "os": "macos-15" },
            { "py": "3.14", "os": "macos-15" },
        ]);
        assert_eq!(legs, json!({ "include": include }));
    }

    #[test]
    fn versions_that_are_older_than_macos_on_arm_are_not_tested_there() {
        let with = |matrix: Value| {
            let also_on = json!({ "machines": ["windows-2025", "macos-15"], "every-version": true, "macos-from": "16" });
            let strategy = json!({ "matrix": matrix });
            job(&json!({ "runs-on": "x", "also-on": also_on, "strategy": strategy }))["strategy"]["matrix"]
                .clone()
        };
        let axes = with(json!({ "node": ["14", "16", "16.1t", "lts/*"] }));
        assert_eq!(axes["exclude"], json!([{ "node": "14", "os": "macos-15" }]));
        let legs = with(json!({ "include": [{ "node": "14" }, { "node": "22" }] }));
        assert_eq!(legs["include"].as_array().unwrap().len(), 5);
    }

    #[test]
    fn a_job_that_chooses_its_machines_itself_is_left_alone_and_no_leg_makes_it_panic() {
        let own = json!({ "runs-on": "${{ matrix.os }}", "strategy": { "matrix": { "os": ["a", "b"] } } });
        let mut asked = own.clone();
        asked["also-on"] = json!(["macos-15"]);
        assert_eq!(job(&asked), own);
        let odd =
            json!({ "runs-on": "x", "also-on": ["macos-15"], "strategy": { "matrix": { "include": [1] } } });
        assert_eq!(job(&odd)["strategy"]["matrix"]["include"][0]["os"], "macos-15");
    }

    #[test]
    fn a_job_that_needs_docker_stays_on_linux() {
        let steps = json!([{ "run": "docker compose up --detach" }, { "run": "pytest" }]);
        let body = json!({ "runs-on": "ubuntu-24.04", "also-on": ["windows-2025"], "steps": steps });
        assert_eq!(job(&body), json!({ "runs-on": "ubuntu-24.04", "steps": steps }));
    }

    #[test]
    fn what_only_a_unix_shell_reads_is_run_by_one_on_windows() {
        let shell = |run: &str, machine: &str| {
            let body = json!({ "runs-on": "x", "also-on": [machine], "steps": [{ "run": run }],
                "defaults": { "run": { "working-directory": "a" } } });
            job(&body)["defaults"]["run"]["shell"].clone()
        };
        assert_eq!(shell("./mvnw --batch-mode verify", "windows-2025"), "bash");
        assert_eq!(shell("./mvnw --batch-mode verify", "macos-15"), Value::Null);
        assert_eq!(shell("python -m pip install -e \".[test]\"", "windows-2025"), Value::Null);
        assert_eq!(shell("make build\nmake test", "windows-2025"), "bash");
    }
}
