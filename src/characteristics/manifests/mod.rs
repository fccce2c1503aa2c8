//! Manifests: one file per format that needs logic, and one reader for what packs declare.

mod cargo;
mod catalog;
mod declared;
mod dockerfile;
mod go_mod;
mod gradle;
pub(crate) mod ini;
mod maven;
mod npm;
mod pyproject;
mod python;
mod script;
mod setup_py;
#[cfg(test)]
mod testing;
pub(crate) mod tox;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::fact::{Evidence, Fact};
use super::tree::Tree;
use crate::data::Node;
use crate::library::pack::{DependencyKind, ManifestSpec};

/// What a reader is given.
pub(crate) struct Input<'a> {
    pub(crate) tree: &'a Tree<'a>,
    /// The directory of the manifest.
    pub(crate) dir: &'a str,
    /// The manifest.
    pub(crate) file: &'a str,
    /// What the pack says about it.
    pub(crate) spec: &'a ManifestSpec,
}

/// A value and where it was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) evidence: Evidence,
}

impl<T> Found<T> {
    pub(crate) fn new(value: T, evidence: Evidence) -> Self {
        Found { value, evidence }
    }
}

/// What manifests say about a project.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manifest {
    /// The manifests that were read, strongest first.
    pub(crate) files: Vec<String>,
    pub(crate) manager: Option<Found<String>>,
    pub(crate) name: Option<Found<String>>,
    pub(crate) version: Option<Found<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Set when this is the root of a workspace.
    pub(crate) members: Option<Members>,
    /// The directory of the workspace root, where the manifest itself names it.
    pub(crate) workspace: Option<String>,
    /// The directory of the project that it inherits from, whose list says what is built with it.
    pub(crate) heir_of: Option<String>,
    /// Projects of the same checkout that it needs.
    pub(crate) local: Vec<Local>,
    /// Other names that projects of this checkout know it by.
    pub(crate) aliases: Vec<String>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) facts: BTreeMap<String, Fact>,
    /// The manifest is there and can't be read.
    pub(crate) broken: bool,
    /// The file is no manifest of a project, e.g. a `pyproject.toml` that only configures tools.
    pub(crate) no_project: bool,
}

/// A dependency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Dependency {
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) range: String,
    pub(crate) kind: DependencyKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    #[serde(skip)]
    pub(crate) evidence: Evidence,
}

/// Members of a workspace.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Members {
    /// Directories or globs, seen from the root; a leading `!` excludes.
    pub(crate) include: Vec<Found<String>>,
    pub(crate) exclude: Vec<String>,
    /// Path dependencies below the root are members too.
    pub(crate) path_dependencies: bool,
}

/// A project of the same checkout that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Local {
    /// By its directory, seen from the checkout's root.
    Path(String),
    /// By its name.
    Name(String),
}

/// A script of a manifest.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) command: String,
    pub(crate) evidence: Evidence,
    /// The command that runs it, where the manager has none for scripts.
    pub(crate) run: Option<String>,
}

impl Manifest {
    /// Takes over what a weaker manifest of the same directory adds.
    pub(crate) fn absorb(&mut self, weaker: Manifest) {
        self.files.extend(weaker.files);
        self.manager = self.manager.take().or(weaker.manager);
        self.name = self.name.take().or(weaker.name);
        self.version = self.version.take().or(weaker.version);
        self.members = self.members.take().or(weaker.members);
        self.workspace = self.workspace.take().or(weaker.workspace);
        self.heir_of = self.heir_of.take().or(weaker.heir_of);
        self.local.extend(weaker.local);
        self.aliases.extend(weaker.aliases);
        self.broken |= weaker.broken;
        self.no_project &= weaker.no_project;
        for dependency in weaker.dependencies {
            if !self.dependencies.iter().any(|d| d.name == dependency.name && d.kind == dependency.kind) {
                self.dependencies.push(dependency);
            }
        }
        for script in weaker.scripts {
            if !self.scripts.iter().any(|s| s.name == script.name) {
                self.scripts.push(script);
            }
        }
        for (name, fact) in weaker.facts {
            match self.facts.get_mut(&name) {
                // Several files of one format are equals: three Dockerfiles are three images.
                Some(ours)
                    if ours.evidence.first().map(|e| &e.reader)
                        == fact.evidence.first().map(|e| &e.reader) =>
                {
                    ours.unite(&fact);
                }
                Some(ours) => ours.refuse(&fact, "a stronger manifest says otherwise"),
                None => {
                    self.facts.insert(name, fact);
                }
            }
        }
    }
}

type Reader = fn(&Input<'_>) -> Manifest;

/// The readers that packs can name.
pub(crate) const READERS: &[(&str, Reader)] = &[
    ("cargo", cargo::read),
    ("dockerfile", dockerfile::read),
    ("go-mod", go_mod::read),
    ("go-work", go_mod::read_work),
    ("gradle", gradle::read),
    ("gradle-settings", gradle::read_settings),
    ("maven", maven::read),
    ("npm", npm::read),
    ("pipfile", pyproject::read_pipfile),
    ("pyproject", pyproject::read),
    ("requirements", python::read_requirements),
    ("setup-cfg", setup_py::read_cfg),
    ("setup-py", setup_py::read),
    ("tox", tox::read),
];

/// Reads one manifest.
pub(crate) fn read(input: &Input<'_>) -> Manifest {
    let mut manifest = match &input.spec.reader {
        None => declared::read(input),
        Some(name) => match READERS.iter().find(|(known, _)| known == name) {
            Some((_, reader)) => reader(input),
            None => {
                let known = READERS.iter().map(|(known, _)| *known);
                let meant = crate::error::did_you_mean(name, known.clone())
                    .map_or_else(|| known.collect::<Vec<_>>().join(", "), str::to_owned);
                let message = format!("no reader is called `{name}`");
                input.tree.warn(
                    input.file,
                    crate::error::Diagnostic::new(message).hint(format!("there is {meant}")),
                );
                Manifest { broken: true, ..Manifest::default() }
            }
        },
    };
    manifest.files = vec![input.file.to_owned()];
    if let Some(manager) = &input.spec.manager {
        manifest.manager.get_or_insert(Found::new(manager.clone(), Evidence::file(input.file, "file")));
    }
    manifest
}

/// Text at a path of keys, with its place.
pub(crate) fn text_at(file: &str, format: &str, root: &Node, path: &[&str]) -> Option<Found<String>> {
    let node = root.at(path)?;
    let text = scalar(node)?;
    Some(Found::new(text, Evidence::at(file, node.line, format!("{format} {}", path.join(".")))))
}

/// A scalar as text: people write versions as numbers.
pub(crate) fn scalar(node: &Node) -> Option<String> {
    match node.to_value() {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
