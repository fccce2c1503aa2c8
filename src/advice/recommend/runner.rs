//! Runners: a smaller one for tiny jobs, a bigger one for what everybody waits for, a further one where jobs queue.
//!
//! What a job needs of a processor is in no history: these are questions for an experiment, not answers.

use std::collections::BTreeMap;

use serde_json::json;

use super::critical::{each_whole, middle};
use super::facts::{Facts, JobFact};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use super::{Found, quantile};
use crate::advice::checkout::{Job, Workflow};
use crate::advice::saving::{Basis, MONTH, Saving};
use crate::insight::numbers::{Estimate, median};
use crate::insight::prices::Price;

/// A job for the smallest runner takes less than so many seconds in the middle,
const TINY: f64 = 60.0;
/// and at most so many; that runner stops every job after 15 minutes.
/// <https://docs.github.com/en/actions/reference/runners/github-hosted-runners>
const TINY_MOST: f64 = 300.0;
/// The smallest runner has one core of the four: how much slower it may make a job.
const SLOWER: f64 = 2.0;
/// Fewer dollars a month are not worth a change.
const WORTH: f64 = 0.5;
/// A job that takes less than so many seconds needs no bigger runner.
const LONG: f64 = 900.0;
/// The least part of a run's time that a job of half the length would save.
const GAIN: f64 = 0.25;
/// Jobs that wait less than so many seconds, or a smaller share of their time, do not want for runners.
const WAIT: f64 = 60.0;
const WAITING: f64 = 0.3;

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of, place, job) in facts.jobs().filter(|(_, _, _, job)| !job.steps.is_empty()) {
        let rows: Vec<&JobFact> = of.of_job(place).iter().filter(|row| row.succeeded().is_some()).collect();
        // Too few is told of the same jobs with their time limits.
        if rows.len() < facts.options.minimum {
            continue;
        }
        found.extend(smaller(facts, workflow, job, &rows));
        if median(seconds(&rows)).is_none_or(|typical| typical < LONG) {
            continue;
        }
        let (mut sooner, mut whole) = (Vec::new(), Vec::new());
        each_whole(facts, workflow, of, |run| {
            sooner.push(run.sooner(place, |row| row.duration.unwrap_or(0.0) / 2.0));
            whole.push(run.seconds());
        });
        let gain = middle(&sooner).zip(median(whole)).filter(|(gain, whole)| gain.low >= GAIN * whole);
        found.extend(gain.and_then(|(gain, _)| bigger(facts, workflow, job, &rows, gain)));
    }
    found.extend(further(facts, not_yet));
    found
}

fn seconds(rows: &[&JobFact]) -> Vec<f64> {
    rows.iter().filter_map(|row| row.duration).collect()
}

/// US dollars and the SKU of the label that a job names, where GitHub lists it.
fn listed(facts: &Facts, job: &Job) -> Option<(&'static str, f64)> {
    match facts.options.prices.of(job.runs_on.as_deref()?) {
        Price::List { sku, usd_a_minute } => Some((sku, usd_a_minute)),
        _ => None,
    }
}

fn smaller(facts: &Facts, workflow: &Workflow, job: &Job, rows: &[&JobFact]) -> Option<Proposal> {
    let (sku, price) = listed(facts, job)?;
    let touches = |word: &str| {
        job.steps
            .iter()
            .any(|step| [&step.uses, &step.run].into_iter().flatten().any(|text| text.contains(word)))
    };
    // It is a container itself: nothing with containers works there.
    if sku != "linux" || job.special || touches("docker") || touches("podman") || touches("kind") {
        return None;
    }
    let times = seconds(rows);
    let typical = median(times.iter().copied())?;
    let longest = quantile::upper(&times)?;
    if typical > TINY || longest > TINY_MOST {
        return None;
    }
    let slim = facts.options.prices.of("ubuntu-slim").usd_a_minute();
    let billed = |seconds: f64| (seconds / 60.0).ceil();
    let a_month = MONTH / facts.days;
    let saved = |slower: f64| {
        let of_one = |s: &f64| billed(*s) * price - billed(s * slower) * slim;
        times.iter().map(of_one).sum::<f64>() * a_month
    };
    let (most, least) = (saved(1.0), saved(SLOWER));
    if least < WORTH {
        return None;
    }
    let key = workflow.key(job);
    let patch = json!({ "jobs": { key.clone(): { "runs-on": "ubuntu-slim" } } });
    Some(Proposal {
        id: format!("runner/{key}"),
        kind: Kind::Runner,
        workflow: workflow.file_stem.clone(),
        job: Some(job.id.clone()),
        title: format!("Try `{key}` on `ubuntu-slim`, a third of the price"),
        evidence: vec![
            Evidence::new("median of the job", typical, Unit::Seconds, times.len()),
            Evidence::new("upper 95 % bound of the 99 % quantile", longest, Unit::Seconds, times.len()),
        ],
        saving: Saving {
            minutes: Estimate { value: 0.0, low: 0.0, high: 0.0 },
            usd: Estimate { value: f64::midpoint(least, most), low: least, high: most },
            basis: Basis::Possible,
        },
        sooner_s: None,
        risk: "one core instead of four, five gigabytes, fewer tools installed, and no containers".into(),
        patch: Some(patch.clone()),
        by_hand: None,
        experiment: Experiment::Definition {
            hypothesis: format!("`{}` needs no more than one core: it takes {typical:.0} s", job.id),
            workflow: workflow.file_stem.clone(),
            treatment: patch,
        },
    })
}

