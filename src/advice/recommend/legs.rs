//! Matrices: legs that never fail alone, and those whose legs fail together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Found;
use super::facts::{Facts, JobFact, OfWorkflow};
use super::value::{Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::checkout::{Job, Matrix, Workflow};
use crate::advice::saving::Tally;
use crate::insight::numbers::Rate;
use crate::stats::proportion::Proportion;

/// The fewest runs in which a leg was seen beside others: then at most 1.5 % of the runs can have a failure of it alone.
const SEEN: usize = 200;
/// The fewest runs in which the matrix found something: without any, no leg is better than another.
const FAILING: usize = 10;
/// The fewest failing runs that show that legs fail together.
const TOGETHER: usize = 20;
/// The least share, at the lower end of its interval, of failing runs in which every leg failed.
const ALWAYS: f64 = 0.8;

/// The legs of a job with a verdict in an attempt of a run.
type Row<'f> = Vec<&'f JobFact>;

pub(super) fn find(facts: &Facts, not_yet: &mut Vec<NotYet>) -> Found {
    let mut found = Vec::new();
    for (workflow, of, place, job) in facts.jobs() {
        let Some(matrix) = &job.matrix else { continue };
        let rows = rows(of, place);
        if rows.is_empty() {
            continue;
        }
        let legs = Legs { facts, workflow, job, matrix, rows: &rows };
        if rows.len() < SEEN {
            let key = workflow.key(job);
            not_yet.push(NotYet::new(Kind::MatrixLegs, key, rows.len(), SEEN, "runs of the matrix"));
        } else {
            found.extend(legs.never_alone());
        }
        found.extend(legs.together());
    }
    found
}

/// The attempts in which at least two legs of a job had a verdict.
fn rows(of: &OfWorkflow, place: usize) -> Vec<Row<'_>> {
    let mut by_run: BTreeMap<(u64, u32), Row> = BTreeMap::new();
    for job in of.of_job(place).iter().filter(|job| job.is_verdict()) {
        by_run.entry((job.run, job.attempt)).or_default().push(job);
    }
    by_run.into_values().filter(|row| row.len() > 1).collect()
}

struct Legs<'f> {
    facts: &'f Facts,
    workflow: &'f Workflow,
    job: &'f Job,
    matrix: &'f Matrix,
    rows: &'f [Row<'f>],
}

/// A leg that the matrix could do without.
struct Spare {
    name: u32,
    values: Vec<Value>,
    seen: usize,
    failed: usize,
    saved: Tally,
}

