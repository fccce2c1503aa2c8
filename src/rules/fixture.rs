//! Sources and characteristics for tests.

#![allow(clippy::needless_pass_by_value, reason = "`json!` gives values")]

use serde_json::{Value, json};

use super::load::RuleSet;
use crate::characteristics::{Characteristics, Fact, Facts, Project, Role};
use crate::library::Source;

/// A source with these files, read from disk as an overlay is.
pub(crate) fn source(files: &[(&str, &str)]) -> Source {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Source::directory(folder.path()).unwrap()
}

/// Rules of no pack, in an overlay; what they lack is filled in.
pub(crate) fn rules(rules: Value) -> RuleSet {
    let filled: Vec<Value> = rules
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| {
            let mut filled = json!({ "because": "it is so", "conditions": { "all": [] } });
            filled.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
            filled
        })
        .collect();
    let text = serde_json::to_string_pretty(&filled).unwrap();
    RuleSet::load(&[Source::default(), source(&[("rules/all.json", &text)])]).unwrap()
}

pub(crate) fn facts(values: Value) -> Facts {
    let mut facts = Facts::default();
    for (name, value) in values.as_object().unwrap() {
        let value = value.clone();
        facts.insert(name, Fact { value, confidence: 1.0, evidence: Vec::new(), refused: Vec::new() });
    }
    facts
}

pub(crate) fn project(pack: &str, path: &str, values: Value) -> Project {
    Project {
        id: format!("{pack}:{path}"),
        pack: pack.to_owned(),
        path: path.to_owned(),
        name: None,
        workspace: None,
        role: Role::Driver,
        depends_on: Vec::new(),
        facts: facts(values),
    }
}

pub(crate) fn checkout(values: Value, projects: Vec<Project>) -> Characteristics {
    Characteristics { facts: facts(values), projects, warnings: Vec::new() }
}
