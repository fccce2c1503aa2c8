//! Source files as syntax trees, where text is not enough.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tree_sitter::{Language, Node, Parser, Query, QueryCursor, StreamingIterator as _, Tree};

/// Larger sources are not parsed: they are generated.
const MAX_SOURCE: usize = 512 << 10;

fn language(name: &str) -> Option<Language> {
    Some(match name {
        "go" => tree_sitter_go::LANGUAGE.into(),
        "groovy" => tree_sitter_groovy::LANGUAGE.into(),
        "java" => tree_sitter_java::LANGUAGE.into(),
        "javascript" => tree_sitter_javascript::LANGUAGE.into(),
        "kotlin" => tree_sitter_kotlin_ng::LANGUAGE.into(),
        "python" => tree_sitter_python::LANGUAGE.into(),
        "rust" => tree_sitter_rust::LANGUAGE.into(),
        _ => return None,
    })
}

/// A query with its language.
#[derive(Debug)]
pub(crate) struct Compiled {
    language: Language,
    query: Query,
}

/// A query, compiled once. `None` when the language is unknown or the query is malformed: a test excludes both.
pub(crate) fn query(language_name: &str, text: &str) -> Option<Arc<Compiled>> {
    type Known = HashMap<(String, String), Option<Arc<Compiled>>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (language_name.to_owned(), text.to_owned());
    if let Some(known) = lock().get(&key) {
        return known.clone();
    }
    let built = language(language_name)
        .and_then(|language| Some(Arc::new(Compiled { query: Query::new(&language, text).ok()?, language })));
    lock().insert(key, built.clone());
    built
}

/// Parses a source file; what is malformed in it becomes error nodes.
pub(crate) fn parse(language_name: &str, text: &str) -> Option<Tree> {
    parse_in(&language(language_name)?, text)
}

fn parse_in(language: &Language, text: &str) -> Option<Tree> {
    if text.len() > MAX_SOURCE {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(language).ok()?;
    parser.parse(text, None)
}

/// The first capture of every match, with its line.
pub(crate) fn captures(compiled: &Compiled, text: &str) -> Vec<(String, u32)> {
    let Some(tree) = parse_in(&compiled.language, text) else {
        return Vec::new();
    };
    captures_in(compiled, &tree, text)
}

/// The first capture of every match in a tree that is parsed already.
pub(crate) fn captures_in(compiled: &Compiled, tree: &Tree, text: &str) -> Vec<(String, u32)> {
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(&compiled.query, tree.root_node(), text.as_bytes());
    let mut found = Vec::new();
    while let Some(hit) = matches.next() {
        if let Some(capture) = hit.captures.first() {
            found.push((of(capture.node, text).to_owned(), line(capture.node)));
        }
    }
    found
}

/// The text of a node.
pub(crate) fn of<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.byte_range()).unwrap_or_default()
}

/// The 1-based line of a node.
pub(crate) fn line(node: Node<'_>) -> u32 {
    node.start_position().row as u32 + 1
}
