//! A job that is built and waits for its id.

use std::collections::BTreeSet;

use super::grounds::Ground;
use super::job::Draft;
use super::request::Request;
use crate::characteristics::Project;
use crate::library::Component;

/// A job that is built and waits for its id.
pub(super) struct Pending<'a> {
    pub(super) component: &'a Component,
    pub(super) request: &'a Request,
    /// The projects that it is for: none for the repository, several when they share it as legs of a matrix.
    pub(super) projects: Vec<&'a Project>,
    pub(super) draft: Draft,
    pub(super) used: BTreeSet<String>,
    pub(super) grounds: Vec<Ground>,
}

impl Pending<'_> {
    /// Its name as far as it is known before the others are.
    pub(super) fn base(&self) -> &str {
        self.request.name.as_deref().unwrap_or(self.component.name())
    }

    /// Whether both are for the same projects.
    pub(super) fn shares_projects(&self, other: &Pending<'_>) -> bool {
        self.projects.iter().any(|p| other.projects.iter().any(|q| p.id == q.id))
    }
}
