//! Runs and jobs as GitHub's REST API and its webhooks write them, see
//! <https://docs.github.com/rest/actions/workflow-runs> and <https://docs.github.com/rest/actions/workflow-jobs>.

use serde_json::Value;

use super::fields::{self, Bad, Fields, needed};
use crate::runs::record::{Job, Run, Status, Step};

/// A run from its object. `repository` is for one that doesn't say its own.
///
/// # Errors
/// What of it can't be read.
pub fn run(value: &Value, repository: Option<&str>) -> Result<Run, Bad> {
    let run = Fields::of(value, "a run")?;
    let path = run.text("path")?.map(|path| path.split('@').next().unwrap_or(path).to_owned());
    let conclusion = run.conclusion("conclusion")?;
    let ended = if conclusion.is_some() { Status::Completed } else { Status::InProgress };
    Ok(Run {
        repository: repository_of(run, repository)?,
        id: needed("id", run.number("id")?)?,
        attempt: run.small("run_attempt")?.unwrap_or(1),
        workflow: needed("name", run.string("name")?.or_else(|| path.clone()))?,
        path,
        number: run.number("run_number")?,
        title: run.string("display_title")?,
        event: run.string("event")?.unwrap_or_default(),
        branch: run.string("head_branch")?,
        commit: run.string("head_sha")?,
        actor: login(run, "triggering_actor")?.or(login(run, "actor")?),
        created: needed("created_at", run.time("created_at")?)?,
        started: run.time("run_started_at")?,
        updated: run.time("updated_at")?,
        status: run.status("status")?.unwrap_or(ended),
        conclusion,
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs: run.list("jobs")?.iter().map(job).collect::<Result<_, _>>()?,
    })
}

/// A job from its object.
///
/// # Errors
/// What of it can't be read.
pub fn job(value: &Value) -> Result<Job, Bad> {
    let job = Fields::of(value, "a job")?;
    let conclusion = job.conclusion("conclusion")?;
    let ended = if conclusion.is_some() { Status::Completed } else { Status::InProgress };
    let status = job.status("status")?.unwrap_or(ended);
    let label = |v: &Value| v.as_str().map(str::to_owned).ok_or_else(|| Bad::new("a label is not a text"));
    Ok(Job {
        id: needed("id", job.number("id")?)?,
        name: needed("name", job.string("name")?)?,
        status,
        conclusion,
        created: job.time("created_at")?,
        // Of a job that waits, GitHub says its creation here.
        started: job.time("started_at")?.filter(|_| status != Status::Queued),
        completed: job.time("completed_at")?,
        labels: job.list("labels")?.iter().map(label).collect::<Result<_, _>>()?,
        runner: job.string("runner_name")?,
        steps: job.list("steps")?.iter().map(step).collect::<Result<_, _>>()?,
    })
}

/// What a job alone says of its run: that it has come at least as far as its job.
///
/// # Errors
/// What of it can't be read.
pub fn run_of_job(value: &Value, repository: Option<&str>) -> Result<Run, Bad> {
    let fields = Fields::of(value, "a job")?;
    let job = job(value)?;
    Ok(Run {
        repository: repository_of(fields, repository)?,
        id: needed("run_id", fields.number("run_id")?)?,
        attempt: fields.small("run_attempt")?.unwrap_or(1),
        workflow: fields.string("workflow_name")?.unwrap_or_default(),
        path: None,
        number: None,
        title: None,
        event: String::new(),
        branch: fields.string("head_branch")?,
        commit: fields.string("head_sha")?,
        actor: None,
        created: needed("created_at", job.created.or(job.started))?,
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

fn step(value: &Value) -> Result<Step, Bad> {
    let step = Fields::of(value, "a step")?;
    Ok(Step {
        number: needed("number", step.small("number")?)?,
        name: step.string("name")?.unwrap_or_default(),
        conclusion: step.conclusion("conclusion")?,
        started: step.time("started_at")?,
        completed: step.time("completed_at")?,
    })
}

fn login(run: Fields<'_>, who: &str) -> Result<Option<String>, Bad> {
    run.object(who)?.map_or(Ok(None), |actor| actor.string("login"))
}

fn repository_of(object: Fields<'_>, given: Option<&str>) -> Result<String, Bad> {
    if let Some(name) = object.object("repository")?.map_or(Ok(None), |of| of.text("full_name"))? {
        return fields::repository(name);
    }
    let urls = [object.text("url")?, object.text("run_url")?, object.text("html_url")?];
    match urls.into_iter().flatten().find_map(fields::repository_of) {
        Some(name) => Ok(name),
        None => given.map(fields::repository).unwrap_or_else(|| Err(no_repository())),
    }
}

pub(super) fn no_repository() -> Bad {
    Bad::new("it does not say its repository: name it with `--repo owner/name`")
}
