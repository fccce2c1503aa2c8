//! Storing what a page lists, and what was open last time.

use futures_util::{StreamExt, stream};
use jiff::Timestamp;

use super::Failure;
use super::client::Answer;
use super::details::Details;
use super::progress::Progress;
use super::repository::Reader;
use super::store::{Known, Stored};
use super::walk::Walk;
use crate::error::Result;
use crate::runs::rest::WorkflowRun;
use crate::runs::{Run, Status};

/// So many runs are read before they are stored together: what an interruption costs at most.
const BATCH: usize = 20;

/// What came of a list of runs.
pub(super) struct Batch {
    /// Everything after this time is stored.
    pub reached: Option<Timestamp>,
    /// Whether it was all stored, with everything that belongs to it.
    pub whole: bool,
    /// Whether the limit ended it.
    pub enough: bool,
}

impl Reader<'_> {
    /// Stores what is wanted and not known of these runs, which are sorted from the newest; `oldest` is the oldest of the page.
    pub(super) async fn list(
        &mut self,
        mut runs: Vec<Run>,
        oldest: Option<Timestamp>,
    ) -> Result<Batch, Failure> {
        runs.retain(|run| self.options.since.is_none_or(|since| run.created >= since));
        let known = self.known(&runs)?;
        let mut batch = Batch { reached: None, whole: true, enough: false };
        let mut wanted: Vec<Run> = Vec::new();
        for run in runs {
            let created = run.created;
            if !self.is_settled(&run, &known) {
                if self.options.limit.is_some_and(|limit| self.stored >= limit) {
                    batch.enough = true;
                    break;
                }
                self.stored += 1;
                wanted.push(run);
            }
            batch.reached = Some(created);
        }
        if !batch.enough {
            batch.reached = oldest;
        }
        while !wanted.is_empty() {
            let rest = wanted.split_off(BATCH.min(wanted.len()));
            let some = std::mem::replace(&mut wanted, rest);
            batch.whole &= self.store(some, &known).await?;
        }
        Ok(batch)
    }

    /// Whether a run need not be looked at: it has ended, and a fetch has stored it with what belongs to it.
    fn is_settled(&self, run: &Run, known: &[Known]) -> bool {
        let stored = self.cursor.stored.get(&run.id);
        let stored = stored.is_some_and(|s| s.attempt >= run.attempt && (s.jobs || !self.options.jobs));
        run.status == Status::Completed
            && !self.cursor.open.contains(&run.id)
            && (stored || self.has(known, run.id, self.is_covered(run), run.attempt))
    }

    /// Whether a fetch has read this run before, and all of it. A re-run may have come later.
    fn is_covered(&self, run: &Run) -> bool {
        let covered = self.cursor.coverage(self.options.jobs).around(run.created);
        covered.is_some() && !self.cursor.open.contains(&run.id)
    }

    /// Whether an attempt is stored. For the first one the coverage is enough: where it is not stored any more, somebody
    /// didn't want to keep it.
    fn has(&self, known: &[Known], id: u64, covered: bool, attempt: u32) -> bool {
        let mut known = known.iter().filter(|known| known.id == id && known.attempt == attempt);
        covered && attempt == 1 || known.any(|known| known.completed && (known.jobs || !self.options.jobs))
    }

    /// What is stored of these runs, without what a webhook or an import may have stored in part: runs that no fetch has
    /// read, and the newest attempt of those that are open.
    fn known(&self, runs: &[Run]) -> Result<Vec<Known>> {
        let ids: Vec<u64> = runs.iter().map(|run| run.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = self.store.borrow_mut().known(&self.done.name, &ids)?;
        known.retain(|known| {
            let Some(run) = runs.iter().find(|run| run.id == known.id) else { return false };
            let read = self.cursor.open.contains(&run.id) || self.cursor.stored.contains_key(&run.id);
            self.is_covered(run) || read && known.attempt < run.attempt
        });
        Ok(known)
    }

    /// Reads the details of some runs at once and stores them. Gives whether that was everything.
    async fn store(&mut self, runs: Vec<Run>, known: &[Known]) -> Result<bool, Failure> {
        let this = &*self;
        let details: Vec<Details> = stream::iter(runs)
            .map(|run| async move {
                let (id, covered) = (run.id, this.is_covered(&run));
                this.source.details(run, |attempt| this.has(known, id, covered, attempt)).await
            })
            .buffer_unordered(self.options.concurrency.max(1))
            .collect()
            .await;
        self.record(details)
    }

    /// Stores what was read, then notes that it is. What is missing of one run leaves it open; what stops every request
    /// stops here too, after the others are stored.
    fn record(&mut self, details: Vec<Details>) -> Result<bool, Failure> {
        let (mut attempts, mut stop, mut whole) = (Vec::new(), None, true);
        for run in details {
            match run.missing {
                None | Some(Failure::Broken { .. } | Failure::Refused { .. }) => {
                    self.note(&run);
                    whole &= run.missing.is_none();
                    attempts.extend(run.attempts);
                }
                Some(failure) => stop = Some(failure),
            }
        }
        if let Some(reached) = attempts.iter().map(|run| run.created).min() {
            self.done.new += self.store.borrow_mut().record(&attempts)? as u64;
            self.save()?;
            self.done.runs += attempts.len() as u64;
            self.done.jobs += attempts.iter().map(|run| run.jobs.len() as u64).sum::<u64>();
            self.listener.tell(&Progress::Stored {
                repository: &self.done.name,
                runs: self.done.runs,
                jobs: self.done.jobs,
                reached,
            });
        }
        stop.map_or(Ok(whole), Err)
    }

    /// Notes in the cursor, which is saved later, whether a run is to be looked at again.
    fn note(&mut self, run: &Details) {
        let ended = run.attempts.iter().all(|attempt| attempt.status == Status::Completed);
        if !ended || run.missing.is_some() {
            self.cursor.open.insert(run.id);
            return;
        }
        self.cursor.open.remove(&run.id);
        if let Some(newest) = run.attempts.iter().max_by_key(|run| run.attempt) {
            let jobs = self.options.jobs;
            let stored = Stored { attempt: newest.attempt, created: newest.created, jobs };
            self.cursor.stored.insert(run.id, stored);
        }
    }

    /// Looks again at the runs that were open last time, unless the first page had them.
    pub(super) async fn look_again(&mut self, walk: &Walk) -> Result<(), Failure> {
        let open: Vec<u64> = self.cursor.open.iter().copied().filter(|id| !walk.has_met(*id)).collect();
        for ids in open.chunks(BATCH) {
            let asked: Vec<_> = ids
                .iter()
                .map(|id| self.validator(&format!("runs/{id}")).map(|validator| (*id, validator)))
                .collect::<Result<_>>()?;
            let source = &self.source;
            let answers: Vec<_> = stream::iter(asked)
                .map(|(id, validator)| async move {
                    let read = |body: &[u8]| serde_json::from_slice::<WorkflowRun>(body);
                    (id, source.get(&format!("runs/{id}"), validator.as_ref(), read).await)
                })
                .buffer_unordered(self.options.concurrency.max(1))
                .collect()
                .await;
            let (mut runs, mut validators, mut stop) = (Vec::new(), Vec::new(), None);
            for (id, answer) in answers {
                match answer {
                    Ok(Answer::Unchanged) => self.done.unchanged += 1,
                    Ok(Answer::Fresh(run, meta)) => {
                        let Some(mut run) = run.into_run(&self.done.name).filter(|run| run.id == id) else {
                            self.done.unreadable += 1;
                            continue;
                        };
                        self.done.name.clone_into(&mut run.repository);
                        if run.status != Status::Completed {
                            validators.push((id, meta.validator));
                        }
                        runs.push(run);
                    }
                    Err(Failure::Missing) => {
                        self.cursor.open.remove(&id);
                    }
                    Err(Failure::Broken { .. } | Failure::Refused { .. }) => {}
                    Err(failure) => stop = Some(failure),
                }
            }
            let known = self.known(&runs)?;
            self.store(runs, &known).await?;
            self.save()?;
            for (id, validator) in validators {
                self.keep_validator(&format!("runs/{id}"), &validator)?;
            }
            if let Some(failure) = stop {
                return Err(failure);
            }
        }
        Ok(())
    }
}
