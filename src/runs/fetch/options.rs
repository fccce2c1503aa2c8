//! What can be asked of a fetch.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;

use super::auth::Auth;
use crate::error::{Error, Result};
use crate::runs::Stop;

/// What to fetch, from where, as whom, and how patiently.
#[derive(Debug, Clone)]
pub struct Options {
    /// The base of the API: `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise.
    pub base_url: String,
    /// `owner/name` of each repository.
    pub repositories: Vec<String>,
    /// Who asks.
    pub auth: Auth,
    /// Only runs that came to be from here on.
    pub since: Option<Timestamp>,
    /// Stop a repository after this many runs that had to be stored.
    pub limit: Option<usize>,
    /// Whether to read the jobs and steps too: at least one request more for each attempt.
    pub jobs: bool,
    /// Whether to ask for each run's billed duration too: one request more for each run.
    pub durations: bool,
    /// How far back the list is read again although it is known, to find runs that were re-run meanwhile. GitHub allows
    /// re-runs for 30 days; the newest hundred runs are always looked at.
    pub again: SignedDuration,
    /// The longest time to wait for rate limits, in all.
    pub max_wait: Duration,
    /// How many requests are under way at once.
    pub concurrency: usize,
    /// The largest answer in bytes.
    pub body_limit: usize,
    /// How patiently it tries.
    pub timing: Timing,
    /// Ends it early, as Ctrl-C does, with what is stored by then.
    pub stop: Stop,
    /// Tells the time.
    pub now: fn() -> Timestamp,
}

/// How patiently a request is tried.
#[derive(Debug, Clone)]
pub struct Timing {
    /// The longest time for one try, from the connection to the last byte.
    pub timeout: Duration,
    /// The longest time in which nothing arrives.
    pub silence: Duration,
    /// How many requests a minute may have; GitHub's secondary limit is 900.
    pub requests_per_minute: u32,
    /// How often a request is tried again after a failure that may pass.
    pub retries: usize,
    /// The wait before the second try; it doubles with each try, with a random part added.
    pub backoff_first: Duration,
    /// The longest wait between two tries.
    pub backoff_most: Duration,
    /// The wait when a limit refuses and names no time; GitHub asks for a minute, and longer each time.
    pub secondary_wait: Duration,
    /// How many failures in a row open the breaker, so that no request is sent for a while.
    pub breaker_failures: u32,
    /// For how long.
    pub breaker_rest: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            timeout: Duration::from_secs(60),
            silence: Duration::from_secs(15),
            requests_per_minute: 900,
            retries: 4,
            backoff_first: Duration::from_millis(250),
            backoff_most: Duration::from_secs(20),
            secondary_wait: Duration::from_secs(60),
            breaker_failures: 10,
            breaker_rest: Duration::from_secs(60),
        }
    }
}

impl Options {
    /// Everything of these repositories on github.com that the public may see, with jobs.
    pub fn new(repositories: Vec<String>, now: fn() -> Timestamp) -> Self {
        Options {
            base_url: "https://api.github.com".to_owned(),
            repositories,
            auth: Auth::Anonymous,
            since: None,
            limit: None,
            jobs: true,
            durations: false,
            again: SignedDuration::from_hours(72),
            max_wait: Duration::from_secs(3600),
            concurrency: 8,
            body_limit: 32 << 20,
            timing: Timing::default(),
            stop: Stop::default(),
            now,
        }
    }

    /// The base as an address.
    ///
    /// # Errors
    /// When it is none, when a token would be sent in the clear, or when a repository is no `owner/name`.
    pub(super) fn check(&self) -> Result<Url> {
        if let Some(wrong) = self.repositories.iter().find(|name| !is_repository(name)) {
            return Err(Error::usage(format!("`{wrong}` is no repository")).hint("write it as owner/name"));
        }
        let base: Url = self.base_url.parse().map_err(|error| {
            Error::usage(format!("`{}` is no address of an API: {error}", self.base_url))
                .hint("the API of a GitHub Enterprise is at https://HOST/api/v3")
        })?;
        let safe = base.scheme() == "https" || base.scheme() == "http" && is_loopback(&base);
        if !safe || base.host_str().is_none() || !base.username().is_empty() || base.password().is_some() {
            return Err(Error::usage(format!("`{}` can't be used", shown(&base)))
                .hint("it has to begin with https:// and have no user name; http:// is for 127.0.0.1 only"));
        }
        Ok(base)
    }

    /// The HTTP client that suits these options. Its redirects and retries are ours.
    ///
    /// # Errors
    /// When there are no trust roots.
    pub(super) fn http(&self, base: &Url) -> Result<reqwest::Client> {
        // Someone else may have installed one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("wfgen/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(self.timing.silence)
            .read_timeout(self.timing.silence)
            .timeout(self.timing.timeout);
        if base.scheme() == "http" {
            // A server on this machine: no proxy in between, and no trust roots to read.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        builder.build().map_err(|error| {
            Error::environment(format!("cannot set up TLS: {error}"))
                .hint("install the system's certificates (package `ca-certificates`), or set SSL_CERT_FILE")
        })
    }
}

/// Whether it is `owner/name` in the letters that GitHub allows.
fn is_repository(name: &str) -> bool {
    let word = |word: &str| {
        let letters = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        letters && !word.is_empty() && word != "." && word != ".."
    };
    name.split_once('/').is_some_and(|(owner, name)| word(owner) && word(name))
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An address without what may be secret in it.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(base_url: &str, repository: &str) -> Result<Url> {
        let options = Options {
            base_url: base_url.to_owned(),
            ..Options::new(vec![repository.to_owned()], || Timestamp::UNIX_EPOCH)
        };
        options.check()
    }

    #[test]
    fn a_base_must_not_send_the_token_in_the_clear() {
        assert!(check("https://ghe.example.com/api/v3", "acme/app").is_ok());
        assert!(check("http://127.0.0.1:8080", "acme/app").is_ok());
        assert!(check("http://[::1]:8080", "acme/app").is_ok());
        assert!(check("http://ghe.example.com/api/v3", "acme/app").is_err());
        assert!(check("ghe.example.com", "acme/app").is_err());
        let error = check("https://me:hunter2@ghe.example.com", "acme/app").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name_that_can_be_no_other_path() {
        for wrong in ["app", "acme/", "acme/app/x", "acme/..", "acme/app?x", "a b/c", "../user"] {
            assert!(check("https://api.github.com", wrong).is_err(), "{wrong}");
        }
        assert!(check("https://api.github.com", "my-org/site.github.io").is_ok());
    }
}
