//! `pack.yml`: how the projects of one language or concern are recognised, and which facts are read from where.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Document, Source as Library};
use crate::data::decode::decode;
use crate::data::{Node, Problem};
use crate::error::{Error, Kind, Result};

/// What a `pack.yml` says. Everything but the name may be left out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pack {
    /// The name for people, e.g. `Rust`.
    pub name: String,
    /// How a project is recognised. A pack without this holds data for the others.
    #[serde(default)]
    pub project: Option<ProjectSpec>,
    /// Directories whose manifests never drive a workflow.
    #[serde(default)]
    pub noise: Vec<Noise>,
    /// Facts about each project of this pack.
    #[serde(default)]
    pub facts: IndexMap<String, FactSpec>,
    /// Facts about the repository, whatever projects are in it.
    #[serde(default)]
    pub repository: IndexMap<String, FactSpec>,
    /// The list of versions that the manifests say is supported.
    #[serde(default)]
    pub versions: Option<Versions>,
    /// Frameworks, by the dependencies that prove them.
    #[serde(default)]
    pub frameworks: Vec<Framework>,
    /// Linters.
    #[serde(default)]
    pub linters: Vec<Tool>,
    /// Formatters.
    #[serde(default)]
    pub formatters: Vec<Tool>,
    /// Type checkers; the first that is found is the project's.
    #[serde(default)]
    pub type_checkers: Vec<Tool>,
    /// Test runners; the first that is found is the project's.
    #[serde(default)]
    pub test_runners: Vec<Tool>,
    /// Kinds of tests, found by parsing source files.
    #[serde(default)]
    pub tests: Vec<TestSpec>,
    /// Service to the dependencies that talk to it.
    #[serde(default)]
    pub drivers: IndexMap<String, Names>,
    /// Services that tests can need.
    #[serde(default)]
    pub services: Vec<ServiceSpec>,
    /// Names of tasks and the files that hold them.
    #[serde(default)]
    pub tasks: Option<Tasks>,
    /// Files that Dependabot can update, whatever project they belong to.
    #[serde(default)]
    pub updates: Vec<FileUpdates>,
    /// Language, as linguist names it, to the language as CodeQL names it.
    #[serde(default)]
    pub codeql: IndexMap<String, String>,
}

/// Files that Dependabot can update, whatever project they belong to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FileUpdates {
    /// The value of `package-ecosystem`.
    pub ecosystem: String,
    /// Globs of the files. Their directories are what Dependabot is told.
    pub files: Names,
    /// Dependabot is told the root, wherever the files are.
    #[serde(default)]
    pub root: bool,
}

/// How a project is recognised and read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProjectSpec {
    /// Files that make a directory a project, strongest first. All that are there are read; the first says most.
    pub manifests: Vec<ManifestSpec>,
    /// `project.manager`, when nothing else can be it.
    #[serde(default)]
    pub manager: Option<String>,
    /// Lock files, strongest first; searched up to the workspace root.
    #[serde(default)]
    pub lockfiles: Vec<Lockfile>,
    /// Manager to the command that runs a script of the manifest; `{name}` is the script.
    #[serde(default)]
    pub run: IndexMap<String, String>,
    /// Facts of members that reach their workspace root: lists are united, flags are or-ed.
    #[serde(default)]
    pub roll_up: Vec<String>,
    /// Facts of members that reach their workspace root as the highest version of all.
    #[serde(default)]
    pub roll_up_highest: Vec<String>,
    /// A dependency of this name that is a member of the same workspace is that member.
    #[serde(default)]
    pub links_members_by_name: bool,
    /// How Dependabot names the ecosystem.
    #[serde(default)]
    pub updates: Option<Updates>,
}

