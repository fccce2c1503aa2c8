//! What sort of failure each one is, and what has helped before.

mod class;
mod classify;
mod logs;
mod recovery;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use super::flaky::key as key_of;
use super::names::Names;
use super::{Intake, JobRow, RunRow, StepRow};
use crate::runs::Conclusion;
pub use class::{Action, Class};
pub use classify::{Diagnosis, Evidence, Symptoms, classify};
pub use logs::{JobLog, job_logs};
pub use recovery::Recovery;
use recovery::{Outcomes, Verdict};

/// What to tell.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Failures from here on are told; earlier ones still say what has helped.
    pub since: Timestamp,
    /// So many failures are told one by one, the newest first.
    pub most: usize,
}

/// A failed job.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// `owner/name`.
    pub repository: String,
    /// The workflow.
    pub workflow: String,
    /// The job.
    pub job: String,
    /// GitHub's id of the run.
    pub run: u64,
    /// Its attempt.
    pub attempt: u32,
    /// The commit it ran on.
    pub commit: Option<String>,
    /// When the job started.
    pub started: Timestamp,
    /// The step that failed first.
    pub step: Option<String>,
    /// What sort of failure it is, and what says so.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// What fits, the best first.
    pub recoveries: Vec<Recovery>,
}

/// How often a class came.
#[derive(Debug, Clone, Serialize)]
pub struct ClassCount {
    /// The class.
    pub class: Class,
    /// How many failures.
    pub failures: u64,
    /// The seconds they took.
    pub seconds: f64,
    /// What fits, the best first.
    pub recoveries: Vec<Recovery>,
}

/// The failures of a history.
#[derive(Debug, Clone, Serialize)]
pub struct FailureReport {
    /// From when on.
    pub since: Timestamp,
    /// How many jobs failed or were cancelled.
    pub total: u64,
    /// How many runs failed of which the history has no job.
    pub without_jobs: u64,
    /// By class, the most frequent first.
    pub classes: Vec<ClassCount>,
    /// The newest failures; of cancelled jobs only the number is told.
    pub failures: Vec<Failure>,
    /// Logs that belong to no failed job of the history, by themselves.
    pub logs: Vec<LogDiagnosis>,
}

/// What a log says that belongs to no known failure.
#[derive(Debug, Clone, Serialize)]
pub struct LogDiagnosis {
    /// The job's name, or the file's.
    pub job: String,
    /// What sort of failure it is.
    #[serde(flatten)]
    pub diagnosis: Diagnosis,
    /// What fits, the best first.
    pub recoveries: Vec<Recovery>,
}

/// A job of a workflow of a repository.
type JobKey = (u32, u32, u32);

/// A failed job as it is kept.
#[derive(Debug)]
struct Failed {
    key: JobKey,
    commit: Option<u32>,
    started: Timestamp,
    seconds: Option<f64>,
    conclusion: Conclusion,
}

/// A log: the run where it is known, and what it says.
#[derive(Debug)]
struct Log {
    run: Option<u64>,
    job: String,
    text: String,
    used: bool,
}

/// Takes jobs, steps and logs, in any order.
#[derive(Debug)]
pub struct Failures {
    options: Options,
    names: Names,
    failed: HashMap<(u64, u32, u64), Failed>,
    /// The first failed step of a job: its number and name.
    steps: HashMap<(u64, u32, u64), (u32, u32)>,
    verdicts: HashMap<JobKey, Vec<Verdict>>,
    logs: Vec<Log>,
    /// Since then: the attempts of runs that failed, and those with jobs.
    failed_runs: HashSet<(u64, u32)>,
    with_jobs: HashSet<(u64, u32)>,
}

impl Failures {
    /// An empty history.
    pub fn new(options: Options) -> Self {
        Failures {
            options,
            names: Names::default(),
            failed: HashMap::new(),
            steps: HashMap::new(),
            verdicts: HashMap::new(),
            logs: Vec::new(),
            failed_runs: HashSet::new(),
            with_jobs: HashSet::new(),
        }
    }

    /// Takes a job's log; of the run where it is known, else of the newest failure of a job with this name.
    pub fn log(&mut self, run: Option<u64>, log: JobLog) {
        self.logs.push(Log { run, job: log.job, text: log.text, used: false });
    }

