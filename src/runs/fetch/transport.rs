//! One try at a request: redirects, the body and its limit, and what it means when the connection fails.

use std::cell::Cell;

use reqwest::header::{self, HeaderMap};
use reqwest::{Method, Response, StatusCode, Url};

use super::failure::Failure;
use super::limits::Limited;
use super::redirect;
use super::store::Validator;
use crate::runs::Secret;

/// How many redirects one answer may take.
const REDIRECTS: u32 = 5;

/// A request to the server.
#[derive(Debug, Clone)]
pub(super) struct Request<'a> {
    pub method: Method,
    pub url: Url,
    pub bearer: Option<Secret>,
    pub validator: Option<&'a Validator>,
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why a try did not give an answer.
pub(super) enum Trouble {
    /// Another try may.
    Passing(String),
    Limited(Limited),
    Final(Failure),
}

/// Sends requests to one server.
pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    body_limit: usize,
    requests: Cell<u64>,
}

impl Transport {
    pub(super) fn new(http: reqwest::Client, base: Url, body_limit: usize) -> Self {
        Transport { http, base, body_limit, requests: Cell::new(0) }
    }

    /// The address of a path below the base.
    pub(super) fn url(&self, path: &str) -> Url {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        url.set_query(query);
        url
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// Sends a request, follows redirects with the token only to where the base is, and reads the body.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub(super) async fn send(&self, request: &Request<'_>) -> Result<Reply, Trouble> {
        let response = self.follow(request).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.body(response).await?;
        Ok(Reply { status, headers, body })
    }

    async fn follow(&self, request: &Request<'_>) -> Result<Response, Trouble> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            let home = redirect::is_home(&self.base, &url);
            let mut builder = self
                .http
                .request(request.method.clone(), url.clone())
                .header(header::ACCEPT, "application/vnd.github+json")
                .header("x-github-api-version", "2022-11-28");
            if let Some(bearer) = request.bearer.as_ref().filter(|_| home) {
                builder = builder.bearer_auth(bearer.expose());
            }
            if let Some(validator) = request.validator {
                if let Some(etag) = &validator.etag {
                    builder = builder.header(header::IF_NONE_MATCH, etag);
                }
                if let Some(date) = &validator.last_modified {
                    builder = builder.header(header::IF_MODIFIED_SINCE, date);
                }
            }
            self.requests.set(self.requests.get() + 1);
            let response = builder.send().await.map_err(|error| trouble(&error))?;
            let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
            if !is_redirect || request.method != Method::GET {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            url = redirect::target(&self.base, &url, location)
                .map_err(|why| Trouble::Final(Failure::Refused { why }))?;
        }
        Err(Trouble::Final(Failure::Refused { why: format!("more than {REDIRECTS} redirects") }))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Trouble> {
        let most = self.body_limit;
        let too_large =
            || Trouble::Final(Failure::Refused { why: format!("the answer is larger than {most} bytes") });
        let told = response.content_length().unwrap_or(0);
        if told > most as u64 {
            return Err(too_large());
        }
        let mut body = Vec::with_capacity(usize::try_from(told).unwrap_or(0));
        while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&error))? {
            if body.len() + chunk.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// What a transport error means, without the address that reqwest puts into it.
fn trouble(error: &reqwest::Error) -> Trouble {
    if error.is_builder() {
        return Trouble::Final(Failure::Refused { why: format!("the request can't be sent: {error}") });
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    Trouble::Passing(if error.is_timeout() {
        "the server took too long".to_owned()
    } else if error.is_connect() {
        format!("cannot connect: {cause}")
    } else if error.is_body() || error.is_decode() {
        format!("the answer broke off: {cause}")
    } else {
        format!("the connection broke: {cause}")
    })
}
