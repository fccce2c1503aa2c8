//! Jobs whose set-up is longer than their work, side by side on the same sort of runner.

use std::collections::{BTreeMap, HashMap};

use super::Found;
use super::facts::{Facts, JobFact, OfWorkflow};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::{Job, Workflow};
use crate::advice::saving::Tally;
use crate::insight::numbers::median;

/// A job that takes longer than so many seconds is no small one.
const SMALL: f64 = 60.0;
/// What steps are called that only prepare.
const SETUP: [&str; 9] =
    ["set up", "setup", "check out", "checkout", "install", "restore", "cache", "post ", "complete job"];

/// What a job was made of.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    setup: f64,
    work: f64,
    usd_a_minute: f64,
}

/// The parts of a job by attempt of a run.
type Parts = BTreeMap<(u64, u32), Part>;

/// A job with its place in the workflow.
type Small = (usize, Parts);

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of) in facts.workflows() {
        // Only jobs that wait for the same and want the same can be one.
        let mut alike: BTreeMap<(&str, Vec<&String>), Vec<Small>> = BTreeMap::new();
        let plain = |(place, job): &(usize, &Job)| is_plain(job) && of.is_single(*place);
        for (place, job) in workflow.jobs.iter().enumerate().filter(plain) {
            let parts = parts(facts, of, place);
            if parts.len() < facts.options.minimum {
                if !parts.is_empty() {
                    let (about, need) = (workflow.key(job), facts.options.minimum);
                    not_yet.push(NotYet::new(Kind::Merge, about, parts.len(), need, "jobs with steps"));
                }
                continue;
            }
            let middle = |of: fn(&Part) -> f64| median(parts.values().map(of)).unwrap_or(0.0);
            if middle(Part::whole) <= SMALL && middle(|part| part.work) < middle(|part| part.setup) {
                let mut needs: Vec<&String> = job.needs.iter().collect();
                needs.sort();
                let runner = job.runs_on.as_deref().unwrap_or_default();
                alike.entry((runner, needs)).or_default().push((place, parts));
            }
        }
        let several = alike.into_values().filter(|jobs| jobs.len() > 1);
        found.extend(several.filter_map(|jobs| propose(facts, workflow, of, &jobs)));
    }
    found
}

fn is_plain(job: &Job) -> bool {
    job.matrix.is_none() && !job.special && !job.concurrency && job.runs_on.is_some() && !job.steps.is_empty()
}

impl Part {
    /// The seconds of the job.
    fn whole(&self) -> f64 {
        self.setup + self.work
    }
}

fn parts(facts: &Facts, of: &OfWorkflow, place: usize) -> Parts {
    let mut works: HashMap<(u64, u32), f64> = HashMap::new();
    for step in of.steps_of(place) {
        let name = facts.names.name(step.name).to_lowercase();
        let is_setup = SETUP.iter().any(|word| name.contains(word));
        *works.entry((step.run, step.attempt)).or_default() += if is_setup { 0.0 } else { step.duration };
    }
    let part = |job: &JobFact| {
        let key = (job.run, job.attempt);
        let (seconds, work) = (job.succeeded()?, works.get(&key)?.min(job.succeeded()?));
        // What is between the steps is the runner's own preparation.
        Some((key, Part { setup: seconds - work, work, usd_a_minute: facts.price(job) }))
    };
    of.of_job(place).iter().filter_map(part).collect()
}

fn propose(facts: &Facts, workflow: &Workflow, of: &OfWorkflow, jobs: &[Small]) -> Option<Proposal> {
    let billed = |seconds: f64| (seconds / 60.0).ceil();
    let mut saved = Tally::default();
    let (mut setups, mut works) = (Vec::new(), Vec::new());
    for run in &of.runs {
        let parts = jobs.iter().map(|(_, parts)| parts.get(&(run.id, run.attempt)));
        let Some(parts) = parts.collect::<Option<Vec<&Part>>>() else { continue };
        let setup: f64 = parts.iter().map(|part| part.setup).sum();
        let work: f64 = parts.iter().map(|part| part.work).sum();
        let longest = parts.iter().map(|part| part.setup).fold(0.0, f64::max);
        // GitHub bills every job's minutes rounded up.
        let minutes: f64 = parts.iter().map(|part| billed(part.whole())).sum();
        let price = parts.first().map_or(0.0, |part| part.usd_a_minute);
        let usd = (minutes - billed(longest + work)) * price;
        saved.add_usd(run.started, setup - longest, usd.max(0.0));
        setups.push(setup);
        works.push(work);
    }
    if setups.len() < facts.options.minimum {
        return None;
    }
    let names: Vec<String> =
        jobs.iter().map(|(place, _)| format!("`{}`", workflow.jobs[*place].id)).collect();
    let n = setups.len();
    Some(Proposal {
        id: format!("merge/{}/{}", workflow.file_stem, workflow.jobs[jobs[0].0].id),
        kind: Kind::Merge,
        workflow: workflow.file_stem.clone(),
        job: None,
        title: format!("Make one job of {} in `{}`", names.join(", "), workflow.file_stem),
        evidence: vec![
            Evidence::new("set-up of all of them in a run", median(setups)?, Unit::Seconds, n),
            Evidence::new("work of all of them in a run", median(works)?, Unit::Seconds, n),
        ],
        saving: saved.a_month(facts.days, 0.0, 0.0),
        sooner_s: None,
        risk: "the first failing step hides the later ones, and checks that the branch protection requires by name go"
            .into(),
        patch: None,
        by_hand: Some("move the steps of the jobs into one of them, and its name into what `needs` the others".into()),
        experiment: Experiment::none("settings cannot join jobs; the set-up that is saved was measured"),
    })
}
