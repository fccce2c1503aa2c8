//! tox: `tox.ini`, `tox.toml`, `[tool.tox]`: its environments, and which of them tests which Python.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Input, Manifest, ini, scalar};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::characteristics::tree::Format;
use crate::data::Node;

/// More environments than this are a mistake, or an attack.
const MAX_ENVIRONMENTS: usize = 512;

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let mut manifest = Manifest::default();
    if paths::name(input.file) == "tox.toml" {
        match input.tree.node(input.file, Format::Toml) {
            Ok(root) => table(input.file, &root, &mut manifest),
            Err(_) => manifest.broken = true,
        }
    } else {
        match input.tree.text(input.file) {
            Ok(text) => sections(input.file, &text, None, &mut manifest),
            Err(_) => manifest.broken = true,
        }
    }
    manifest
}

/// The TOML form, which is `[tool.tox]` of a `pyproject.toml` too.
pub(super) fn table(file: &str, tox: &Node, manifest: &mut Manifest) {
    if let Some(text) = tox.get("legacy_tox_ini") {
        return sections(file, text.as_str().unwrap_or_default(), Some(text.line), manifest);
    }
    let mut names = Vec::new();
    let list = tox.get("env_list");
    for item in list.map_or(&[][..], Node::items) {
        match scalar(item) {
            Some(name) => names.push(name),
            None => names.extend(product(item)),
        }
    }
    let line = list.or(tox.get("env")).map_or(0, |node| node.line);
    names.extend(tox.get("env").map_or(&[][..], Node::entries).iter().map(|(key, _)| key.key_text()));
    establish(names, &Evidence::at(file, line, "tox env_list"), manifest);
}

