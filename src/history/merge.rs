//! How several accounts of one run become one, whatever their order and however often they come.
//!
//! The join is the least upper bound of a product of chains, so it is associative, commutative and idempotent:
//! - how far the run is: the greater pair of status and last change wins;
//! - any other fact: a known one beats an unknown one, then the one from the account that is further wins, then (two
//!   accounts that are equally far contradict each other) the greater value, so that both orders agree;
//! - the time of creation: the earliest, because an account of a job alone knows only when the job was created;
//! - jobs and steps: by their id and number, each joined in a like way; what says how one ended stays together.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::runs::record::{Job, Run, Status, Step};

/// How far the account is that a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Stamp(Status, Option<Timestamp>);

/// What is known of a run, and which of it comes from an account less far than the run's status.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Account {
    pub(super) run: Run,
    pub(super) older: BTreeMap<String, Stamp>,
}

/// Job ids from here on are ours: made from the name, because the source gave none.
const OURS: u64 = 1 << 63;

/// The longest text that is kept, in bytes; titles are the only ones that come near it.
const LONGEST: usize = 1000;

impl Account {
    /// What one source says, in the form in which it is kept: times in milliseconds, texts without NUL and of a bounded
    /// length, durations finite and not negative, each job and step once.
    pub(super) fn of(mut run: Run) -> Self {
        for text in [&mut run.workflow, &mut run.event, &mut run.repository] {
            tidy(text);
        }
        let texts = [&mut run.path, &mut run.title, &mut run.branch, &mut run.commit, &mut run.actor];
        for text in texts {
            tidy_or_none(text);
        }
        run.created = millis(run.created);
        for time in [&mut run.started, &mut run.updated] {
            *time = time.map(millis);
        }
        run.duration = run.duration.filter(|s| s.is_finite() && *s >= 0.0).map(|s| s.min(1e12));
        run.number = run.number.map(|n| n.min(i64::MAX as u64));
        run.jobs = joined(std::mem::take(&mut run.jobs).into_iter().map(tidy_job));
        Account { run, older: BTreeMap::new() }
    }

    fn stamp(&self) -> Stamp {
        Stamp(self.run.status, self.run.updated)
    }

    /// The account of both. The two must be of the same run.
    pub(super) fn join(mut self, other: Account) -> Account {
        let (mine, theirs) = (self.stamp(), other.stamp());
        let mut facts = Facts {
            mine,
            theirs,
            newest: mine.max(theirs),
            older_mine: std::mem::take(&mut self.older),
            older_theirs: other.older,
            older: BTreeMap::new(),
        };
        let (run, other) = (&mut self.run, other.run);
        facts.text("workflow", &mut run.workflow, other.workflow);
        facts.join("path", &mut run.path, other.path);
        facts.join("number", &mut run.number, other.number);
        facts.join("title", &mut run.title, other.title);
        facts.text("event", &mut run.event, other.event);
        facts.join("branch", &mut run.branch, other.branch);
        facts.join("sha", &mut run.commit, other.commit);
        facts.join("actor", &mut run.actor, other.actor);
        facts.join("started", &mut run.started, other.started);
        facts.join("conclusion", &mut run.conclusion, other.conclusion);
        facts.join("duration", &mut run.duration, other.duration);
        facts.join("changed_files", &mut run.changed_files, other.changed_files);
        facts.join("changed_lines", &mut run.changed_lines, other.changed_lines);
        Stamp(run.status, run.updated) = facts.newest;
        run.created = run.created.min(other.created);
        run.simulated |= other.simulated;
        run.jobs = joined(std::mem::take(&mut run.jobs).into_iter().chain(other.jobs));
        self.older = facts.older;
        self
    }
}

/// The join of one fact after the other.
struct Facts {
    mine: Stamp,
    theirs: Stamp,
    newest: Stamp,
    older_mine: BTreeMap<String, Stamp>,
    older_theirs: BTreeMap<String, Stamp>,
    older: BTreeMap<String, Stamp>,
}

