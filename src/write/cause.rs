//! Why something that is generated differs from what was generated last.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::blocks::fingerprint;

/// What was taken from the checkout: by project (its id, or [`REPOSITORY`]), then by fact.
pub type Grounds = BTreeMap<String, BTreeMap<String, Kept>>;

/// What stands in place of a project for facts of the whole repository.
pub const REPOSITORY: &str = "repository";

/// Longer values are kept as a digest.
const LONGEST: usize = 160;
const DIGEST: &str = "digest:";

/// The value of a fact as the lock keeps it, and the jobs that took it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// JSON on one line, or a digest of it.
    pub value: String,
    /// The ids of the jobs; a fact of the file as a whole has none.
    #[serde(default)]
    pub jobs: BTreeSet<String>,
}

impl Kept {
    /// A value, given as JSON on one line.
    pub fn new(json: String) -> Self {
        let long = json.len() > LONGEST;
        let value = if long { format!("{DIGEST}{}", fingerprint(&json)) } else { json };
        Kept { value, jobs: BTreeSet::new() }
    }
}

/// What the lock says of the last run about one file.
#[derive(Debug, Clone, Default)]
pub struct Was {
    /// The components of the file, with their versions.
    pub components: BTreeMap<String, String>,
    /// What was taken from the checkout; empty when the lock is older than this part of it.
    pub facts: Grounds,
    /// The jobs that were generated.
    pub jobs: BTreeSet<String>,
}

/// One reason for a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Cause {
    /// A fact, or a setting of the user's, has another value.
    Fact {
        /// Its name.
        fact: String,
        /// The project that it is of, or [`REPOSITORY`].
        project: String,
        /// The value now; none when it isn't known any more.
        now: Option<String>,
        /// The value when the file was generated; none when it wasn't known.
        was: Option<String>,
        /// `file:line`, when known.
        place: Option<String>,
    },
    /// The library has another version of a component.
    Component {
        /// Its id.
        component: String,
        /// The version now.
        now: String,
        /// The version when the file was generated.
        was: String,
    },
    /// A rule asks for a job that was not there.
    Rule {
        /// The rule.
        rule: String,
        /// Its reason.
        reason: String,
    },
    /// A project is gone.
    Project {
        /// Its id.
        project: String,
    },
    /// What it follows from now, where nothing says what that was.
    Follows {
        /// The fact.
        fact: String,
        /// Its value.
        now: String,
        /// `file:line`, when known.
        place: Option<String>,
    },
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |place: &Option<String>| place.as_ref().map(|p| format!(" ({p})")).unwrap_or_default();
        match self {
            Cause::Fact { fact, now: Some(now), was: Some(was), place, .. }
                if is_digest(now) && is_digest(was) =>
            {
                write!(f, "because {fact} has another value than it had{}", at(place))
            }
            Cause::Fact { fact, now, was, place, .. } => {
                match now {
                    Some(now) => write!(f, "because {fact} is now {}{}", shown(now), at(place))?,
                    None => write!(f, "because {fact} is no longer known")?,
                }
                match was {
                    Some(was) if is_digest(was) => f.write_str("; it was another value"),
                    Some(was) => write!(f, "; it was {was}"),
                    None => f.write_str("; it was not known"),
                }
            }
            Cause::Component { component, now, was } => {
                write!(f, "because the library's {component} is {now}; it was {was}")
            }
            Cause::Rule { rule, reason } => write!(f, "because {reason} [{rule}]"),
            Cause::Project { project } => write!(f, "because the project {project} is no longer there"),
            Cause::Follows { fact, now, place } => {
                write!(f, "it follows from {fact}, now {}{}", shown(now), at(place))
            }
        }
    }
}

fn is_digest(value: &str) -> bool {
    value.starts_with(DIGEST)
}

fn shown(value: &str) -> &str {
    if is_digest(value) { "another value" } else { value }
}
