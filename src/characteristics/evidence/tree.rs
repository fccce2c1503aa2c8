//! `json`, `toml`, `yaml`, `xml`: a tree has something at a path of keys. Gives it.

use super::{Absent, Evidence, Format, Hit, Scope, Source, places};
use crate::data::Node;
use crate::library::pack::At;

pub(super) fn find(source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let kinds = [
        (&source.json, Format::Json),
        (&source.toml, Format::Toml),
        (&source.yaml, Format::Yaml),
        (&source.xml, Format::Xml),
    ];
    let Some((names, format)) = kinds.into_iter().find_map(|(names, format)| Some((names.as_ref()?, format)))
    else {
        return Vec::new();
    };
    let mut hits = Vec::new();
    for path in places(names, source.upwards, scope) {
        let reader = || match &source.at {
            Some(At(keys)) => format!("{} {}", format.name(), keys.join(".")),
            None => format.name().to_owned(),
        };
        match scope.tree.node(&path, format) {
            Err(Absent::Missing) => {}
            Err(Absent::Broken) => hits.push(Hit::broken(path, &reader())),
            Ok(root) => {
                let keys = source.at.as_ref().map_or(&[][..], |At(keys)| keys);
                let mut found = Vec::new();
                descend(&root, keys, root.line, &mut found);
                hits.extend(
                    found
                        .into_iter()
                        .map(|(node, line)| Hit::new(node.to_value(), Evidence::at(&path, line, reader()))),
                );
            }
        }
    }
    hits
}

/// Follows keys; `*` goes into every item. The line is that of the last key.
pub(super) fn descend<'a>(node: &'a Node, keys: &[String], line: u32, found: &mut Vec<(&'a Node, u32)>) {
    let Some((key, rest)) = keys.split_first() else {
        if !node.is_null() {
            found.push((node, line));
        }
        return;
    };
    if key == "*" {
        node.items().iter().for_each(|item| descend(item, rest, item.line, found));
        node.entries().iter().for_each(|(key, value)| descend(value, rest, key.line, found));
    } else if let Some((key, value)) = node.entry(key) {
        descend(value, rest, key.line, found);
    }
}
