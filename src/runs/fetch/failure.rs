//! Why a request has no answer, and what that means.

use jiff::Timestamp;

use super::Ended;
use crate::error::{Error, Result};

/// Why a request has no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nobody the server knows is asking.
    Credentials { why: String },
    /// Whoever asks may not.
    Forbidden { why: String },
    /// It is not there, or must not be seen.
    Missing,
    /// A rate limit lasts too long.
    Limited { until: Timestamp },
    /// The server is not asked any more.
    Unavailable { why: String },
    /// No try at this request was answered.
    Broken { why: String },
    /// The answer is nothing to go on with.
    Refused { why: String },
    /// Ctrl-C.
    Interrupted,
    /// The store failed, which ends everything.
    Store(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Store(error)
    }
}

impl Failure {
    /// What it means for the repository.
    ///
    /// # Errors
    /// When it is the store that failed.
    pub(super) fn ended(self, repository: &str) -> Result<Ended> {
        let failed = |message: String, hint: &str| Ok(Ended::Failed(Error::environment(message).hint(hint)));
        match self {
            Failure::Store(error) => Err(error),
            Failure::Interrupted => Ok(Ended::Interrupted),
            Failure::Limited { until } => Ok(Ended::Limited { until }),
            Failure::Unavailable { why } | Failure::Broken { why } => Ok(Ended::Unavailable { why }),
            Failure::Missing => failed(
                format!("there is no repository `{repository}`, or it can't be seen"),
                "check the name, and that the token may read its actions",
            ),
            Failure::Credentials { why } => failed(
                format!("the server doesn't accept who asks for `{repository}`: {why}"),
                "set GITHUB_TOKEN to a token that is still valid",
            ),
            Failure::Forbidden { why } => failed(
                format!("the token may not read `{repository}`: {why}"),
                "give it the permission `actions: read`, and authorise it for the organisation's single sign-on",
            ),
            Failure::Refused { why } => failed(
                format!("the server's answer for `{repository}` can't be used: {why}"),
                "check the base address of the API",
            ),
        }
    }
}
