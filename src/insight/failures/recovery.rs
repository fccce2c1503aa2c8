//! What has helped after failures of a class: what a history shows of it.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Action, Class};

/// Something that can be done, with how often it has helped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    /// What to do.
    pub action: Action,
    /// What that comes to.
    pub advice: &'static str,
    /// How likely it is to help: the history's share, drawn towards what is assumed of the class with the weight of
    /// four observations (the mean of a beta distribution).
    pub chance: f64,
    /// How often it helped in this history.
    pub helped: u64,
    /// How often it was tried.
    pub tried: u64,
}

/// The weight of what is assumed, in observations.
const ASSUMED: f64 = 4.0;
/// A re-run this many seconds after the failure's end counts as one with backoff.
const BACKOFF: f64 = 600.0;

/// A verdict of a job in sixteen bytes, in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Verdict {
    /// Seconds since 1970, until 2106.
    at: u32,
    commit: u64,
    /// The branch's number, and in the lowest bit whether it succeeded.
    branch: u32,
}

impl Verdict {
    pub(super) fn new(at: Timestamp, commit: u64, branch: u32, ok: bool) -> Self {
        Verdict { at: second(at), commit, branch: branch << 1 | u32::from(ok) }
    }

    fn ok(self) -> bool {
        self.branch & 1 == 1
    }
}

fn second(at: Timestamp) -> u32 {
    at.as_second().clamp(0, i64::from(u32::MAX)) as u32
}

/// How often each action was tried and helped, by class.
#[derive(Debug, Default)]
pub(super) struct Outcomes(HashMap<(Class, Action), (u64, u64)>);

impl Outcomes {
    /// Learns from what followed a failure: the job's next verdict on the same commit is a re-run; where there is none,
    /// its next verdict on the branch is a fix. `verdicts` are those of the job, in order of time.
    pub(super) fn learn(
        &mut self,
        class: Class,
        started: Timestamp,
        seconds: Option<f64>,
        commit: Option<u64>,
        verdicts: &[Verdict],
    ) {
        let (Some(commit), at) = (commit, second(started)) else { return };
        let after = &verdicts[verdicts.partition_point(|verdict| verdict.at <= at)..];
        let own = &verdicts[verdicts.partition_point(|verdict| verdict.at < at)..];
        let branch = own.iter().find(|v| v.at == at && v.commit == commit).map(|v| v.branch >> 1);
        let next = after.iter().find(|verdict| verdict.commit == commit);
        let (action, verdict) = if let Some(again) = next {
            let waited = f64::from(again.at - at) - seconds.unwrap_or(0.0);
            (if waited >= BACKOFF { Action::ReRunWithBackoff } else { Action::ReRun }, again)
        } else if let Some(fix) = after.iter().find(|v| Some(v.branch >> 1) == branch) {
            (Action::Fix, fix)
        } else {
            return;
        };
        let seen = self.0.entry((class, action)).or_default();
        *seen = (seen.0 + u64::from(verdict.ok()), seen.1 + 1);
    }

    /// What fits a class, the most likely to help first.
    pub(super) fn recoveries(&self, class: Class) -> Vec<Recovery> {
        let recovery = |&(action, assumed): &(Action, f64)| {
            let (helped, tried) = self.0.get(&(class, action)).copied().unwrap_or_default();
            let chance = (helped as f64 + ASSUMED * assumed) / (tried as f64 + ASSUMED);
            Recovery { action, advice: class.advice(action), chance, helped, tried }
        };
        let mut recoveries: Vec<Recovery> = class.recoveries().iter().map(recovery).collect();
        recoveries.sort_by(|a, b| b.chance.total_cmp(&a.chance).then(a.action.cmp(&b.action)));
        recoveries
    }
}