/// `{ product = [["a", "b"], { prefix = "3.", start = 10, stop = 14 }] }`: every combination.
fn product(item: &Node) -> Vec<String> {
    let parts = item.get("product").map_or(&[][..], Node::items);
    let mut names = vec![String::new()];
    for part in parts {
        let factors: Vec<String> = match part.get("prefix").and_then(scalar) {
            Some(prefix) => {
                let number = |key| part.get(key).and_then(scalar).and_then(|text| text.parse::<u32>().ok());
                let (start, stop) = (number("start").unwrap_or(0), number("stop").unwrap_or(0));
                (start..=stop).take(MAX_ENVIRONMENTS).map(|n| format!("{prefix}{n}")).collect()
            }
            None => part.items().iter().filter_map(scalar).collect(),
        };
        let joined = names.iter().flat_map(|name| {
            factors.iter().map(
                move |factor| {
                    if name.is_empty() { factor.clone() } else { format!("{name}-{factor}") }
                },
            )
        });
        names = joined.take(MAX_ENVIRONMENTS).collect();
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The INI form. `line` is where the text begins when it is inside another file.
fn sections(file: &str, text: &str, line: Option<u32>, manifest: &mut Manifest) {
    // tox 4 has no such setting: whoever still has it does not run this file.
    if text.contains("whitelist_externals") {
        return;
    }
    let entries = ini::entries(text);
    let list = entries
        .iter()
        .find(|entry| entry.section == "tox" && matches!(entry.key.as_str(), "env_list" | "envlist"));
    let mut names = list.map(|entry| expand(&entry.value)).unwrap_or_default();
    let mut seen = "";
    for entry in &entries {
        if entry.section != seen {
            seen = &entry.section;
            names.extend(seen.strip_prefix("testenv:").map(expand).unwrap_or_default());
        }
    }
    let line = line.unwrap_or_else(|| list.map_or(0, |entry| entry.line));
    establish(names, &Evidence::at(file, line, "tox env_list"), manifest);
}

/// `py{310,311}-{a,b}, lint`: the names it stands for. `{0-5}` counts.
pub(crate) fn expand(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_u32, 0);
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' | '\n' if depth == 0 => {
                let room = MAX_ENVIRONMENTS.saturating_sub(names.len());
                names.extend(alternatives(list[start..at].trim()).into_iter().take(room));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn alternatives(name: &str) -> Vec<String> {
    let mut done = vec![String::new()];
    let mut rest = name;
    while let Some((before, inside, after)) = braces(rest) {
        let choices = choices(inside);
        done = done
            .iter()
            .flat_map(|head| choices.iter().map(move |choice| format!("{head}{before}{choice}")))
            .take(MAX_ENVIRONMENTS)
            .collect();
        rest = after;
    }
    done.into_iter().map(|head| format!("{head}{rest}")).collect()
}

fn braces(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (inside, after) = rest.split_once('}')?;
    Some((before, inside, after))
}

fn choices(inside: &str) -> Vec<String> {
    let range = |text: &str| {
        let (start, stop) = text.split_once('-')?;
        Some((start.parse::<u32>().ok()?, stop.parse::<u32>().ok()?))
    };
    inside
        .split(',')
        .map(str::trim)
        .flat_map(|choice| match range(choice) {
            Some((start, stop)) => (start..=stop).take(MAX_ENVIRONMENTS).map(|n| n.to_string()).collect(),
            None => vec![choice.to_owned()],
        })
        .collect()
}

fn establish(names: Vec<String>, evidence: &Evidence, manifest: &mut Manifest) {
    let mut seen = std::collections::HashSet::new();
    let names: Vec<String> = names.into_iter().filter(|name| seen.insert(name.clone())).collect();
    if names.is_empty() {
        return;
    }
    let mut add = |name: &str, value: Value| {
        manifest.facts.insert(name.to_owned(), Fact::new(value, evidence.clone()));
    };
    let legs = legs(&names);
    let versions: Vec<&str> = legs.iter().filter_map(|(python, _)| python.number()).collect();
    if !versions.is_empty() {
        add("python.tox-versions", versions.into());
        let leg = |(python, env): &(Python, String)| json!({ "python": python.version, "env": env });
        add("python.tox-legs", legs.iter().map(leg).collect());
    }
    add("python.tox-envs", names.into());
}

/// For each Python the environment that tests it; several with commas between them when they differ in something else.
/// The newest CPython comes last.
fn legs(names: &[String]) -> Vec<(Python, String)> {
    let mut by_python: BTreeMap<Python, Vec<(&str, Vec<&str>)>> = BTreeMap::new();
    for name in names {
        let (mut python, mut others) = (None, Vec::new());
        for factor in name.split('-') {
            match Python::named(factor) {
                Some(found) if python.is_none() => python = Some(found),
                _ => others.push(factor),
            }
        }
        if let Some(python) = python {
            by_python.entry(python).or_default().push((name, others));
        }
    }
    let best = |envs: &[(&str, Vec<&str>)]| -> Option<String> {
        if let Some((name, _)) = envs.iter().find(|(_, others)| others.is_empty()) {
            return Some((*name).to_owned());
        }
        let is_named =
            |(_, others): &&(&str, Vec<&str>)| matches!(others.first(), Some(&("test" | "tests" | "pytest")));
        let has_tests = envs.iter().any(|env| is_named(&env));
        let testing = envs.iter().filter(|(_, others)| !others.iter().any(|factor| is_check(factor)));
        let names: Vec<&str> =
            testing.filter(|env| !has_tests || is_named(env)).map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| names.join(","))
    };
    by_python.into_iter().filter_map(|(python, envs)| Some((python, best(&envs)?))).collect()
}

/// A Python that environments are for. CPython with the GIL sorts last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Python {
    kind: Kind,
    minor: u32,
    /// As workflows name it.
    version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    PyPy,
    FreeThreaded,
    CPython,
}

impl Python {
    /// The one in `py311`, `py3.11`, `python3.11`, `3.11`, `3.14t` or `pypy3.11`.
    fn named(factor: &str) -> Option<Self> {
        let (kind, rest) = match factor.strip_prefix("pypy") {
            Some(rest) => (Kind::PyPy, rest),
            None => match factor.strip_suffix('t') {
                Some(rest) => (Kind::FreeThreaded, rest),
                None => (Kind::CPython, factor),
            },
        };
        let number = ["python", "cpython", "py"].iter().find_map(|prefix| rest.strip_prefix(prefix));
        if kind == Kind::PyPy && rest == "3" {
            // Whichever one is tested.
            return Some(Python { kind, minor: 0, version: factor.to_owned() });
        }
        let minor = match number.or((kind == Kind::PyPy).then_some(rest)) {
            Some(number) => number.strip_prefix("3.").or_else(|| number.strip_prefix('3'))?,
            None => rest.strip_prefix("3.")?,
        };
        let minor = minor.parse().ok()?;
        let version = match kind {
            Kind::PyPy => format!("pypy3.{minor}"),
            Kind::FreeThreaded => format!("3.{minor}t"),
            Kind::CPython => format!("3.{minor}"),
        };
        Some(Python { kind, minor, version })
    }

