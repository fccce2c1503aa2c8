//! A timetable, as values.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::carbon::CarbonSaving;

/// The scheduled workflows of a repository, and when they had better start.
#[derive(Debug, Clone, Serialize)]
pub struct Timetable {
    /// `owner/name`.
    pub repository: String,
    /// The time zone that local times are told in.
    pub time_zone: String,
    /// Predictions that are less sure moved nothing.
    pub min_confidence: f64,
    /// What is scheduled now.
    pub entries: Vec<Entry>,
    /// What to change, by workflow.
    pub proposals: Vec<Proposal>,
    /// What was left alone, and why.
    pub skipped: Vec<Skipped>,
    /// What the numbers rest on.
    pub notes: Vec<String>,
}

/// An entry of `on.schedule`.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The workflow, by its file's name without ending.
    pub workflow: String,
    /// Its expression.
    pub cron: String,
    /// Its next start.
    pub next: Option<Timestamp>,
    /// Its time by the user's clock, where it starts once a day at most.
    pub local: Option<String>,
    /// Its starts a month.
    pub starts_a_month: f64,
    /// The predicted seconds of a run.
    pub duration_s: Option<f64>,
    /// The minutes a week that it runs beside others, by the upper ends of their intervals.
    pub overlap: u32,
    /// With which workflows.
    pub with: Vec<String>,
    /// What it takes a month.
    pub impact: Option<Impact>,
}

/// How much a workflow's schedule takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// Less than an hour and less than a dollar a month.
    Low,
    /// In between.
    Medium,
    /// From 1,000 minutes or 10 dollars a month on.
    High,
}

/// What to change of a workflow.
#[derive(Debug, Clone, Serialize)]
pub struct Proposal {
    /// A name that stays the same: `schedule/nightly`.
    pub id: String,
    /// The workflow, by its file's name without ending.
    pub workflow: String,
    /// Which entries move.
    pub moves: Vec<Move>,
    /// What its schedule takes.
    pub impact: Impact,
    /// Runner minutes a month.
    pub minutes_a_month: f64,
    /// US dollars a month.
    pub usd_a_month: f64,
    /// How sure the prediction is that it rests on, from 0 to 1.
    pub confidence: f64,
    /// From how many runs.
    pub n: u64,
    /// What can go wrong.
    pub risk: String,
    /// The settings for `wfgen.toml`, with all entries of the workflow.
    pub patch: Value,
    /// What a person has to do in its place, where wfgen does not generate the workflow.
    pub by_hand: Option<String>,
}

/// A new time of an entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Move {
    /// The expression as it is.
    pub from: String,
    /// As it had better be.
    pub to: String,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The new time by the user's clock, where there is one a day at most.
    pub local: Option<String>,
    /// The old one.
    pub local_before: Option<String>,
}

/// Why an entry moves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Reason {
    /// Everyone starts at this minute, and GitHub is late.
    /// <https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#schedule>
    Crowded {
        /// The minute of the hour.
        minute: u16,
        /// How many seconds late it started in the middle, and of how many runs.
        late: Option<(f64, u64)>,
    },
    /// It runs beside others.
    Overlap {
        /// Minutes a week now.
        before: u32,
        /// Minutes a week then.
        after: u32,
        /// With which workflows.
        with: Vec<String>,
    },
    /// It runs in hours to be kept free, or starts outside of those wanted.
    Hours {
        /// How many starts now.
        before: u32,
        /// How many then.
        after: u32,
        /// Of how many.
        of: u32,
    },
    /// Electricity is cleaner then.
    Carbon {
        /// What is saved.
        saving: CarbonSaving,
    },
}

/// An entry that was left alone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Skipped {
    /// The workflow, by its file's name without ending.
    pub workflow: String,
    /// Its expression.
    pub cron: String,
    /// Why.
    pub why: Why,
}

/// Why nothing is proposed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Why {
    /// The expression can't be read.
    Invalid {
        /// What is wrong with it.
        because: String,
    },
    /// No run of it is known.
    NeverSeen,
    /// The prediction is not sure enough.
    NotSure {
        /// How sure it is.
        confidence: f64,
        /// How sure it should be.
        asked: f64,
        /// From how many runs.
        n: u64,
    },
}

impl Impact {
    /// The impact of runner minutes and US dollars a month.
    pub fn of(minutes: f64, usd: f64) -> Self {
        match () {
            () if minutes >= 1_000.0 || usd >= 10.0 => Impact::High,
            () if minutes < 60.0 && usd < 1.0 => Impact::Low,
            () => Impact::Medium,
        }
    }
}