/// A file that makes a directory a project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ManifestSpec {
    /// Name or glob, without directories.
    pub file: String,
    /// The reader of this format, for formats that need logic.
    #[serde(default)]
    pub reader: Option<String>,
    /// The manager that this file implies. Manifests of another manager in the same directory are refused.
    #[serde(default)]
    pub manager: Option<String>,
    /// Whether it makes a directory a project on its own, or only adds to a stronger manifest.
    #[serde(default = "yes")]
    pub alone: bool,
    /// On its own it counts only when a file below its directory matches one of these globs.
    #[serde(default)]
    pub with: Vec<String>,
    /// It doesn't count when one of these files is beside it.
    #[serde(default)]
    pub unless: Vec<String>,
    /// Globs of names that `file` matches too and that are something else, e.g. templates.
    #[serde(default)]
    pub except: Vec<String>,
    /// Where the project's name is; `.` as a file is the manifest.
    #[serde(default)]
    pub name: Vec<Source>,
    /// Where its version is.
    #[serde(default)]
    pub version: Vec<Source>,
    /// Directories or globs of workspace members; makes this a workspace root.
    #[serde(default)]
    pub members: Vec<Source>,
    /// Directories or globs that are no members.
    #[serde(default)]
    pub exclude: Vec<Source>,
    /// A map from name to range, or a list of names.
    #[serde(default)]
    pub dependencies: Vec<DependencySource>,
    /// A map from name to command.
    #[serde(default)]
    pub scripts: Vec<Source>,
}

/// Where dependencies of one kind are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DependencySource {
    /// `runtime`, `dev`, `build`, `optional` or `peer`.
    #[serde(default)]
    pub kind: DependencyKind,
    /// Where they are.
    pub from: Source,
}

/// What a dependency is needed for.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Deserialize,
    JsonSchema,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyKind {
    /// To run.
    #[default]
    Runtime,
    /// To develop or test.
    Dev,
    /// To build.
    Build,
    /// When somebody asks for it.
    Optional,
    /// The user of this project brings it.
    Peer,
}

/// A lock file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lockfile {
    /// Its name.
    pub file: String,
    /// The managers that read it; empty for all.
    #[serde(default)]
    pub managers: Vec<String>,
}

/// How Dependabot names an ecosystem.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Updates {
    /// The value of `package-ecosystem`.
    pub ecosystem: String,
    /// Other values for other managers.
    #[serde(default)]
    pub managers: IndexMap<String, String>,
    /// Whether members need a directory of their own, or the root covers them.
    #[serde(default)]
    pub members: bool,
}

/// A directory whose manifests never drive a workflow.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Noise {
    /// A path segment, as a glob.
    pub segment: String,
    /// What it is, e.g. `test data`.
    pub because: String,
    /// It is noise only when one of these files is beside it.
    #[serde(default)]
    pub beside: Vec<String>,
}

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
    /// For `ci`: only workflows that wfgen did not write.
    #[serde(default)]
    pub foreign: bool,
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
    /// For `fact`: it must be this, or contain it.
    #[serde(default)]
    pub is: Option<Value>,
    /// Search the directories above too.
    #[serde(default)]
    pub upwards: Option<Upwards>,
    /// The text must match; its first group, if it has one, becomes the value.
    #[serde(default, rename = "match")]
    pub matches: Option<String>,
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

/// Releases of a language, and how the list of supported ones is found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Versions {
    /// The fact that is established, e.g. `python.versions`.
    pub fact: String,
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
    /// A fact that lists what is run on each version; what the range refuses is dropped from it too.
    #[serde(default)]
    pub legs: Option<Legs>,
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

/// A framework and the dependencies that prove it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// Its name, e.g. `Next.js`.
    pub name: String,
    /// What it is: `web`, `server`, `cli`, `async`, `orm`, `ml`...
    pub category: String,
    /// Any of these (globs).
    pub dependencies: Names,
    /// Frameworks it is built on, which are then not worth naming.
    #[serde(default)]
    pub supersedes: Vec<String>,
}

/// A tool and what proves that the project uses it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tool {
    /// Its name as a command, e.g. `ruff`.
    pub name: String,
    /// The first that is there counts.
    pub evidence: Vec<Source>,
}

/// A kind of tests, found by parsing source files.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TestSpec {
    /// What a test of this kind is called, e.g. `pytest`.
    pub kind: String,
    /// The grammar.
    pub language: String,
    /// Globs of the files that can hold such tests; without `/` they match names.
    pub files: Names,
    /// A file is parsed only when one of these texts is in it.
    pub mark: Names,
    /// Every match is one test.
    pub query: String,
    /// The file must match this too, e.g. an import.
    #[serde(default)]
    pub requires: Option<String>,
}

/// A service that tests can need.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceSpec {
    /// Its name, e.g. `postgres`.
    pub name: String,
    /// Names of images that are this service, without registry and tag.
    pub images: Names,
    /// The image when a compose file names none with a tag.
    pub image: String,
    /// Ports as a workflow maps them.
    #[serde(default)]
    pub ports: Vec<String>,
    /// Environment of the service, e.g. a throw-away password.
    #[serde(default)]
    pub env: IndexMap<String, String>,
    /// The options that make a job wait until it is healthy.
    #[serde(default)]
    pub options: Option<String>,
}

