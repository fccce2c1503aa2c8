//! Deciding: 300 rules over 50 projects.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::fs;

use serde_json::json;
use wfgen::characteristics::{Characteristics, Fact, Facts, Project, Role};
use wfgen::library::Source;
use wfgen::rules::{self, RuleSet};

fn main() {
    divan::main();
}

/// Rules that look at several facts; one in ten fires.
fn rule_set(count: usize) -> RuleSet {
    let rules: Vec<_> = (0..count)
        .map(|n| {
            json!({
                "name": format!("bench/rule-{n}"),
                "because": "it is measured",
                "conditions": { "all": [
                    { "fact": "project.ecosystem", "operator": "equal", "value": "rust" },
                    { "any": [
                        { "fact": "project.dependencies", "path": format!("$.dep-{}.range", n % 40), "operator": "equal", "value": "^1" },
                        { "fact": "project.frameworks", "operator": "contains", "value": "axum" },
                    ] },
                    { "fact": "project.number", "operator": "equal", "value": n % 10 },
                ] },
                "event": { "type": "component", "params": { "use": format!("bench/part-{n}"), "with": { "command": { "fact": "project.path" } } } },
            })
        })
        .collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::create_dir(folder.path().join("rules")).expect("a folder");
    fs::write(folder.path().join("rules/all.json"), serde_json::to_string(&rules).expect("JSON"))
        .expect("a file");
    let sources = [Source::default(), Source::directory(folder.path()).expect("a source")];
    RuleSet::load(&sources).expect("rules")
}

fn characteristics(count: usize) -> Characteristics {
    let facts = |n: usize| {
        let mut facts = Facts::default();
        let dependencies: serde_json::Map<_, _> =
            (0..200).map(|n| (format!("dep-{n}"), json!({ "range": format!("^{}", n % 3) }))).collect();
        let mut set = |name: &str, value| {
            facts.insert(name, Fact { value, confidence: 1.0, evidence: Vec::new(), refused: Vec::new() });
        };
        set("project.dependencies", dependencies.into());
        set("project.ecosystem", json!("rust"));
        set("project.frameworks", json!(["tokio", "clap", "axum"]));
        set("project.number", json!(n % 10));
        for other in 0..30 {
            set(&format!("project.other-{other}"), json!(other));
        }
        facts
    };
    let project = |n: usize| Project {
        id: format!("rust:crates/p{n}"),
        pack: "rust".to_owned(),
        path: format!("crates/p{n}"),
        name: Some(format!("p{n}")),
        workspace: None,
        role: Role::Driver,
        depends_on: Vec::new(),
        facts: facts(n),
    };
    Characteristics { facts: facts(0), projects: (0..count).map(project).collect(), warnings: Vec::new() }
}

#[divan::bench]
fn decide_300_rules_over_50_projects(bencher: divan::Bencher<'_, '_>) {
    let (rules, characteristics) = (rule_set(300), characteristics(50));
    bencher.bench(|| rules::decide(&rules, &characteristics));
}
