//! YAML 1.2 (core schema) with bounds, so that no file can exhaust memory or the stack.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::Number;

use super::{Data, Node, Problem};

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 128;
/// More nodes than this, aliases expanded, are refused: a YAML bomb.
const MAX_NODES: usize = 1_000_000;

/// Reads the first document of a text.
///
/// # Errors
/// The first fault: syntax, a repeated key, nesting that is too deep, aliases that grow without bound.
pub fn parse(text: &str) -> Result<Node, Problem> {
    Ok(documents(text)?
        .into_iter()
        .next()
        .unwrap_or(Node::new(Data::Null, 1, 1)))
}

/// Reads every document of a text.
///
/// # Errors
/// As [`parse`].
pub fn documents(text: &str) -> Result<Vec<Node>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|e| {
            Problem::new(
                e.info().to_owned(),
                e.marker().line() as u32,
                e.marker().col() as u32 + 1,
            )
        })?;
        builder.take(event, span)?;
    }
    Ok(builder.documents)
}

/// A collection that is still open.
struct Open {
    node: Node,
    key: Option<Node>,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: Vec<(usize, Node, usize)>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let (line, column) = (span.start.line() as u32, span.start.col() as u32 + 1);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let data = if plain {
                    plain_scalar(&text)
                } else {
                    Data::String(text.into_owned())
                };
                self.close(Node::new(data, line, column), anchor)
            }
            Event::SequenceStart(anchor, _) => self.enter(Data::List(Vec::new()), line, column, anchor),
            Event::MappingStart(anchor, _) => self.enter(Data::Map(Vec::new()), line, column, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(id) => {
                let Some((_, node, size)) = self.anchors.iter().rev().find(|(a, ..)| *a == id).cloned()
                else {
                    return Err(Problem::new("alias to an anchor that is not there", line, column));
                };
                self.count(size, line, column)?;
                self.close(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, data: Data, line: u32, column: u32, anchor: usize) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Problem::new(
                format!("nested deeper than {MAX_DEPTH} levels"),
                line,
                column,
            ));
        }
        self.open.push(Open {
            node: Node::new(data, line, column),
            key: None,
            anchor,
        });
        Ok(())
    }

    fn count(&mut self, more: usize, line: u32, column: u32) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > MAX_NODES {
            return Err(Problem::new(
                format!("more than {MAX_NODES} values"),
                line,
                column,
            ));
        }
        Ok(())
    }

    /// A node is complete: it goes into the collection around it, or is a document.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        self.count(1, node.line, node.column)?;
        if anchor != 0 {
            let size = size_of(&node);
            self.anchors.push((anchor, node.clone(), size));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        match &mut open.node.data {
            Data::List(items) => items.push(node),
            Data::Map(entries) => match open.key.take() {
                None => {
                    if entries.iter().any(|(k, _)| k.data == node.data) {
                        let message = format!("the key `{}` is there twice", node.key_text());
                        return Err(Problem::new(message, node.line, node.column));
                    }
                    open.key = Some(node);
                }
                Some(key) => entries.push((key, node)),
            },
            _ => {}
        }
        Ok(())
    }
}

fn size_of(node: &Node) -> usize {
    match &node.data {
        Data::List(items) => 1 + items.iter().map(size_of).sum::<usize>(),
        Data::Map(entries) => {
            1 + entries
                .iter()
                .map(|(k, v)| size_of(k) + size_of(v))
                .sum::<usize>()
        }
        _ => 1,
    }
}

/// The YAML 1.2 core schema, which is what GitHub reads.
fn plain_scalar(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    number(text).map_or_else(|| Data::String(text.to_owned()), Data::Number)
}

fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if let Some(hex) = digits.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().map(Number::from);
    }
    if let Some(octal) = digits.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Number::from);
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    let float_shape = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    float_shape
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_is_text_and_versions_keep_their_type() {
        let node = parse("on: push\nv: 3.10\nw: \"3.10\"\nx: 1_000\n").unwrap();
        assert_eq!(node.entries()[0].0.as_str(), Some("on"));
        assert_eq!(
            node.get("v").unwrap().data,
            Data::Number(Number::from_f64(3.1).unwrap())
        );
        assert_eq!(node.get("w").unwrap().as_str(), Some("3.10"));
        assert_eq!(node.get("x").unwrap().as_str(), Some("1_000"));
    }

    #[test]
    fn every_node_knows_its_line() {
        let node = parse("a:\n  - b\n  - c: d\n").unwrap();
        assert_eq!(node.get("a").unwrap().items()[1].get("c").unwrap().line, 3);
    }

    #[test]
    fn a_bomb_and_a_tower_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let items = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{items}]\n"));
        }
        assert!(parse(&bomb).unwrap_err().message.contains("more than"));
        assert!(parse(&"[".repeat(5000)).is_err());
    }

    #[test]
    fn a_repeated_key_is_a_fault_at_its_line() {
        assert_eq!(parse("a: 1\nb: 2\na: 3\n").unwrap_err().line, 3);
    }
}
