//! Two variants of a workflow in one file: what they share is written once, what differs follows the arm of the run.

mod choose;
mod jobs;
mod selector;
mod steps;

use crate::workflow::Workflow;

pub use selector::{MAX_EXPRESSION, Selector, job, visible};
pub use steps::separate_caches;

/// Writes two variants of a workflow as one. The jobs in `experiment` follow the arm; all others must be the same in
/// both.
///
/// # Errors
/// One sentence for every difference that a workflow can't decide when it runs.
pub fn weave(
    control: &Workflow,
    treatment: &Workflow,
    experiment: &[String],
    selector: &Selector,
) -> Result<Workflow, Vec<String>> {
    let mut woven = control.clone();
    let mut faults = Vec::new();
    for id in experiment {
        let Some((job, other)) = woven.jobs.get_mut(id).zip(treatment.jobs.get(id)) else {
            faults.push(format!("the job `{id}` is not in both variants"));
            continue;
        };
        match jobs::weave(job, other, selector) {
            Ok(both) => *job = both,
            Err(why) => faults.extend(why.into_iter().map(|why| format!("the job `{id}`: {why}"))),
        }
    }
    if let Some(name) = &selector.run_name {
        woven.run_name = Some(name.clone());
    }
    if faults.is_empty() { Ok(woven) } else { Err(faults) }
}

/// The ids of the jobs in which two variants differ.
///
/// # Errors
/// One sentence for every difference outside of jobs, or a job that only one of them has: no run can decide those.
pub fn differing(control: &Workflow, treatment: &Workflow) -> Result<Vec<String>, Vec<String>> {
    let mut faults = Vec::new();
    let frame = |workflow: &Workflow| {
        let mut frame = workflow.clone();
        frame.jobs.clear();
        frame
    };
    if frame(control) != frame(treatment) {
        faults
            .push("the treatment changes triggers, permissions or settings of the whole workflow".to_owned());
    }
    for (one, other, what) in [(control, treatment, "removes"), (treatment, control, "adds")] {
        let only = one.jobs.keys().filter(|id| !other.jobs.contains_key(*id));
        faults.extend(only.map(|id| format!("the treatment {what} the job `{id}`")));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let differs = |(id, job): (&String, &_)| (treatment.jobs.get(id) != Some(job)).then(|| id.clone());
    Ok(control.jobs.iter().filter_map(differs).collect())
}

#[cfg(test)]
mod tests;
