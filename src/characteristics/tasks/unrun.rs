//! `project.unrun`: tasks of which existing workflows say nothing, though they run other entry points of the project on every
//! change. What nobody holds to has most often stopped to hold.

use serde_json::{Value, json};

use super::calls::Forms;
use super::{Script, Tasks, UNRUN};
use crate::characteristics::evidence::pattern;
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::memory;
use crate::characteristics::project::Subject;
use crate::characteristics::tree::Tree;
use crate::data::Node;

/// What is known of them. Once something is generated, the workflows that it was made after may be gone: then no task is added
/// to those that the lock remembers, and those go that workflows speak of now.
pub(super) fn establish(
    subject: &Subject<'_>,
    tasks: &Tasks,
    forms: &Forms,
    scripts: &[Script],
) -> Option<Fact> {
    let tree = subject.tree;
    let covers = subject.pack.project.as_ref().map(|project| project.covers.as_slice()).unwrap_or_default();
    let found = || find(tree, tasks, forms, scripts, covers);
    let fact = if tree.has_generated() {
        let mut fact = memory::remembered(tree, &subject.member.id(), UNRUN)?;
        if let (Some(found), Some(kept)) = (found(), fact.value.as_array_mut()) {
            kept.retain(|task| found.value.as_array().is_some_and(|found| found.contains(task)));
        }
        fact
    } else {
        found()?
    };
    Some(fact).filter(|fact| fact.value != json!([]))
}

/// The tasks that jobs of the pack do and no line speaks of; none when that is not to be seen.
fn find(
    tree: &Tree<'_>,
    tasks: &Tasks,
    forms: &Forms,
    scripts: &[Script],
    covers: &[String],
) -> Option<Fact> {
    if scripts.is_empty() || !covers.iter().any(|task| tasks.mentions.contains_key(task)) {
        return None;
    }
    let paths: Vec<&str> =
        tree.workflows().filter(|path| !tree.is_generated(path) && tree.runs_on_changes(path)).collect();
    // What a workflow or an action elsewhere does is not to be seen from here.
    let is_open = |path: &&str| tree.workflow(path).is_none_or(|root| hands_over(&root));
    if paths.iter().any(is_open) {
        return None;
    }
    let texts: Vec<_> = paths.iter().filter_map(|path| tree.text(path).ok()).collect();
    let lines = || texts.iter().flat_map(|text| text.lines());
    let mut said: Vec<&str> = lines().collect();
    let mut run: Vec<&Script> = Vec::new();
    let mut open: Vec<&str> = lines().map(command).collect();
    while let Some(line) = open.pop() {
        for called in forms.of_command(line).into_iter().flatten() {
            for script in scripts.iter().filter(|script| called.runs(script)) {
                if !run.iter().any(|known| std::ptr::eq(*known, script)) {
                    run.push(script);
                    open.push(&script.command);
                    said.push(&script.command);
                }
            }
        }
    }
    let is_unrun = |mention: &String| {
        let mention = pattern(mention);
        !said.iter().any(|line| mention.is_match(line))
    };
    let unrun: Vec<Value> = tasks
        .mentions
        .iter()
        .filter(|(task, mention)| covers.contains(task) && is_unrun(mention))
        .map(|(task, _)| Value::from(task.as_str()))
        .collect();
    let evidence = paths.into_iter().map(|path| Evidence::file(path, "ci")).collect();
    (!run.is_empty()).then(|| Fact::of(unrun, evidence))
}

/// Whether a job is done by another workflow, or a step by an action of the repository.
fn hands_over(root: &Node) -> bool {
    let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
    jobs.iter().any(|(_, job)| {
        let steps = job.get("steps").map(Node::items).unwrap_or_default();
        let is_local = |step: &Node| {
            step.get("uses").and_then(Node::as_str).is_some_and(|action| action.starts_with("./"))
        };
        job.get("uses").is_some() || steps.iter().any(is_local)
    })
}

/// What a line of a workflow runs.
fn command(line: &str) -> &str {
    let line = line.trim().trim_start_matches("- ");
    line.strip_prefix("run:").unwrap_or(line).trim()
}
