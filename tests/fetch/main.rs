//! Fetching runs from a local server that answers as GitHub does, well and badly.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

mod github;
mod memory;
mod server;

mod app;
mod list;
mod shifts;
mod trouble;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use wfgen::runs::fetch::{self, Ended, Fetched, Options, Timing};

use github::{GitHub, START, Shared, at};
use memory::Memory;
use server::Server;

/// A server that has what `github` has.
pub fn serve(github: &Shared) -> Server {
    let github = github.clone();
    Server::start(move |request| github.lock().unwrap().answer(request))
}

/// Options that wait for nothing longer than a blink.
pub fn options(server: &Server) -> Options {
    let millis = Duration::from_millis;
    Options {
        base_url: server.base.clone(),
        again: SignedDuration::ZERO,
        max_wait: Duration::from_secs(5),
        timing: Timing {
            timeout: Duration::from_secs(20),
            silence: Duration::from_secs(20),
            requests_per_minute: 1_000_000,
            retries: 3,
            backoff_first: millis(1),
            backoff_most: millis(5),
            secondary_wait: millis(2),
            breaker_failures: 8,
            breaker_rest: Duration::from_secs(600),
        },
        ..Options::new(vec!["acme/app".to_owned()], now)
    }
}

/// The middle of 2026.
pub fn now() -> Timestamp {
    at(START + 180 * 86_400)
}

pub fn fetch(options: &Options, store: &mut Memory) -> Fetched {
    fetch::run(options, store, &mut |_| {}).unwrap()
}

/// Fetches and expects that everything was there.
pub fn complete(options: &Options, store: &mut Memory) -> Fetched {
    let fetched = fetch(options, store);
    for repository in &fetched.repositories {
        assert!(matches!(repository.ended, Ended::Complete), "{:?}", repository.ended);
    }
    fetched
}
