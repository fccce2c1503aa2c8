//! What an experiment uses of the runs, and why it leaves the rest out.

use serde::{Deserialize, Serialize};

use super::assign::{Arm, Assignment, Share, by_run_id, by_run_number, stratum};

/// How a run ended, as far as an experiment cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// It succeeded: its duration and its success count.
    Success,
    /// It failed, timed out or did not start: its failure counts, its duration does not.
    Failure,
    /// It was cancelled, mostly by a newer run of its concurrency group: censored.
    Cancelled,
    /// It did no work: skipped, neutral, stale or waiting for approval.
    Skipped,
    /// It is queued or running.
    Running,
}

impl Conclusion {
    /// The meaning of GitHub's `conclusion`, which is missing while a run is not done.
    pub fn from_github(conclusion: Option<&str>) -> Self {
        match conclusion {
            Some("success") => Conclusion::Success,
            Some("failure" | "timed_out" | "startup_failure") => Conclusion::Failure,
            Some("cancelled") => Conclusion::Cancelled,
            Some(_) => Conclusion::Skipped,
            None => Conclusion::Running,
        }
    }
}

/// One attempt of one run, as the history has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The number of the run within its workflow.
    pub run_number: u64,
    /// The id of the run.
    pub run_id: u64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// The arm that the run shows; nothing when it shows none.
    pub arm: Option<Arm>,
    /// The share of the treatment at the time of the run, in percent.
    pub share: u8,
    /// How it ended.
    pub conclusion: Conclusion,
    /// Seconds from the start of the first job to the end of the last, without the queue.
    pub duration: Option<f64>,
    /// Seconds in the queue.
    pub queue: Option<f64>,
    /// What was known before the run and may explain its duration (a prediction's logarithm, the size of the change).
    pub covariates: Vec<f64>,
}

/// How records become outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// How the workflow assigns.
    pub assignment: Assignment,
    /// The experiment's salt.
    pub salt: String,
    /// The first runs of each arm that only fill its caches and don't count.
    pub warm_up: u32,
}

/// A run that counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The number of the run within its workflow.
    pub run_number: u64,
    /// Its arm.
    pub arm: Arm,
    /// The group of runs within which the arms are a random permutation.
    pub stratum: u64,
    /// Whether it succeeded.
    pub success: bool,
    /// Seconds of run time; only of a success with a positive duration.
    pub duration: Option<f64>,
    /// Seconds in the queue.
    pub queue: Option<f64>,
    /// What was known before the run; a value that isn't finite is a missing one.
    pub covariates: Vec<f64>,
}

/// Why a record does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// A re-run: it keeps its arm, and only a first attempt is as random as the assignment.
    LaterAttempt,
    /// The same attempt was recorded before.
    Duplicate,
    /// The run shows no arm: it ran before the experiment or outside of it.
    NoArm,
    /// The run shows another arm than its number and the salt give: somebody chose it.
    NotAsAssigned,
    /// Cancelled before it ended, so that its duration is unknown.
    Censored,
    /// It did no work.
    Skipped,
    /// It filled the caches of its arm.
    WarmUp,
    /// It is still running.
    Running,
    /// It is done, but an earlier run is not: it counts when that one ends, so that a fast arm is never ahead.
    HeldBack,
}

/// A record that does not count, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// The number of the run within its workflow.
    pub run_number: u64,
    /// Its attempt.
    pub attempt: u32,
    /// Why.
    pub reason: Exclusion,
}

/// A number per arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// In the control.
    pub control: u32,
    /// In the treatment.
    pub treatment: u32,
}

impl Counts {
    /// One more in `arm`.
    pub fn add(&mut self, arm: Arm) {
        match arm {
            Arm::Control => self.control += 1,
            Arm::Treatment => self.treatment += 1,
        }
    }

    /// Over both arms.
    pub fn total(self) -> u32 {
        self.control + self.treatment
    }
}

