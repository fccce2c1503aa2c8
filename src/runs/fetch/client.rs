//! One server and everything that keeps requests to it civil: limits, retries, a breaker.

use std::cell::{Cell, RefCell};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{self, HeaderMap};
use reqwest::{StatusCode, Url};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::breaker::Breaker;
use super::limits::{self, Limited, Pace};
use super::progress::{Listener, Progress};
use super::store::Validator;
use super::transport::{Reply, Request, Transport, Trouble};
use super::{Failure, Options};

/// How often one request is sent again after a limit refused it.
const REFUSALS: u32 = 8;

/// What came back.
#[derive(Debug)]
pub(super) enum Answer<T> {
    /// A body, and what the headers say of it.
    Fresh(T, Meta),
    /// It is what the validator belongs to.
    Unchanged,
}

/// What the headers say of a body.
#[derive(Debug, Default)]
pub(super) struct Meta {
    pub validator: Validator,
    /// Whether there is a next page; none where the server names no pages.
    pub next: Option<bool>,
}

/// One server.
pub(super) struct Client<'a> {
    transport: Transport,
    options: &'a Options,
    listener: Listener<'a>,
    gate: Semaphore,
    pace: RefCell<Pace>,
    breaker: RefCell<Breaker>,
    skew: Cell<SignedDuration>,
    /// What was wrong with the last try that failed.
    last: RefCell<String>,
}

impl<'a> Client<'a> {
    pub(super) fn new(
        http: reqwest::Client,
        base: Url,
        options: &'a Options,
        listener: Listener<'a>,
    ) -> Self {
        Client {
            transport: Transport::new(http, base, options.body_limit),
            options,
            listener,
            gate: Semaphore::new(options.concurrency.max(1)),
            pace: RefCell::new(Pace::new(options.max_wait, &options.timing)),
            breaker: RefCell::new(Breaker::new(options.timing.breaker_failures, options.timing.breaker_rest)),
            skew: Cell::new(SignedDuration::ZERO),
            last: RefCell::default(),
        }
    }

    /// The address of a path below the base.
    pub(super) fn url(&self, path: &str) -> Url {
        self.transport.url(path)
    }

    /// The time by the server's clock, as far as it has told.
    pub(super) fn server_time(&self) -> Timestamp {
        let now = (self.options.now)();
        now.checked_add(self.skew.get()).unwrap_or(now)
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.transport.requests()
    }

    /// Sends a request until it is answered, and reads the answer's body.
    ///
    /// # Errors
    /// When no try was answered, or the answer is final.
    pub(super) async fn send<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(&[u8]) -> serde_json::Result<T>,
    ) -> Result<Answer<T>, Failure> {
        tokio::select! {
            biased;
            () = self.options.stop.stopped() => Err(Failure::Interrupted),
            answer = self.tries(request, read) => answer,
        }
    }

    async fn tries<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(&[u8]) -> serde_json::Result<T>,
    ) -> Result<Answer<T>, Failure> {
        let _pass = self.gate.acquire().await;
        let timing = &self.options.timing;
        let mut delays = ExponentialBuilder::new()
            .with_min_delay(timing.backoff_first)
            .with_max_delay(timing.backoff_most)
            .with_max_times(timing.retries)
            .with_jitter()
            .build();
        let mut refusals = 0;
        loop {
            self.wait().await?;
            if !self.breaker.borrow_mut().allows(Instant::now()) {
                let why = format!("it has failed too often in a row, last because {}", self.last.borrow());
                return Err(Failure::Unavailable { why });
            }
            match self.once(request, &read).await {
                Ok(answer) => {
                    self.breaker.borrow_mut().succeeded();
                    self.pace.borrow_mut().answered();
                    return Ok(answer);
                }
                Err(Trouble::Final(failure)) => {
                    self.breaker.borrow_mut().succeeded();
                    return Err(failure);
                }
                Err(Trouble::Limited(limited)) => {
                    self.breaker.borrow_mut().succeeded();
                    refusals += 1;
                    if refusals > REFUSALS {
                        return Err(Failure::Limited { until: (self.options.now)() });
                    }
                    self.note(limited);
                }
                Err(Trouble::Passing(why)) => {
                    self.breaker.borrow_mut().failed(Instant::now());
                    self.last.borrow_mut().clone_from(&why);
                    let Some(delay) = delays.next() else {
                        return Err(Failure::Broken { why });
                    };
                    self.listener.tell(&Progress::Retrying { why: &why, after: delay });
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    /// Waits until the limits allow a request.
    async fn wait(&self) -> Result<(), Failure> {
        let turn = self.pace.borrow_mut().turn(Instant::now());
        tokio::time::sleep_until(turn).await;
        loop {
            let until = self.pace.borrow().until();
            match until.map_err(|until| Failure::Limited { until })? {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return Ok(()),
            }
        }
    }

    fn note(&self, limited: Limited) {
        let now = (self.options.now)();
        let wait = self.pace.borrow_mut().note(limited, Instant::now(), now);
        if let Some(wait) = wait {
            let until = SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok());
            self.listener.tell(&Progress::Waiting {
                limit: limited.limit,
                wait,
                until: until.unwrap_or(now),
            });
        }
    }

    async fn once<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(&[u8]) -> serde_json::Result<T>,
    ) -> Result<Answer<T>, Trouble> {
        let Reply { status, headers, body } = self.transport.send(request).await?;
        if let Some(date) = limits::date(&headers) {
            self.skew.set(date.duration_since((self.options.now)()));
        }
        if let Some(limited) =
            limits::refused(status, &headers, &String::from_utf8_lossy(&body), self.server_time())
        {
            return Err(Trouble::Limited(limited));
        }
        if let Some(limited) = limits::used_up(&headers, self.server_time())
            && limited.wait.is_some_and(|wait| !wait.is_zero())
        {
            self.note(limited);
        }
        match status {
            StatusCode::NOT_MODIFIED if request.validator.is_some() => Ok(Answer::Unchanged),
            _ if status.is_success() => match read(&body) {
                Ok(value) => Ok(Answer::Fresh(value, meta(&headers))),
                Err(error) if error.is_eof() => Err(Trouble::Passing("the answer broke off".to_owned())),
                Err(error) => Err(Trouble::Passing(format!("the answer can't be read: {error}"))),
            },
            StatusCode::REQUEST_TIMEOUT => Err(Trouble::Passing("the server gave up waiting".to_owned())),
            _ if status.is_server_error() => Err(Trouble::Passing(format!("the server answered {status}"))),
            StatusCode::UNAUTHORIZED => {
                Err(Trouble::Final(Failure::Credentials { why: message(&body, status) }))
            }
            StatusCode::FORBIDDEN => Err(Trouble::Final(Failure::Forbidden { why: message(&body, status) })),
            StatusCode::NOT_FOUND | StatusCode::GONE => Err(Trouble::Final(Failure::Missing)),
            _ => Err(Trouble::Final(Failure::Refused { why: message(&body, status) })),
        }
    }
}

fn meta(headers: &HeaderMap) -> Meta {
    let text = |name: header::HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
    Meta {
        validator: Validator { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) },
        next: text(header::LINK).map(|link| link.contains("rel=\"next\"")),
    }
}

/// What the server says about a refusal, shortened to what a line can hold.
fn message(body: &[u8], status: StatusCode) -> String {
    let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let said = value.as_ref().and_then(|value| value.get("message")).and_then(serde_json::Value::as_str);
    let said: Option<String> = said.map(|text| text.chars().filter(|c| !c.is_control()).take(300).collect());
    said.map_or_else(|| format!("the server answered {status}"), |said| format!("{said} ({status})"))
}
