//! `.github/wfgen.lock`: what was generated, from what, and how the next run recognises it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::iter;

use indexmap::IndexMap;
use serde::Deserialize;

use super::Generated;
use super::blocks::Block;
use super::cause::{Grounds, Was};
use super::paths;
use super::text::ObjectFormat;
use crate::error::{Error, Location, Result};
use crate::workflow::memory::{self, Memory};

/// Where it is.
pub const PATH: &str = memory::LOCK_PATH;

/// The version of the format that is written, and the newest that is read.
const VERSION: i64 = 1;

/// The content of the lock file.
#[derive(Debug, Default)]
pub(super) struct Lock {
    pub(super) library: String,
    pub(super) files: BTreeMap<String, Entry>,
    /// What workflows of the user's said that may be gone when it is read.
    pub(super) remembered: Memory,
}

/// What is known of one generated file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    path: String,
    /// The blob id of the text *as generated*: without the user's parts, with the library's pins.
    pub(super) blob: String,
    #[serde(default)]
    pub(super) components: BTreeMap<String, String>,
    /// The fingerprint of every block of that text, by its path, and after it those of the further names of a step:
    /// enough to tell who changed what where the text itself is not to be had, as in a fresh clone.
    #[serde(default)]
    pub(super) blocks: IndexMap<String, String>,
    /// What was taken from the checkout: a difference is explained with it.
    #[serde(default)]
    pub(super) facts: Grounds,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "version")]
    _version: i64,
    library: String,
    #[serde(default)]
    file: Vec<Entry>,
    #[serde(default)]
    remembered: Memory,
}

impl Entry {
    /// An entry about a text as it was generated.
    pub(super) fn new(generated: &Generated, blob: String, text: &Block) -> Self {
        let mut blocks = IndexMap::new();
        fingerprints(text, &mut Vec::new(), &mut blocks);
        let Generated { path, components, facts, .. } = generated.clone();
        Entry { path, blob, components, blocks, facts }
    }

    /// The same text, generated again. Facts stay those that it was made from: what was written is itself evidence
    /// for some, and a fact that changes nothing is no reason to write the lock anew.
    pub(super) fn with(&self, generated: &Generated, lock: &Lock) -> Entry {
        let components = generated.components.clone();
        let facts = if lock.has_facts() { self.facts.clone() } else { generated.facts.clone() };
        Entry { components, facts, ..self.clone() }
    }

    /// What the last run made it from.
    pub(super) fn was(&self) -> Was {
        let job = |path: &String| {
            let id = path.strip_prefix("/jobs/").filter(|id| !id.contains('/'))?;
            Some(id.replace("~1", "/").replace("~0", "~"))
        };
        let jobs = self.blocks.keys().filter_map(job).collect();
        Was { components: self.components.clone(), facts: self.facts.clone(), jobs }
    }

    /// What was generated, as blocks of which only the fingerprints are known; `None` when there are none.
    pub(super) fn opaque(&self) -> Option<Block> {
        let root = self.blocks.get("/")?;
        Some(Block::opaque(String::new(), root.clone(), Vec::new(), self.below("")))
    }

    fn below(&self, parent: &str) -> Vec<Block> {
        let child = |(path, prints): (&String, &String)| {
            let id = path.strip_prefix(parent)?.strip_prefix('/')?;
            let direct = !id.is_empty() && !id.contains('/');
            let id = id.replace("~1", "/").replace("~0", "~");
            let mut prints = prints.split(' ').map(str::to_owned);
            let own = prints.next().unwrap_or_default();
            direct.then(|| Block::opaque(id, own, prints.collect(), self.below(path)))
        };
        self.blocks.iter().filter_map(child).collect()
    }
}

/// The fingerprints down to jobs, their keys and their steps; what is deeper counts as one.
fn fingerprints(block: &Block, path: &mut Vec<String>, found: &mut IndexMap<String, String>) {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let shallow = matches!(names[..], [] | ["jobs"] | ["jobs", _] | ["jobs", _, "steps"] | ["updates"]);
    let own = if shallow { &block.own } else { &block.whole };
    let escaped: Vec<String> = path.iter().map(|id| id.replace('~', "~0").replace('/', "~1")).collect();
    let prints = iter::once(own).chain(block.further_names()).map(String::as_str).collect::<Vec<_>>();
    found.insert(format!("/{}", escaped.join("/")), prints.join(" "));
    if shallow {
        for child in &block.children {
            path.push(child.id.clone());
            fingerprints(child, path, found);
            path.pop();
        }
    }
}