/// The runs of an experiment, sorted out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcomes {
    /// The runs that count, in the order of their numbers.
    pub used: Vec<Outcome>,
    /// The rest, with the reasons, in the same order.
    pub excluded: Vec<Excluded>,
    /// First attempts that were started as assigned, however they ended.
    pub started: Counts,
    /// Of these, those that succeeded or failed.
    pub completed: Counts,
    /// Of these, those that were cancelled.
    pub censored: Counts,
    /// The mean share of the treatment over the started runs, from 0 to 1.
    pub expected_share: f64,
}

/// Sorts `records` out; their order does not matter.
pub fn outcomes(records: &[Record], rules: &Rules) -> Outcomes {
    let mut records: Vec<&Record> = records.iter().collect();
    records.sort_by_key(|r| key(r));
    let mut out = Outcomes {
        used: Vec::new(),
        excluded: Vec::new(),
        started: Counts::default(),
        completed: Counts::default(),
        censored: Counts::default(),
        expected_share: 0.0,
    };
    let mut warm = Counts::default();
    let mut waiting = false;
    let mut shares = 0.0;
    let mut before = None;
    for record in records {
        let place = (record.run_number, record.attempt);
        let mut exclude = |reason| {
            out.excluded.push(Excluded { run_number: record.run_number, attempt: record.attempt, reason });
        };
        if record.attempt > 1 {
            exclude(Exclusion::LaterAttempt);
            continue;
        }
        if before == Some(place) {
            exclude(Exclusion::Duplicate);
            continue;
        }
        before = Some(place);
        let (Some(arm), Some(share)) = (record.arm, Share::new(record.share)) else {
            exclude(Exclusion::NoArm);
            continue;
        };
        let assigned = match rules.assignment {
            Assignment::Blocks => by_run_number(&rules.salt, record.run_number, share),
            Assignment::Endings => by_run_id(&rules.salt, record.run_id, share),
        };
        if assigned != arm {
            exclude(Exclusion::NotAsAssigned);
            continue;
        }
        if record.conclusion == Conclusion::Skipped {
            exclude(Exclusion::Skipped);
            continue;
        }
        out.started.add(arm);
        shares += f64::from(share.percent()) / 100.0;
        match record.conclusion {
            Conclusion::Success | Conclusion::Failure => out.completed.add(arm),
            Conclusion::Cancelled => {
                out.censored.add(arm);
                exclude(Exclusion::Censored);
                continue;
            }
            Conclusion::Running | Conclusion::Skipped => {
                waiting = true;
                exclude(Exclusion::Running);
                continue;
            }
        }
        warm.add(arm);
        if [warm.control, warm.treatment][arm.index()] <= rules.warm_up {
            exclude(Exclusion::WarmUp);
        } else if waiting {
            exclude(Exclusion::HeldBack);
        } else {
            out.used.push(outcome(record, arm, share, rules.assignment));
        }
    }
    if out.started.total() > 0 {
        out.expected_share = shares / f64::from(out.started.total());
    }
    out
}

/// The order in which records are read: by run, attempt, and then whatever tells duplicates apart.
fn key(record: &Record) -> (u64, u32, u64, Conclusion, Option<Arm>, u8, Option<u64>) {
    let duration = record.duration.map(f64::to_bits);
    (record.run_number, record.attempt, record.run_id, record.conclusion, record.arm, record.share, duration)
}

fn outcome(record: &Record, arm: Arm, share: Share, assignment: Assignment) -> Outcome {
    let success = record.conclusion == Conclusion::Success;
    Outcome {
        run_number: record.run_number,
        arm,
        stratum: stratum(assignment, record.run_number, share),
        success,
        duration: record.duration.filter(|d| success && d.is_finite() && *d > 0.0),
        queue: record.queue.filter(|q| q.is_finite() && *q >= 0.0),
        covariates: record.covariates.clone(),
    }
}