fn bigger(
    facts: &Facts,
    workflow: &Workflow,
    job: &Job,
    rows: &[&JobFact],
    gain: Estimate,
) -> Option<Proposal> {
    let (sku, price) = listed(facts, job)?;
    let times = seconds(rows);
    let typical = median(times.iter().copied())?;
    if !matches!(sku, "linux" | "windows") {
        return None;
    }
    let minutes = times.iter().sum::<f64>() / 60.0 * MONTH / facts.days;
    let key = workflow.key(job);
    Some(Proposal {
        id: format!("runner/{key}"),
        kind: Kind::Runner,
        workflow: workflow.file_stem.clone(),
        job: Some(job.id.clone()),
        title: format!("Try `{key}` on a runner with twice the cores: everybody waits for it"),
        evidence: vec![Evidence::new("median of the job", typical, Unit::Seconds, times.len())],
        // Twice the cores cost twice as much a minute: nothing more when it halves the time, twice when it does not.
        saving: Saving {
            minutes: Estimate { value: minutes / 4.0, low: 0.0, high: minutes / 2.0 },
            usd: Estimate { value: -minutes * price / 2.0, low: -minutes * price, high: 0.0 },
            basis: Basis::Possible,
        },
        sooner_s: Some(Estimate { value: gain.value / 2.0, low: 0.0, high: gain.high }),
        risk: "a job that waits for the network or runs on one core gets no faster and costs twice as much"
            .into(),
        patch: None,
        by_hand: Some(
            "larger runners have the label that your organisation gave them: set it as `runs-on`".into(),
        ),
        experiment: Experiment::none(
            "the label of your larger runner is not known; with it, write an experiment",
        ),
    })
}

/// Labels whose jobs wait long for a runner.
fn further(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut by_labels: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for (_, of) in facts.workflows() {
        for job in &of.jobs {
            if let (Some(queued), Some(seconds)) = (job.queued, job.duration) {
                by_labels.entry(facts.names.name(job.labels)).or_default().push((queued, seconds));
            }
        }
    }
    let mut found = Vec::new();
    for (labels, waits) in by_labels.into_iter().filter(|(labels, _)| !labels.is_empty()) {
        let need = facts.options.minimum;
        if waits.len() < need {
            not_yet.push(NotYet::new(Kind::Runner, labels, waits.len(), need, "jobs with a wait"));
            continue;
        }
        let queued: Vec<f64> = waits.iter().map(|(queued, _)| *queued).collect();
        let shares: Vec<f64> =
            waits.iter().map(|(queued, seconds)| queued / (queued + seconds).max(1.0)).collect();
        let (Some(wait), Some(share)) = (middle(&queued), middle(&shares)) else { continue };
        if wait.low < WAIT || share.low < WAITING {
            continue;
        }
        let n = waits.len();
        let nothing = Estimate { value: 0.0, low: 0.0, high: 0.0 };
        found.push(Proposal {
            id: format!("runner/{labels}"),
            kind: Kind::Runner,
            workflow: "every".into(),
            job: None,
            title: format!("Jobs wait for `{labels}`: add a runner, or start fewer at once"),
            evidence: vec![
                Evidence::new("median wait", wait.value, Unit::Seconds, n).within(wait.low, wait.high),
                Evidence::new("of a job's time", share.value, Unit::Share, n).within(share.low, share.high),
            ],
            saving: Saving { minutes: nothing, usd: nothing, basis: Basis::Measured },
            sooner_s: Some(Estimate { value: wait.value, low: 0.0, high: wait.high }),
            risk: "a runner of one's own costs while it idles".into(),
            patch: None,
            by_hand: Some(
                "add runners with these labels, or raise the limit of concurrent jobs of the plan".into(),
            ),
            experiment: Experiment::none("an experiment's arms would share the queue"),
        });
    }
    found
}