impl Lock {
    /// Whether it says what was taken from the checkout: older ones do not.
    fn has_facts(&self) -> bool {
        self.files.values().any(|entry| !entry.facts.is_empty())
    }

    /// Whether the same files were generated.
    pub(super) fn says_the_same(&self, other: &Lock) -> bool {
        let blobs = |lock: &Lock| -> Vec<_> {
            lock.files.iter().map(|(path, entry)| (path.clone(), entry.blob.clone())).collect()
        };
        blobs(self) == blobs(other)
    }

    /// Reads the text of a lock file.
    ///
    /// # Errors
    /// When it is not ours to understand: a newer format, a fault (with its line), conflict markers of a git merge.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let regenerate = "take the lock file of either side, or delete it, then run `wfgen generate`";
        if let Some(n) = text.lines().position(|line| line.starts_with("<<<<<<<")) {
            return Err(Error::invalid("the lock file has conflict markers")
                .at(Location::at(PATH, n as u32 + 1, 1, text))
                .hint(format!("it is generated, so there is nothing to merge: {regenerate}")));
        }
        let fault = |error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let before = text.get(..at).unwrap_or_default();
            let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) as u32 + 1;
            let line = before.matches('\n').count() as u32 + 1;
            Error::invalid(format!("the lock file can't be read: {}", error.message()))
                .at(Location::at(PATH, line, column, text))
                .hint(regenerate)
        };
        let table: toml::Table = toml::from_str(text).map_err(fault)?;
        if let Some(version) = table.get("version").and_then(toml::Value::as_integer).filter(|v| *v > VERSION)
        {
            return Err(Error::usage(format!("`{PATH}` has format {version}; this wfgen knows {VERSION}"))
                .hint("a newer wfgen wrote it: update wfgen"));
        }
        let document: Document = toml::from_str(text).map_err(fault)?;
        let mut files = BTreeMap::new();
        for entry in document.file {
            let bad = |what: String| {
                let line =
                    text.lines().position(|line| line.contains(&entry.path)).map_or(0, |n| n as u32 + 1);
                Error::invalid(what).at(Location::at(PATH, line, 1, text)).hint(regenerate)
            };
            paths::check(&entry.path).map_err(|e| bad(e.to_string()))?;
            if ObjectFormat::of(&entry.blob).is_none() {
                return Err(bad(format!("`{}` is no blob id", entry.blob.escape_debug())));
            }
            files.insert(entry.path.clone(), entry);
        }
        Ok(Lock { library: document.library, files, remembered: document.remembered })
    }

    /// The text of the lock file: sorted, and the same for the same content.
    pub(super) fn text(&self) -> String {
        // A JSON string is a basic TOML string, but for one character that JSON leaves alone.
        let quoted = |text: &str| serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f");
        let mut out = String::from(
            "# Written by `wfgen generate`: what it generated, and from what. Commit it; do not edit it.\n",
        );
        let _ = writeln!(out, "version = {VERSION}\nlibrary = {}", quoted(&self.library));
        for (path, entry) in &self.files {
            let _ = writeln!(out, "\n[[file]]\npath = {}\nblob = {}", quoted(path), quoted(&entry.blob));
            let components = entry.components.iter().collect::<Vec<_>>();
            let blocks = entry.blocks.iter().collect::<Vec<_>>();
            for (name, pairs) in [("components", components), ("blocks", blocks)] {
                if !pairs.is_empty() {
                    let _ = writeln!(out, "\n[file.{name}]");
                }
                for (key, value) in pairs {
                    let _ = writeln!(out, "{} = {}", quoted(key), quoted(value));
                }
            }
            for (project, facts) in &entry.facts {
                let _ = writeln!(out, "\n[file.facts.{}]", quoted(project));
                for (fact, kept) in facts {
                    let jobs = kept.jobs.iter().map(|job| quoted(job)).collect::<Vec<_>>().join(", ");
                    let (fact, value) = (quoted(fact), quoted(&kept.value));
                    let _ = writeln!(out, "{fact} = {{ value = {value}, jobs = [{jobs}] }}");
                }
            }
        }
        for (project, facts) in &self.remembered {
            let _ = writeln!(out, "\n[{}.{}]", memory::TABLE, quoted(project));
            for (fact, said) in facts {
                let files = said.files.iter().map(|file| quoted(file)).collect::<Vec<_>>().join(", ");
                let (fact, value) = (quoted(fact), quoted(&said.value));
                let _ = writeln!(out, "{fact} = {{ value = {value}, files = [{files}] }}");
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::cause::Kept;
    use super::*;

    const ID: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    const TEXT: &str = "# Generated by wfgen 1.0.0\non: push\njobs:\n  a/b~c:\n    if: true\n    steps:\n      - run: |\n          \"x\" y\n";

    fn lock() -> Lock {
        let block = Block::parse(TEXT).unwrap();
        let generated = Generated {
            path: ".github/workflows/ci.yml".into(),
            text: TEXT.into(),
            components: BTreeMap::from([("a/b".into(), "1.0.0".into())]),
            facts: Grounds::from([(
                "x:.".into(),
                BTreeMap::from([("x.y".into(), Kept::new("[\"1\"]".into()))]),
            )]),
            ..Generated::default()
        };
        let entry = Entry::new(&generated, ID.into(), &block);
        let said = memory::Said { value: "[\"1\"]".into(), files: vec![".github/workflows/t.yml".into()] };
        let remembered = Memory::from([("x:.".into(), BTreeMap::from([("x.tested".into(), said)]))]);
        Lock { library: "1.0.0".into(), files: BTreeMap::from([(entry.path.clone(), entry)]), remembered }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = lock().text();
        let read = Lock::parse(&text).unwrap();
        assert_eq!(read.text(), text);
        assert_eq!(read.files[".github/workflows/ci.yml"].blob, ID);
    }

    #[test]
    fn the_fingerprints_stand_for_the_text() {
        let opaque = Lock::parse(&lock().text()).unwrap().files[".github/workflows/ci.yml"].opaque().unwrap();
        assert_eq!(opaque.whole, Block::parse(TEXT).unwrap().whole);
        assert_ne!(opaque.whole, Block::parse(&TEXT.replace("true", "false")).unwrap().whole);
    }

    #[test]
    fn a_step_keeps_what_else_would_name_it() {
        let text =
            "jobs:\n  a:\n    steps:\n      - name: T\n        run: t\n      - run: t\n      - run: t\n";
        let generated = Generated { path: ".github/x.yml".into(), text: text.into(), ..Generated::default() };
        let entry = Entry::new(&generated, ID.into(), &Block::parse(text).unwrap());
        let names = |step: &str| entry.blocks[&format!("/jobs/a/steps/{step}")].split(' ').count() - 1;
        assert_eq!((names("name:T"), names("run:t"), names("run:t#2")), (1, 0, 1));
        assert_eq!(entry.opaque().unwrap().whole, Block::parse(text).unwrap().whole);
    }

    #[test]
    fn a_newer_format_a_fault_and_conflict_markers_are_told_apart() {
        let message = |text: &str| Lock::parse(text).unwrap_err();
        assert_eq!(message("version = 2\nnews = 1\n").kind, crate::error::Kind::Usage);
        let fault = message("version = 1\nlibrary = \"1\"\nfile = 3 4\n");
        assert_eq!(fault.diagnostics[0].location.as_ref().unwrap().line, 3);
        assert!(message("version = 1\n<<<<<<< HEAD\n").to_string().contains("conflict markers"));
    }

    #[test]
    fn a_path_that_leaves_the_tree_is_refused_with_its_line() {
        for path in ["../x", "/etc/passwd", ".github/../../x", "src/main.rs"] {
            let text = lock().text().replace(".github/workflows/ci.yml", path);
            let error = Lock::parse(&text).unwrap_err();
            assert_eq!(error.diagnostics[0].location.as_ref().unwrap().line, 6, "{error}");
        }
        assert!(Lock::parse(&lock().text().replace(ID, "../../../etc/passwd")).is_err());
    }
}