impl Legs<'_> {
    /// The legs that can go one after the other, the dearest first, so that what they found others still find.
    fn never_alone(&self) -> Option<Proposal> {
        let failing = self.rows.iter().filter(|row| row.iter().any(|leg| leg.failed())).count();
        if failing < FAILING {
            return None;
        }
        let mut left = self.combinations();
        let mut gone = BTreeSet::new();
        let mut spares: Vec<Spare> = Vec::new();
        loop {
            let candidates = left.iter().filter(|(_, values)| self.covered(values, &left));
            let candidates = candidates.filter_map(|(leg, values)| self.spare(*leg, values, &gone));
            let dearest = candidates.max_by(|a, b| a.saved.minutes().total_cmp(&b.saved.minutes()));
            let Some(spare) = dearest else { break };
            left.remove(&spare.name);
            gone.insert(spare.name);
            spares.push(spare);
        }
        (!spares.is_empty()).then(|| self.without(&spares, failing))
    }

    /// The legs of the history that are combinations of the axes; those of `include` are somebody's own wish.
    fn combinations(&self) -> BTreeMap<u32, Vec<Value>> {
        let names: BTreeSet<u32> = self.rows.iter().flatten().map(|leg| leg.leg).collect();
        let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
        for (_, values) in &self.matrix.axes {
            let with = |row: &Vec<Value>, value: &Value| row.iter().chain([value]).cloned().collect();
            let rows = combinations.iter();
            let all = rows.flat_map(|row| values.iter().map(|value| with(row, value)));
            // GitHub makes no more jobs of a matrix.
            combinations = all.take(256).collect();
        }
        let words = |name: &str| -> Vec<String> {
            let inside = name.rsplit_once(" (").and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
            inside.split(", ").map(str::to_owned).collect()
        };
        let mut of_leg: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        for leg in names {
            let words = words(self.facts.names.name(leg));
            let is_it = |row: &&Vec<Value>| row.iter().map(text).eq(words.iter().cloned());
            if let Some(values) = combinations.iter().find(is_it) {
                of_leg.insert(leg, values.clone());
            }
        }
        of_leg
    }

    /// Whether every value of the leg is tried by another one that is left; of a single axis, whether it lies between
    /// two others and is no runner: the oldest and the newest version, and every system, are there for a reason.
    fn covered(&self, values: &[Value], left: &BTreeMap<u32, Vec<Value>>) -> bool {
        if let ([(axis, all)], [value]) = (self.matrix.axes.as_slice(), values) {
            let is_system =
                ["os", "runner", "platform", "system", "target"].iter().any(|word| axis.contains(word));
            let ends = [all.first(), all.last()];
            return !is_system && !ends.contains(&Some(value));
        }
        let others = || left.values().filter(|other| *other != values);
        values.iter().enumerate().all(|(i, value)| others().any(|other| other.get(i) == Some(value)))
    }

    /// The leg, if all its failures were also found by one that is not `gone`. A failure beside cancelled legs counts as
    /// found by it alone: what the others would have said is not known.
    fn spare(&self, leg: u32, values: &[Value], gone: &BTreeSet<u32>) -> Option<Spare> {
        let mut spare =
            Spare { name: leg, values: values.to_vec(), seen: 0, failed: 0, saved: Tally::default() };
        for row in self.rows {
            let Some(own) = row.iter().find(|other| other.leg == leg) else { continue };
            let others = || row.iter().filter(|other| other.leg != leg && !gone.contains(&other.leg));
            if others().next().is_none() {
                continue;
            }
            spare.seen += 1;
            spare.failed += usize::from(own.failed());
            if own.failed() && !others().any(|other| other.failed()) {
                return None;
            }
            spare.saved.add(own.started, own.duration.unwrap_or(0.0), self.facts.price(own));
        }
        (spare.seen >= SEEN).then_some(spare)
    }

    fn without(&self, spares: &[Spare], failing: usize) -> Proposal {
        let key = self.workflow.key(self.job);
        let mut saved = Tally::default();
        let mut evidence = vec![Evidence::new(
            "runs in which the matrix found something",
            failing as f64,
            Unit::Count,
            self.rows.len(),
        )];
        let mut exclude = self.matrix.exclude.clone();
        let mut names = Vec::new();
        for spare in spares {
            saved.join(&spare.saved);
            let name = self.facts.names.name(spare.name);
            // None of n: the exact one-sided 95 % bound, which is about 3/n (Hanley and Lippman-Hand 1983).
            let bound =
                Proportion::new(0, spare.seen as u64).map_or(1.0, |none| none.clopper_pearson(0.1).upper);
            let what = format!("runs in which `{name}` alone failed ({} failures shared)", spare.failed);
            evidence.push(Evidence::new(what, 0.0, Unit::Share, spare.seen).within(0.0, bound));
            let axes = self.matrix.axes.iter().map(|(axis, _)| axis.clone());
            exclude.push(Value::Object(axes.zip(spare.values.iter().cloned()).collect::<Map<_, _>>()));
            names.push(format!("`{name}`"));
        }
        let patch = json!({ "jobs": { key.clone(): { "strategy": { "matrix": { "exclude": exclude } } } } });
        Proposal {
            id: format!("matrix-legs/{key}"),
            kind: Kind::MatrixLegs,
            workflow: self.workflow.file_stem.clone(),
            job: Some(self.job.id.clone()),
            title: format!("Leave {} out of `{key}`: never the only one to fail", names.join(", ")),
            evidence,
            saving: saved.a_month(self.facts.days, 0.0, 0.0),
            sooner_s: None,
            risk:
                "what only these legs would find is found later or never; a check that the branch protection \
                   requires by a leg's name would wait for ever"
                    .into(),
            patch: Some(patch),
            by_hand: None,
            experiment: Experiment::none("an experiment measures time, not what a leg would have found"),
        }
    }

    /// Stop at the first failure, where `fail-fast` is off and legs agree.
    fn together(&self) -> Option<Proposal> {
        if self.job.fail_fast != Some(false) {
            return None;
        }
        let failing: Vec<&Row> = self.rows.iter().filter(|row| row.iter().any(|leg| leg.failed())).collect();
        let all = failing.iter().filter(|row| row.iter().all(|leg| leg.failed())).count();
        let rate = Rate::new(all as u64, failing.len() as u64);
        if failing.len() < TOGETHER || rate.low < ALWAYS {
            return None;
        }
        let mut saved = Tally::default();
        for row in &failing {
            let end = |leg: &JobFact| leg.duration.map(|s| leg.started + s);
            let failed = row.iter().filter(|leg| leg.failed());
            let Some(first) = failed.filter_map(|leg| end(leg)).min_by(f64::total_cmp) else { continue };
            for leg in *row {
                let left = end(leg).map_or(0.0, |end| end - first.max(leg.started));
                saved.add(leg.started, left, self.facts.price(leg));
            }
        }
        if saved.times == 0 {
            return None;
        }
        let key = self.workflow.key(self.job);
        let share =
            Evidence::new("failing runs in which every leg failed", rate.rate?, Unit::Share, failing.len());
        Some(Proposal {
            id: format!("fail-fast/{key}"),
            kind: Kind::FailFast,
            workflow: self.workflow.file_stem.clone(),
            job: Some(self.job.id.clone()),
            title: format!("Stop `{key}` at its first failing leg: when one fails, all do"),
            evidence: vec![
                share.within(rate.low, rate.high),
                Evidence::new(
                    "time after the first failure",
                    saved.minutes() * 60.0,
                    Unit::Seconds,
                    failing.len(),
                ),
            ],
            saving: saved.a_month(self.facts.days, 0.0, 0.0),
            sooner_s: None,
            risk: "a leg that fails by chance stops the others, and where else it fails is not seen".into(),
            patch: Some(json!({ "jobs": { key: { "strategy": { "fail-fast": true } } } })),
            by_hand: None,
            experiment: Experiment::none(
                "only failing runs differ, and the history counts the very minutes; an experiment compares the others",
            ),
        })
    }
}

/// A matrix value as GitHub writes it into a job's name.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
