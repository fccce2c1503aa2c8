//! What is known of a run (or of a job): when it starts, and after it has finished.

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything that had to pass passed.
    Success,
    /// Something failed, or the time ran out.
    Failure,
    /// Somebody or something stopped it.
    Cancelled,
    /// It did nothing, or it ended in a way that says nothing about the code.
    Other,
}

impl Outcome {
    /// The outcome that a `conclusion` of GitHub's REST API stands for.
    pub fn from_conclusion(conclusion: &str) -> Self {
        match conclusion {
            "success" => Outcome::Success,
            "failure" | "timed_out" | "startup_failure" => Outcome::Failure,
            "cancelled" => Outcome::Cancelled,
            _ => Outcome::Other,
        }
    }
}

/// What is known of a run when it starts: the question that a forecast answers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Query {
    /// `owner/name`.
    pub repository: String,
    /// The workflow's name.
    pub workflow: String,
    /// The job's name; empty for a whole run.
    pub job: String,
    /// The event that triggered it, such as `push`; empty when unknown.
    pub event: String,
    /// The head branch; empty when unknown.
    pub branch: String,
    /// The head commit; empty when unknown.
    pub commit: String,
    /// Who triggered it, as a name, a number or a hash; empty when unknown.
    pub actor: String,
    /// When it was created (queued), in seconds since the epoch.
    pub created: f64,
    /// When it starts, in seconds since the epoch. Only runs that have finished by then are looked at.
    pub started: f64,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// Files changed by the commit or pull request.
    pub changed_files: Option<f64>,
    /// Lines changed by the commit or pull request.
    pub lines: Option<f64>,
    /// Whether the branch is the repository's default one; guessed from its name when not given.
    pub default_branch: Option<bool>,
    /// Runs of the repository that are under way when this one starts.
    pub in_flight: Option<u32>,
}

impl Query {
    /// Whether the branch is the default one, as given or else by its name.
    pub fn is_default_branch(&self) -> bool {
        self.default_branch
            .unwrap_or(matches!(self.branch.as_str(), "main" | "master" | "trunk" | "develop" | "default"))
    }
}

/// A finished run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What was known when it started.
    pub query: Query,
    /// From start to finish, in seconds.
    pub duration_s: f64,
    /// How it ended.
    pub outcome: Outcome,
}

impl Run {
    /// When it finished, in seconds since the epoch: from then on its duration and outcome are known.
    pub fn finished(&self) -> f64 {
        self.query.started + self.duration_s
    }
}

/// Fills `in_flight` of every run that has none: how many of `runs` (of one repository) had started before it and
/// had not finished when it started.
pub fn count_in_flight(runs: &mut [Run]) {
    let mut starts: Vec<f64> = runs.iter().map(|run| run.query.started).collect();
    let mut ends: Vec<f64> = runs.iter().map(Run::finished).collect();
    starts.sort_by(f64::total_cmp);
    ends.sort_by(f64::total_cmp);
    for run in runs {
        let now = run.query.started;
        let begun = starts.partition_point(|start| *start < now);
        let ended = ends.partition_point(|end| *end <= now);
        run.query.in_flight.get_or_insert(begun.saturating_sub(ended) as u32);
    }
}
