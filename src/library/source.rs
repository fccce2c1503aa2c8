//! Where library files come from: bundled in the binary, or a directory of the user's.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::data::{Data, Node, Problem, decode, file, yaml};
use crate::error::{Error, Result};

/// One file of a library.
#[derive(Debug, Clone)]
pub struct Document {
    /// Path inside the library, e.g. `components/python/test.yml`.
    pub path: String,
    /// The text, for showing a line; empty for bundled files, which tests have checked.
    pub text: String,
    /// What a bundled file says, as JSON; empty for others.
    json: &'static str,
    node: OnceLock<Node>,
    parts: OnceLock<BTreeMap<&'static str, &'static RawValue>>,
}

fn from_json<T: DeserializeOwned>(json: &str) -> std::result::Result<T, Problem> {
    serde_json::from_str(json).map_err(|e| Problem::new(e.to_string(), 0, 0))
}

impl Document {
    /// A file of an overlay.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn parse(path: String, text: String) -> std::result::Result<Self, Problem> {
        let node = OnceLock::from(yaml::parse(&text)?);
        Ok(Document { path, text, json: "", node, parts: OnceLock::new() })
    }

    /// What it says. That of a bundled file is read when somebody asks: most commands need few of them.
    pub fn node(&self) -> &Node {
        self.node
            .get_or_init(|| serde_json::from_str(self.json).unwrap_or_else(|_| Node::new(Data::Null, 0, 0)))
    }

    /// Reads a `T` out of it.
    ///
    /// # Errors
    /// The first thing that does not fit, at its line.
    pub fn decode<T: DeserializeOwned>(&self) -> std::result::Result<T, Problem> {
        match self.json {
            "" => decode::decode(self.node()),
            json => from_json(json),
        }
    }

    /// Whether it is inside this binary, where tests have checked it.
    pub fn is_bundled(&self) -> bool {
        !self.json.is_empty()
    }

    /// Whether it is a map with this key.
    pub fn has(&self, key: &str) -> bool {
        if self.is_bundled() { self.parts().contains_key(key) } else { self.node().get(key).is_some() }
    }

    /// Reads what is under a key, without reading the rest; nothing when there is no such key.
    ///
    /// # Errors
    /// As [`Self::decode`].
    pub fn part<T: DeserializeOwned>(&self, key: &str) -> std::result::Result<Option<T>, Problem> {
        if self.is_bundled() {
            return self.parts().get(key).map(|raw| from_json(raw.get())).transpose();
        }
        self.node().get(key).map(decode::decode).transpose()
    }

    /// The parts of a bundled map.
    fn parts(&self) -> &BTreeMap<&'static str, &'static RawValue> {
        self.parts.get_or_init(|| serde_json::from_str(self.json).unwrap_or_default())
    }

    /// Whether one of its values is this text.
    pub fn mentions(&self, text: &str) -> bool {
        fn says(node: &Node, text: &str) -> bool {
            node.as_str() == Some(text)
                || node
                    .items()
                    .iter()
                    .chain(node.entries().iter().map(|(_, value)| value))
                    .any(|n| says(n, text))
        }
        match self.json {
            "" => says(self.node(), text),
            json => memchr::memmem::find(json.as_bytes(), format!("\"{text}\"").as_bytes()).is_some(),
        }
    }
}

/// The files of a library by path: `components/**` and `rules/**`, without the cases.
#[derive(Debug, Clone, Default)]
pub struct Source {
    documents: BTreeMap<String, Document>,
}

// `(path, JSON)`: written by the build script from `components/` and `rules/`.
include!(concat!(env!("OUT_DIR"), "/library.rs"));

impl Source {
    /// The library inside this binary.
    pub fn bundled() -> Self {
        let document = |(path, json): &(&str, &'static str)| {
            let (path, text) = ((*path).to_owned(), String::new());
            let (node, parts) = (OnceLock::new(), OnceLock::new());
            (path.clone(), Document { path, text, json, node, parts })
        };
        Source { documents: BUNDLED.iter().map(document).collect() }
    }

    /// A library in a directory: the same layout, read from disk.
    ///
    /// # Errors
    /// When the directory is not there, or a file in it can't be read.
    pub fn directory(root: &Path) -> Result<Self> {
        if !root.is_dir() {
            return Err(Error::usage(format!("the overlay `{}` is not a directory", root.display())));
        }
        let mut documents = BTreeMap::new();
        for entry in ignore::WalkBuilder::new(root).standard_filters(false).build() {
            let entry = entry.map_err(|e| Error::environment(format!("cannot walk the overlay: {e}")))?;
            let Ok(relative) = entry.path().strip_prefix(root) else {
                continue;
            };
            let path = relative.to_string_lossy().replace('\\', "/");
            let is_file = entry.file_type().is_some_and(|t| t.is_file());
            if !is_file || !is_library_file(&path) {
                continue;
            }
            let text = file::read_text(entry.path())
                .map_err(|e| Error::invalid(format!("cannot read `{}`: {e}", entry.path().display())))?;
            let document = Document::parse(path.clone(), text.clone()).map_err(|problem| {
                Error::new(
                    crate::error::Kind::Invalid,
                    problem.diagnose(&entry.path().to_string_lossy(), &text),
                )
            })?;
            documents.insert(path, document);
        }
        Ok(Source { documents })
    }

    /// All files in the order of their paths.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.documents.values()
    }
}

/// `components/<pack>/*.yml`, `components/<pack>/rules/*.json`, `rules/*.json`; cases are not part of it.
fn is_library_file(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["components", _, file] => file.ends_with(".yml"),
        ["components", _, "rules", file] | ["rules", file] => file.ends_with(".json"),
        _ => false,
    }
}
