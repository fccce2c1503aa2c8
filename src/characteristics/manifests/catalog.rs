//! Version catalogs of Gradle.

use std::sync::Arc;

use super::scalar;
use crate::characteristics::paths;
use crate::characteristics::tree::{Format, Tree};
use crate::data::Node;

/// `gradle/libs.versions.toml`. Accessors have dots where the catalog has `-`, `_` or `.`.
pub(super) struct Catalog {
    root: Option<Arc<Node>>,
}

impl Catalog {
    pub(super) fn of(tree: &Tree<'_>, root: &str) -> Self {
        Catalog { root: tree.node(&paths::file_in(root, "gradle/libs.versions.toml"), Format::Toml).ok() }
    }

    fn entry(&self, table: &str, accessor: &str) -> Option<&Node> {
        let dots = |name: &str| name.replace(['-', '_'], ".").to_lowercase();
        // `.get()` and the like follow the accessor.
        let wanted = dots(accessor);
        let entries = self.root.as_ref()?.get(table)?.entries();
        let fits =
            |key: &str| wanted == key || wanted.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'));
        let best = entries.iter().filter(|(key, _)| fits(&dots(&key.key_text())));
        best.max_by_key(|(key, _)| key.key_text().len()).map(|(_, value)| value)
    }

    pub(super) fn version(&self, accessor: &str) -> Option<String> {
        let accessor = accessor.strip_prefix("versions.").unwrap_or(accessor);
        plain_version(self.entry("versions", accessor)?)
    }

    fn version_of(&self, entry: &Node) -> String {
        let Some(version) = entry.get("version") else {
            return String::new();
        };
        match version.get("ref").and_then(scalar) {
            Some(name) => self.version(&name).unwrap_or_default(),
            None => plain_version(version).unwrap_or_default(),
        }
    }

    pub(super) fn library(&self, accessor: &str) -> Option<(String, String)> {
        let entry = self.entry("libraries", accessor)?;
        if let Some(text) = entry.as_str() {
            return split_coordinates(text);
        }
        let part = |key: &str| entry.get(key).and_then(scalar);
        let name = part("module").or_else(|| Some(format!("{}:{}", part("group")?, part("name")?)))?;
        Some((name, self.version_of(entry)))
    }

    pub(super) fn plugin(&self, accessor: &str) -> Option<(String, String)> {
        let accessor = accessor.strip_prefix("libs.")?.strip_prefix("plugins.")?;
        let entry = self.entry("plugins", accessor)?;
        if let Some(text) = entry.as_str() {
            let (id, version) = text.split_once(':').unwrap_or((text, ""));
            return Some((id.to_owned(), version.to_owned()));
        }
        Some((entry.get("id").and_then(scalar)?, self.version_of(entry)))
    }
}

/// A version is text, or a table with a preference.
fn plain_version(node: &Node) -> Option<String> {
    scalar(node)
        .or_else(|| ["require", "strictly", "prefer"].iter().find_map(|key| node.get(key).and_then(scalar)))
}

pub(super) fn split_coordinates(text: &str) -> Option<(String, String)> {
    let mut parts = text.splitn(3, ':');
    let (group, artifact) = (parts.next()?, parts.next()?);
    Some((format!("{group}:{artifact}"), parts.next().unwrap_or_default().to_owned()))
}
