//! The versions of actions: components name an action, the table says which commit that is.

use crate::library::actions::Actions;
use crate::workflow::{Target, Uses, Workflow};

/// Pins every action of a workflow that has no reference of its own.
///
/// # Errors
/// Which action is not in the table.
pub(super) fn pin(workflow: &mut Workflow, actions: &Actions) -> Result<(), String> {
    for job in workflow.jobs.values_mut() {
        let steps = job.steps.iter_mut().filter_map(|step| step.uses.as_mut());
        for uses in steps.chain(job.uses.as_mut()) {
            pin_one(uses, actions)?;
        }
    }
    Ok(())
}

fn pin_one(uses: &mut Uses, actions: &Actions) -> Result<(), String> {
    if uses.reference.is_some() || !matches!(uses.target, Target::Repository { .. }) {
        return Ok(());
    }
    let name = uses.to_string();
    let action = actions.get(&name).ok_or_else(|| {
        let meant = actions.nearest(&name).map(|m| format!("; did you mean `{m}`?")).unwrap_or_default();
        format!("the action `{name}` is not in the action table: name its full commit yourself{meant}")
    })?;
    uses.reference = Some(action.sha.clone());
    uses.comment = Some(action.version.clone());
    Ok(())
}
