//! An `action.yml`, in depth when it is a composite one.

use super::report::Report;
use super::view::Step;
use super::{actions, expressions, security, steps, structure};
use crate::data::Node;
use crate::library::actions::Actions;

/// Checks an action.
pub(super) fn check(root: &Node, actions: &Actions, report: &mut Report<'_>) {
    structure::action(root, report);
    report.anchors();
    let runs = root.get("runs");
    let list = Step::list(runs.and_then(|runs| runs.get("steps")), report.last_line());
    steps::check_composite(&list, report);
    actions::check_composite(&list, actions, report);
    expressions::check_composite(root, actions, report);
    security::check_composite(root, &list, report);
}
