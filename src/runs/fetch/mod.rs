//! Brings runs from GitHub's REST API into a store.
//!
//! A fetch reads each repository's list of runs from the newest back (`walk`), around what is known without a gap
//! (`coverage`), and of each run that has ended the attempts, jobs and steps. The cursor moves only after what it passes is
//! stored, so a fetch can be ended at any point and goes on where it was. What can go wrong with one repository is
//! told in [`Ended`] and stops no other one.

mod app;
mod auth;
mod breaker;
mod client;
mod coverage;
mod details;
mod failure;
mod limits;
mod options;
mod progress;
mod recording;
mod redirect;
mod repository;
mod store;
mod transport;
mod walk;

use std::cell::RefCell;
use std::collections::HashSet;

use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

pub use super::secret::Secret;
pub use auth::{Auth, gh_token};
pub use coverage::{Coverage, Span};
pub use limits::Limit;
pub use options::{Options, Timing};
pub use progress::Progress;
pub use store::{Cursor, Head, Known, Store, Stored, Validator};

use crate::error::{Error, Result};
use client::Client;
use failure::Failure;
use progress::Listener;
use repository::Reader;

/// What a fetch brought.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// One entry for each repository, in the order they were asked for; one that was asked for twice is there once.
    pub repositories: Vec<Repository>,
    /// How many requests were sent.
    pub requests: u64,
}

/// What a fetch brought of one repository.
#[derive(Debug, Clone)]
pub struct Repository {
    /// `owner/name`, as it was asked for.
    pub name: String,
    /// What GitHub calls it, if that is something else: it was renamed or moved.
    pub renamed: Option<String>,
    /// How many attempts of runs were stored.
    pub runs: u64,
    /// How many of them were not known before.
    pub new: u64,
    /// How many jobs were stored.
    pub jobs: u64,
    /// How many answers said that nothing has changed.
    pub unchanged: u64,
    /// How many entries of lists could not be read.
    pub unreadable: u64,
    /// How many runs have not ended, or lack their jobs, and are looked at again next time.
    pub open: u64,
    /// How it came to an end.
    pub ended: Ended,
}

/// How the fetch of a repository came to an end. Whatever it is, what was stored stays, and the next fetch goes on from there.
#[derive(Debug, Clone)]
pub enum Ended {
    /// Everything that was asked for is stored.
    Complete,
    /// As many runs as were asked for are stored.
    Enough,
    /// A rate limit lasts longer than was to be waited.
    Limited {
        /// When to go on.
        until: Timestamp,
    },
    /// The server can't be reached or keeps failing: what the history has is all there is for now.
    Unavailable {
        /// What was wrong last.
        why: String,
    },
    /// Ctrl-C ended it.
    Interrupted,
    /// It was refused, and will be until somebody does something.
    Failed(Error),
}

/// Fetches, and returns when every repository is through. Blocks.
///
/// Ctrl-C ends it early, with what is stored. (From then on Ctrl-C doesn't end the process by itself any more.)
///
/// # Errors
/// When the options can't be right, or the store fails. What is wrong with a repository or the server is in
/// [`Repository::ended`].
pub fn run(
    options: &Options,
    store: &mut dyn Store,
    progress: &mut dyn FnMut(&Progress<'_>),
) -> Result<Fetched> {
    let base = options.check()?;
    let session = app::Session::new(&options.auth)?;
    let http = options.http(&base)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::environment(format!("cannot start the network runtime: {error}")))?;
    let (store, progress) = (RefCell::new(store), RefCell::new(progress));
    let listener = Listener::new(&progress);
    let client = Client::new(http, base, options, listener);
    let mut once = HashSet::new();
    let names: Vec<&String> =
        options.repositories.iter().filter(|name| once.insert(name.to_ascii_lowercase())).collect();
    let mut done = runtime.block_on(async {
        let interrupted = async {
            if tokio::signal::ctrl_c().await.is_ok() {
                options.stop.stop();
            }
            std::future::pending::<()>().await;
        };
        let all = stream::iter(names.iter().enumerate())
            .map(|(place, name)| {
                let reader = Reader::new(&client, &session, &store, options, listener, name);
                async move { reader.read().await.map(|repository| (place, repository)) }
            })
            .buffer_unordered(options.concurrency.max(1))
            .try_collect::<Vec<_>>();
        tokio::select! {
            done = all => done,
            () = interrupted => Ok(Vec::new()),
        }
    })?;
    done.sort_by_key(|(place, _)| *place);
    let repositories = done.into_iter().map(|(_, repository)| repository).collect();
    Ok(Fetched { repositories, requests: client.requests() })
}
