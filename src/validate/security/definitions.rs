//! The workflow as a whole: names, triggers, concurrency, switched-off safety.

use crate::data::{Data, Node};
use crate::validate::report::Report;
use crate::validate::view::{Workflow, scalar_text};

/// Checks names, triggers and concurrency.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    report.set_scope(Some((1, u32::MAX)));
    if workflow.root.get("name").is_none() {
        report.warning("anonymous-definition", workflow.root, "the workflow has no `name`");
    }
    for job in workflow.jobs.iter().filter(|job| job.call().is_none()) {
        report.set_scope(Some((job.lines.0, job.lines.0)));
        if job.body.get("name").is_none() {
            report.warning("anonymous-definition", job.key, format!("the job `{}` has no `name`", job.id));
        }
    }
    report.set_scope(None);
    triggers(workflow, report);
    concurrency(workflow, report);
    insecure_commands(workflow, report);
}

fn triggers(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    for trigger in &workflow.triggers {
        let why = match trigger.name {
            "pull_request_target" if !is_labeler(workflow) => {
                "it runs with secrets for pull requests of forks"
            }
            "issue_comment" => "it runs with secrets for comments of anybody",
            "workflow_run" => "it runs with secrets after workflows that forks control",
            _ => continue,
        };
        let message = format!("`{}` is almost always used insecurely: {why}", trigger.name);
        report.error("dangerous-triggers", trigger.at, message);
    }
}

/// The one accepted use: a workflow that does nothing but label pull requests.
fn is_labeler(workflow: &Workflow<'_>) -> bool {
    let [job] = workflow.jobs.as_slice() else {
        return false;
    };
    let [step] = job.steps.as_slice() else {
        return false;
    };
    step.repository().is_some_and(|(_, uses)| uses.is("actions/labeler"))
}

fn concurrency(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    // The caller of a reusable workflow limits its runs.
    if workflow.is_reusable_only() {
        return;
    }
    let help = "`concurrency: { group: ..., cancel-in-progress: true }` keeps superseded runs from piling up";
    match workflow.root.get("concurrency") {
        Some(at) if at.as_str().is_some() => {
            report
                .warning("concurrency-limits", at, "`concurrency` does not say `cancel-in-progress`")
                .help(help);
        }
        Some(_) => {}
        None => {
            for job in workflow.jobs.iter().filter(|job| job.call().is_none()) {
                let message = match job.body.get("concurrency") {
                    Some(at) if at.as_str().is_some() => "does not say `cancel-in-progress`",
                    Some(_) => continue,
                    None => "has no `concurrency`, and neither has the workflow",
                };
                report
                    .warning("concurrency-limits", job.key, format!("the job `{}` {message}", job.id))
                    .help(help);
            }
        }
    }
}

fn insecure_commands(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    environment(workflow.root, report);
    for job in workflow.jobs.iter().filter(|job| job.call().is_none()) {
        environment(job.body, report);
        for step in job.steps.iter().filter(|step| step.run.is_some()) {
            report.set_scope(Some(step.lines));
            environment(step.body, report);
        }
        report.set_scope(None);
    }
}

/// Checks that the removed commands are not switched on again.
pub(super) fn environment(owner: &Node, report: &mut Report<'_>) {
    let Some(at) = owner.at(&["env", "ACTIONS_ALLOW_UNSECURE_COMMANDS"]) else {
        return;
    };
    let on = at.data == Data::Bool(true)
        || scalar_text(at).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
    if on {
        let message = "this allows commands that anything printed to the log can give";
        report.error("insecure-commands", at, message).help("use GITHUB_ENV and GITHUB_PATH");
    }
}
