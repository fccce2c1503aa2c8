//! Receives runs as webhooks: `workflow_run` and `workflow_job` events are stored before they are answered.

mod listen;
mod metrics;
mod signature;
mod webhook;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::error::{Error, Result};
use crate::runs::{Run, Secret, Stop};
use webhook::Shared;

/// Where to listen, and what to put up with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on.
    pub address: SocketAddr,
    /// What deliveries are signed with.
    pub secret: Secret,
    /// The largest payload in bytes; GitHub sends 25 MB at most.
    pub body_limit: usize,
    /// The longest time for a request's head, and again for its body and the answer; GitHub gives up after ten seconds.
    pub timeout: Duration,
    /// The most connections at once.
    pub connections: usize,
    /// How long deliveries that are under way may take when it ends.
    pub grace: Duration,
    /// Ends it, as SIGINT and SIGTERM do.
    pub stop: Stop,
    /// Tells the time.
    pub now: fn() -> Timestamp,
}

impl Options {
    /// Listens on a port of this machine only.
    pub fn new(port: u16, secret: Secret, now: fn() -> Timestamp) -> Self {
        Options {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            secret,
            body_limit: 25 << 20,
            timeout: Duration::from_secs(10),
            connections: 256,
            grace: Duration::from_secs(10),
            stop: Stop::default(),
            now,
        }
    }
}

/// Where deliveries are stored.
pub trait Inbox: Send {
    /// Stores a run and its delivery's id together, or neither; and neither when the id is known. What was stored survives a
    /// `kill -9` once this has returned.
    ///
    /// # Errors
    /// When it can't be stored; the sender is told to deliver it again.
    fn receive(&mut self, delivery: &str, run: &Run) -> Result<Received>;
}

/// What a delivery was to the [`Inbox`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is stored.
    New,
    /// Its id was known, so nothing was done.
    Known,
}

/// Reads an event's name and payload into a run; nothing when it isn't about one.
pub type Parse = fn(&str, &Value) -> Result<Option<Run>>;

/// Something that happened while receiving.
#[derive(Debug)]
pub enum Happened<'a> {
    /// It listens there from now on.
    Listening(SocketAddr),
    /// A run was stored.
    Recorded(&'a Run),
    /// A delivery's signature was missing or wrong.
    Refused,
    /// A signed delivery can't be understood.
    Invalid(&'a Error),
    /// A delivery could not be stored.
    Failed(&'a Error),
    /// No new connection is taken.
    Stopping,
}

/// Receives until SIGINT, SIGTERM or [`Stop`]. Blocks. `POST /` and `/webhook` take deliveries, `GET /metrics` is for
/// Prometheus, `GET /healthz` says whether the last delivery could be stored.
///
/// # Errors
/// When there is no secret, or the address can't be listened on.
pub fn run(
    options: &Options,
    inbox: impl Inbox + 'static,
    parse: Parse,
    tell: impl Fn(&Happened<'_>) + Send + Sync + 'static,
) -> Result<()> {
    if options.secret.expose().is_empty() {
        return Err(Error::usage("there is no secret to check deliveries with")
            .hint("set WFGEN_WEBHOOK_SECRET to the secret of the webhook"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::environment(format!("cannot start the network runtime: {error}")))?;
    runtime.block_on(async {
        let address = options.address;
        let cannot_listen = |error: std::io::Error| {
            Error::environment(format!("cannot listen on {address}: {error}"))
                .hint("another process may be listening there: choose another port")
        };
        let listener = TcpListener::bind(address).await.map_err(cannot_listen)?;
        let here = listener.local_addr().map_err(cannot_listen)?;
        let terminated =
            terminated().map_err(|error| Error::environment(format!("cannot wait for signals: {error}")))?;
        let inbox = Arc::new(Mutex::new(inbox));
        let shared = Arc::new(Shared::new(options.clone(), inbox, parse, Box::new(tell)));
        (shared.tell)(&Happened::Listening(here));
        let told = shared.clone();
        let stop = async {
            tokio::select! {
                () = options.stop.stopped() => {}
                () = terminated => {}
            }
            (told.tell)(&Happened::Stopping);
        };
        listen::serve(listener, webhook::router(shared), options, stop).await;
        Ok(())
    })
}

/// SIGINT or SIGTERM.
#[cfg(unix)]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ctrl-C.
#[cfg(not(unix))]
fn terminated() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
