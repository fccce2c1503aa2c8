//! GitHub's REST shapes of runs and jobs, read into [`Run`]s and [`Job`]s. Bytes in, values out.
//!
//! Only what a run's identity needs is required, because old servers, GitHub Enterprise and other forges leave out
//! fields. Webhook payloads have the same objects below `workflow_run` and `workflow_job`. The shapes:
//! <https://docs.github.com/en/rest/actions/workflow-runs> and <https://docs.github.com/en/rest/actions/workflow-jobs>.

use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::record::{Conclusion, Job, Run, Status, Step};

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// How many there are on all pages, as the server counts.
    pub total: Option<u64>,
    /// What is on this page, in the server's order.
    pub items: Vec<T>,
    /// How many entries of this page could not be read.
    pub unreadable: usize,
}

/// A run as the REST API and the `workflow_run` webhook write it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WorkflowRun {
    /// GitHub's id.
    pub id: u64,
    /// The name of the workflow.
    pub name: Option<String>,
    /// The file of the workflow, sometimes with `@ref` behind.
    pub path: Option<String>,
    /// The number among the runs of the workflow.
    pub run_number: Option<u64>,
    /// 1 for the first attempt.
    pub run_attempt: Option<u32>,
    /// What the list of runs shows.
    pub display_title: Option<String>,
    /// What started it.
    pub event: Option<String>,
    /// The branch it ran for.
    pub head_branch: Option<String>,
    /// The commit it ran on.
    pub head_sha: Option<String>,
    /// Who started the first attempt.
    pub actor: Option<Account>,
    /// Who started this attempt.
    pub triggering_actor: Option<Account>,
    /// When the run came to be.
    pub created_at: Option<Timestamp>,
    /// When this attempt started.
    pub run_started_at: Option<Timestamp>,
    /// When anything of it changed last.
    pub updated_at: Option<Timestamp>,
    /// GitHub's word for how far it is.
    pub status: Option<String>,
    /// GitHub's word for how it ended.
    pub conclusion: Option<String>,
    /// Where it belongs.
    pub repository: Option<Repository>,
}

/// A job as the REST API and the `workflow_job` webhook write it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WorkflowJob {
    /// GitHub's id.
    pub id: u64,
    /// The run it belongs to.
    pub run_id: Option<u64>,
    /// The attempt of that run.
    pub run_attempt: Option<u32>,
    /// The name of the workflow.
    pub workflow_name: Option<String>,
    /// The branch it ran for.
    pub head_branch: Option<String>,
    /// The commit it ran on.
    pub head_sha: Option<String>,
    /// The name, with matrix values.
    pub name: String,
    /// GitHub's word for how far it is.
    pub status: Option<String>,
    /// GitHub's word for how it ended.
    pub conclusion: Option<String>,
    /// When it was queued.
    pub created_at: Option<Timestamp>,
    /// When a runner took it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// The labels it asked for.
    #[serde(default, deserialize_with = "none_is_empty")]
    pub labels: Vec<String>,
    /// The runner that took it.
    pub runner_name: Option<String>,
    /// Its steps.
    #[serde(default, deserialize_with = "none_is_empty")]
    pub steps: Vec<WorkflowStep>,
}

/// A step as the REST API and the `workflow_job` webhook write it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct WorkflowStep {
    /// The 1-based place.
    pub number: u32,
    /// The name.
    pub name: String,
    /// GitHub's word for how it ended.
    pub conclusion: Option<String>,
    /// When it started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

/// An account, of which only the name matters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// The name it signs in with.
    pub login: String,
}

/// A repository, of which only the name matters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Repository {
    /// `owner/name`.
    pub full_name: String,
}

/// Reads a page of `GET /repos/{owner}/{repo}/actions/runs`, or a bare list of its runs.
///
/// # Errors
/// When it is no JSON, or JSON of another shape. An entry that can't be read is counted and left out.
pub fn runs(page: &[u8]) -> serde_json::Result<Page<WorkflowRun>> {
    list(page, "workflow_runs")
}

