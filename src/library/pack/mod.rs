//! `pack.yml`: how the projects of one language or concern are recognised, and which facts are read from where.

mod names;
mod project;
mod source;
mod tools;
mod versions;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use names::{At, Names};
pub use project::{
    DependencyKind, DependencySource, FileUpdates, Lockfile, ManifestSpec, Noise, ProjectSpec, Reach, Updates,
};
pub use source::{FactSpec, Source, Upwards};
pub use tools::{Call, Calls, Commands, Framework, Refuse, Runner, ServiceSpec, Tasks, TestSpec, Tool};
pub use versions::{Break, Dialect, Legs, Release, Single, VersionSource, Versions};

use super::{Document, Source as Library};
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
    /// Commands of the language's own tools that check something where existing workflows run them.
    #[serde(default)]
    pub commands: Vec<Commands>,
    /// Files that Dependabot can update, whatever project they belong to.
    #[serde(default)]
    pub updates: Vec<FileUpdates>,
    /// Language, as linguist names it, to the language as CodeQL names it.
    #[serde(default)]
    pub codeql: IndexMap<String, String>,
    /// Language, as CodeQL names it, to the files that it can't be analysed without.
    #[serde(default)]
    pub codeql_sources: IndexMap<String, Names>,
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
            if !entry.document.is_bundled() {
                packs.get(id)?;
                check_regexes(entry.document.node()).map_err(|problem| entry.fault(&problem))?;
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
        let decoded = entry.decoded.get_or_init(|| decode_pack(&entry.document));
        decoded.as_ref().map_err(|problem| entry.fault(problem))
    }

    /// What a fact means, if a pack establishes it.
    pub fn about(&self, fact: &str) -> Option<String> {
        self.0.values().find_map(|entry| {
            let pack = entry.document.node();
            if pack.at(&["versions", "fact"]).and_then(Node::as_str) == Some(fact) {
                return Some(format!("The versions of {} that are supported", pack.get("name")?.as_str()?));
            }
            let spec = ["facts", "repository"].iter().find_map(|part| pack.at(&[part, fact]))?;
            Some(spec.get("about")?.as_str()?.to_owned())
        })
    }

    /// The packs that say something under a key, in the order of their ids.
    pub fn with_key(&self, key: &str) -> impl Iterator<Item = Result<&Pack>> {
        self.0.iter().filter(move |(_, entry)| entry.document.has(key)).map(|(id, _)| self.get(id))
    }

    /// What a pack says under a key, without decoding the whole; nothing when it says nothing.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn part<T: DeserializeOwned>(&self, id: &str, key: &str) -> Result<Option<T>> {
        let Some(entry) = self.0.get(id) else { return Ok(None) };
        entry.document.part(key).map_err(|problem| entry.fault(&problem))
    }
}

fn decode_pack(document: &Document) -> std::result::Result<Pack, Problem> {
    let pack = document.decode()?;
    // Those that are bundled are checked by a test.
    if !document.is_bundled() {
        check_sources(document.node())?;
    }
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
    "ci-at",
    "ci-axis",
    "tree-sitter",
    "dependency",
    "fact",
    "one-of",
];

/// Every regular expression compiles. A test does this for the bundled packs, so that no start pays for it.
fn check_regexes(node: &Node) -> std::result::Result<(), Problem> {
    for (key, value) in node.entries() {
        if let (Some("regex" | "ci" | "beside" | "match"), Some(text)) = (key.as_str(), value.as_str())
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

    #[test]
    fn every_bundled_pack_is_valid() {
        let packs = Packs::load(&[Library::bundled()]).unwrap();
        for id in packs.ids() {
            if let Err(error) = packs.get(id) {
                panic!("{id}: {error}");
            }
            check_sources(packs.0[id].document.node()).unwrap();
        }
    }

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_types() {
        let text = serde_json::to_string_pretty(&schemars::schema_for!(Pack)).unwrap() + "\n";
        snapbox::assert_data_eq!(text, snapbox::file!["../../../schemas/pack.schema.json"].raw());
    }

    fn fault(text: &str) -> Problem {
        decode_pack(&Document::parse("components/x/pack.yml".into(), text.into()).unwrap()).unwrap_err()
    }

    #[test]
    fn a_misspelt_key_is_shown_at_its_line_with_what_was_meant() {
        let problem = fault("name: X\nfacts:\n  x.y:\n    about: why\n    frist: []\n");
        assert!(problem.message.contains("did you mean `first`?"), "{problem:?}");
    }

    #[test]
    fn a_place_without_or_with_two_kinds_of_evidence_is_refused_at_its_line() {
        let text = "name: X\nfacts:\n  x.y:\n    about: why\n    first:\n      - { file: a }\n      - { value: b }\n";
        assert_eq!(fault(text).line, 7);
        let text = "name: X\nlinters:\n  - name: l\n    evidence:\n      - { file: a, line: b }\n";
        assert_eq!(fault(text).line, 5);
    }
}
