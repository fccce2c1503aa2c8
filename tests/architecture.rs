//! Who may import whom: the arrows of the design, held against the `use crate::` lines.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A module, and the modules that it may import. `error` is for everyone.
const TABLE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("data", &[]),
    ("env_vars", &[]),
    ("stats", &[]),
    ("units", &[]),
    ("runs", &[]),
    ("history", &["runs"]),
    ("insight", &["runs", "stats"]),
    ("features", &["stats"]),
    ("model", &["features", "stats"]),
    ("prediction", &["features", "model", "stats"]),
    ("config", &["data"]),
    ("checkout", &["data"]),
    ("library", &["data", "workflow"]),
    ("characteristics", &["checkout", "library", "workflow", "data", "config"]),
    ("rules", &["characteristics", "library", "data"]),
    ("workflow", &["data"]),
    ("plan", &["rules", "characteristics", "library", "workflow", "config", "data"]),
    ("validate", &["workflow", "library", "data"]),
    ("write", &["workflow", "data"]),
    ("experiment", &["stats", "workflow", "config", "data"]),
    (
        "report",
        &[
            "characteristics",
            "data",
            "experiment",
            "history",
            "insight",
            "library",
            "plan",
            "prediction",
            "rules",
            "runs",
            "units",
            "validate",
            "write",
        ],
    ),
    ("ui", &["report"]),
    (
        "commands",
        &[
            "characteristics",
            "checkout",
            "clock",
            "config",
            "data",
            "env_vars",
            "experiment",
            "features",
            "history",
            "insight",
            "library",
            "plan",
            "prediction",
            "report",
            "rules",
            "runs",
            "stats",
            "units",
            "validate",
            "workflow",
            "write",
        ],
    ),
    ("cli", &["commands", "experiment", "prediction", "report", "ui"]),
];

/// Words that only some modules may have in their code.
const ALONE: &[(&str, &[&str])] = &[
    ("std::env::var", &["env_vars"]),
    ("println!", &[]),
    ("eprintln!", &[]),
    ("std::io::stdout", &["ui"]),
    ("Command::new", &["write", "checkout", "runs"]),
    ("fs::write", &["write", "history"]),
    ("fs::remove", &["write"]),
    ("fs::rename", &["write"]),
    ("SystemTime::now", &["clock"]),
    ("Timestamp::now", &["clock"]),
    ("rusqlite", &["history"]),
    ("reqwest", &["runs"]),
    ("tokio", &["runs"]),
    ("clap::", &["cli"]),
];

#[test]
fn every_module_imports_only_what_the_table_allows() {
    let table: BTreeMap<&str, &[&str]> = TABLE.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (file, module, code) in sources() {
        seen.insert(module.clone());
        let Some(allowed) = table.get(module.as_str()) else {
            wrong.push(format!("{file}: the module `{module}` is not in the table"));
            continue;
        };
        for import in imports(&code) {
            if import != module && import != "error" && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{file}: `{module}` may not import `{import}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<_> = table.keys().filter(|module| !seen.contains(**module)).collect();
    assert!(missing.is_empty(), "in the table but not there: {missing:?}");
}

#[test]
fn what_belongs_to_one_module_is_done_there_alone() {
    let mut wrong = Vec::new();
    for (file, module, code) in sources() {
        for (word, owners) in ALONE {
            if code.contains(word) && !owners.contains(&module.as_str()) {
                wrong.push(format!("{file}: `{word}` belongs to {owners:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn main_only_parses_runs_and_exits() {
    let main = std::fs::read_to_string("src/main.rs").unwrap();
    assert!(main.lines().count() < 40);
}

/// Every source file of the library: its path, its top module, and its code without tests and comments.
fn sources() -> Vec<(String, String, String)> {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    files.sort();
    files
        .into_iter()
        .filter(|file| !matches!(file.as_str(), "src/main.rs" | "src/lib.rs"))
        // Modules that only tests have.
        .filter(|file| !file.ends_with("/testing.rs") && !file.ends_with("/fixture.rs"))
        .map(|file| {
            let module = file.trim_start_matches("src/").split(['/', '.']).next().unwrap().to_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (file, module, code.join("\n"))
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
}

/// The modules after `crate::`, also inside braces.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, rest) in code.match_indices("crate::").map(|(at, word)| (at, &code[at + word.len()..])) {
        let group = rest.strip_prefix('{').map(|inner| inner.split("};").next().unwrap_or(inner));
        let names: Vec<&str> = match group {
            Some(group) => group.split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name: String =
                name.trim().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !name.is_empty() {
                found.insert(name);
            }
        }
    }
    found
}