/// Reads a page of `GET /repos/{owner}/{repo}/actions/runs/{id}/jobs`, or a bare list of its jobs.
///
/// # Errors
/// When it is no JSON, or JSON of another shape. An entry that can't be read is counted and left out.
pub fn jobs(page: &[u8]) -> serde_json::Result<Page<WorkflowJob>> {
    list(page, "jobs")
}

/// The seconds a run took, from `GET /repos/{owner}/{repo}/actions/runs/{id}/timing`.
///
/// # Errors
/// When it is no JSON object.
pub fn timing(body: &[u8]) -> serde_json::Result<Option<f64>> {
    #[derive(Deserialize)]
    struct Timing {
        run_duration_ms: Option<f64>,
    }
    let timing: Timing = serde_json::from_slice(body)?;
    Ok(timing.run_duration_ms.map(|ms| ms / 1000.0))
}

fn list<T: DeserializeOwned>(page: &[u8], key: &str) -> serde_json::Result<Page<T>> {
    let (total, entries) = match serde_json::from_slice(page)? {
        Value::Array(entries) => (None, entries),
        Value::Object(mut object) => match object.remove(key) {
            Some(Value::Array(entries)) => (object.get("total_count").and_then(Value::as_u64), entries),
            _ => return Err(serde_json::Error::custom(format!("there is no list `{key}` in it"))),
        },
        _ => {
            return Err(serde_json::Error::custom(format!(
                "it is neither a list nor an object with `{key}`"
            )));
        }
    };
    let count = entries.len();
    let items: Vec<T> = entries.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect();
    Ok(Page { total, unreadable: count - items.len(), items })
}

fn none_is_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl WorkflowRun {
    /// 1 for the first attempt, also where the server doesn't say.
    pub fn attempt(&self) -> u32 {
        self.run_attempt.unwrap_or(1).max(1)
    }

    /// The run it tells of, without jobs; none when it doesn't say when it was.
    ///
    /// `repository` is used where the object names none.
    pub fn into_run(self, repository: &str) -> Option<Run> {
        let path = self.path.map(|path| path.split('@').next().unwrap_or_default().to_owned());
        let path = path.filter(|path| !path.is_empty());
        let name = self.name.filter(|name| !name.is_empty());
        let status = status(self.status.as_deref());
        Some(Run {
            repository: self.repository.map_or_else(|| repository.to_owned(), |found| found.full_name),
            id: self.id,
            attempt: self.run_attempt.unwrap_or(1).max(1),
            workflow: name.or_else(|| path.clone()).unwrap_or_else(|| "unnamed".to_owned()),
            path,
            number: self.run_number,
            title: self.display_title,
            event: self.event.unwrap_or_else(|| "unknown".to_owned()),
            branch: self.head_branch,
            commit: self.head_sha,
            actor: self.triggering_actor.or(self.actor).map(|account| account.login),
            created: self.created_at.or(self.run_started_at).or(self.updated_at)?,
            started: self.run_started_at,
            updated: self.updated_at,
            status,
            conclusion: conclusion(self.conclusion.as_deref()).filter(|_| status == Status::Completed),
            duration: None,
            changed_files: None,
            changed_lines: None,
            simulated: false,
            jobs: Vec::new(),
        })
    }
}

impl WorkflowJob {
    /// The job it tells of.
    pub fn into_job(self) -> Job {
        let status = status(self.status.as_deref());
        Job {
            id: self.id,
            name: self.name,
            status,
            conclusion: conclusion(self.conclusion.as_deref()).filter(|_| status == Status::Completed),
            created: self.created_at,
            started: self.started_at,
            completed: self.completed_at,
            labels: self.labels,
            runner: self.runner_name.filter(|name| !name.is_empty()),
            steps: self.steps.into_iter().map(WorkflowStep::into_step).collect(),
        }
    }
}

impl WorkflowStep {
    fn into_step(self) -> Step {
        Step {
            number: self.number,
            name: self.name,
            conclusion: conclusion(self.conclusion.as_deref()),
            started: self.started_at,
            completed: self.completed_at,
        }
    }
}

/// How far it is. `requested`, `waiting` and `pending` are ways to be queued.
pub fn status(word: Option<&str>) -> Status {
    match word {
        Some("completed") => Status::Completed,
        Some("in_progress") => Status::InProgress,
        _ => Status::Queued,
    }
}

