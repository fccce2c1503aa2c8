//! XML as a tree of maps, which is all that a `pom.xml` needs.
//!
//! An element with children is a map from child name to child; several children of one name are a list; an element
//! with text alone is that text, trimmed. Attributes are children named `@name`, the text of an element that also
//! has attributes or children is `#text`. Namespaces are left out of names. The root is a map with one key.

use std::collections::HashMap;

use roxmltree::{Document, ParsingOptions};

use super::lines::Lines;
use super::{Data, Node, Problem, check_size};

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 128;
/// More nodes than this are refused.
const MAX_NODES: u32 = 500_000;

/// Reads a text.
///
/// # Errors
/// The first fault of syntax; a document type (external entities and entity bombs come with one), nesting deeper
/// than 128 levels, a text that is too long.
pub fn parse(text: &str) -> Result<Node, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_size(text)?;
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|e| {
        let place = e.pos();
        let message = e.to_string();
        let message = message.rsplit_once(" at ").map_or(message.as_str(), |(before, _)| before);
        Problem::new(message, place.row, place.col)
    })?;
    let lines = Lines::new(text);
    let root = document.root_element();
    let name = key(&root, &lines);
    let value = convert(&root, &lines, 0)?;
    Ok(Node::new(Data::Map(vec![(name, value)]), 1, 1))
}

fn key(element: &roxmltree::Node<'_, '_>, lines: &Lines<'_>) -> Node {
    let (line, column) = lines.place(element.range().start);
    Node::new(Data::String(element.tag_name().name().to_owned()), line, column)
}

fn convert(element: &roxmltree::Node<'_, '_>, lines: &Lines<'_>, depth: usize) -> Result<Node, Problem> {
    let (line, column) = lines.place(element.range().start);
    if depth > MAX_DEPTH {
        return Err(Problem::new(format!("nested deeper than {MAX_DEPTH} levels"), line, column));
    }
    let mut entries: Vec<(Node, Node)> = Vec::new();
    let mut text = String::new();
    for attribute in element.attributes() {
        let name = Node::new(Data::String(format!("@{}", attribute.name())), line, column);
        entries.push((name, Node::new(Data::String(attribute.value().to_owned()), line, column)));
    }
    let mut index: HashMap<&str, usize> = HashMap::new();
    for child in element.children() {
        if let Some(part) = child.text().filter(|_| child.is_text()) {
            text.push_str(part);
        }
        if !child.is_element() {
            continue;
        }
        let value = convert(&child, lines, depth + 1)?;
        let name = child.tag_name().name();
        match index.get(name) {
            Some(&at) => append(&mut entries[at].1, value),
            None => {
                index.insert(name, entries.len());
                entries.push((key(&child, lines), value));
            }
        }
    }
    let text = text.trim();
    let data = match (entries.is_empty(), text.is_empty()) {
        (true, true) => Data::Null,
        (true, false) => Data::String(text.to_owned()),
        (false, true) => Data::Map(entries),
        (false, false) => {
            let name = Node::new(Data::String("#text".to_owned()), line, column);
            entries.push((name, Node::new(Data::String(text.to_owned()), line, column)));
            Data::Map(entries)
        }
    };
    Ok(Node::new(data, line, column))
}

/// One more child of the same name: the first makes it a list. A child is never a list itself, so a list is ours.
fn append(there: &mut Node, value: Node) {
    if let Data::List(items) = &mut there.data {
        items.push(value);
    } else {
        let (line, column) = (there.line, there.column);
        let first = std::mem::replace(there, Node::new(Data::Null, line, column));
        there.data = Data::List(vec![first, value]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pom_is_a_tree_of_maps_lists_and_text_with_lines() {
        let text = "<?xml version=\"1.0\"?>\n<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <!-- <name>no</name> -->\n  <name> a </name>\n  <modules>\n    <module>x</module>\n    <module>y</module>\n  </modules>\n  <empty/>\n</project>\n";
        let node = parse(text).unwrap();
        let project = node.get("project").unwrap();
        assert_eq!(
            project.to_value(),
            serde_json::json!({"name": "a", "modules": {"module": ["x", "y"]}, "empty": null})
        );
        assert_eq!(project.at(&["modules", "module"]).unwrap().items()[1].line, 7);
    }

    #[test]
    fn attributes_and_mixed_text_are_kept_apart() {
        let node = parse("<a k=\"v\">t<b>1</b></a>").unwrap();
        assert_eq!(node.to_value(), serde_json::json!({"a": {"@k": "v", "b": "1", "#text": "t"}}));
    }

    #[test]
    fn a_fault_has_its_line_and_a_document_type_is_refused() {
        assert_eq!(parse("<a>\n<b></a>").unwrap_err().line, 2);
        assert!(parse("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>").is_err());
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let text = "<a>".repeat(5_000) + &"</a>".repeat(5_000);
        assert!(parse(&text).unwrap_err().message.contains("nested deeper"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|<|>|/|&|;|\"|a){0,200}") {
            let _ = parse(&text);
        }
    }
}
