//! Where library files come from: bundled in the binary, or a directory of the user's.

use std::collections::BTreeMap;
use std::path::Path;

use crate::data::{Node, file, yaml};
use crate::error::{Error, Result};

/// One file of a library.
#[derive(Debug, Clone)]
pub struct Document {
    /// Path inside the library, e.g. `components/python/test.yml`.
    pub path: String,
    /// What it says.
    pub node: Node,
    /// The text, for showing a line; empty for bundled files, which tests have checked.
    pub text: String,
}

/// The files of a library by path: `components/**` and `rules/**`, without the cases.
#[derive(Debug, Clone, Default)]
pub struct Source {
    documents: BTreeMap<String, Document>,
}

/// `[[path, tree], ...]`: written by the build script from `components/` and `rules/`.
const BUNDLED: &str = include_str!(concat!(env!("OUT_DIR"), "/library.json"));

impl Source {
    /// The library inside this binary.
    pub fn bundled() -> Self {
        let files: Vec<(String, serde_json::Value)> = serde_json::from_str(BUNDLED).unwrap_or_default();
        let documents = files
            .into_iter()
            .map(|(path, value)| {
                let node = Node::from_value(value);
                (path.clone(), Document { path, node, text: String::new() })
            })
            .collect();
        Source { documents }
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
            let node = yaml::parse(&text).map_err(|problem| {
                Error::new(
                    crate::error::Kind::Invalid,
                    problem.diagnose(&entry.path().to_string_lossy(), &text),
                )
            })?;
            documents.insert(path.clone(), Document { path, node, text });
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
