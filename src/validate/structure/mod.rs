//! Keys, types, required things: what all of GitHub's schema, actionlint and zizmor's models accept.

mod action;
mod dependabot;
mod job;
mod shape;
mod workflow;

use super::report::Report;
use crate::data::Node;

/// Checks the structure of a workflow.
pub(super) fn workflow(root: &Node, report: &mut Report<'_>) {
    shape::check(&workflow::WORKFLOW, root, root, report);
}

/// Checks the structure of an `action.yml`.
pub(super) fn action(root: &Node, report: &mut Report<'_>) {
    shape::check(&action::ACTION, root, root, report);
}

/// Checks the structure of a `dependabot.yml`.
pub(super) fn dependabot(root: &Node, report: &mut Report<'_>) {
    shape::check(&dependabot::DEPENDABOT, root, root, report);
}

/// True for text that can be the id of a job, a step, an input or an output.
pub(super) fn is_id(text: &str) -> bool {
    shape::is_name(text)
}
