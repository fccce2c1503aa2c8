//! Jobs that fail and succeed on the same commit.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::JobRow;
use super::numbers::Rate;
use crate::runs::Conclusion;

/// A job that failed and then succeeded on the same commit: on another attempt, or in another run.
#[derive(Debug, Clone, Serialize)]
pub struct FlakyJob {
    /// `owner/name`.
    pub repository: String,
    /// Its workflow.
    pub workflow: String,
    /// Its name.
    pub job: String,
    /// On how many of the commits with a verdict.
    pub rate: Rate,
    /// On how many commits it had more than one verdict: only these can show it.
    pub retried: u64,
    /// The seconds that the failures took which a later success contradicts.
    pub wasted: f64,
    /// When it did so last.
    pub last: Timestamp,
    /// The commit it did so on last.
    pub commit: Option<String>,
}

/// The verdicts of a job, each in eight bytes: the commit's number, the second, and whether it succeeded.
#[derive(Debug, Default)]
pub struct Verdicts(Vec<u64>, Vec<f32>);

/// The commits of a history, by their first 64 bits. Only those that something failed on keep their name.
#[derive(Debug, Default)]
pub struct Commits {
    ids: HashMap<u64, u32>,
    failed: HashMap<u32, Box<str>>,
}

/// What a job's verdicts come to.
#[derive(Debug)]
pub struct Found {
    /// On how many of the commits with a verdict it was flaky.
    pub rate: Rate,
    /// On how many commits it had more than one verdict.
    pub retried: u64,
    /// The seconds of the contradicted failures.
    pub wasted: f64,
    /// When it was flaky last, and on which commit.
    pub last: Option<(Timestamp, Option<String>)>,
}

/// The second that verdicts count from: 2000-01-01.
const EPOCH: i64 = 946_684_800;
const SECONDS: u64 = (1 << 31) - 1;

impl Commits {
    fn id(&mut self, commit: &str, failed: bool) -> u32 {
        let next = self.ids.len() as u32;
        let id = *self.ids.entry(key(commit)).or_insert(next);
        if failed {
            self.failed.entry(id).or_insert_with(|| commit.into());
        }
        id
    }
}

/// The first 16 hexadecimal digits; of anything else its FNV-1a hash.
pub(super) fn key(commit: &str) -> u64 {
    let hex = commit.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    hex.unwrap_or_else(|| {
        commit.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
    })
}

impl Verdicts {
    /// Takes a job, if it has a commit and a verdict.
    pub fn add(&mut self, row: &JobRow, commits: &mut Commits) {
        let (Some(commit), Some(conclusion)) = (row.commit, row.conclusion) else { return };
        if !conclusion.is_verdict() {
            return;
        }
        let ok = conclusion == Conclusion::Success;
        let second = (row.started.as_second() - EPOCH).clamp(0, SECONDS as i64) as u64;
        let id = u64::from(commits.id(commit, !ok));
        self.0.push(id << 32 | second << 1 | u64::from(ok));
        if !ok {
            self.1.push(row.duration.unwrap_or(0.0) as f32);
        }
    }

    /// What they come to. A success that came before the failure proves nothing: something else may have changed.
    pub fn found(mut self, commits: &Commits) -> Found {
        self.0.sort_unstable();
        let mean = f64::from(self.1.iter().sum::<f32>()) / self.1.len().max(1) as f64;
        let (mut of, mut flaky, mut retried, mut contradicted) = (0, 0, 0, 0);
        let mut last: Option<(u64, u32)> = None;
        for commit in self.0.chunk_by(|a, b| a >> 32 == b >> 32) {
            of += 1;
            retried += u64::from(commit.len() > 1);
            let success = commit.iter().rposition(|v| v & 1 == 1).unwrap_or(0);
            let failures = commit[..success].iter().filter(|v| **v & 1 == 0).count();
            if failures > 0 {
                flaky += 1;
                contradicted += failures;
                let at = (commit[success] >> 1 & SECONDS, (commit[success] >> 32) as u32);
                last = last.max(Some(at));
            }
        }
        let last = last.and_then(|(second, id)| {
            let when = Timestamp::from_second(second as i64 + EPOCH).ok()?;
            Some((when, commits.failed.get(&id).map(ToString::to_string)))
        });
        Found { rate: Rate::new(flaky, of), retried, wasted: mean * contradicted as f64, last }
    }
}
