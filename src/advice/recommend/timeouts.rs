//! Limits: far above what a job needs, so that a hung one burns minutes, or so low that they cut healthy ones.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::facts::{Facts, JobFact};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use super::{Found, quantile};
use crate::advice::checkout::{Job, Workflow};
use crate::advice::saving::{Saving, Tally};
use crate::insight::numbers;
use crate::insight::numbers::Rate;
use crate::runs::Conclusion;

/// GitHub's limit of a job that says none, in minutes.
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes>
const DEFAULT: f64 = 360.0;
/// What a limit is above the bound of the high quantile: a slow day of the runner or the network is no reason to fail.
/// On 42 real job series, with limits from the first half, none of 10,769 successful jobs of the second was cut.
const MARGIN: f64 = 1.5;
/// A limit that is not even halved is left alone, whatever ran until it.
const WORTH: f64 = 2.0;
/// Where nothing has hung yet, a limit is left alone that is less than so many times what it could be.
const FAR: f64 = 6.0;
/// And one that costs less than so many minutes when something hangs.
const DEAR: f64 = 30.0;
/// The limits that people write, in minutes.
const ROUND: [f64; 14] =
    [5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 45.0, 60.0, 90.0, 120.0, 150.0, 180.0, 240.0, 300.0];
/// So many jobs cut at their limit, while healthy ones come near it, show that it is too low.
const CUT: usize = 3;
/// How near, as a share of the limit at the 90 % quantile.
const NEAR: f64 = 0.7;

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of, place, job) in facts.jobs().filter(|(_, _, _, job)| !job.steps.is_empty()) {
        let rows = of.of_job(place);
        let times: Vec<f64> = rows.iter().filter_map(JobFact::succeeded).collect();
        let need = facts.options.minimum;
        if times.len() < need {
            if !rows.is_empty() {
                let what = "successful jobs";
                not_yet.push(NotYet::new(Kind::Timeout, workflow.key(job), times.len(), need, what));
            }
            continue;
        }
        let needed = bound(rows, need) * MARGIN / 60.0;
        let present = job.timeout_minutes.unwrap_or(DEFAULT);
        let Some(limit) = ROUND.into_iter().find(|round| *round >= needed) else { continue };
        let limited = Limited { facts, workflow, job, rows, times: &times, limit, present };
        if limit * WORTH <= present {
            found.extend(limited.lower());
        } else if limit > present {
            found.extend(limited.raise());
        }
    }
    together(found)
}

/// Makes one proposal of those of a workflow that saved nothing yet: a dozen limits are one decision.
fn together(found: Found) -> Found {
    let saves = |proposal: &Proposal| proposal.saving.minutes.value > 0.0;
    let (mut kept, idle): (Found, Found) = found.into_iter().partition(saves);
    let mut by_workflow: BTreeMap<String, Found> = BTreeMap::new();
    for proposal in idle {
        by_workflow.entry(proposal.workflow.clone()).or_default().push(proposal);
    }
    for (workflow, mut idle) in by_workflow {
        if idle.len() == 1 {
            kept.append(&mut idle);
        } else {
            kept.extend(one_of(&workflow, &idle));
        }
    }
    kept
}

fn one_of(workflow: &str, idle: &[Proposal]) -> Option<Proposal> {
    // No job of any of them hung: the bound of the dearest holds for all of them together.
    let dearest = idle.iter().max_by(|a, b| a.saving.minutes.high.total_cmp(&b.saving.minutes.high))?;
    let settings = idle.iter().filter_map(|proposal| proposal.patch.as_ref()?["jobs"].as_object());
    let jobs: Map<String, Value> = settings.flatten().map(|(key, job)| (key.clone(), job.clone())).collect();
    let line = |proposal: &Proposal| {
        let bound = proposal.evidence.last()?;
        Some(Evidence { what: format!("{}; {}", proposal.title, bound.what), ..bound.clone() })
    };
    Some(Proposal {
        id: format!("timeout/{workflow}"),
        job: None,
        title: format!(
            "Give {} jobs of `{workflow}` that never hung a limit near what they need",
            idle.len()
        ),
        evidence: idle.iter().filter_map(line).collect(),
        patch: Some(json!({ "jobs": jobs })),
        ..dearest.clone()
    })
}

/// The bound of the slowest leg, in seconds; a leg with few rows counts by its longest.
fn bound(rows: &[JobFact], minimum: usize) -> f64 {
    let mut legs: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (leg, seconds) in rows.iter().filter_map(|row| Some((row.leg, row.succeeded()?))) {
        legs.entry(leg).or_default().push(seconds);
    }
    let longest = |times: &[f64]| times.iter().copied().fold(0.0, f64::max);
    let of_leg = |times: &Vec<f64>| match quantile::upper(times) {
        Some(bound) if times.len() >= minimum => bound,
        _ => longest(times),
    };
    legs.values().map(of_leg).fold(0.0, f64::max)
}

