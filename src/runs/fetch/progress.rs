//! What a fetch tells while it runs.

use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;

use super::Ended;
use super::limits::Limit;

/// Something that happened on the way.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Attempts of runs, and jobs, were stored; the numbers are sums for this repository.
    Stored {
        /// `owner/name`.
        repository: &'a str,
        /// Attempts of runs.
        runs: u64,
        /// Jobs.
        jobs: u64,
        /// When the oldest of the runs that were read so far came to be.
        reached: Timestamp,
    },
    /// Nothing is sent until then because a rate limit asks for it.
    Waiting {
        /// Which of the two.
        limit: Limit,
        /// How long.
        wait: Duration,
        /// Until when, by our clock.
        until: Timestamp,
    },
    /// A request failed and is sent again.
    Retrying {
        /// What was wrong.
        why: &'a str,
        /// After how long.
        after: Duration,
    },
    /// A repository is through.
    Ended {
        /// `owner/name`.
        repository: &'a str,
        /// How it came to an end.
        ended: &'a Ended,
    },
}

/// Tells one callback, from everywhere.
#[derive(Clone, Copy)]
pub(super) struct Listener<'a>(&'a RefCell<dyn FnMut(&Progress<'_>) + 'a>);

impl<'a> Listener<'a> {
    pub(super) fn new(callback: &'a RefCell<dyn FnMut(&Progress<'_>) + 'a>) -> Self {
        Listener(callback)
    }

    pub(super) fn tell(&self, progress: &Progress<'_>) {
        (self.0.borrow_mut())(progress);
    }
}
