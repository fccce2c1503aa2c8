//! What an attacker could use: the audits of zizmor's pedantic persona that need no network.
//!
//! The conditions are those of <https://docs.zizmor.sh/audits/>, its exceptions included.

mod cache;
mod checkout;
mod control;
mod definitions;
mod images;
mod names;
mod permissions;
mod publishing;
mod scripts;
mod usage;

use super::report::Report;
use super::view::{Job, Step, Workflow};
use crate::data::Node;

/// Checks a workflow.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    definitions::check(workflow, report);
    permissions::check(workflow, report);
    for job in &workflow.jobs {
        report.set_scope(Some(job.lines));
        usage::call(job, report);
        images::check(job, report);
        cache::check(workflow, job, report);
        check_steps(&job.steps, Some((workflow, job)), report);
    }
    report.set_scope(None);
}

/// Checks the steps of a composite action.
pub(super) fn check_composite(root: &Node, steps: &[Step<'_>], report: &mut Report<'_>) {
    images::action(root, report);
    check_steps(steps, None, report);
    report.set_scope(None);
}

/// A step's place in a workflow; steps of a composite action have none.
type Place<'a, 'w> = Option<(&'a Workflow<'w>, &'a Job<'w>)>;

fn check_steps(steps: &[Step<'_>], place: Place<'_, '_>, report: &mut Report<'_>) {
    checkout::check(steps, report);
    for step in steps {
        report.set_scope(Some(step.lines));
        usage::check(step, report);
        publishing::action(step, report);
        scripts::check(step, place, report);
    }
}
