//! Bundles `components/` and `rules/` as JSON, so that start-up parses no YAML, and works out beforehand what start-up
//! would otherwise: tables of languages, and the literals without which an expression can't match.

use std::collections::BTreeMap;
use std::fmt::Write as _;
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
#[path = "build/literals.rs"]
mod literals;

fn main() {
    println!("cargo::rerun-if-changed=components");
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/data");
    load_in_place();
    let mut files = Vec::new();
    for folder in ["components", "rules"] {
        collect(Path::new(folder), &mut files);
    }
    files.sort();
    let mut expressions = BTreeMap::new();
    let mut bundle = String::from("pub(super) static BUNDLED: &[(&str, &str)] = &[\n");
    for path in &files {
        let value = read(path);
        collect_expressions(&value, &mut expressions);
        writeln!(bundle, "({:?}, {:?}),", name(path), value.to_string()).expect("memory");
    }
    bundle.push_str("];\n");
    let expressions: Vec<_> = expressions.iter().map(|(text, needs)| (text, Slice(needs))).collect();
    let expressions = format!("static NEEDS: &[(&str, &[&str])] = &{expressions:?};\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    languages::write(&out);
    for (file, code) in [("library.rs", bundle), ("expressions.rs", expressions)] {
        fs::write(out.join(file), code).expect("OUT_DIR can be written");
    }
}

/// A program that is loaded anywhere needs 43,000 addresses mended before it can begin: a millisecond, every time that a hook
/// or an editor starts it. Programs in Go are loaded in place too.
fn load_in_place() {
    let target = |part: &str| env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}

/// The expression of a slice.
struct Slice<'a>(&'a [String]);

impl std::fmt::Debug for Slice<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "&{:?}", self.0)
    }
}

/// Every expression that a pack looks for, with its literals.
fn collect_expressions(value: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        if let ("regex" | "ci" | "match", Some(text)) = (key.as_str(), value.as_str()) {
            found.insert(text.to_owned(), literals::needs(text, literals::Reading::Text));
        }
        collect_expressions(value, found);
    }
    value.as_array().into_iter().flatten().for_each(|item| collect_expressions(item, found));
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
