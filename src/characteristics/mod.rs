//! Facts with evidence about the repository and each project in it.

mod analyze;
mod discover;
mod evidence;
pub mod existing;
mod fact;
mod frameworks;
mod graph;
pub mod languages;
mod manifests;
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
mod versions;

use serde::Serialize;

pub use analyze::analyze;
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