/// How it ended; none for a word that nobody has defined yet.
pub fn conclusion(word: Option<&str>) -> Option<Conclusion> {
    Some(match word? {
        "success" => Conclusion::Success,
        "failure" => Conclusion::Failure,
        "cancelled" => Conclusion::Cancelled,
        "skipped" => Conclusion::Skipped,
        "timed_out" => Conclusion::TimedOut,
        "action_required" => Conclusion::ActionRequired,
        "neutral" => Conclusion::Neutral,
        "stale" => Conclusion::Stale,
        "startup_failure" => Conclusion::StartupFailure,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"{"total_count": 2, "workflow_runs": [
        {"id": 30433642, "name": "Build", "path": ".github/workflows/build.yml@main", "run_number": 562,
         "run_attempt": 2, "display_title": "Update README.md", "event": "push", "head_branch": "main",
         "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d", "status": "completed", "conclusion": "failure",
         "created_at": "2020-01-22T19:33:08Z", "run_started_at": "2020-01-22T20:00:00Z",
         "updated_at": "2020-01-22T20:05:00Z", "actor": {"login": "first"}, "triggering_actor": {"login": "again"},
         "repository": {"full_name": "acme/app"}},
        {"name": "no id"}]}"#;

    #[test]
    fn a_page_of_runs_is_read_and_a_broken_entry_is_counted() {
        let page = runs(PAGE.as_bytes()).unwrap();
        assert_eq!((page.total, page.items.len(), page.unreadable), (Some(2), 1, 1));
        let run = page.items[0].clone().into_run("other/name").unwrap();
        assert_eq!((run.repository.as_str(), run.id, run.attempt), ("acme/app", 30_433_642, 2));
        assert_eq!(run.path.as_deref(), Some(".github/workflows/build.yml"));
        assert_eq!(run.actor.as_deref(), Some("again"));
        assert_eq!((run.status, run.conclusion), (Status::Completed, Some(Conclusion::Failure)));
        assert_eq!(run.started.unwrap().to_string(), "2020-01-22T20:00:00Z");
    }

    #[test]
    fn a_run_needs_only_an_id_and_a_time() {
        let page = runs(br#"[{"id": 1, "created_at": "2020-01-22T19:33:08Z", "name": null, "conclusion": "success"}, {"id": 2}]"#);
        let runs: Vec<_> = page.unwrap().items.into_iter().map(|run| run.into_run("acme/app")).collect();
        let first = runs[0].as_ref().unwrap();
        assert_eq!((first.workflow.as_str(), first.attempt, first.status), ("unnamed", 1, Status::Queued));
        assert_eq!(first.conclusion, None, "what hasn't ended has no conclusion");
        assert_eq!(runs[1], None);
    }

    #[test]
    fn jobs_come_with_their_steps_and_without_what_is_null() {
        let page = jobs(
            br#"{"total_count": 1, "jobs": [{"id": 7, "run_id": 1, "name": "test (3.13)", "status": "completed",
            "conclusion": "timed_out", "created_at": "2020-01-20T17:42:30Z", "started_at": "2020-01-20T17:42:40.500Z",
            "completed_at": "2020-01-20T17:44:39Z", "labels": null, "runner_name": "", "steps": [{"number": 1,
            "name": "Set up job", "status": "completed", "conclusion": "success", "started_at": null}]}]}"#,
        );
        let job = page.unwrap().items.remove(0).into_job();
        assert_eq!(
            (job.conclusion, job.runner.clone(), job.labels.len()),
            (Some(Conclusion::TimedOut), None, 0)
        );
        assert_eq!(job.duration(), Some(118.5));
        assert_eq!(job.steps[0].conclusion, Some(Conclusion::Success));
        assert_eq!(job.steps[0].duration(), None);
    }

    #[test]
    fn another_shape_is_an_error_and_a_truncated_one_says_so() {
        assert!(runs(br#"{"message": "Not Found"}"#).is_err_and(|e| !e.is_eof()));
        assert!(runs(&PAGE.as_bytes()[..400]).is_err_and(|e| e.is_eof()));
    }
}
