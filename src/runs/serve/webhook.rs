//! One delivery: checked, read, stored, answered, in this order.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::metrics::{Event, Metrics, OPEN_METRICS, Outcome, TEXT};
use super::{Happened, Inbox, Options, Parse, Received, signature};
use crate::error::{Error, Result};

/// How much memory the bodies that are under way may take together, in KiB.
const MEMORY: usize = 128 << 10;
/// The longest delivery id; GitHub's have 36 letters.
const ID: usize = 128;

/// What every request shares.
pub(super) struct Shared {
    pub options: Options,
    pub inbox: Arc<Mutex<dyn Inbox>>,
    pub parse: Parse,
    pub tell: Box<dyn Fn(&Happened<'_>) + Send + Sync>,
    pub metrics: Metrics,
    memory: Semaphore,
}

impl Shared {
    pub(super) fn new(
        options: Options,
        inbox: Arc<Mutex<dyn Inbox>>,
        parse: Parse,
        tell: Box<dyn Fn(&Happened<'_>) + Send + Sync>,
    ) -> Self {
        Shared { options, inbox, parse, tell, metrics: Metrics::new(), memory: Semaphore::new(MEMORY) }
    }
}

/// The answer to a delivery, and what it is counted as.
type Answer = (StatusCode, Outcome, String);

/// What is answered where.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", post(deliver))
        .route("/webhook", post(deliver))
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state(shared)
}

async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> impl IntoResponse {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let format = if accept.contains("application/openmetrics-text") { OPEN_METRICS } else { TEXT };
    ([(header::CONTENT_TYPE, format)], shared.metrics.text())
}

async fn health(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    match shared.metrics.store_fails() {
        true => (StatusCode::SERVICE_UNAVAILABLE, "the last delivery could not be stored\n"),
        false => (StatusCode::OK, "ok\n"),
    }
}

async fn deliver(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let event = event(&parts.headers);
    let most = shared.options.timeout;
    let (status, outcome, said) = match timeout(most, receive(&shared, event, &parts.headers, body)).await {
        Ok(answer) => answer,
        Err(_) => (StatusCode::REQUEST_TIMEOUT, Outcome::aborted, format!("not done within {most:?}")),
    };
    if outcome == Outcome::refused {
        (shared.tell)(&Happened::Refused);
    }
    shared.metrics.delivered(event, outcome, began.elapsed(), (shared.options.now)());
    (status, Json(json!({ "outcome": said }))).into_response()
}

async fn receive(shared: &Arc<Shared>, event: Event, headers: &HeaderMap, body: Body) -> Answer {
    let answer = |status, outcome, said: &str| (status, outcome, said.to_owned());
    let unsigned = || answer(StatusCode::UNAUTHORIZED, Outcome::refused, "the signature is missing or wrong");
    let Some(signature) = headers.get("x-hub-signature-256") else { return unsigned() };
    let body = match read(shared, headers, body).await {
        Ok(body) => body,
        Err((status, said)) => return answer(status, Outcome::aborted, said),
    };
    if !signature::is_valid(&shared.options.secret, signature.as_bytes(), &body) {
        return unsigned();
    }
    let invalid = |said: &str| answer(StatusCode::BAD_REQUEST, Outcome::invalid, said);
    let name = match event {
        Event::ping => return answer(StatusCode::OK, Outcome::ignored, "pong"),
        Event::other => return answer(StatusCode::ACCEPTED, Outcome::ignored, "ignored"),
        Event::workflow_run => "workflow_run",
        Event::workflow_job => "workflow_job",
    };
    let Some(delivery) = delivery(headers) else { return invalid("X-GitHub-Delivery is missing or no id") };
    let Ok(payload) = serde_json::from_slice(&body) else {
        return invalid("the payload is no JSON: set the webhook's content type to application/json");
    };
    let run = match (shared.parse)(name, &payload) {
        Ok(Some(run)) => run,
        Ok(None) => return answer(StatusCode::ACCEPTED, Outcome::ignored, "ignored"),
        Err(error) => {
            (shared.tell)(&Happened::Invalid(&error));
            return invalid("the payload can't be understood");
        }
    };
    drop((body, payload));
    let inbox = shared.inbox.clone();
    let stored = tokio::task::spawn_blocking(move || {
        let received = inbox.lock().unwrap_or_else(PoisonError::into_inner).receive(&delivery, &run);
        received.map(|received| (received, run))
    });
    match stored.await.unwrap_or_else(|_| Err(Error::bug("storing a delivery broke off"))) {
        Ok((Received::New, run)) => {
            (shared.tell)(&Happened::Recorded(&run));
            answer(StatusCode::ACCEPTED, Outcome::recorded, "recorded")
        }
        Ok((Received::Known, _)) => answer(StatusCode::ACCEPTED, Outcome::known, "already known"),
        Err(error) => {
            (shared.tell)(&Happened::Failed(&error));
            answer(StatusCode::INTERNAL_SERVER_ERROR, Outcome::failed, "it could not be stored")
        }
    }
}

/// Reads a body that is no larger than allowed, when there is memory for it.
async fn read(shared: &Shared, headers: &HeaderMap, body: Body) -> Result<Bytes, (StatusCode, &'static str)> {
    let too_large = (StatusCode::PAYLOAD_TOO_LARGE, "the payload is too large");
    let most = shared.options.body_limit;
    let told = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if told.is_some_and(|told: usize| told > most) {
        return Err(too_large);
    }
    let share = (told.unwrap_or(most) >> 10).clamp(1, MEMORY);
    let _share = shared.memory.acquire_many(u32::try_from(share).unwrap_or(u32::MAX)).await;
    let mut bytes = Vec::with_capacity(told.unwrap_or(0));
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| (StatusCode::BAD_REQUEST, "the payload broke off"))?;
        if bytes.len() + chunk.len() > most {
            return Err(too_large);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

fn event(headers: &HeaderMap) -> Event {
    match headers.get("x-github-event").map(header::HeaderValue::as_bytes) {
        Some(b"workflow_run") => Event::workflow_run,
        Some(b"workflow_job") => Event::workflow_job,
        Some(b"ping") => Event::ping,
        _ => Event::other,
    }
}

fn delivery(headers: &HeaderMap) -> Option<String> {
    let id = headers.get("x-github-delivery")?.to_str().ok()?;
    let is_id = (1..=ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_id.then(|| id.to_owned())
}