impl Facts {
    fn join<T: PartialOrd>(&mut self, name: &str, mine: &mut Option<T>, theirs: Option<T>) {
        let a = self.older_mine.get(name).copied().unwrap_or(self.mine);
        let b = self.older_theirs.get(name).copied().unwrap_or(self.theirs);
        let take = match (&*mine, &theirs) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(x), Some(y)) => (b, y) > (a, x),
        };
        let stamp = if take { b } else { a };
        if take {
            *mine = theirs;
        }
        if mine.is_some() && stamp != self.newest {
            self.older.insert(name.to_owned(), stamp);
        }
    }

    /// The same for a text that is empty where it is unknown.
    fn text(&mut self, name: &str, mine: &mut String, theirs: String) {
        let mut known = Some(std::mem::take(mine)).filter(|text| !text.is_empty());
        self.join(name, &mut known, Some(theirs).filter(|text| !text.is_empty()));
        *mine = known.unwrap_or_default();
    }
}

/// Every job once, by id. One without GitHub's id gives way to one of its name that has it; this keeps the law because
/// GitHub never renames a job.
fn joined(jobs: impl Iterator<Item = Job>) -> Vec<Job> {
    let mut by_id: BTreeMap<u64, Job> = BTreeMap::new();
    for job in jobs {
        let merged = match by_id.remove(&job.id) {
            Some(known) => join_job(known, job),
            None => job,
        };
        by_id.insert(merged.id, merged);
    }
    if by_id.keys().next_back().is_some_and(|id| *id >= OURS) {
        let named: Vec<String> = by_id.range(..OURS).map(|(_, job)| job.name.clone()).collect();
        by_id.retain(|id, job| *id < OURS || !named.contains(&job.name));
    }
    by_id.into_values().collect()
}

/// A later start wins because GitHub says a queued job's creation in its place.
fn join_job(a: Job, b: Job) -> Job {
    let further = (a.status, a.completed, a.conclusion).max((b.status, b.completed, b.conclusion));
    Job {
        id: a.id,
        name: a.name.max(b.name),
        status: further.0,
        conclusion: further.2,
        created: [a.created, b.created].into_iter().flatten().min(),
        started: a.started.max(b.started),
        completed: further.1,
        labels: a.labels.max(b.labels),
        runner: a.runner.max(b.runner),
        steps: joined_steps(a.steps.into_iter().chain(b.steps)),
    }
}

fn joined_steps(steps: impl Iterator<Item = Step>) -> Vec<Step> {
    let far = |s: &Step| (s.completed, s.conclusion, s.started);
    let mut by_number: BTreeMap<u32, Step> = BTreeMap::new();
    for step in steps {
        match by_number.get(&step.number) {
            Some(known) if (far(known), &known.name) >= (far(&step), &step.name) => {}
            _ => drop(by_number.insert(step.number, step)),
        }
    }
    by_number.into_values().collect()
}

fn tidy_job(mut job: Job) -> Job {
    tidy(&mut job.name);
    tidy_or_none(&mut job.runner);
    job.labels.iter_mut().for_each(tidy);
    for time in [&mut job.created, &mut job.started, &mut job.completed] {
        *time = time.map(millis);
    }
    for step in &mut job.steps {
        tidy(&mut step.name);
        step.started = step.started.map(millis);
        step.completed = step.completed.map(millis);
    }
    job.steps = joined_steps(std::mem::take(&mut job.steps).into_iter());
    job
}

fn tidy(text: &mut String) {
    if text.contains('\0') {
        *text = text.replace('\0', "\u{fffd}");
    }
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
}

fn tidy_or_none(text: &mut Option<String>) {
    text.as_mut().map(tidy);
    text.take_if(|text| text.is_empty());
}

/// The time without what is below a millisecond, so that a REAL column keeps it exactly, and some thousand years inside of
/// the calendar's ends, so that no arithmetic on it overflows.
fn millis(time: Timestamp) -> Timestamp {
    const FARTHEST: i64 = 200_000_000_000_000;
    Timestamp::from_millisecond(time.as_millisecond().clamp(-FARTHEST, FARTHEST)).unwrap_or(time)
}
