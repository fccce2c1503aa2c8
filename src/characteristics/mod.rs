//! Facts with evidence about the repository and each project in it.

mod analyze;
mod discover;
mod evidence;
pub mod existing;
mod fact;
mod frameworks;
mod graph;
pub mod languages;
mod lookup;
mod manifests;
pub mod memory;
mod neighbours;
mod paths;
mod project;
mod repository;
pub mod secrets;
mod services;
mod syntax;
mod tasks;
mod tests_found;
mod tools;
mod tree;
mod variables;
mod versions;

use serde::Serialize;

pub use analyze::{analyze, analyze_for};
pub use fact::{Evidence, Fact, Facts, Refusal};

use crate::error::Diagnostic;

/// What was found out about a checkout.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Characteristics {
    /// Facts about the repository as a whole.
    pub facts: Facts,
    /// Every project, sorted by path and then by ecosystem.
    pub projects: Vec<Project>,
    /// What could not be read, and what that means.
    pub warnings: Vec<Diagnostic>,
}

/// One project: a Cargo workspace or a member of it, an npm package, a Go module...
#[derive(Debug, Clone, Serialize)]
pub struct Project {
    /// `<pack>:<path>`, unique in the checkout, e.g. `rust:crates/core` or `python:.`.
    pub id: String,
    /// The pack that recognised it, e.g. `rust`.
    pub pack: String,
    /// Its directory, relative to the checkout, `.` for the root.
    pub path: String,
    /// Its name from the manifest.
    pub name: Option<String>,
    /// The id of the workspace root that it is a member of.
    pub workspace: Option<String>,
    /// Whether it drives workflows, or why it does not.
    pub role: Role,
    /// Ids of the projects of this checkout that it depends on, sorted.
    pub depends_on: Vec<String>,
    /// Facts about this project.
    pub facts: Facts,
}

/// What a project is to the workflows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Role {
    /// A project of its own or the root of a workspace: it gets jobs.
    Driver,
    /// A member of a workspace: its root's jobs cover it.
    Member,
    /// A fixture, an example, vendored or generated: reported, never driving a workflow unless configured.
    Noise {
        /// Which path segment or mark says so.
        because: String,
    },
}

/// What the facts mean that no pack declares.
const ABOUT: &[(&str, &str)] = &[
    ("project.dependencies", "What the manifests depend on, with range and kind"),
    ("project.ecosystem", "The pack that recognised the project"),
    ("project.formatters", "Formatters that are configured"),
    ("project.frameworks", "Frameworks that the project is built on"),
    ("project.is-framework", "The project is the framework's own repository"),
    ("project.kind", "Whether it is run or used by others"),
    ("project.linters", "Linters that are configured"),
    ("project.lockfile", "The lock file that governs the project"),
    ("project.manager", "The tool that installs or builds the project"),
    ("project.member-globs", "Members as the workspace root writes them"),
    ("project.members", "Directories of the members of the workspace"),
    ("project.name", "The name in the manifest"),
    ("project.path", "The directory of the project"),
    ("project.publishable", "The manifest allows and describes publishing"),
    ("project.scripts", "Scripts of the manifest"),
    ("project.services", "Services that tests need"),
    ("project.tasks", "The repository's own entry points"),
    ("project.test-runner", "What runs the tests"),
    ("project.called", "The tasks of which existing workflows run an entry point"),
    (
        "project.unrun",
        "The tasks of which existing workflows say nothing, though they run other entry points",
    ),
    ("project.tests", "Tests that were found by parsing"),
    ("project.type-checker", "What checks types"),
    ("project.version", "The version in the manifest"),
    ("repository.default-branch", "The branch that pull requests go to"),
    ("repository.host", "Where the repository is hosted"),
    ("repository.languages", "Languages by bytes and files, as linguist counts"),
    ("repository.slug", "Owner and name of the repository"),
    ("repository.tasks", "Entry points in the root"),
    ("repository.workflows", "The workflows that are there, and what their jobs run"),
    ("security.codeql-languages", "Languages of the tree that CodeQL knows"),
    ("security.images", "Container images that are built from here or used"),
    ("security.secrets", "Credentials that are committed; their values are never kept"),
    ("security.update-ecosystems", "Ecosystems and directories as Dependabot names them"),
    ("security.workflow-secrets", "Names of the secrets that workflows use"),
];

/// What a fact means, where packs don't say it.
pub fn about(name: &str) -> Option<&'static str> {
    ABOUT.iter().find(|(known, _)| *known == name).map(|(_, about)| *about)
}
