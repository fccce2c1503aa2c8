//! What a run would have lasted if one of its jobs had been shorter.

use std::collections::HashMap;

use super::facts::{Facts, JobFact, OfWorkflow};
use crate::advice::checkout::Workflow;
use crate::insight::numbers::{Estimate, median, quantile_ranks, sorted};
use crate::runs::Conclusion;

/// A successful first attempt with all its jobs.
pub(super) struct Whole<'f> {
    pub(super) jobs: Vec<&'f JobFact>,
    workflow: &'f Workflow,
}

/// Calls `each` with every successful first attempt whose jobs have times.
pub(super) fn each_whole<'f>(
    facts: &Facts,
    workflow: &'f Workflow,
    of: &'f OfWorkflow,
    mut each: impl FnMut(&Whole),
) {
    // A run on a schedule is nobody's wait.
    let waited = |event: u32| facts.names.name(event) != "schedule";
    for run in of.runs.iter().filter(|run| run.attempt == 1 && waited(run.event)) {
        let jobs: Vec<&JobFact> = of.of_run(run.id, run.attempt).collect();
        let is_whole = !jobs.is_empty() && jobs.iter().all(|job| job.duration.is_some());
        if run.conclusion == Some(Conclusion::Success) && is_whole {
            each(&Whole { jobs, workflow });
        }
    }
}

impl Whole<'_> {
    /// By how many seconds the run would have ended earlier if every leg of a job had lasted as `shorter` says of its
    /// seconds. Waits for runners stay as they were.
    pub(super) fn sooner(&self, place: usize, shorter: impl Fn(&JobFact) -> f64) -> f64 {
        let (mut old, mut new) = (HashMap::new(), HashMap::new());
        let first = self.jobs.iter().map(|job| job.started).fold(f64::INFINITY, f64::min);
        let mut order: Vec<&&JobFact> = self.jobs.iter().collect();
        order.sort_by(|a, b| a.started.total_cmp(&b.started));
        for job in order {
            let needs = self.workflow.jobs[job.job].needs.iter();
            let places = needs.filter_map(|id| self.workflow.jobs.iter().position(|other| other.id == *id));
            let (was, is) = places.fold((first, first), |(was, is), place| {
                let end = |ends: &HashMap<usize, f64>| ends.get(&place).copied().unwrap_or(first);
                (was.max(end(&old)), is.max(end(&new)))
            });
            let gap = (job.started - was).max(0.0);
            let seconds = job.duration.unwrap_or(0.0);
            let lasts = if job.job == place { shorter(job).clamp(0.0, seconds) } else { seconds };
            let at = |ends: &mut HashMap<usize, f64>, end: f64| {
                let known = ends.entry(job.job).or_insert(end);
                *known = known.max(end);
            };
            at(&mut old, job.started + seconds);
            at(&mut new, is + gap + lasts);
        }
        let last = |ends: &HashMap<usize, f64>| ends.values().copied().fold(first, f64::max);
        (last(&old) - last(&new)).max(0.0)
    }

    /// The seconds from its first job's start to its last job's end.
    pub(super) fn seconds(&self) -> f64 {
        let first = self.jobs.iter().map(|job| job.started).fold(f64::INFINITY, f64::min);
        let last =
            self.jobs.iter().map(|job| job.started + job.duration.unwrap_or(0.0)).fold(first, f64::max);
        last - first
    }
}

/// The median with its 95 % interval by ranks; none of too few for one.
pub(super) fn middle(values: &[f64]) -> Option<Estimate> {
    let sorted = sorted(values.iter().copied());
    let (low, high) = quantile_ranks(sorted.len() as u64, 0.5);
    let at = |rank: Option<u64>| sorted.get(usize::try_from(rank?).ok()?.checked_sub(1)?).copied();
    Some(Estimate { value: median(sorted.iter().copied())?, low: at(low)?, high: at(high)? })
}
