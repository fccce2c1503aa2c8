//! The finished runs of one repository, in the order in which they became known, with indexes that answer "what was
//! known at that moment".

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::run::{Outcome, Query, Run};

/// A text reduced to a number: FNV-1a, folded to 32 bits.
pub(crate) fn key(text: &str) -> u32 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash ^ (hash >> 32)) as u32
}

/// Words of a branch's name that are compared, at most.
pub(crate) const WORDS: usize = 6;

/// The first words of a branch's name: letters and digits between other characters, with at least one letter. 0 where
/// there are fewer.
fn words(branch: &str) -> [u32; WORDS] {
    let named = branch
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1 && word.chars().any(char::is_alphabetic));
    let mut words = [0; WORDS];
    for (place, word) in words.iter_mut().zip(named) {
        *place = key(word).max(1);
    }
    words
}

/// Two keys as one.
pub(crate) fn join(a: u32, b: u32) -> u32 {
    let mixed = (u64::from(a) << 32 | u64::from(b)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)) as u32
}

/// A [`Query`] with its texts reduced to keys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Keys {
    /// Workflow and job.
    pub(crate) series: u32,
    pub(crate) event: u32,
    pub(crate) branch: u32,
    /// The branch without its digits: `renovate/node-#.x`.
    pub(crate) stem: u32,
    /// What stands before the branch's last `/`, or its letters up to the first other character.
    pub(crate) prefix: u32,
    /// The words of the branch's name; 0 where there are fewer.
    pub(crate) words: [u32; WORDS],
    pub(crate) actor: u32,
    /// 0 when unknown.
    pub(crate) commit: u32,
    pub(crate) created: f64,
    pub(crate) started: f64,
    pub(crate) main: bool,
    pub(crate) attempt: u8,
    pub(crate) files: f32,
    pub(crate) lines: f32,
    pub(crate) in_flight: f32,
}

impl Keys {
    pub(crate) fn of(query: &Query) -> Self {
        let stem: String = query.branch.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        let mut collapsed = String::with_capacity(stem.len());
        for c in stem.chars() {
            if !(c == '#' && collapsed.ends_with('#')) {
                collapsed.push(c);
            }
        }
        let prefix = match query.branch.rsplit_once('/') {
            Some((before, _)) => before,
            None => query.branch.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default(),
        };
        let amount = |value: Option<f64>| value.map_or(f32::NAN, |v| v.max(0.0).ln_1p() as f32);
        Keys {
            series: join(key(&query.workflow), key(&query.job)),
            event: key(&query.event),
            branch: key(&query.branch),
            stem: key(&collapsed),
            prefix: key(prefix),
            words: words(&query.branch),
            actor: key(&query.actor),
            commit: if query.commit.is_empty() { 0 } else { key(&query.commit).max(1) },
            created: query.created,
            started: query.started,
            main: query.is_default_branch(),
            attempt: query.attempt.min(255) as u8,
            files: amount(query.changed_files),
            lines: amount(query.lines),
            in_flight: query.in_flight.map_or(f32::NAN, |n| n as f32),
        }
    }
}

/// A finished run as the history keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) keys: Keys,
    /// When it became known, in seconds since the epoch; never decreasing along the history.
    pub(crate) known: f64,
    /// Natural logarithm of the duration in seconds, at least 0.
    pub(crate) log: f32,
    pub(crate) outcome: Outcome,
    /// `log` minus the location of its series when it started: NaN when the series was new.
    pub(crate) ratio: f32,
}

/// By what earlier runs can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    /// All runs of the repository.
    Repository,
    /// Workflow and job.
    Series(u32),
    /// The same series, event, and default branch or not.
    EventMain(u32, u32, bool),
    /// The same series and branch.
    Branch(u32, u32),
    /// The same series and branch without digits.
    Stem(u32, u32),
    /// The same series and branch prefix.
    Prefix(u32, u32),
    /// The same series and actor.
    Actor(u32, u32),
    /// The same commit, any series.
    Commit(u32),
    /// The same branch, any series.
    AnyBranch(u32),
}

/// All that a run with these keys can be looked up by.
fn names(k: &Keys) -> [Option<By>; 9] {
    [
        Some(By::Repository),
        Some(By::Series(k.series)),
        Some(By::EventMain(k.series, k.event, k.main)),
        Some(By::Branch(k.series, k.branch)),
        Some(By::Stem(k.series, k.stem)),
        Some(By::Prefix(k.series, k.prefix)),
        Some(By::Actor(k.series, k.actor)),
        Some(By::AnyBranch(k.branch)),
        (k.commit != 0).then_some(By::Commit(k.commit)),
    ]
}

/// The finished runs of one repository, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    records: Vec<Record>,
    /// Places of the first `indexed` records.
    index: HashMap<By, Vec<u32>>,
    indexed: usize,
}

impl History {
    /// A history with these records, which are in the order in which they became known. Looking something up walks
    /// through all of them until the next [`History::push`], which indexes them: for one forecast that is cheaper.
    pub(crate) fn from_records(records: Vec<Record>) -> Self {
        History { records, index: HashMap::new(), indexed: 0 }
    }

    pub(crate) fn records(&self) -> &[Record] {
        &self.records
    }

    /// The record of a run that has just finished.
    pub(crate) fn record(&self, run: &Run, keys: Keys, location: f32) -> Record {
        let log = run.duration_s.max(1.0).ln() as f32;
        let last = self.records.last().map_or(f64::MIN, |record| record.known);
        Record { keys, known: run.finished().max(last), log, outcome: run.outcome, ratio: log - location }
    }

    pub(crate) fn push(&mut self, record: Record) {
        self.records.push(record);
        for at in self.indexed..self.records.len() {
            for by in names(&self.records[at].keys).into_iter().flatten() {
                self.index.entry(by).or_default().push(at as u32);
            }
        }
        self.indexed = self.records.len();
    }

    /// What was known at `moment` about the runs that `by` names, newest first.
    pub(crate) fn known(&self, by: By, moment: f64) -> impl Iterator<Item = &Record> {
        let list: Cow<'_, [u32]> = if self.indexed == self.records.len() {
            Cow::Borrowed(self.index.get(&by).map_or(&[], Vec::as_slice))
        } else {
            let named = |at: &u32| names(&self.records[*at as usize].keys).contains(&Some(by));
            Cow::Owned((0..self.records.len() as u32).filter(named).collect())
        };
        let end = list.partition_point(|at| self.records[*at as usize].known <= moment);
        (0..end).rev().map(move |place| &self.records[list[place] as usize])
    }

    /// Forgets all but the newest `keep` records, and of each series all but the newest `per_series` of the others.
    pub(crate) fn trim(&mut self, keep: usize, per_series: usize) {
        let old = self.records.len().saturating_sub(keep);
        let mut left: HashMap<u32, usize> = HashMap::new();
        let mut kept: Vec<Record> = self.records[old..].to_vec();
        kept.reverse();
        for record in &kept {
            *left.entry(record.keys.series).or_default() += 1;
        }
        for record in self.records[..old].iter().rev() {
            let count = left.entry(record.keys.series).or_default();
            if *count < per_series {
                *count += 1;
                kept.push(*record);
            }
        }
        kept.reverse();
        *self = History::from_records(kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_branch_leave_out_numbers_and_single_letters() {
        assert_eq!(words("renovate/node-22.x"), words("renovate_node"));
        assert_eq!(words("fix/12"), [key("fix"), 0, 0, 0, 0, 0]);
        assert_eq!(words(""), [0; WORDS]);
    }
}
