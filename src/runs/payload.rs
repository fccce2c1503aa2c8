//! The payloads of the events `workflow_run` and `workflow_job`, as webhooks bring them and `GITHUB_EVENT_PATH` holds them,
//! see <https://docs.github.com/webhooks/webhook-events-and-payloads#workflow_run>.

use serde_json::Value;

use super::import::fields::{Bad, Fields};
use super::import::rest;
use super::record::Run;

/// The run that a payload is about, with what it says of it: a `workflow_run` the run, a `workflow_job` one job and what
/// follows from it.
///
/// # Errors
/// When it is neither, or what of it can't be read.
pub fn read(payload: &Value) -> Result<Run, Bad> {
    let event = Fields::of(payload, "the payload")?;
    let repository = event.object("repository")?.map_or(Ok(None), |of| of.text("full_name"))?;
    if let Some(job) = event.get("workflow_job") {
        return rest::run_of_job(job, repository);
    }
    let Some(run) = event.get("workflow_run") else { return Err(Bad::unknown_event()) };
    rest::run(run, repository)
}