    /// Its version when that is a number.
    fn number(&self) -> Option<&str> {
        (self.kind == Kind::CPython).then_some(&self.version)
    }
}

/// Factors of environments that check something else than that the tests pass.
fn is_check(factor: &str) -> bool {
    let checks =
        ["lint", "mypy", "pyright", "typing", "type", "types", "docs", "doc", "style", "pre", "bench"];
    checks.contains(&factor) || factor.starts_with("pytestmain")
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use serde_json::{Value, json};

    fn legs(file: &str, text: &str) -> Value {
        let reader = if file == "pyproject.toml" { "pyproject" } else { "tox" };
        let manifest = read(reader, &[(file, text)]);
        manifest.facts.get("python.tox-legs").map_or(Value::Null, |fact| fact.value.clone())
    }

    #[test]
    fn every_way_to_name_an_environment_leads_to_its_python() {
        let leg = |python: &str, env: &str| json!({ "python": python, "env": env });
        assert_eq!(
            legs("tox.ini", "[tox]\nenvlist = docs,py{39,310}, pypy3,py{310}-main\n"),
            json!([leg("pypy3", "pypy3"), leg("3.9", "py39"), leg("3.10", "py310")])
        );
        assert_eq!(
            legs("tox.ini", "[tox]\nenv_list =\n    lint\n    3.1{0-1}-{tests,mypy}\n    3.10-tests-rich\n"),
            json!([leg("3.10", "3.10-tests,3.10-tests-rich"), leg("3.11", "3.11-tests")])
        );
        assert_eq!(
            legs("tox.ini", "[tox]\nenvlist = py{311,312}-{default, speedups}\n"),
            json!([leg("3.11", "py311-default,py311-speedups"), leg("3.12", "py312-default,py312-speedups")])
        );
        assert_eq!(
            legs(
                "tox.toml",
                "env_list = [\"type\", { product = [{ prefix = \"3.\", start = 10, stop = 11 }] }]\n"
            ),
            json!([leg("3.10", "3.10"), leg("3.11", "3.11")])
        );
        assert_eq!(
            legs(
                "pyproject.toml",
                "[tool.tox]\nenv_list = [\"py3.14\", \"py3.14t\", \"pypy3.11\", \"typing\"]\n"
            ),
            json!([leg("pypy3.11", "pypy3.11"), leg("3.14t", "py3.14t"), leg("3.14", "py3.14")])
        );
    }

    #[test]
    fn environments_of_sections_are_environments_too() {
        let manifest = read(
            "tox",
            &[("tox.ini", "[tox]\nenvlist = py311\n[testenv:lint]\ndeps = ruff\ncommands = ruff check\n")],
        );
        assert_eq!(manifest.facts["python.tox-envs"].value, json!(["py311", "lint"]));
        assert_eq!(manifest.facts["python.tox-envs"].evidence[0].line, Some(2));
    }

    #[test]
    fn a_file_for_tox_3_is_none_for_ci() {
        let text = "[tox]\nenvlist = py37\n[testenv]\nwhitelist_externals = poetry\n";
        assert!(read("tox", &[("tox.ini", text)]).facts.is_empty());
    }

    #[test]
    fn braces_without_end_and_without_measure_are_survived() {
        let many = "{0-9}".repeat(12);
        for text in ["py{310", "py}310{", "{,}", "{9-1}", &many, "{0-4294967295}"] {
            let manifest = read("tox", &[("tox.ini", &format!("[tox]\nenvlist = {text}\n"))]);
            let envs =
                manifest.facts.get("python.tox-envs").map_or(0, |fact| fact.value.as_array().unwrap().len());
            assert!(envs <= super::MAX_ENVIRONMENTS, "{text}");
        }
    }
}
