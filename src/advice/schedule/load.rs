//! What a run of a scheduled workflow takes, and how late GitHub starts it.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::carbon;
use super::cron::Cron;
use crate::advice::checkout::Checkout;
use crate::insight::numbers::median;
use crate::insight::prices::Prices;
use crate::insight::{Intake, JobRow, RunRow, StepRow};
use crate::runs::Conclusion;

/// What a run of a workflow takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Load {
    /// The workflow, by its file's name without ending.
    pub workflow: String,
    /// The predicted seconds of its next scheduled run.
    pub duration_s: f64,
    /// The upper end of the 90 % interval in seconds.
    pub high_s: f64,
    /// How sure the prediction is, from 0 to 1.
    pub confidence: f64,
    /// From how many runs.
    pub n: u64,
    /// The runner minutes of a run, all jobs together, in the middle.
    pub minutes: f64,
    /// US dollars of a run.
    pub usd: f64,
    /// The electricity of a run in kilowatt hours.
    pub kwh: f64,
    /// The seconds from its cron's moment to its start in the middle, and of how many runs.
    pub late: Option<(f64, u64)>,
}

/// Takes rows, in any order, and makes the parts of [`Load`]s that need no prediction of them.
#[derive(Debug)]
pub struct Loads {
    repository: String,
    prices: Prices,
    workflows: Vec<OfWorkflow>,
    by_name: HashMap<String, Option<usize>>,
    checkout: Checkout,
}

#[derive(Debug, Default)]
struct OfWorkflow {
    crons: Vec<Cron>,
    scheduled: Vec<(u64, u32)>,
    late: Vec<f64>,
    /// Minutes, dollars and kilowatt hours by attempt.
    runs: BTreeMap<(u64, u32), (f64, f64, f64)>,
}

/// Later than this, as a share of a day, belongs to no start of a cron that is known.
const LATEST: f64 = 6.0 * 3600.0;

impl Loads {
    /// Knows the checkout, and nothing of its runs.
    pub fn new(repository: impl Into<String>, prices: Prices, checkout: &Checkout) -> Self {
        let crons = |workflow: &crate::advice::checkout::Workflow| OfWorkflow {
            crons: workflow
                .crons
                .iter()
                .filter_map(|entry| Cron::parse(&entry.expression, entry.time_zone.as_deref()).ok())
                .collect(),
            ..OfWorkflow::default()
        };
        Loads {
            repository: repository.into(),
            prices,
            workflows: checkout.workflows.iter().map(crons).collect(),
            by_name: HashMap::new(),
            checkout: checkout.clone(),
        }
    }

    /// The workflows that are scheduled and were seen running on schedule, without a prediction: the duration is none
    /// and the confidence 0 until `predict` gives it.
    pub fn finish(self) -> Vec<Load> {
        let known =
            self.checkout.workflows.iter().zip(self.workflows).filter(|(_, of)| !of.scheduled.is_empty());
        let load = |(workflow, of): (&crate::advice::checkout::Workflow, OfWorkflow)| {
            let of_schedule = || of.scheduled.iter().filter_map(|run| of.runs.get(run));
            Load {
                workflow: workflow.file_stem.clone(),
                duration_s: 0.0,
                high_s: 0.0,
                confidence: 0.0,
                n: of.scheduled.len() as u64,
                minutes: median(of_schedule().map(|run| run.0)).unwrap_or(0.0),
                usd: median(of_schedule().map(|run| run.1)).unwrap_or(0.0),
                kwh: median(of_schedule().map(|run| run.2)).unwrap_or(0.0),
                late: median(of.late.iter().copied()).map(|late| (late, of.late.len() as u64)),
            }
        };
        known.map(load).collect()
    }

    fn workflow(&mut self, repository: &str, name: &str) -> Option<&mut OfWorkflow> {
        if repository != self.repository {
            return None;
        }
        let found = if let Some(found) = self.by_name.get(name) {
            *found
        } else {
            let found = self.checkout.workflows.iter().position(|workflow| workflow.is_called(name));
            self.by_name.insert(name.to_owned(), found);
            found
        };
        found.map(|at| &mut self.workflows[at])
    }
}

impl Intake for Loads {
    fn run(&mut self, row: &RunRow) {
        if row.event != "schedule" || row.attempt != 1 {
            return;
        }
        let (key, started) = ((row.id, row.attempt), row.started);
        let Some(of) = self.workflow(row.repository, row.workflow) else { return };
        of.scheduled.push(key);
        let late = |before: Timestamp| started.duration_since(before).as_secs_f64();
        let nearest =
            of.crons.iter().filter_map(|cron| cron.before(started)).map(late).min_by(f64::total_cmp);
        of.late.extend(nearest.filter(|late| *late <= LATEST));
    }

    fn job(&mut self, row: &JobRow) {
        let Some(seconds) = row.duration.filter(|s| *s > 0.0 && s.is_finite()) else { return };
        if row.copied || row.attempt != 1 || row.conclusion == Some(Conclusion::Skipped) {
            return;
        }
        let minutes = seconds / 60.0;
        let usd = minutes * self.prices.of(&row.labels).usd_a_minute();
        let kwh = minutes * carbon::kwh_a_minute(&row.labels);
        let key = (row.run, row.attempt);
        if let Some(of) = self.workflow(row.repository, row.workflow) {
            let sum = of.runs.entry(key).or_default();
            *sum = (sum.0 + minutes, sum.1 + usd, sum.2 + kwh);
        }
    }

    fn step(&mut self, _: &StepRow) {}
}
