//! What the token of a job may do, and whether the file says why.

use crate::data::{Data, Node};
use crate::validate::report::Report;
use crate::validate::view::Workflow;

/// Checks the permissions of a workflow and of its jobs.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    let top = workflow.root.get("permissions");
    match top {
        None => {
            report.set_scope(Some((1, u32::MAX)));
            report
                .warning("excessive-permissions", workflow.root, "the workflow takes the default permissions")
                .help("`permissions: {}` or `permissions: { contents: read }` at the top, more on the job that needs it");
            report.set_scope(None);
        }
        Some(at) => {
            all_scopes(at, report);
            for (key, level) in at.entries().iter().filter(|(_, level)| level.as_str() == Some("write")) {
                let message = format!("every job may write {}", key.key_text());
                let help = "grant it on the one job that needs it";
                report.error("excessive-permissions", level, message).help(help);
            }
            documented(at, report);
        }
    }
    for job in &workflow.jobs {
        report.set_scope(Some(job.lines));
        match job.body.get("permissions") {
            None => {}
            Some(at) => {
                all_scopes(at, report);
                documented(at, report);
            }
        }
    }
    report.set_scope(None);
}

fn all_scopes(at: &Node, report: &mut Report<'_>) {
    if let Some(all @ ("read-all" | "write-all")) = at.as_str() {
        report
            .error("excessive-permissions", at, format!("`{all}` grants every scope"))
            .help("name the scopes that are needed");
    }
}

/// A permission says why it is there, in a comment behind it. `contents: read` explains itself.
fn documented(at: &Node, report: &mut Report<'_>) {
    let Data::Map(scopes) = &at.data else { return };
    for (scope, level) in scopes {
        if (scope.as_str(), level.as_str()) == (Some("contents"), Some("read")) {
            continue;
        }
        if report.comment_after(level).is_none_or(str::is_empty) {
            let message = format!("`{}: {}` does not say why", scope.key_text(), level.key_text());
            report
                .warning("undocumented-permissions", scope, message)
                .help("add the reason as a comment in the same line");
        }
    }
}
