//! What workflows said that were replaced or removed since: the lock file remembers it, so that what was generated from it
//! stays.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The lock file.
pub const LOCK_PATH: &str = ".github/wfgen.lock";

/// The table of the lock file.
pub const TABLE: &str = "remembered";

/// What workflows said: by project, then by fact.
pub type Memory = BTreeMap<String, BTreeMap<String, Said>>;

/// The value of a fact, and the workflows that said it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// JSON on one line.
    pub value: String,
    /// Their paths.
    pub files: Vec<String>,
}
