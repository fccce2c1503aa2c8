//! Runs as `gh run list --json ...` and `gh run view --json ...` write them, see
//! <https://cli.github.com/manual/gh_run_list>. Which fields there are is up to who asked.

use serde_json::Value;

use super::fields::{self, Bad, Fields};
use super::rest::no_repository;
use crate::runs::record::{Job, Run, Status, Step};

/// A run from its object.
pub(super) fn run(value: &Value, repository: Option<&str>) -> Result<Run, Bad> {
    let run = Fields::of(value, "a run")?;
    let jobs = run.list("jobs")?.iter().map(job).collect::<Result<Vec<_>, _>>()?;
    let url = run.text("url")?;
    let conclusion = run.conclusion("conclusion")?;
    let ended = if conclusion.is_some() { Status::Completed } else { Status::InProgress };
    let created = run.time("createdAt")?.or(run.time("startedAt")?);
    Ok(Run {
        repository: repository_of(url, repository)?,
        id: asked("databaseId", run.number("databaseId")?)?,
        attempt: run.small("attempt")?.unwrap_or(1),
        workflow: asked("workflowName", run.string("workflowName")?.or(run.string("name")?))?,
        path: None,
        number: run.number("number")?,
        title: run.string("displayTitle")?,
        event: run.string("event")?.unwrap_or_default(),
        branch: run.string("headBranch")?,
        commit: run.string("headSha")?,
        actor: None,
        created: asked("createdAt", created)?,
        started: run.time("startedAt")?,
        updated: run.time("updatedAt")?,
        status: run.status("status")?.unwrap_or(ended),
        conclusion,
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs,
    })
}

/// What jobs alone say of their run, which `gh run view --json jobs` names only in the jobs' addresses.
pub(super) fn run_of_jobs(values: &[Value], repository: Option<&str>) -> Result<Vec<Run>, Bad> {
    values.iter().map(|value| run_of_job(value, repository)).collect()
}

fn run_of_job(value: &Value, repository: Option<&str>) -> Result<Run, Bad> {
    let url = Fields::of(value, "a job")?.text("url")?;
    let run = url.and_then(|url| fields::number_of(url, "runs"));
    let job = job(value)?;
    Ok(Run {
        repository: repository_of(url, repository)?,
        id: asked("databaseId", run)?,
        attempt: url.and_then(|url| fields::number_of(url, "attempts")).map_or(Ok(1), attempt_number)?,
        workflow: String::new(),
        path: None,
        number: None,
        title: None,
        event: String::new(),
        branch: None,
        commit: None,
        actor: None,
        created: fields::needed("startedAt", job.started)?,
        started: None,
        updated: None,
        status: job.status.min(Status::InProgress),
        conclusion: None,
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs: vec![job],
    })
}

fn job(value: &Value) -> Result<Job, Bad> {
    let job = Fields::of(value, "a job")?;
    let conclusion = job.conclusion("conclusion")?;
    let ended = if conclusion.is_some() { Status::Completed } else { Status::InProgress };
    let status = job.status("status")?.unwrap_or(ended);
    Ok(Job {
        id: asked("databaseId", job.number("databaseId")?)?,
        name: fields::needed("name", job.string("name")?)?,
        status,
        conclusion,
        created: None,
        started: job.time("startedAt")?.filter(|_| status != Status::Queued),
        completed: job.time("completedAt")?,
        labels: Vec::new(),
        runner: None,
        steps: job.list("steps")?.iter().map(step).collect::<Result<_, _>>()?,
    })
}

fn step(value: &Value) -> Result<Step, Bad> {
    let step = Fields::of(value, "a step")?;
    Ok(Step {
        number: fields::needed("number", step.small("number")?)?,
        name: step.string("name")?.unwrap_or_default(),
        conclusion: step.conclusion("conclusion")?,
        started: step.time("startedAt")?,
        completed: step.time("completedAt")?,
    })
}

fn repository_of(url: Option<&str>, given: Option<&str>) -> Result<String, Bad> {
    match url.and_then(fields::repository_of) {
        Some(name) => Ok(name),
        None => given.map(fields::repository).unwrap_or_else(|| Err(no_repository())),
    }
}

/// A field that `gh` gives only to those who ask for it.
fn asked<T>(name: &str, value: Option<T>) -> Result<T, Bad> {
    value.ok_or_else(|| {
        Bad::new(format!(
            "`{name}` is missing: ask `gh` for it with `--json attempt,conclusion,createdAt,databaseId,displayTitle,event,\
             headBranch,headSha,number,startedAt,status,updatedAt,url,workflowName`"
        ))
    })
}

fn attempt_number(number: u64) -> Result<u32, Bad> {
    u32::try_from(number).map_err(|_| Bad::new(format!("the attempt {number} is out of range")))
}
