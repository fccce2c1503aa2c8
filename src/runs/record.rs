//! What is known of a run: the value that every source is read into and the history keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One attempt of one workflow run. `(repository, id, attempt)` identifies it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// `owner/name`.
    pub repository: String,
    /// GitHub's id of the run; a re-run keeps it.
    pub id: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The workflow's name, or its path where it has none.
    pub workflow: String,
    /// The workflow's file, such as `.github/workflows/ci.yml`.
    pub path: Option<String>,
    /// The number of the run among those of its workflow.
    pub number: Option<u64>,
    /// What the list of runs shows: the `run-name`, else the commit's or the pull request's title.
    pub title: Option<String>,
    /// What started it: `push`, `pull_request`, `schedule`...
    pub event: String,
    /// The branch it ran for.
    pub branch: Option<String>,
    /// The commit it ran on.
    pub commit: Option<String>,
    /// Who started it: a name, or a keyed hash of it.
    pub actor: Option<String>,
    /// When the run came to be.
    pub created: Timestamp,
    /// When this attempt started.
    pub started: Option<Timestamp>,
    /// When anything of it changed last; of a completed run, when it ended.
    pub updated: Option<Timestamp>,
    /// How far it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// Its duration in seconds where a source says it and not the times it follows from.
    pub duration: Option<f64>,
    /// How many files the change has.
    pub changed_files: Option<u32>,
    /// How many lines the change adds and removes.
    pub changed_lines: Option<u32>,
    /// Made up by `track simulate`.
    #[serde(default)]
    pub simulated: bool,
    /// Its jobs, as far as they are known.
    #[serde(default)]
    pub jobs: Vec<Job>,
}

/// One job of a run's attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// GitHub's id of the job.
    pub id: u64,
    /// Its name, with the matrix values that GitHub puts behind.
    pub name: String,
    /// How far it is.
    pub status: Status,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it was queued.
    pub created: Option<Timestamp>,
    /// When a runner took it.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// The labels it asked for, such as `ubuntu-24.04`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// The runner that took it.
    pub runner: Option<String>,
    /// Its steps.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// One step of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its 1-based place.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it started.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
}

/// How far a run, a job or a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a runner, an approval, a deployment or another run.
    Queued,
    /// Is running.
    InProgress,
    /// Has ended.
    Completed,
}

/// How a run, a job or a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// It did what it should.
    Success,
    /// It failed.
    Failure,
    /// Somebody, or a newer run of the same concurrency group, stopped it.
    Cancelled,
    /// It did not have to run.
    Skipped,
    /// It took longer than it may.
    TimedOut,
    /// It waits for somebody.
    ActionRequired,
    /// It says neither yes nor no.
    Neutral,
    /// GitHub gave it up.
    Stale,
    /// It could not start: the workflow file is invalid, or there is no runner.
    StartupFailure,
}

impl Conclusion {
    /// Whether it ended by its own doing, so that its duration and outcome say something of the workflow.
    pub fn is_verdict(self) -> bool {
        matches!(self, Conclusion::Success | Conclusion::Failure | Conclusion::TimedOut)
    }
}

impl Job {
    /// The seconds from a runner taking it to its end.
    pub fn duration(&self) -> Option<f64> {
        seconds(self.started?, self.completed?)
    }

    /// Whether it did not run again: a re-run of some jobs lists the others once more, created after they started.
    pub fn is_copied(&self) -> bool {
        self.created.zip(self.started).is_some_and(|(created, started)| created > started)
    }

    /// The seconds it waited for a runner.
    pub fn queued(&self) -> Option<f64> {
        seconds(self.created?, self.started?)
    }
}

impl Step {
    /// The seconds it took.
    pub fn duration(&self) -> Option<f64> {
        seconds(self.started?, self.completed?)
    }
}

impl Run {
    /// The seconds the attempt ran: from the first job's start to the last job's end where jobs are known, which
    /// leaves out approvals and gaps before a re-run; else what the source said; else from start to last change.
    /// Nothing while it runs.
    pub fn duration(&self) -> Option<f64> {
        if self.status != Status::Completed {
            return None;
        }
        let ran =
            self.jobs.iter().filter(|job| job.conclusion != Some(Conclusion::Skipped) && !job.is_copied());
        let times: Option<Vec<_>> = ran.map(|job| job.started.zip(job.completed)).collect();
        let first = times.iter().flatten().map(|(start, _)| *start).min();
        let last = times.iter().flatten().map(|(_, end)| *end).max();
        match (first, last) {
            (Some(first), Some(last)) => seconds(first, last),
            _ => self.duration.or_else(|| seconds(self.started.unwrap_or(self.created), self.updated?)),
        }
    }

    /// When the attempt ended.
    pub fn finished(&self) -> Option<Timestamp> {
        if self.status != Status::Completed {
            return None;
        }
        let of_jobs = self.jobs.iter().filter_map(|job| job.completed).max();
        of_jobs.or_else(|| {
            let started = self.started.unwrap_or(self.created);
            let after = self.duration.and_then(|s| jiff::SignedDuration::try_from_secs_f64(s).ok());
            let after = after.and_then(|after| started.checked_add(after).ok());
            after.or(self.updated)
        })
    }
}

/// The seconds between two times; none when they are in the wrong order, which clock skew can do.
fn seconds(from: Timestamp, to: Timestamp) -> Option<f64> {
    let seconds = to.duration_since(from).as_secs_f64();
    (seconds >= 0.0).then_some(seconds)
}
