//! Checkouts that leave the token on disk.

use crate::validate::report::Report;
use crate::validate::view::{Step, scalar_text};

/// Checks the checkouts of a job.
pub(super) fn check(steps: &[Step<'_>], report: &mut Report<'_>) {
    let uploads: Vec<usize> = (0..steps.len()).filter(|n| uploads_everything(&steps[*n])).collect();
    for (n, step) in steps.iter().enumerate() {
        let Some((at, uses)) = step.repository() else {
            continue;
        };
        report.set_scope(Some(step.lines));
        if step.inputs_are_hidden() {
            report.warning("artipacked", at, "these inputs can't be looked at, so they may keep credentials");
            continue;
        }
        // With an upload that takes them along, what matters is whether it comes after the checkout.
        let leaks = uploads.is_empty() || uploads.iter().any(|upload| n < *upload);
        if !uses.is("actions/checkout") || !leaks {
            continue;
        }
        match step.input("persist-credentials").and_then(scalar_text).as_deref() {
            // `true` is a decision: a later step pushes.
            Some("true" | "false") => {}
            _ => {
                let message = "the token stays in the checkout, where later steps and artifacts can take it";
                report.error("artipacked", at, message).help("set `persist-credentials: false`");
            }
        }
    }
}

/// An artifact with the whole workspace in it.
fn uploads_everything(step: &Step<'_>) -> bool {
    let is_upload = step.repository().is_some_and(|(_, uses)| uses.is("actions/upload-artifact"));
    let Some(path) = step.input("path").filter(|_| is_upload).and_then(|path| path.as_str()) else {
        return false;
    };
    path.lines().map(str::trim).any(|line| {
        matches!(line, "." | "./" | ".." | "../")
            || (line.starts_with("${{") && line.ends_with("}}") && line.contains("github.workspace"))
    })
}
