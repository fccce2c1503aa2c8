//! How a project is recognised and read.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::names::Names;
use super::source::Source;

/// Files that Dependabot can update, whatever project they belong to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileUpdates {
    /// The value of `package-ecosystem`.
    pub ecosystem: String,
    /// Globs of the files. Their directories are what Dependabot is told.
    pub files: Names,
    /// Dependabot is told the root, wherever the files are.
    #[serde(default)]
    pub root: bool,
}

/// How a project is recognised and read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProjectSpec {
    /// Files that make a directory a project, strongest first. All that are there are read; the first says most.
    pub manifests: Vec<ManifestSpec>,
    /// `project.manager`, when nothing else can be it.
    #[serde(default)]
    pub manager: Option<String>,
    /// Lock files, strongest first; searched up to the workspace root.
    #[serde(default)]
    pub lockfiles: Vec<Lockfile>,
    /// Manager to the command that runs a script of the manifest; `{name}` is the script.
    #[serde(default)]
    pub run: IndexMap<String, String>,
    /// Tasks that the jobs of the pack do; what existing workflows run besides is `project.checks`.
    #[serde(default)]
    pub covers: Vec<String>,
    /// Facts of members that reach their workspace root: lists are united, flags are or-ed.
    #[serde(default)]
    pub roll_up: Vec<String>,
    /// Facts of members that reach their workspace root as the highest version of all.
    #[serde(default)]
    pub roll_up_highest: Vec<String>,
    /// Where a dependency that has the name of another project is that project.
    #[serde(default)]
    pub links_by_name: Option<Reach>,
    /// How Dependabot names the ecosystem.
    #[serde(default)]
    pub updates: Option<Updates>,
}

/// How far a name reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// Among the members of one workspace.
    Workspace,
    /// In the whole repository.
    Repository,
}

/// A file that makes a directory a project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ManifestSpec {
    /// Name or glob, without directories.
    pub file: String,
    /// The reader of this format, for formats that need logic.
    #[serde(default)]
    pub reader: Option<String>,
    /// The manager that this file implies. Manifests of another manager in the same directory are refused.
    #[serde(default)]
    pub manager: Option<String>,
    /// Whether it makes a directory a project on its own, or only adds to a stronger manifest.
    #[serde(default = "yes")]
    pub alone: bool,
    /// On its own it counts only when a file below its directory matches one of these globs.
    #[serde(default)]
    pub with: Vec<String>,
    /// It doesn't count when one of these files is beside it.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Globs of names that `file` matches too and that are something else, e.g. templates.
    #[serde(default)]
    pub except: Vec<String>,
    /// Where the project's name is; `.` as a file is the manifest.
    #[serde(default)]
    pub name: Vec<Source>,
    /// Where its version is.
    #[serde(default)]
    pub version: Vec<Source>,
    /// Directories or globs of workspace members; makes this a workspace root.
    #[serde(default)]
    pub members: Vec<Source>,
    /// Directories or globs that are no members.
    #[serde(default)]
    pub exclude: Vec<Source>,
    /// A map from name to range, or a list of names.
    #[serde(default)]
    pub dependencies: Vec<DependencySource>,
    /// A map from name to command.
    #[serde(default)]
    pub scripts: Vec<Source>,
}

/// Where dependencies of one kind are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DependencySource {
    /// `runtime`, `dev`, `build`, `optional` or `peer`.
    #[serde(default)]
    pub kind: DependencyKind,
    /// Where they are.
    pub from: Source,
}

/// What a dependency is needed for.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Deserialize,
    JsonSchema,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyKind {
    /// To run.
    #[default]
    Runtime,
    /// To develop or test.
    Dev,
    /// To build.
    Build,
    /// When somebody asks for it.
    Optional,
    /// The user of this project brings it.
    Peer,
}

/// A lock file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lockfile {
    /// Its name.
    pub file: String,
    /// The managers that read it; empty for all.
    #[serde(default)]
    pub managers: Vec<String>,
}

/// How Dependabot names an ecosystem.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Updates {
    /// The value of `package-ecosystem`.
    pub ecosystem: String,
    /// Other values for other managers.
    #[serde(default)]
    pub managers: IndexMap<String, String>,
    /// Whether members need a directory of their own, or the root covers them.
    #[serde(default)]
    pub members: bool,
}

/// A directory whose manifests never drive a workflow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Noise {
    /// A path segment, as a glob.
    pub segment: String,
    /// What it is, e.g. `test data`.
    pub because: String,
    /// It is noise only in a directory of this name.
    #[serde(default)]
    pub below: Option<String>,
    /// It is noise only when one of these files is beside it.
    #[serde(default)]
    pub beside: Vec<String>,
}

fn yes() -> bool {
    true
}
