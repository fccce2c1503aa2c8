//! What the list of runs doesn't have: earlier attempts, jobs with their steps, the billed duration.

use reqwest::{Method, Url};

use super::Failure;
use super::app::Session;
use super::client::{Answer, Client, Meta};
use super::store::Validator;
use super::transport::Request;
use super::walk::PER_PAGE;
use crate::runs::rest::{self, WorkflowJob, WorkflowRun};
use crate::runs::{Job, Run, Status};

/// GitHub allows 50 re-runs of a run; a server that claims more is not followed.
const ATTEMPTS: u32 = 100;
/// A run has at most 256 jobs for each matrix; a list that goes on beyond this many pages is not followed.
const JOB_PAGES: u32 = 100;

/// Asks for one repository.
pub(super) struct Source<'a> {
    pub client: &'a Client<'a>,
    pub session: &'a Session,
    /// `owner/name`.
    pub repository: &'a str,
    pub jobs: bool,
    pub durations: bool,
}

/// A run's attempts as far as they were read.
#[derive(Debug)]
pub(super) struct Details {
    pub id: u64,
    pub attempts: Vec<Run>,
    /// What could not be read, and should be tried again next time.
    pub missing: Option<Failure>,
}

impl Source<'_> {
    /// The address of something below `repos/{owner}/{name}/actions`.
    pub(super) fn url(&self, path: &str) -> Url {
        self.client.url(&format!("repos/{}/actions/{path}", self.repository))
    }

    /// Asks for something below `repos/{owner}/{name}/actions`, once again with another token when the first is refused.
    pub(super) async fn get<T>(
        &self,
        path: &str,
        validator: Option<&Validator>,
        read: impl Fn(&[u8]) -> serde_json::Result<T>,
    ) -> Result<Answer<T>, Failure> {
        let url = self.url(path);
        let mut renewed = false;
        loop {
            let bearer = self.session.token(self.client, self.repository).await?;
            let request = Request { method: Method::GET, url: url.clone(), bearer, validator };
            match self.client.send(&request, &read).await {
                Err(Failure::Credentials { .. })
                    if !renewed && self.session.forget(request.bearer.as_ref()).await =>
                {
                    renewed = true;
                }
                other => return other,
            }
        }
    }

    async fn fresh<T>(
        &self,
        path: &str,
        read: impl Fn(&[u8]) -> serde_json::Result<T>,
    ) -> Result<(T, Meta), Failure> {
        match self.get(path, None, read).await? {
            Answer::Fresh(value, meta) => Ok((value, meta)),
            Answer::Unchanged => {
                Err(Failure::Refused { why: "the server says unchanged unasked".to_owned() })
            }
        }
    }

    /// The run as the list has it, with its jobs, and its earlier attempts; without those that `is_known`.
    pub(super) async fn details(&self, mut latest: Run, is_known: impl Fn(u32) -> bool) -> Details {
        let mut details = Details { id: latest.id, attempts: Vec::new(), missing: None };
        for attempt in latest.attempt.saturating_sub(ATTEMPTS).max(1)..latest.attempt {
            if !is_known(attempt) {
                match self.attempt(latest.id, attempt).await {
                    Ok(run) => details.attempts.extend(run),
                    Err(failure) => details.missing = details.missing.or(Some(failure)),
                }
            }
        }
        if latest.status != Status::Completed {
            details.attempts.push(latest);
        } else if !is_known(latest.attempt) {
            match self.complete(&mut latest, true).await {
                Ok(()) => {}
                Err(failure) => details.missing = details.missing.or(Some(failure)),
            }
            details.attempts.push(latest);
        }
        details
    }

    /// An earlier attempt, if the server still has it.
    async fn attempt(&self, id: u64, attempt: u32) -> Result<Option<Run>, Failure> {
        let path = format!("runs/{id}/attempts/{attempt}");
        let run = match self.fresh(&path, |body| serde_json::from_slice::<WorkflowRun>(body)).await {
            Ok((run, _)) => run.into_run(self.repository),
            Err(Failure::Missing) => None,
            Err(failure) => return Err(failure),
        };
        let Some(mut run) = run else { return Ok(None) };
        self.repository.clone_into(&mut run.repository);
        (run.id, run.attempt) = (id, attempt);
        self.complete(&mut run, false).await?;
        Ok(Some(run))
    }

    /// Adds the jobs, and of the newest attempt the billed duration.
    async fn complete(&self, run: &mut Run, newest: bool) -> Result<(), Failure> {
        if self.durations && newest {
            run.duration = match self.fresh(&format!("runs/{}/timing", run.id), rest::timing).await {
                Ok((duration, _)) => duration,
                Err(Failure::Missing) => None,
                Err(failure) => return Err(failure),
            };
        }
        if self.jobs {
            let of_attempt = format!("runs/{}/attempts/{}/jobs?per_page={PER_PAGE}", run.id, run.attempt);
            run.jobs = match self.jobs(&of_attempt, run).await {
                // Servers from before attempts had addresses of their own.
                Err(Failure::Missing) if newest => {
                    let latest = format!("runs/{}/jobs?filter=latest&per_page={PER_PAGE}", run.id);
                    self.jobs(&latest, run).await
                }
                other => other,
            }
            .or_else(|failure| match failure {
                Failure::Missing => Ok(Vec::new()),
                failure => Err(failure),
            })?;
        }
        Ok(())
    }

    /// All pages of a list of jobs, without those that another page had already, or that another attempt ran.
    async fn jobs(&self, path: &str, run: &Run) -> Result<Vec<Job>, Failure> {
        let mut jobs: Vec<WorkflowJob> = Vec::new();
        let mut read = 0;
        for page in 1..=JOB_PAGES {
            let (list, meta) = self.fresh(&format!("{path}&page={page}"), rest::jobs).await?;
            let (entries, before) = (list.items.len() + list.unreadable, jobs.len());
            read += entries as u64;
            for job in list.items {
                if jobs.iter().all(|known| known.id != job.id) {
                    jobs.push(job);
                }
            }
            let more = meta.next.unwrap_or(match list.total {
                Some(total) => read < total,
                None => entries as u64 >= PER_PAGE,
            });
            if !more || jobs.len() == before {
                break;
            }
        }
        // An attempt has run at least one job, so if none seems to be its own, the server's times or numbers are wrong.
        if jobs.iter().any(|job| is_own(job, run)) {
            jobs.retain(|job| is_own(job, run));
        }
        Ok(jobs.into_iter().map(WorkflowJob::into_job).collect())
    }
}

/// Whether a job ran in this attempt. When only failed jobs are re-run, the others are listed again, as of the attempt
/// that ran them or with its times.
fn is_own(job: &WorkflowJob, run: &Run) -> bool {
    let of_another = job.run_attempt.is_some_and(|attempt| attempt != run.attempt);
    let ended_before =
        run.attempt > 1 && job.completed_at.zip(run.started).is_some_and(|(end, start)| end < start);
    !of_another && !ended_before
}
