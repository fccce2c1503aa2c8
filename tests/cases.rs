//! Every case of every pack: a tiny checkout, and what must be found in it.
//!
//! `facts.json` maps `repository` and ids of projects to the facts that must be there, with their values. The key
//! `role` of a project is its role (`driver`, `member`, `noise`), `depends_on` and `workspace` are what they say; a
//! fact whose expected value is `null` must not be there. What isn't named may be anything.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::path::Path;

use serde_json::{Map, Value};
use wfgen::characteristics::{self, Characteristics, Facts};
use wfgen::checkout::{Checkout, Options};
use wfgen::config::Projects;
use wfgen::library::Source;
use wfgen::library::pack::Packs;
use wfgen::report::Report as _;
use wfgen::report::analyze::{Analysis, Report};

fn facts(path: &Path) -> datatest_stable::Result<()> {
    let expected: Map<String, Value> = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let folder = path.parent().ok_or("a case has a folder")?;
    // Git does not keep what a case calls `.git`, and a case must not see the repository around it.
    let checkout = Checkout::open(&folder.join("repo"), &Options::default())?;
    let packs = Packs::load(&[Source::bundled()])?;
    let found = characteristics::analyze(&checkout, &packs, &Projects::default())?;
    let mut wrong = against_schema(&found)?;
    for (subject, facts) in &expected {
        compare(&found, subject, facts, &mut wrong);
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Whatever is printed as JSON fits its schema.
fn against_schema(found: &Characteristics) -> datatest_stable::Result<Vec<String>> {
    let schema = serde_json::from_str(include_str!("../schemas/characteristics.schema.json"))?;
    let analysis = Analysis { path: "repo".to_owned(), result: Ok(found.clone()) };
    let printed = Report { analyses: vec![analysis] }.json();
    let validator = jsonschema::validator_for(&schema)?;
    Ok(validator
        .iter_errors(&printed)
        .map(|error| format!("schema: {error} at {}", error.instance_path()))
        .collect())
}

fn compare(found: &Characteristics, subject: &str, expected: &Value, wrong: &mut Vec<String>) {
    if subject == "warnings" {
        let messages: Vec<String> = found.warnings.iter().map(ToString::to_string).collect();
        for text in expected.as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !messages.iter().any(|message| message.contains(text)) {
                wrong.push(format!("no warning says `{text}`; there is {messages:?}"));
            }
        }
        return;
    }
    let project = found.projects.iter().find(|project| project.id == subject);
    let facts: &Facts = match (subject, project) {
        ("repository", _) => &found.facts,
        (_, Some(project)) => &project.facts,
        (_, None) if expected.is_null() => return,
        (_, None) => {
            let ids: Vec<&str> = found.projects.iter().map(|project| project.id.as_str()).collect();
            wrong.push(format!("no project `{subject}`; there is {ids:?}"));
            return;
        }
    };
    if expected.is_null() {
        wrong.push(format!("`{subject}` must not be a project"));
        return;
    }
    for (name, value) in expected.as_object().into_iter().flatten() {
        let actual = match (name.as_str(), project) {
            ("role", Some(project)) => {
                serde_json::to_value(&project.role).map(|role| role["kind"].clone()).ok()
            }
            ("depends_on", Some(project)) => Some(Value::from(project.depends_on.clone())),
            ("workspace", Some(project)) => Some(Value::from(project.workspace.clone())),
            _ => facts.value(name).cloned(),
        };
        if !contains(actual.as_ref().unwrap_or(&Value::Null), value) {
            let actual = actual.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
            wrong.push(format!("{subject} {name}: expected {value}, found {actual}"));
        }
    }
}

/// Maps may have more than what is expected; everything else is equal.
fn contains(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            expected.iter().all(|(key, value)| contains(actual.get(key).unwrap_or(&Value::Null), value))
        }
        _ => actual == expected,
    }
}

datatest_stable::harness! {
    { test = facts, root = "components", pattern = r"cases/[^/]+/facts\.json$" },
}
