//! A fact, and the places that can say it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::names::{At, Names};

/// A fact and the places that can say it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FactSpec {
    /// What the fact means, one sentence.
    pub about: String,
    /// The first place that says something wins; the others are kept as refused.
    #[serde(default)]
    pub first: Vec<Source>,
    /// All places together give a list.
    #[serde(default)]
    pub all: Vec<Source>,
}

/// A place that can say something. Exactly one of the kinds of evidence is set.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Evidence: the file is there. Gives its path.
    #[serde(default)]
    pub file: Option<Names>,
    /// Evidence: a file below matches. Gives the paths.
    #[serde(default)]
    pub glob: Option<Names>,
    /// Evidence: a JSON file has something `at` a path. Gives it.
    #[serde(default)]
    pub json: Option<Names>,
    /// Evidence: a TOML file has something `at` a path. Gives it.
    #[serde(default)]
    pub toml: Option<Names>,
    /// Evidence: a YAML file has something `at` a path. Gives it.
    #[serde(default)]
    pub yaml: Option<Names>,
    /// Evidence: an XML file has something `at` a path. Gives it.
    #[serde(default)]
    pub xml: Option<Names>,
    /// Evidence: the first line of the file that is neither empty nor a comment. Gives it.
    #[serde(default)]
    pub line: Option<Names>,
    /// Evidence: a line of the file `in` matches this expression. Gives the first group, or the match.
    #[serde(default)]
    pub regex: Option<String>,
    /// Evidence: a line of an existing workflow matches this expression. Gives the first group, or the match.
    #[serde(default)]
    pub ci: Option<String>,
    /// Evidence: an existing workflow has something at this path of keys. Gives it.
    #[serde(default)]
    pub ci_at: Option<At>,
    /// Evidence: a matrix of an existing workflow has an axis of one of these names, of its own or in a leg. Gives its
    /// values.
    #[serde(default)]
    pub ci_axis: Option<Names>,
    /// For `ci`, `ci-at` and `ci-axis`: only workflows that wfgen did not write.
    #[serde(default)]
    pub foreign: bool,
    /// For `ci`, `ci-at` and `ci-axis`: only workflows that wfgen did not write; when they are gone, the lock file remembers
    /// what they said.
    #[serde(default)]
    pub remembered: bool,
    /// For `ci`, `ci-at` and `ci-axis`: only workflows that a pull request or a push to a branch starts.
    #[serde(default)]
    pub on_changes: bool,
    /// For `ci`, `ci-at` and `ci-axis`: only jobs in which some line matches each of these expressions too; workflows, where a path
    /// of keys is in no job.
    #[serde(default)]
    pub beside: Names,
    /// For `ci`, `ci-at` and `ci-axis`: no job in which some line matches one of these expressions.
    #[serde(default)]
    pub not_beside: Names,
    /// For `ci`: only steps that no condition keeps to one version of a matrix.
    #[serde(default)]
    pub held: bool,
    /// For `ci`: no line that matches this expression too.
    #[serde(default)]
    pub unless: Option<String>,
    /// Evidence: the files `in` (a glob), parsed in this language, match the `query`. Gives the first capture.
    #[serde(default)]
    pub tree_sitter: Option<String>,
    /// Evidence: the project depends on one of these (globs). Gives the name.
    #[serde(default)]
    pub dependency: Option<Names>,
    /// Evidence: another fact of the same project. Gives its value.
    #[serde(default)]
    pub fact: Option<String>,
    /// Evidence: places of equal strength. When they disagree the answer is ambiguous, and says so.
    #[serde(default)]
    pub one_of: Option<Vec<Source>>,

    /// For trees: keys with dots between them, `*` for every item. Nothing means the file itself.
    #[serde(default)]
    pub at: Option<At>,
    /// For `regex` and `tree-sitter`: which files; a glob for `tree-sitter`.
    #[serde(default, rename = "in")]
    pub files: Option<Names>,
    /// For `tree-sitter`: the query.
    #[serde(default)]
    pub query: Option<String>,
    /// For `tree-sitter`: texts of which one is in each file with a match, so that the others need not be parsed.
    #[serde(default)]
    pub mark: Vec<String>,
    /// For `tree-sitter`: so many files are looked into, the first in the order of their paths.
    #[serde(default)]
    pub most: Option<usize>,
    /// For `fact`: it must be this, or contain it.
    #[serde(default)]
    pub is: Option<Value>,
    /// Search the directories above too.
    #[serde(default)]
    pub upwards: Option<Upwards>,
    /// The text must match; its first group, if it has one, becomes the value.
    #[serde(default, rename = "match")]
    pub matches: Option<String>,
    /// The text must be the path of a file that is there, from the root of the checkout.
    #[serde(default)]
    pub exists: bool,
    /// From what was read to the value; what isn't in it doesn't count.
    #[serde(default)]
    pub map: Option<IndexMap<String, Value>>,
    /// The value, whatever was read.
    #[serde(default)]
    pub value: Option<Value>,
    /// From 0 to 1; 1 when left out.
    #[serde(default)]
    pub confidence: Option<f64>,
}

/// How far up a file is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Upwards {
    /// Up to the root of the workspace.
    Workspace,
    /// Up to the root of the checkout.
    Checkout,
}
