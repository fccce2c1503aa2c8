//! One JSON record of any kind that we know, told by its fields.

use serde_json::Value;

use super::fields::{self, Bad, Fields};
use super::{gh, rest};
use crate::runs::payload;
use crate::runs::record::Run;

/// The runs that a record says something of.
pub(super) fn runs(text: &[u8], repository: Option<&str>) -> Result<Vec<Run>, Bad> {
    // Our own export always begins so, and its type reads several times faster than the general one.
    if text.starts_with(b"{\"repository\":\"") {
        return Ok(vec![ours(text)?]);
    }
    let value: Value = serde_json::from_slice(text).map_err(|e| Bad::new(explain(&e)))?;
    let Value::Object(object) = &value else { return Err(Bad::new("it is not an object")) };
    let has = |name: &str| object.contains_key(name);
    if has("workflow_run") || has("workflow_job") {
        return payload::read(&value).map(|run| vec![run]);
    }
    if has("databaseId") {
        return gh::run(&value, repository).map(|run| vec![run]);
    }
    if has("run_id") {
        return rest::run_of_job(&value, repository).map(|run| vec![run]);
    }
    if has("jobs") && !has("id") {
        return jobs(&value, repository);
    }
    if object.get("repository").is_some_and(Value::is_string) && has("workflow") {
        return ours(text).map(|run| vec![run]);
    }
    if has("id") {
        return rest::run(&value, repository).map(|run| vec![run]);
    }
    let seen: Vec<&str> = object.keys().take(8).map(String::as_str).collect();
    Err(Bad::new(format!("it is no run, job or page of them: its fields are {}", seen.join(", "))))
}

/// A page of jobs, of the API or of `gh run view --json jobs`.
fn jobs(page: &Value, repository: Option<&str>) -> Result<Vec<Run>, Bad> {
    let jobs = Fields::of(page, "a page")?.list("jobs")?;
    match jobs.first().is_some_and(|job| job.get("databaseId").is_some()) {
        true => gh::run_of_jobs(jobs, repository),
        false => jobs.iter().map(|job| rest::run_of_job(job, repository)).collect(),
    }
}

fn ours(text: &[u8]) -> Result<Run, Bad> {
    let run: Run = serde_json::from_slice(text).map_err(|e| Bad::new(explain(&e)))?;
    fields::repository(&run.repository)?;
    let of_jobs = run.jobs.iter().flat_map(|job| [job.created, job.started, job.completed]);
    let mut times = [Some(run.created), run.started, run.updated].into_iter().chain(of_jobs).flatten();
    match times.all(fields::is_plausible) {
        true => Ok(run),
        false => Err(Bad::new("it has a time which no run can have")),
    }
}

/// serde_json's message without its position, which is the record's and not the file's.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}
