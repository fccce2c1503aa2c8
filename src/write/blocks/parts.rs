//! Which lines are the parts of a value: the keys of a mapping, the items of a list.

use std::collections::BTreeSet;

use super::Line;
use crate::data::{Data, Node};

/// A part of a mapping or list: lines of its lead and its text, and its identities when it is an item.
pub(super) struct Part<'a> {
    pub(super) id: String,
    pub(super) identities: Option<Vec<String>>,
    pub(super) node: &'a Node,
    pub(super) from: usize,
    pub(super) start: usize,
}

/// The parts of a value that is written with one key or item per line; `None` when it is not.
pub(super) fn parts<'a>(
    node: &'a Node,
    lines: &[Line],
    start: usize,
    end: usize,
    nested: bool,
) -> Option<Vec<Part<'a>>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    let mut indents = BTreeSet::new();
    let mut add = |id: String, identities, place: &Node, node: &'a Node, dash: bool| {
        let line = (place.line as usize).checked_sub(1)?;
        let floor = parts.last().map_or(start + usize::from(nested), |part: &Part<'_>| part.start + 1);
        if line < floor || line >= end {
            return None;
        }
        let before = lines[line].text.get(..place.column as usize - 1)?;
        let blank = before.trim_start_matches(' ');
        let indent = before.len() - blank.len();
        let fits = match blank.strip_prefix('-') {
            Some(rest) => dash && !rest.is_empty() && rest.trim().is_empty(),
            None => !dash && blank.is_empty(),
        };
        indents.insert(indent);
        parts.push(Part { id, identities, node, from: lead_start(lines, floor, line, indent), start: line });
        fits.then_some(())
    };
    match &node.data {
        Data::Map(entries) => {
            for (key, value) in entries {
                add(key.key_text(), None, key, value, false)?;
            }
        }
        Data::List(items) => {
            for item in items {
                let identities = identities(item)?;
                add(identities[0].clone(), Some(identities), item, item, true)?;
            }
        }
        _ => return None,
    }
    (!parts.is_empty() && indents.len() == 1).then_some(parts)
}

/// Where the comments and blank lines above a line begin; comments that are indented deeper belong to what precedes.
fn lead_start(lines: &[Line], floor: usize, line: usize, indent: usize) -> usize {
    let mut from = line;
    while from > floor {
        let text = &lines[from - 1].text;
        let trimmed = text.trim_start();
        let comment = trimmed.starts_with('#') && text.len() - trimmed.len() <= indent;
        if !comment && !trimmed.is_empty() {
            break;
        }
        from -= 1;
    }
    from
}

/// What names an item of a list, best first; `None` for what has no name.
fn identities(item: &Node) -> Option<Vec<String>> {
    if item.entries().is_empty() {
        return match &item.data {
            Data::List(_) | Data::Map(_) | Data::Null => None,
            _ => Some(vec![item.key_text()]),
        };
    }
    let text = |key: &str| item.get(key).map(Node::key_text);
    let mut found: Vec<String> =
        ["id", "name"].iter().filter_map(|key| text(key).map(|value| format!("{key}:{value}"))).collect();
    if let Some(uses) = text("uses") {
        let action = uses.split('@').next().unwrap_or_default().to_ascii_lowercase();
        found.push(format!("uses:{action}"));
    }
    if let Some(first) = text("run").and_then(|run| run.lines().next().map(str::to_owned)) {
        found.push(format!("run:{}", first.trim()));
    }
    if let Some(ecosystem) = text("package-ecosystem") {
        let place = text("directory").or_else(|| text("directories")).unwrap_or_default();
        found.push(format!("{ecosystem} {place}"));
    }
    (!found.is_empty()).then_some(found)
}

/// The lines on which a `uses:` stands, told by the reader and not by what a script happens to contain.
pub(super) fn uses_lines(node: &Node, found: &mut BTreeSet<u32>) {
    for (key, value) in node.entries() {
        if key.as_str() == Some("uses") && value.as_str().is_some() && key.line == value.line {
            found.insert(key.line);
        }
        uses_lines(value, found);
    }
    node.items().iter().for_each(|item| uses_lines(item, found));
}
