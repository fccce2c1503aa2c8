//! From the model to text that a person would have written.
//!
//! No YAML library writes `on:` and `pull_request:` the way people do and quotes so that readers of YAML 1.1 and
//! of 1.2 agree. What is written here has the same value under both; only the key `on` at a workflow's top stays
//! plain, where a 1.1 reader sees `true`.

mod print;
mod scalar;
mod tree;

use serde_json::Value;

use super::{Permissions, Uses, Workflow};
use print::Printer;
use tree::{Item, Tree};

/// Writes a workflow below a header, which is given as lines of comment.
pub fn workflow(workflow: &Workflow, header: &[String]) -> String {
    let mut root = Item::from(workflow.to_value());
    for section in root.entries_mut().skip(1) {
        section.1.gap = section.0 != "run-name";
    }
    if let (Some(permissions), Some(item)) = (&workflow.permissions, root.get_mut("permissions")) {
        explain(permissions, item);
    }
    for (index, (id, job)) in workflow.jobs.iter().enumerate() {
        let Some(item) = root.get_mut("jobs").and_then(|jobs| jobs.get_mut(id)) else {
            continue;
        };
        item.gap = index > 0;
        item.above.clone_from(&job.comment);
        if let (Some(permissions), Some(item)) = (&job.permissions, item.get_mut("permissions")) {
            explain(permissions, item);
        }
        name_version(job.uses.as_ref(), item);
        let steps = item.get_mut("steps").map(Item::items_mut).into_iter().flatten();
        for (step, item) in job.steps.iter().zip(steps) {
            item.above.clone_from(&step.comment);
            name_version(step.uses.as_ref(), item);
        }
    }
    Printer::new(header).plain_on().print(&root)
}

/// Writes any data below a header, which is given as lines of comment.
pub fn data(value: &Value, header: &[String]) -> String {
    let mut root = Item::from(value.clone());
    let mut last_was_long = false;
    for (index, (_, section)) in root.entries_mut().enumerate() {
        let is_long = section.is_long();
        section.gap = index > 0 && (is_long || last_was_long);
        last_was_long = is_long;
        for (index, item) in section.items_mut().enumerate() {
            item.gap = index > 0 && matches!(item.tree, Tree::Map(_));
        }
    }
    Printer::new(header).print(&root)
}

/// The reasons of permissions go beside them.
fn explain(permissions: &Permissions, item: &mut Item) {
    for (scope, permission) in &permissions.0 {
        if let (Some(because), Some(item)) = (&permission.because, item.get_mut(scope)) {
            item.after = Some(because.clone());
        }
    }
}

/// The version of an action goes beside its commit.
fn name_version(uses: Option<&Uses>, item: &mut Item) {
    if let (Some(version), Some(item)) = (uses.and_then(|u| u.comment.as_ref()), item.get_mut("uses")) {
        item.after = Some(version.clone());
    }
}
