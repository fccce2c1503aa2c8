//! Bundles `components/` and `rules/` into one JSON text, so that start-up parses no YAML.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;

#[path = "src/data"]
#[allow(dead_code, unreachable_pub)]
mod data {
    mod node;
    pub mod yaml;
    pub use node::{Data, Node, Problem};
}

#[path = "build/languages.rs"]
mod languages;

fn main() {
    println!("cargo::rerun-if-changed=components");
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/data");
    let mut files = Vec::new();
    for folder in ["components", "rules"] {
        collect(Path::new(folder), &mut files);
    }
    files.sort();
    let bundle: Vec<(String, Value)> = files.iter().map(|path| (name(path), read(path))).collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    languages::write(&out);
    fs::write(out.join("library.json"), serde_json::to_string(&bundle).expect("a tree is JSON"))
        .expect("OUT_DIR can be written");
}

/// Every library file below a folder; `cases` prove a pack and are not part of it.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "cases") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "yml") || is_rule(&path) {
            files.push(path);
        }
    }
}

fn is_rule(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    folder.is_some_and(|name| name == "rules") && path.extension().is_some_and(|e| e == "json")
}

fn name(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match data::yaml::parse(&text) {
        Ok(node) => node.to_value(),
        Err(problem) => panic!("{}:{}: {}", path.display(), problem.line, problem.message),
    }
}
