//! A made-up history for trying things: one repository with four workflows, written with a seed. Every run is marked.
//!
//! What real histories have is in it: durations with a heavy right tail, working hours and weekends, queues that grow when
//! everyone works, a slow drift, a level shift, caches that miss, flaky jobs and their re-runs, a branch that stays broken for
//! a while, runs that a newer push cancels, and failures of each kind.

mod dice;
mod templates;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use self::dice::Dice;
use self::templates::{Fault, JobTemplate, Workflow};
use super::record::{Conclusion, Job, Run, Status, Step};

/// What to make up.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its repository, as `owner/name`.
    pub repository: String,
    /// When it begins.
    pub from: Timestamp,
    /// How many changes are pushed on a working day; each starts one to three runs.
    pub changes_per_day: f64,
    /// The same seed gives the same runs.
    pub seed: u64,
}

/// The runs of a made-up history, without an end, about in the order of their creation.
pub struct Simulation {
    plan: Plan,
    dice: Dice,
    workflows: Vec<Workflow>,
    now: Timestamp,
    next_night: Timestamp,
    id: u64,
    job_id: u64,
    /// The main branch stays broken for this many more changes.
    broken: u32,
    /// The numbers of the topic branches that are worked on.
    branches: Vec<u64>,
    waiting: VecDeque<Run>,
}

/// What starts a run.
#[derive(Clone)]
struct Change {
    event: &'static str,
    branch: String,
    commit: String,
    at: Timestamp,
    actor: u64,
    files: u32,
    lines: u32,
    title: String,
    /// Its own fault, which every run of it meets.
    breaks: Option<Fault>,
    /// A newer change comes so soon.
    overtaken_after: Option<f64>,
}

impl Simulation {
    /// Begins a history.
    pub fn new(plan: Plan) -> Self {
        let mut dice = Dice::new(plan.seed);
        let workflows = templates::workflows(&mut dice);
        let midnight = plan.from.as_second() / 86_400 * 86_400;
        Simulation {
            now: plan.from,
            next_night: Timestamp::from_second(midnight + 86_400 + 3 * 3600 + 17 * 60)
                .unwrap_or(Timestamp::MAX),
            id: 9_000_000_000,
            job_id: 30_000_000_000,
            broken: 0,
            branches: Vec::new(),
            waiting: VecDeque::new(),
            plan,
            dice,
            workflows,
        }
    }

    /// Goes on to the next change or the next night, and runs what it starts.
    fn go_on(&mut self) -> Option<()> {
        // Thinning: candidates at the rate of the busiest hour, of which each hour keeps its share.
        let busiest = self.plan.changes_per_day.clamp(0.1, 1e6) / 8.0 / 3600.0;
        loop {
            self.now = later(self.now, self.dice.exponential(1.0 / busiest))?;
            if self.now >= self.next_night {
                self.now = self.next_night;
                self.next_night = later(self.next_night, 86_400.0)?;
                self.schedule(self.now);
                return Some(());
            }
            if self.dice.chance(busyness(self.now)) {
                break;
            }
        }
        let change = self.change();
        let starts = |workflow: &Workflow| workflow.events.contains(&change.event);
        for index in 0..self.workflows.len() {
            let asked = self.workflows.get(index).is_some_and(|w| starts(w) && self.dice.chance(w.share));
            if asked {
                self.run(index, &change);
            }
        }
        Some(())
    }

    fn schedule(&mut self, at: Timestamp) {
        let change =
            Change { event: "schedule", breaks: None, overtaken_after: None, ..self.main_change(at) };
        for index in 0..self.workflows.len() {
            if self.workflows.get(index).is_some_and(|w| w.events.contains(&"schedule")) {
                self.run(index, &change);
            }
        }
    }

    fn change(&mut self) -> Change {
        if self.dice.chance(0.35) {
            return self.main_change(self.now);
        }
        // A topic branch gets some pushes until newer ones take its place.
        if self.branches.len() < 6 || self.dice.chance(0.3) {
            self.branches.push(self.dice.below(90_000) + 1000);
            if self.branches.len() > 8 {
                self.branches.remove(0);
            }
        }
        let pick = self.dice.below(self.branches.len() as u64) as usize;
        let number = self.branches.get(pick).copied().unwrap_or(1);
        let overtaken = self.dice.chance(0.08).then(|| 30.0 + self.dice.exponential(90.0));
        let breaks = self.dice.chance(0.16).then(|| self.dice.pick(&Fault::OF_A_CHANGE));
        Change {
            event: "pull_request",
            branch: format!("topic-{number}"),
            breaks,
            overtaken_after: overtaken,
            ..self.main_change(self.now)
        }
    }

