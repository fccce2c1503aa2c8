//! The fetch of one repository.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::app::Session;
use super::client::{Answer, Client};
use super::coverage::Span;
use super::details::Source;
use super::progress::{Listener, Progress};
use super::recording::Batch;
use super::store::{Cursor, Head, Store, Validator};
use super::walk::{Seen, Verdict, Walk, Want};
use super::{Ended, Failure, Options, Repository};
use crate::error::Result;
use crate::runs::Run;
use crate::runs::rest::{self, Page, WorkflowRun};

/// The newest runs may show up late in the list; what is this close to the newest is read again.
const SETTLED: SignedDuration = SignedDuration::from_mins(5);

/// Reads one repository into the store.
pub(super) struct Reader<'a> {
    pub(super) source: Source<'a>,
    pub(super) store: &'a RefCell<dyn Store + 'a>,
    pub(super) options: &'a Options,
    pub(super) listener: Listener<'a>,
    pub(super) cursor: Cursor,
    /// What is read now is without a gap until here.
    top: Option<Timestamp>,
    pub(super) done: Repository,
    /// How many runs had to be stored, against the limit.
    pub(super) stored: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        client: &'a Client<'a>,
        session: &'a Session,
        store: &'a RefCell<dyn Store + 'a>,
        options: &'a Options,
        listener: Listener<'a>,
        name: &'a str,
    ) -> Self {
        let done = Repository {
            name: name.to_owned(),
            renamed: None,
            runs: 0,
            new: 0,
            jobs: 0,
            unchanged: 0,
            unreadable: 0,
            open: 0,
            ended: Ended::Complete,
        };
        let source =
            Source { client, session, repository: name, jobs: options.jobs, durations: options.durations };
        Reader { source, store, options, listener, cursor: Cursor::default(), top: None, done, stored: 0 }
    }

    /// Reads everything that is asked for and not known.
    ///
    /// # Errors
    /// When the store fails; anything else is in the outcome.
    pub(super) async fn read(mut self) -> Result<Repository> {
        self.cursor = self.store.borrow_mut().cursor(&self.done.name)?.unwrap_or_default();
        self.done.ended = match self.walk().await {
            Ok(ended) => ended,
            Err(failure) => failure.ended(&self.done.name)?,
        };
        self.done.open = self.cursor.open.len() as u64;
        self.listener.tell(&Progress::Ended { repository: &self.done.name, ended: &self.done.ended });
        Ok(self.done)
    }

    async fn walk(&mut self) -> Result<Ended, Failure> {
        let again_since = (self.options.now)().checked_sub(self.options.again).ok();
        let mut walk = Walk::new(Want { since: self.options.since, again_since });
        let mut first = true;
        while let Some(query) = walk.query() {
            let path = format!("runs?{query}");
            let head = self.cursor.head.clone().filter(|_| first && walk.at_head());
            let head = head.filter(|head| head.serves(self.options.jobs, self.options.since));
            let validator = if head.is_some() { self.validator(&path)? } else { None };
            let answer = self.source.get(&path, validator.as_ref(), rest::runs).await?;
            let mut keep = None;
            let (seen, batch) = match (answer, head) {
                (Answer::Fresh(page, meta), _) => {
                    let (mut page, seen) = self.open_page(page, meta.next);
                    page.retain(|run| !walk.has_met(run.id));
                    if walk.take(&seen) == Verdict::Gap {
                        continue;
                    }
                    if first {
                        let newest = seen.runs.iter().map(|(_, created)| *created).max();
                        self.top = newest.and_then(|newest| newest.checked_sub(SETTLED).ok());
                    }
                    let batch = self.list(page, walk.oldest()).await?;
                    if first && batch.whole && !batch.enough {
                        keep = Some((seen.clone(), meta.validator));
                    }
                    (seen, batch)
                }
                (Answer::Unchanged, Some(head)) => {
                    self.done.unchanged += 1;
                    walk.take_unchanged(head.ids.iter().copied(), head.oldest);
                    let seen = Seen { next: Some(head.more), ..Seen::default() };
                    (seen, Batch { reached: None, whole: true, enough: false })
                }
                (Answer::Unchanged, None) => {
                    let why = "the server says unchanged unasked".to_owned();
                    return Err(Failure::Refused { why });
                }
            };
            if let Some(reached) = batch.reached {
                self.cover(Some(reached))?;
            }
            if let Some((seen, validator)) = keep {
                self.keep_head(&path, &seen, &validator)?;
            }
            if first {
                first = false;
                self.look_again(&walk).await?;
            }
            if batch.enough {
                return Ok(Ended::Enough);
            }
            walk.advance(&seen, self.cursor.coverage(self.options.jobs));
            self.top = self.top.or(walk.oldest());
            if walk.exhausted() {
                // A search ends with `since`, so that is how far it says that nothing older is there.
                self.cover(self.options.since.map(|_| Timestamp::MIN))?;
            }
        }
        Ok(Ended::Complete)
    }

    /// Reads the entries of a page, newest first, and what the walk has to know of it.
    fn open_page(&mut self, page: Page<WorkflowRun>, next: Option<bool>) -> (Vec<Run>, Seen) {
        let total = page.total;
        let entries = page.items.len();
        let mut runs: Vec<Run> =
            page.items.into_iter().filter_map(|run| run.into_run(&self.done.name)).collect();
        self.done.unreadable += (page.unreadable + entries - runs.len()) as u64;
        for run in &mut runs {
            if !run.repository.eq_ignore_ascii_case(&self.done.name) {
                self.done.renamed = Some(run.repository.clone());
            }
            self.done.name.clone_into(&mut run.repository);
        }
        runs.sort_by_key(|run| std::cmp::Reverse((run.created, run.id)));
        let seen = Seen {
            runs: runs.iter().map(|run| (run.id, run.created)).collect(),
            unreadable: page.unreadable as u64,
            total,
            next,
        };
        (runs, seen)
    }

    /// Moves the cursor: what came to be between `after` and the top is stored; none for the beginning of everything.
    fn cover(&mut self, after: Option<Timestamp>) -> Result<()> {
        if let Some(until) = self.top {
            // Runs from before `since` were met, but not stored.
            let since =
                self.options.since.and_then(|since| since.checked_sub(SignedDuration::from_nanos(1)).ok());
            let after = after.map(|after| since.map_or(after, |since| after.max(since)));
            self.cursor.cover(Span { after, until }, self.options.jobs);
        }
        self.save()
    }

    pub(super) fn save(&self) -> Result<()> {
        self.store.borrow_mut().set_cursor(&self.done.name, &self.cursor)
    }

    pub(super) fn validator(&self, path: &str) -> Result<Option<Validator>> {
        self.store.borrow_mut().validator(self.source.url(path).as_str())
    }

    pub(super) fn keep_validator(&self, path: &str, validator: &Validator) -> Result<()> {
        if *validator == Validator::default() {
            return Ok(());
        }
        self.store.borrow_mut().set_validator(self.source.url(path).as_str(), validator)
    }

    /// Keeps what the first page was, to ask next time whether it has changed.
    fn keep_head(&mut self, path: &str, seen: &Seen, validator: &Validator) -> Result<()> {
        let oldest = seen.runs.iter().map(|(_, created)| *created).min();
        self.cursor.head = Some(Head {
            oldest,
            ids: seen.runs.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(),
            more: seen.more(seen.entries()),
            jobs: self.options.jobs,
            since: self.options.since.filter(|since| oldest.is_some_and(|oldest| oldest < *since)),
        });
        self.save()?;
        self.keep_validator(path, validator)
    }
}
