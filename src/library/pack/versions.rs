//! Releases of a language, and how the list of supported ones is found.

use schemars::JsonSchema;
use serde::Deserialize;

/// Releases of a language, and how the list of supported ones is found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Versions {
    /// The fact that is established, e.g. `python.versions`.
    pub fact: String,
    /// A fact that lists other implementations, whose versions are no numbers. They come first, so that the last version
    /// is the newest.
    #[serde(default)]
    pub also: Option<String>,
    /// A fact that lists what existing workflows test: of a range, they keep what is no longer maintained.
    #[serde(default)]
    pub tested: Option<String>,
    /// How ranges are written.
    pub dialect: Dialect,
    /// Where the release table comes from.
    pub source: String,
    /// The day the table describes, `YYYY-MM-DD`. What is maintained is decided by it and never by the clock.
    pub as_of: String,
    /// Oldest first.
    pub releases: Vec<Release>,
    /// The first that says something wins.
    pub first: Vec<VersionSource>,
    /// Releases that tools of the project do not run on.
    #[serde(default)]
    pub breaks: Vec<Break>,
    /// A fact that lists what is run on each version; what the range refuses is dropped from it too.
    #[serde(default)]
    pub legs: Option<Legs>,
    /// The version for what one version is enough for: the one that is developed with, when it is supported, else the newest.
    #[serde(default)]
    pub single: Option<Single>,
}

/// A fact with one version.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Single {
    /// Its name.
    pub fact: String,
    /// The fact with the version that is developed with.
    pub pinned: String,
}

/// A fact that lists what is run on each version.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Legs {
    /// Its name; a list of maps.
    pub fact: String,
    /// The key of the version in each of them.
    pub version: String,
    /// The fact with the range.
    pub within: String,
}

/// A dependency that does not run on newer releases of the language.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// Its name, e.g. `mocha`.
    pub dependency: String,
    /// The versions of it that are broken, as the dialect writes ranges.
    pub range: String,
    /// The first release of the language that breaks them.
    pub since: String,
    /// Why, with the source.
    pub because: String,
}

/// How ranges of versions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// `>=3.9,<4`, `~=3.10`, `^3.9` (Poetry).
    Pep440,
    /// `^20.19.0 || >=22`, `18.x`, `>=18 <23`.
    Npm,
    /// A plain version that is the lowest that works.
    Minimum,
}

/// One line of releases.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Release {
    /// As a workflow names it, e.g. `3.13`.
    pub version: String,
    /// The last day of support, `YYYY-MM-DD`.
    pub end_of_life: String,
    /// Taken only where it is named, and not because a range allows it: too new, or too old.
    #[serde(default)]
    pub named_only: bool,
    /// Not to be had on current runners.
    #[serde(default)]
    pub unavailable: bool,
}

/// One way to the list of supported versions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VersionSource {
    /// A fact that lists versions.
    #[serde(default)]
    pub listed: Option<String>,
    /// A fact with a range; every maintained release in it counts.
    #[serde(default)]
    pub range: Option<String>,
    /// A fact with one version.
    #[serde(default)]
    pub pinned: Option<String>,
    /// For `listed`: a fact with a range that they must also be in.
    #[serde(default)]
    pub within: Option<String>,
    /// Only the oldest of them.
    #[serde(default)]
    pub oldest: bool,
}
