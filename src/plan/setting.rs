//! The value that an input has, and where it came from.

use serde::Serialize;
use serde_json::Value;

/// A value with its origin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// The value; null is "not set".
    pub value: Value,
    /// Who set it.
    pub origin: Origin,
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum Origin {
    /// The component's own default.
    Default,
    /// A fact about the checkout.
    Fact {
        /// Its name.
        name: String,
        /// Where it was read, `file:line`, when known.
        #[serde(skip_serializing_if = "Option::is_none")]
        place: Option<String>,
    },
    /// A rule, in its own words: where it passes a fact on, that is the origin.
    Rule {
        /// Its name.
        name: String,
    },
    /// The user's `wfgen.toml`.
    Config,
    /// The component that uses this one.
    Component {
        /// Its id.
        id: String,
        /// Whether the value holds text of the repository.
        foreign: bool,
    },
    /// wfgen itself: the jobs of the workflow and what may skip.
    Plan,
}

impl Setting {
    /// A value with its origin.
    pub fn new(value: Value, origin: Origin) -> Self {
        Setting { value, origin }
    }

    /// Whether the value holds text of the repository, which must never become code.
    pub fn is_foreign(&self) -> bool {
        match &self.origin {
            Origin::Fact { .. } => true,
            Origin::Component { foreign, .. } => *foreign,
            Origin::Default | Origin::Rule { .. } | Origin::Config | Origin::Plan => false,
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Fact { name, place: Some(place) } => write!(f, "{name} ({place})"),
            Origin::Fact { name, place: None } => f.write_str(name),
            Origin::Rule { name } => write!(f, "rule {name}"),
            Origin::Config => f.write_str("wfgen.toml"),
            Origin::Component { id, .. } => write!(f, "component {id}"),
            Origin::Plan => f.write_str("plan"),
        }
    }
}