/// Names of tasks and the files that hold them.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tasks {
    /// Task to the names it goes by, best first.
    #[serde(default)]
    pub names: IndexMap<String, Names>,
    /// Names that look like a task and are none for CI.
    #[serde(default)]
    pub refuse_names: Vec<Refuse>,
    /// Commands that are none for CI: they watch, wait for a person, deploy.
    #[serde(default)]
    pub refuse_commands: Vec<Refuse>,
    /// The files, strongest first.
    #[serde(default)]
    pub runners: Vec<Runner>,
}

/// What is refused, and why.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refuse {
    /// A regular expression.
    #[serde(rename = "match")]
    pub matches: String,
    /// Why.
    pub because: String,
}

/// A kind of file that holds tasks.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Runner {
    /// Its name, e.g. `make`.
    pub name: String,
    /// File names, the first that is there counts.
    pub files: Names,
    /// The reader of this format.
    pub reader: String,
    /// The command; `{name}` is the task.
    pub run: String,
}

/// One name or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Names {
    /// Each name.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Names(vec![name])),
            Value::Array(names) => names
                .into_iter()
                .map(|name| match name {
                    Value::String(name) => Ok(name),
                    other => Err(D::Error::custom(format!("expected a name, found {other}"))),
                })
                .collect::<std::result::Result<_, _>>()
                .map(Names),
            other => Err(D::Error::custom(format!("expected a name or a list of names, found {other}"))),
        }
    }
}

impl JsonSchema for Names {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One name or several.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        })
    }
}

/// A path into a tree: keys with dots between them, or a list of keys; `*` is every item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At(pub Vec<String>);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let Names(mut keys) = Names::deserialize(deserializer)?;
        if keys.len() == 1 {
            keys = keys[0].split('.').map(str::to_owned).collect();
        }
        Ok(At(keys))
    }
}

impl JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "At".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Names::json_schema(generator)
    }
}

fn yes() -> bool {
    true
}

/// A pack that is decoded when somebody asks for it.
#[derive(Debug)]
struct Entry {
    document: Document,
    decoded: OnceLock<std::result::Result<Pack, Problem>>,
}

/// The packs of a library by id. Only those that are asked for are decoded: most repositories need two or three.
#[derive(Debug, Default)]
pub struct Packs(BTreeMap<String, Entry>);

impl Entry {
    fn fault(&self, problem: &Problem) -> Error {
        Error::new(Kind::Invalid, problem.diagnose(&self.document.path, &self.document.text))
    }
}

impl Packs {
    /// The packs of several libraries; a later one replaces a pack of the same id.
    ///
    /// # Errors
    /// Packs of overlays are decoded at once, so that a fault is told before anything is looked at.
    pub fn load(libraries: &[Library]) -> Result<Self> {
        let mut packs = BTreeMap::new();
        for document in libraries.iter().flat_map(Library::documents) {
            let Some(id) =
                document.path.strip_prefix("components/").and_then(|p| p.strip_suffix("/pack.yml"))
            else {
                continue;
            };
            packs.insert(id.to_owned(), Entry { document: document.clone(), decoded: OnceLock::new() });
        }
        let packs = Packs(packs);
        for (id, entry) in &packs.0 {
            if !entry.document.text.is_empty() {
                packs.get(id)?;
                check_regexes(&entry.document.node).map_err(|problem| entry.fault(&problem))?;
            }
        }
        Ok(packs)
    }

    /// The ids in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A pack by id.
    ///
    /// # Errors
    /// When there is none, or its `pack.yml` is wrong; the line is shown.
    pub fn get(&self, id: &str) -> Result<&Pack> {
        let Some(entry) = self.0.get(id) else {
            return Err(Error::usage(format!("there is no pack `{id}`")));
        };
        let decoded = entry.decoded.get_or_init(|| decode_pack(&entry.document.node));
        decoded.as_ref().map_err(|problem| entry.fault(problem))
    }