    fn main_change(&mut self, at: Timestamp) -> Change {
        if self.broken == 0 && self.dice.chance(0.03) {
            self.broken = 1 + self.dice.below(5) as u32;
        }
        let breaks = (self.broken > 0).then_some(Fault::Test);
        self.broken = self.broken.saturating_sub(1);
        let files = self.dice.lognormal(2.5, 1.1).clamp(1.0, 900.0);
        Change {
            event: "push",
            branch: "main".into(),
            commit: (0..5).map(|_| format!("{:08x}", self.dice.below(1 << 32))).collect(),
            at,
            actor: self.dice.below(12),
            files: files as u32,
            lines: (files * self.dice.lognormal(14.0, 0.9)).clamp(1.0, 1e6) as u32,
            title: format!("Made-up change {}", self.id),
            breaks,
            overtaken_after: None,
        }
    }

    /// Runs a workflow for a change, and again when it failed for no reason.
    fn run(&mut self, index: usize, change: &Change) {
        self.id += 1 + self.dice.below(40);
        let mut at = change.at;
        for attempt in 1..=3 {
            let Some(workflow) = self.workflows.get_mut(index) else { return };
            workflow.number += u64::from(attempt == 1);
            let workflow = workflow.clone();
            let run = self.attempt(&workflow, change, at, attempt);
            let again = run.conclusion == Some(Conclusion::Failure)
                && change.breaks.is_none()
                && change.event != "schedule"
                && self.dice.chance(0.75);
            let ended = run.updated;
            self.waiting.push_back(run);
            let pause = self.dice.lognormal(600.0, 1.0);
            match ended.and_then(|end| later(end, pause)) {
                Some(next) if again => at = next,
                _ => return,
            }
        }
    }

    fn attempt(&mut self, workflow: &Workflow, change: &Change, started: Timestamp, attempt: u32) -> Run {
        let days = change.at.duration_since(self.plan.from).as_secs_f64() / 86_400.0;
        let mut jobs: Vec<Job> = Vec::new();
        let mut ready = started;
        let mut last_stage = 0;
        for template in &workflow.jobs {
            if template.stage != last_stage {
                last_stage = template.stage;
                ready = jobs.iter().filter_map(|job| job.completed).max().unwrap_or(ready);
            }
            let blocked =
                template.stage > 0 && jobs.iter().any(|job| job.conclusion != Some(Conclusion::Success));
            let job = match blocked {
                true => self.skipped(template, ready),
                false => self.job(template, change, ready, days),
            };
            jobs.push(job);
        }
        let stop = change.overtaken_after.filter(|_| attempt == 1).and_then(|after| later(started, after));
        if let Some(stop) = stop.filter(|stop| jobs.iter().any(|job| job.completed > Some(*stop))) {
            jobs.iter_mut().for_each(|job| cancel(job, stop));
        }
        let conclusion = jobs.iter().filter_map(|job| job.conclusion).max_by_key(|c| match c {
            Conclusion::Failure | Conclusion::TimedOut => 2,
            Conclusion::Cancelled => 1,
            _ => 0,
        });
        let end = jobs.iter().filter_map(|job| job.completed).max().unwrap_or(started);
        Run {
            repository: self.plan.repository.clone(),
            id: self.id,
            attempt,
            workflow: workflow.name.into(),
            path: Some(workflow.path.into()),
            number: Some(workflow.number),
            title: Some(change.title.clone()),
            event: change.event.into(),
            branch: Some(change.branch.clone()),
            commit: Some(change.commit.clone()),
            actor: Some(format!("nobody-{}", change.actor)),
            created: change.at,
            started: Some(started),
            updated: later(end, 1.0 + self.dice.below(3) as f64),
            status: Status::Completed,
            // A job that takes too long fails its run; skipped ones do not.
            conclusion: match conclusion {
                Some(Conclusion::TimedOut) => Some(Conclusion::Failure),
                Some(Conclusion::Skipped) | None => Some(Conclusion::Success),
                other => other,
            },
            duration: None,
            changed_files: Some(change.files),
            changed_lines: Some(change.lines),
            simulated: true,
            jobs,
        }
    }

    fn skipped(&mut self, template: &JobTemplate, at: Timestamp) -> Job {
        self.job_id += 1;
        Job {
            id: self.job_id,
            name: template.name.into(),
            status: Status::Completed,
            conclusion: Some(Conclusion::Skipped),
            created: Some(at),
            started: Some(at),
            completed: Some(at),
            labels: Vec::new(),
            runner: None,
            steps: Vec::new(),
        }
    }