struct Limited<'f> {
    facts: &'f Facts,
    workflow: &'f Workflow,
    job: &'f Job,
    rows: &'f [JobFact],
    times: &'f [f64],
    limit: f64,
    present: f64,
}

impl Limited<'_> {
    fn lower(&self) -> Option<Proposal> {
        let mut wasted = Tally::default();
        let limit_s = self.limit * 60.0;
        for row in self.rows.iter().filter(|row| row.conclusion != Some(Conclusion::Success)) {
            wasted.add(row.started, row.duration.unwrap_or(0.0) - limit_s, self.facts.price(row));
        }
        let is_far = self.present >= FAR * self.limit && self.present - self.limit >= DEAR;
        if wasted.times == 0 && !is_far {
            return None;
        }
        let price = self.rows.last().map_or(0.0, |row| self.facts.price(row));
        // A day without a hung job is no proof that there is none: the next could hang until the present limit.
        let saving = wasted.a_month(self.facts.days, self.present - self.limit, price);
        let hung = wasted.times as usize;
        let mut evidence = self.evidence();
        if hung > 0 {
            let n = self.rows.len();
            evidence.push(Evidence::new("jobs that ran beyond the new limit", hung as f64, Unit::Count, n));
            let seconds = wasted.minutes() * 60.0;
            evidence.push(Evidence::new("wasted beyond it", seconds, Unit::Seconds, hung));
        }
        let ours = self.job.timeout_minutes.map_or("GitHub's 360".to_owned(), |m| m.to_string());
        let title =
            format!("Stop `{}` after {} minutes instead of {ours}", self.workflow.key(self.job), self.limit);
        let risk = "a run slower than any seen would be cut and has to be started again";
        Some(self.proposal(title, evidence, saving, risk))
    }

    fn raise(&self) -> Option<Proposal> {
        let present_s = self.present * 60.0;
        // GitHub calls a job that reached its limit cancelled.
        let cut = |row: &&JobFact| {
            matches!(row.conclusion, Some(Conclusion::TimedOut | Conclusion::Cancelled))
                && row.duration.is_some_and(|s| s >= 0.98 * present_s && s <= 1.1 * present_s)
        };
        let cut: Vec<_> = self.rows.iter().filter(cut).collect();
        let near = numbers::quantile(&numbers::sorted(self.times.iter().copied()), 0.9)?;
        if cut.len() < CUT || near < NEAR * present_s {
            return None;
        }
        let mut lost = Tally::default();
        for row in &cut {
            lost.add(row.started, row.duration.unwrap_or(0.0), self.facts.price(row));
        }
        let rate = Rate::new(cut.len() as u64, self.rows.len() as u64);
        let share = Evidence::new("cut at the limit", rate.rate?, Unit::Share, self.rows.len());
        let mut evidence = self.evidence();
        evidence.push(share.within(rate.low, rate.high));
        let title = format!(
            "Give `{}` {} minutes instead of {}: healthy runs reach the limit",
            self.workflow.key(self.job),
            self.limit,
            self.present
        );
        Some(self.proposal(title, evidence, lost.at_most(self.facts.days), "a hung job burns more minutes"))
    }

    fn evidence(&self) -> Vec<Evidence> {
        let sorted = numbers::sorted(self.times.iter().copied());
        let n = sorted.len();
        let at = |q| numbers::quantile(&sorted, q).unwrap_or(0.0);
        let bound = bound(self.rows, self.facts.options.minimum);
        vec![
            Evidence::new("median of successful jobs", at(0.5), Unit::Seconds, n),
            Evidence::new("longest", at(1.0), Unit::Seconds, n),
            Evidence::new("upper 95 % bound of the 99 % quantile", bound, Unit::Seconds, n),
        ]
    }

    fn proposal(&self, title: String, evidence: Vec<Evidence>, saving: Saving, risk: &str) -> Proposal {
        let key = self.workflow.key(self.job);
        Proposal {
            id: format!("timeout/{key}"),
            kind: Kind::Timeout,
            workflow: self.workflow.file_stem.clone(),
            job: Some(self.job.id.clone()),
            title,
            evidence,
            saving,
            sooner_s: None,
            risk: risk.to_owned(),
            patch: Some(json!({ "jobs": { key: { "timeout-minutes": self.limit as u64 } } })),
            by_hand: None,
            experiment: Experiment::none(
                "a limit changes nothing for a healthy run, and hung ones are too rare to compare",
            ),
        }
    }
}
