//! The sockets: so many connections at once, each with a time limit, and an end in good order.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Options;

/// The most headers, and the most bytes of them, that a request may have; GitHub sends about a dozen.
const HEADERS: usize = 64;
const HEAD: usize = 32 << 10;
/// The pause after a connection could not be accepted, such as for want of file handles.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers connections until `stop`, then lets those that are under way finish for at most the options' grace.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    options: &Options,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    // One request each: deliveries are rare, and a connection that idles would take another one's place.
    http.timer(TokioTimer::new()).header_read_timeout(options.timeout).keep_alive(false);
    http.max_headers(HEADERS).max_buf_size(HEAD);
    // For the head, for the body and the store, and for a client that is slow to read the answer.
    let longest = options.timeout.saturating_mul(3);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(options.connections.max(1)));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (connection, place) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => accepted,
        };
        let Ok((stream, _)) = connection else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // What goes wrong with one connection is of no interest to the others.
            let _ = tokio::time::timeout(longest, connection).await;
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(options.grace) => {}
    }
}
