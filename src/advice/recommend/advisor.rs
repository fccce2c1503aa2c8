//! Takes rows and makes advice of them.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::facts::{Facts, JobFact, OfWorkflow, RunFact, StepFact};
use super::value::{Advice, Kind, NotYet};
use crate::advice::checkout::Checkout;
use crate::insight::names::Names;
use crate::insight::prices::Prices;
use crate::insight::{Intake, JobRow, RunRow, StepRow};
use crate::runs::Conclusion;

/// What to look at.
#[derive(Debug, Clone)]
pub struct Options {
    /// `owner/name`; rows of others are left out.
    pub repository: String,
    /// Now, or the end of the period.
    pub until: Timestamp,
    /// How many days the period has: what is older says little of the workflows as they are.
    pub days: u32,
    /// The least number of runs for any proposal.
    pub minimum: usize,
    /// What a minute costs.
    pub prices: Prices,
}

impl Options {
    /// The usual choice: the last 90 days, 20 runs, GitHub's list prices.
    pub fn new(repository: impl Into<String>, until: Timestamp) -> Self {
        Options { repository: repository.into(), until, days: 90, minimum: 20, prices: Prices::default() }
    }
}

/// The shortest time with runs that a month is reckoned from.
const LEAST_DAYS: f64 = 7.0;

/// Takes rows, in any order, and makes an [`Advice`] of them.
#[derive(Debug)]
pub struct Advisor {
    facts: Facts,
    unknown: u64,
    simulated: u64,
    workflows: HashMap<Box<str>, Option<usize>>,
    jobs: Vec<HashMap<Box<str>, Option<usize>>>,
}

impl Advisor {
    /// Knows the checkout, and nothing of its runs.
    pub fn new(options: Options, checkout: Checkout) -> Self {
        let of = checkout.workflows.iter().map(|_| OfWorkflow::default()).collect();
        let jobs = vec![HashMap::new(); checkout.workflows.len()];
        let facts =
            Facts { options, checkout, names: Names::default(), of, days: 0.0, changed: BTreeMap::new() };
        Advisor { facts, unknown: 0, simulated: 0, workflows: HashMap::new(), jobs }
    }

    /// Takes the files that a run's change has, as paths in the repository.
    pub fn changed(&mut self, run: u64, files: Vec<String>) {
        self.facts.changed.insert(run, files);
    }

    /// What to change.
    pub fn finish(mut self) -> Advice {
        let facts = &mut self.facts;
        let until = facts.options.until;
        let since = since(&facts.options);
        for of in &mut facts.of {
            of.sort(&facts.names);
        }
        let first = facts.of.iter().flat_map(|of| of.runs.first()).map(|run| run.started);
        let first = first.min_by(f64::total_cmp);
        facts.days = first.map_or(0.0, |first| (seconds(until) - first) / 86_400.0);
        let runs = facts.of.iter().map(|of| of.runs.len() as u64).sum();
        let mut notes = vec![
            "each proposal is reckoned as if it were the only one: what several save does not add up".to_owned(),
            "a month is 30.4 days; dollars are list prices by the second, though GitHub bills every job's minutes rounded \
             up; a public repository pays nothing for standard runners"
                .to_owned(),
        ];
        if self.unknown > 0 {
            let told = "rows are of workflows or jobs that this checkout does not have, and were left out";
            notes.push(format!("{} {told}", self.unknown));
        }
        let (proposals, not_yet) = if facts.days >= LEAST_DAYS {
            super::advise(facts)
        } else {
            let about = "every workflow".to_owned();
            let (have, need) = (facts.days.max(0.0) as usize, LEAST_DAYS as usize);
            (Vec::new(), vec![NotYet::new(Kind::Timeout, about, have, need, "days")])
        };
        Advice {
            repository: facts.options.repository.clone(),
            since,
            until,
            days: facts.days,
            runs,
            unknown: self.unknown,
            simulated: self.simulated,
            proposals,
            not_yet,
            notes,
        }
    }

    /// The workflow of a row in the period.
    fn workflow(&mut self, repository: &str, name: &str, at: Timestamp) -> Option<usize> {
        let options = &self.facts.options;
        if repository != options.repository || at > options.until || at < since(options) {
            return None;
        }
        let found = if let Some(known) = self.workflows.get(name) {
            *known
        } else {
            let found = self.facts.checkout.workflows.iter().position(|workflow| workflow.is_called(name));
            self.workflows.insert(name.into(), found);
            found
        };
        self.unknown += u64::from(found.is_none());
        found
    }

    fn place(&mut self, workflow: usize, name: &str) -> Option<usize> {
        if let Some(known) = self.jobs[workflow].get(name) {
            return *known;
        }
        let found = self.facts.checkout.workflows[workflow].job_called(name);
        self.jobs[workflow].insert(name.into(), found);
        found
    }
}

fn since(options: &Options) -> Timestamp {
    let days = SignedDuration::from_hours(24 * i64::from(options.days));
    options.until.checked_sub(days).unwrap_or(Timestamp::MIN)
}

/// Whether it can be a time: clocks that were put back make negative ones.
fn is_time(seconds: f64) -> bool {
    seconds >= 0.0 && seconds.is_finite()
}

fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1e3
}

impl Intake for Advisor {
    fn run(&mut self, row: &RunRow) {
        let Some(workflow) = self.workflow(row.repository, row.workflow, row.started) else { return };
        self.simulated += u64::from(row.simulated);
        let names = &mut self.facts.names;
        self.facts.of[workflow].runs.push(RunFact {
            id: row.id,
            attempt: row.attempt,
            event: names.id(row.event),
            branch: row.branch.map(|branch| names.id(branch)),
            commit: row.commit.map(|commit| names.id(commit)),
            started: seconds(row.started),
            conclusion: row.conclusion,
        });
    }

    fn job(&mut self, row: &JobRow) {
        // A copy in a re-run did not run again.
        if row.copied || row.conclusion == Some(Conclusion::Skipped) {
            return;
        }
        let Some(workflow) = self.workflow(row.repository, row.workflow, row.started) else { return };
        let Some(job) = self.place(workflow, row.name) else {
            self.unknown += 1;
            return;
        };
        let names = &mut self.facts.names;
        // Some sources know no labels: then the checkout's say what it runs on now.
        let known = self.facts.checkout.workflows[workflow].jobs[job].runs_on.as_deref();
        let labels = if row.labels.is_empty() { known.unwrap_or_default() } else { &row.labels };
        self.facts.of[workflow].jobs.push(JobFact {
            run: row.run,
            attempt: row.attempt,
            job,
            leg: names.id(row.name),
            labels: names.id(labels),
            started: seconds(row.started),
            duration: row.duration.filter(|s| is_time(*s)),
            queued: row.queued.filter(|s| is_time(*s)),
            conclusion: row.conclusion,
        });
    }

    fn step(&mut self, row: &StepRow) {
        let known = row.duration.filter(|s| is_time(*s) && row.conclusion != Some(Conclusion::Skipped));
        let Some(duration) = known else {
            return;
        };
        let Some(workflow) = self.workflow(row.repository, row.workflow, row.started) else { return };
        let Some(job) = self.place(workflow, row.job) else { return };
        let names = &mut self.facts.names;
        self.facts.of[workflow].steps.push(StepFact {
            run: row.run,
            attempt: row.attempt,
            job,
            job_id: row.job_id,
            leg: names.id(row.job),
            number: row.number,
            name: names.id(row.name),
            started: seconds(row.started),
            duration,
            conclusion: row.conclusion,
        });
    }
}