    /// What failed, why, and what has helped.
    pub fn finish(mut self) -> FailureReport {
        let mut failed: Vec<_> = std::mem::take(&mut self.failed).into_iter().collect();
        failed.sort_by_key(|(id, failed)| (std::cmp::Reverse(failed.started), *id));
        self.verdicts.values_mut().for_each(|verdicts| verdicts.sort_unstable());
        let mut logs = std::mem::take(&mut self.logs);
        let mut outcomes = Outcomes::default();
        let mut told = Vec::new();
        for (id, failed) in &failed {
            let step = self.steps.get(id).map(|(_, name)| self.names.name(*name));
            let log = self.log_of(id.0, failed, &mut logs);
            let symptoms = Symptoms {
                conclusion: Some(failed.conclusion),
                seconds: failed.seconds,
                step,
                log: log.map(|i| logs[i].text.as_str()),
            };
            let diagnosis = classify(&symptoms);
            let verdicts = self.verdicts.get(&failed.key).map_or(&[][..], Vec::as_slice);
            let commit = failed.commit.map(|commit| key_of(self.names.name(commit)));
            outcomes.learn(diagnosis.class, failed.started, failed.seconds, commit, verdicts);
            if failed.started >= self.options.since {
                told.push((id, failed, step.map(str::to_owned), diagnosis));
            }
        }
        let total = told.len() as u64;
        let mut classes: BTreeMap<Class, (u64, f64)> = BTreeMap::new();
        for (_, failed, _, diagnosis) in &told {
            let class = classes.entry(diagnosis.class).or_default();
            *class = (class.0 + 1, class.1 + failed.seconds.unwrap_or(0.0));
        }
        let count = |(class, (failures, seconds))| ClassCount {
            class,
            failures,
            seconds,
            recoveries: outcomes.recoveries(class),
        };
        let mut classes: Vec<ClassCount> = classes.into_iter().map(count).collect();
        classes.sort_by_key(|class| std::cmp::Reverse(class.failures));
        let shown = told.into_iter().filter(|(_, _, _, diagnosis)| diagnosis.class != Class::Cancelled);
        let failure =
            |(id, failed, step, diagnosis): (&(u64, u32, u64), &Failed, Option<String>, Diagnosis)| Failure {
                repository: self.names.name(failed.key.0).to_owned(),
                workflow: self.names.name(failed.key.1).to_owned(),
                job: self.names.name(failed.key.2).to_owned(),
                run: id.0,
                attempt: id.1,
                commit: failed.commit.map(|commit| self.names.name(commit).to_owned()),
                started: failed.started,
                step,
                recoveries: outcomes.recoveries(diagnosis.class),
                diagnosis,
            };
        let failures = shown.take(self.options.most).map(failure).collect();
        let alone = |log: Log| {
            let diagnosis = classify(&Symptoms { log: Some(&log.text), ..Symptoms::default() });
            LogDiagnosis { job: log.job, recoveries: outcomes.recoveries(diagnosis.class), diagnosis }
        };
        let logs = logs.into_iter().filter(|log| !log.used).map(alone).collect();
        let without_jobs = self.failed_runs.difference(&self.with_jobs).count() as u64;
        FailureReport { since: self.options.since, total, without_jobs, classes, failures, logs }
    }

    /// The log of a failure: newest failures ask first, and a log is given once.
    fn log_of(&self, run: u64, failed: &Failed, logs: &mut [Log]) -> Option<usize> {
        let job = self.names.name(failed.key.2);
        let fits = |log: &Log| !log.used && log.run.is_none_or(|of| of == run) && logs::same(job, &log.job);
        let found = logs.iter().position(fits)?;
        logs[found].used = true;
        Some(found)
    }
}

impl Intake for Failures {
    fn run(&mut self, row: &RunRow) {
        let fails = [Conclusion::Failure, Conclusion::TimedOut, Conclusion::StartupFailure];
        if row.started >= self.options.since && row.conclusion.is_some_and(|how| fails.contains(&how)) {
            self.failed_runs.insert((row.id, row.attempt));
        }
    }

    fn job(&mut self, row: &JobRow) {
        if row.started >= self.options.since {
            self.with_jobs.insert((row.run, row.attempt));
        }
        let Some(conclusion) = row.conclusion.filter(|_| !row.copied) else { return };
        let key = (self.names.id(row.repository), self.names.id(row.workflow), self.names.id(row.name));
        if conclusion.is_verdict() {
            let branch = row.branch.map_or(u32::MAX, |branch| self.names.id(branch));
            let ok = conclusion == Conclusion::Success;
            let verdict = Verdict::new(row.started, row.commit.map_or(0, key_of), branch, ok);
            self.verdicts.entry(key).or_default().push(verdict);
        }
        let fails =
            [Conclusion::Failure, Conclusion::TimedOut, Conclusion::StartupFailure, Conclusion::Cancelled];
        if fails.contains(&conclusion) {
            let commit = row.commit.map(|commit| self.names.id(commit));
            let failed = Failed { key, commit, started: row.started, seconds: row.duration, conclusion };
            self.failed.insert((row.run, row.attempt, row.id), failed);
        }
    }

    fn step(&mut self, row: &StepRow) {
        let fails = [Conclusion::Failure, Conclusion::TimedOut];
        if !row.conclusion.is_some_and(|conclusion| fails.contains(&conclusion)) {
            return;
        }
        let found = (row.number, self.names.id(row.name));
        let first = self.steps.entry((row.run, row.attempt, row.job_id)).or_insert(found);
        *first = (*first).min(found);
    }
}
