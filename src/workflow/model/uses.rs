//! What `uses:` names: an action, a reusable workflow, an image.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A `uses:` with the version that its comment says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Uses {
    /// What is used, without the reference.
    pub target: Target,
    /// The commit, tag or branch after the `@`.
    pub reference: Option<String>,
    /// The version that the reference stands for, from the comment beside it.
    pub comment: Option<String>,
}

/// What is used.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Target {
    /// An action or a workflow in a repository.
    Repository {
        /// The owner of the repository.
        owner: String,
        /// The name of the repository.
        name: String,
        /// The path inside the repository, if it isn't the root.
        path: Option<String>,
    },
    /// A path in the same repository: `./...`, or `$/...` for the commit of the running workflow.
    Local(String),
    /// An image with its tag or digest, without `docker://`.
    Docker(String),
}

impl Uses {
    /// Reads the value of a `uses:` key, which holds no comment.
    ///
    /// # Errors
    /// What is wrong with it, as one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(format!("`{text}` is no action: blanks are not allowed"));
        }
        if text.starts_with("./") || text.starts_with("$/") {
            return Ok(Uses { target: Target::Local(text.to_owned()), reference: None, comment: None });
        }
        if let Some(image) = text.strip_prefix("docker://") {
            return match image {
                "" => Err("`docker://` names no image".to_owned()),
                _ => Ok(Uses { target: Target::Docker(image.to_owned()), reference: None, comment: None }),
            };
        }
        let (target, reference) = match text.split_once('@') {
            Some((target, reference)) => (target, Some(reference)),
            None => (text, None),
        };
        let mut parts = target.splitn(3, '/');
        let (owner, name, path) = (parts.next(), parts.next(), parts.next());
        match (owner, name) {
            (Some(owner), Some(name))
                if !owner.is_empty() && !name.is_empty() && path != Some("") && reference != Some("") =>
            {
                let target = Target::Repository {
                    owner: owner.to_owned(),
                    name: name.to_owned(),
                    path: path.map(str::to_owned),
                };
                Ok(Uses { target, reference: reference.map(str::to_owned), comment: None })
            }
            _ => Err(format!(
                "`{text}` is no action: expected `owner/repository@reference`, `./path` or `docker://image`"
            )),
        }
    }

    /// Says which version the reference stands for.
    #[must_use]
    pub fn with_comment(mut self, version: impl Into<String>) -> Self {
        self.comment = Some(version.into());
        self
    }

    /// `owner/name`, if it is in a repository.
    pub fn repository(&self) -> Option<String> {
        match &self.target {
            Target::Repository { owner, name, .. } => Some(format!("{owner}/{name}")),
            _ => None,
        }
    }

    /// Whether what is used can't change: a full commit, an image digest, or the same repository.
    pub fn is_pinned(&self) -> bool {
        match &self.target {
            Target::Local(_) => true,
            Target::Docker(image) => {
                image.split_once("@sha256:").is_some_and(|(_, digest)| is_hex(digest, 64))
            }
            Target::Repository { .. } => self.reference.as_deref().is_some_and(|r| is_hex(r, 40)),
        }
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Repository { owner, name, path: None } => write!(f, "{owner}/{name}"),
            Target::Repository { owner, name, path: Some(path) } => write!(f, "{owner}/{name}/{path}"),
            Target::Local(path) => f.write_str(path),
            Target::Docker(image) => write!(f, "docker://{image}"),
        }
    }
}

/// The value of the `uses:` key, without the comment.
impl fmt::Display for Uses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reference {
            Some(reference) => write!(f, "{}@{reference}", self.target),
            None => self.target.fmt(f),
        }
    }
}

impl<'de> Deserialize<'de> for Uses {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Uses::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl Serialize for Uses {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_printed_again() {
        for text in [
            "actions/checkout@v4",
            "actions/checkout",
            "github/codeql-action/init@45775bd8235c68ba998cffa5171334d58593da47",
            "octo/repo/.github/workflows/ci.yml@main",
            "./.github/actions/setup",
            "$/.github/actions/setup",
            "docker://alpine:3.20",
        ] {
            assert_eq!(Uses::parse(text).map(|uses| uses.to_string()).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in
            ["", "checkout@v4", "/checkout@v4", "a/@v1", "a/b/@v1", "a/b@", "docker://", "a/b@v1 # v1"]
        {
            assert!(Uses::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_full_commit_or_a_digest_is_pinned() {
        let pinned = |text: &str| Uses::parse(text).unwrap().is_pinned();
        assert!(pinned("actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683"));
        assert!(pinned(&format!("docker://alpine@sha256:{}", "0".repeat(64))));
        assert!(!pinned("actions/checkout@v4"));
        assert!(!pinned("actions/checkout@11bd719"));
        assert!(!pinned("docker://alpine:3.20"));
    }
}