    fn job(&mut self, template: &JobTemplate, change: &Change, ready: Timestamp, days: f64) -> Job {
        self.job_id += 1 + self.dice.below(3);
        let queue = self.dice.lognormal(4.0 + 12.0 * busyness(ready), 0.7);
        let started = later(ready, queue).unwrap_or(ready);
        let fault =
            change.breaks.filter(|fault| template.meets(*fault)).or_else(|| self.chance_fault(template));
        let speed = self.dice.lognormal(1.0, 0.06)
            * template.level(days)
            * (1.0 + f64::from(change.files).ln() * 0.015);
        let miss = self.dice.chance(0.15);
        let mut steps = Vec::new();
        let mut at = started;
        let mut ended = None;
        for (number, step) in (1..).zip(&template.steps) {
            let cached = if step.cached && miss { 2.5 } else { 1.0 };
            let mut took = self.dice.lognormal(step.median_s * speed * cached, step.sigma);
            let mut conclusion = match ended {
                Some(_) => Conclusion::Skipped,
                None => Conclusion::Success,
            };
            if let Some(fault) = fault.filter(|fault| ended.is_none() && fault.step() == step.kind) {
                (took, conclusion) = match fault {
                    Fault::Timeout => (template.limit_s, Conclusion::TimedOut),
                    _ => (took * (0.2 + 0.8 * self.dice.uniform()), Conclusion::Failure),
                };
                ended = Some(conclusion);
            }
            let took = if conclusion == Conclusion::Skipped { 0.0 } else { took.round() };
            let end = later(at, took).unwrap_or(at);
            let name = step.name.to_owned();
            let (started, completed) = (Some(at), Some(end));
            steps.push(Step { number, name, conclusion: Some(conclusion), started, completed });
            at = end;
        }
        Job {
            id: self.job_id,
            name: template.name.into(),
            status: Status::Completed,
            conclusion: Some(ended.unwrap_or(Conclusion::Success)),
            created: Some(ready),
            started: Some(started),
            completed: later(at, 1.0),
            labels: vec![template.label.into()],
            runner: Some(format!("Simulated {}", self.job_id % 997)),
            steps,
        }
    }

    /// A fault that has nothing to do with the change.
    fn chance_fault(&mut self, template: &JobTemplate) -> Option<Fault> {
        if self.dice.chance(template.flaky) {
            return Some(Fault::Test);
        }
        let unlucky = self.dice.chance(0.006).then(|| self.dice.pick(&Fault::OF_THE_WORLD));
        unlucky.filter(|fault| template.meets(*fault))
    }
}

impl Iterator for Simulation {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        while self.waiting.is_empty() {
            self.go_on()?;
        }
        self.waiting.pop_front()
    }
}

/// Stops a job that still works then.
fn cancel(job: &mut Job, stop: Timestamp) {
    if job.completed <= Some(stop) || job.conclusion == Some(Conclusion::Skipped) {
        return;
    }
    for time in [&mut job.created, &mut job.started] {
        *time = time.map(|time| time.min(stop));
    }
    (job.completed, job.conclusion) = (Some(stop), Some(Conclusion::Cancelled));
    job.steps.retain(|step| step.started < Some(stop));
    if let Some(step) = job.steps.last_mut().filter(|step| step.completed > Some(stop)) {
        (step.completed, step.conclusion) = (Some(stop), Some(Conclusion::Cancelled));
    }
}

/// How much is going on at a time, from 0 to 1: working hours in UTC, a fifth of it on weekends.
fn busyness(at: Timestamp) -> f64 {
    const BY_HOUR: [f64; 24] = [
        0.06, 0.04, 0.03, 0.03, 0.04, 0.08, 0.2, 0.45, 0.75, 0.95, 1.0, 0.95, 0.7, 0.8, 0.95, 0.95, 0.85,
        0.65, 0.45, 0.35, 0.3, 0.25, 0.18, 0.1,
    ];
    let seconds = at.as_second();
    let hour = (seconds.rem_euclid(86_400) / 3600) as usize;
    // The epoch was a Thursday.
    let weekday = (seconds.div_euclid(86_400) + 3).rem_euclid(7);
    let share = BY_HOUR.get(hour).copied().unwrap_or(1.0);
    if weekday >= 5 { share * 0.2 } else { share }
}

/// A time some seconds later, to the second, as GitHub says times.
fn later(from: Timestamp, seconds: f64) -> Option<Timestamp> {
    from.checked_add(SignedDuration::from_secs(seconds.clamp(0.0, 1e9).round() as i64)).ok()
}