    /// What a fact means, if a pack establishes it.
    pub fn about(&self, fact: &str) -> Option<String> {
        self.0.values().find_map(|entry| {
            let pack = &entry.document.node;
            if pack.at(&["versions", "fact"]).and_then(Node::as_str) == Some(fact) {
                return Some(format!("The versions of {} that are supported", pack.get("name")?.as_str()?));
            }
            let spec = ["facts", "repository"].iter().find_map(|part| pack.at(&[part, fact]))?;
            Some(spec.get("about")?.as_str()?.to_owned())
        })
    }

    /// A part of a pack without decoding the whole.
    pub fn raw(&self, id: &str) -> Option<&Node> {
        self.0.get(id).map(|entry| &entry.document.node)
    }
}

fn decode_pack(node: &Node) -> std::result::Result<Pack, Problem> {
    let pack: Pack = decode(node)?;
    check_sources(node)?;
    Ok(pack)
}

/// The keys that are a kind of evidence.
pub const KINDS: &[&str] = &[
    "file",
    "glob",
    "json",
    "toml",
    "yaml",
    "xml",
    "line",
    "regex",
    "ci",
    "tree-sitter",
    "dependency",
    "fact",
    "one-of",
];

/// Every regular expression compiles. A test does this for the bundled packs, so that no start pays for it.
fn check_regexes(node: &Node) -> std::result::Result<(), Problem> {
    for (key, value) in node.entries() {
        if let (Some("regex" | "ci" | "match"), Some(text)) = (key.as_str(), value.as_str())
            && let Err(error) = Regex::new(text)
        {
            return Err(Problem::new(format!("not a regular expression: {error}"), value.line, value.column));
        }
        check_regexes(value)?;
    }
    node.items().iter().try_for_each(check_regexes)
}

/// Exactly one kind of evidence in each place: `deny_unknown_fields` can't say that.
fn check_sources(node: &Node) -> std::result::Result<(), Problem> {
    for (key, value) in node.entries() {
        match key.as_str() {
            Some(
                "first" | "all" | "evidence" | "one-of" | "name" | "version" | "members" | "exclude"
                | "scripts",
            ) => {
                for source in value.items().iter().filter(|item| !item.entries().is_empty()) {
                    check_source(source)?;
                }
            }
            Some("from") => check_source(value)?,
            _ => {}
        }
        check_sources(value)?;
    }
    node.items().iter().try_for_each(check_sources)
}

fn check_source(source: &Node) -> std::result::Result<(), Problem> {
    const VERSION_KEYS: [&str; 3] = ["listed", "range", "pinned"];
    let kinds: Vec<&str> = KINDS.iter().copied().filter(|kind| source.get(kind).is_some()).collect();
    let versions = VERSION_KEYS.iter().any(|key| source.get(key).is_some());
    match (kinds.as_slice(), versions) {
        ([_], false) | ([], true) => Ok(()),
        ([], false) => Err(Problem::new(
            format!("no kind of evidence here; one of {} is needed", KINDS.join(", ")),
            source.line,
            source.column,
        )),
        _ => Err(Problem::new(
            format!("several kinds of evidence in one place: {}", kinds.join(", ")),
            source.line,
            source.column,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::yaml;

    #[test]
    fn every_bundled_pack_is_valid() {
        let packs = Packs::load(&[Library::bundled()]).unwrap();
        for id in packs.ids() {
            if let Err(error) = packs.get(id) {
                panic!("{id}: {error}");
            }
        }
    }

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_types() {
        let text = serde_json::to_string_pretty(&schemars::schema_for!(Pack)).unwrap() + "\n";
        snapbox::assert_data_eq!(text, snapbox::file!["../../schemas/pack.schema.json"].raw());
    }

    #[test]
    fn a_misspelt_key_is_shown_at_its_line_with_what_was_meant() {
        let node = yaml::parse("name: X\nfacts:\n  x.y:\n    about: why\n    frist: []\n").unwrap();
        let problem = decode_pack(&node).unwrap_err();
        assert!(problem.message.contains("did you mean `first`?"), "{problem:?}");
    }

    #[test]
    fn a_place_without_or_with_two_kinds_of_evidence_is_refused_at_its_line() {
        let text = "name: X\nfacts:\n  x.y:\n    about: why\n    first:\n      - { file: a }\n      - { value: b }\n";
        assert_eq!(decode_pack(&yaml::parse(text).unwrap()).unwrap_err().line, 7);
        let text = "name: X\nlinters:\n  - name: l\n    evidence:\n      - { file: a, line: b }\n";
        assert_eq!(decode_pack(&yaml::parse(text).unwrap()).unwrap_err().line, 5);
    }
}
