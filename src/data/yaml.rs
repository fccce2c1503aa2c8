//! YAML 1.2 (core schema) with bounds, so that no file can exhaust memory or the stack.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};
use serde_json::Number;

use super::{Data, Node, Problem};

/// Deeper nesting than this is refused.
const MAX_DEPTH: usize = 128;
/// More nodes than this, aliases expanded, are refused: a YAML bomb.
const MAX_NODES: usize = 1_000_000;
/// A copy of this many bytes of text costs as much as a node.
const TEXT_PER_NODE: usize = 64;
/// At most this many bytes are read again because of brackets that stand too far left.
const MAX_READ_AGAIN: usize = 32 << 20;
/// Up to here a search is faster than a set of keys.
const SMALL_MAP: usize = 32;

/// A place in a text: 1-based line and column.
pub type Place = (u32, u32);

/// Where a scalar stands in a text, for whoever looks at what stands around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scalar {
    /// Its first character: a quote, or the `|` of a block.
    pub start: Place,
    /// How it is written.
    pub style: Style,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// Between `"` or `'`.
    Quoted,
    /// Below `|` or `>`.
    Block {
        /// Where it is over: in the next line with less indentation, or at the end of the text.
        end: Place,
    },
}

/// Reads the first document of a text.
///
/// # Errors
/// The first fault: syntax, a repeated key, nesting that is too deep, aliases that grow without bound.
pub fn parse(text: &str) -> Result<Node, Problem> {
    Ok(first(documents(text)?))
}

/// Reads every document of a text.
///
/// # Errors
/// As [`parse`].
pub fn documents(text: &str) -> Result<Vec<Node>, Problem> {
    read(text, None)
}

/// Reads the first document of a text, and where the scalars of all its documents stand, in order. Nothing written
/// (`key:`) is no scalar.
///
/// # Errors
/// As [`parse`].
pub fn parse_with_scalars(text: &str) -> Result<(Node, Vec<Scalar>), Problem> {
    let mut scalars = Vec::new();
    let documents = read(text, Some(&mut scalars))?;
    Ok((first(documents), scalars))
}

fn first(documents: Vec<Node>) -> Node {
    documents.into_iter().next().unwrap_or(Node::new(Data::Null, 1, 1))
}

fn read(text: &str, mut scalars: Option<&mut Vec<Scalar>>) -> Result<Vec<Node>, Problem> {
    let mut source = Source::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut read_again = 0;
    loop {
        match source.read(scalars.as_deref_mut()) {
            Ok(documents) => return Ok(documents),
            Err(Fault::Problem(problem)) => return Err(problem),
            Err(Fault::Syntax(error)) => {
                read_again += source.text.len();
                if read_again > MAX_READ_AGAIN || !source.indent_bracket(&error) {
                    let (line, column) = source.place(error.marker());
                    return Err(Problem::new(error.info().to_owned(), line, column));
                }
            }
        }
    }
}

/// Why a text is not read.
enum Fault {
    /// The parser can't go on.
    Syntax(ScanError),
    /// What it says is refused.
    Problem(Problem),
}

/// A text as the parser gets it, and what was put into it for the parser's sake.
struct Source<'a> {
    text: Cow<'a, str>,
    /// The lines that have a blank more than in the file.
    indented: HashSet<u32>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        Source { text: Cow::Borrowed(text), indented: HashSet::new() }
    }

    fn read(&self, mut scalars: Option<&mut Vec<Scalar>>) -> Result<Vec<Node>, Fault> {
        if let Some(scalars) = &mut scalars {
            scalars.clear();
        }
        let mut lines = Lines::new(&self.text);
        let mut builder = Builder::default();
        for event in Parser::new_from_str(&self.text) {
            let (event, span) = event.map_err(Fault::Syntax)?;
            let mut start = place(&span.start);
            if let Event::Scalar(text, style, ..) = &event {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        start = lines.header(start, text);
                        Style::Block { end: self.place(&span.end) }
                    }
                };
                if let Some(scalars) = &mut scalars
                    && (style != Style::Plain || !text.is_empty())
                {
                    scalars.push(Scalar { start: self.in_file(start), style });
                }
            }
            builder.take(event, self.in_file(start)).map_err(Fault::Problem)?;
        }
        Ok(builder.documents)
    }

    /// saphyr-parser refuses the bracket that closes a flow collection in the column of the collection's key when a
    /// quoted item stands above it; GitHub and every other reader accept it. One blank before the bracket helps.
    /// Whether this is the fault, and was not mended before.
    fn indent_bracket(&mut self, error: &ScanError) -> bool {
        let (line, column) = place(error.marker());
        if error.info() != "invalid indentation" || self.indented.contains(&line) {
            return false;
        }
        let mut lines = Lines::new(&self.text);
        lines.advance(line);
        let offset = lines.offset;
        let rest = self.text[offset..].trim_start_matches(' ');
        let blanks = self.text.len() - offset - rest.len();
        let is_here = rest.starts_with([']', '}']) && blanks + 1 == column as usize;
        if is_here {
            self.text.to_mut().insert(offset, ' ');
            self.indented.insert(line);
        }
        is_here
    }

    fn place(&self, marker: &Marker) -> Place {
        self.in_file(place(marker))
    }

    fn in_file(&self, (line, column): Place) -> Place {
        let is_moved = column > 1 && self.indented.contains(&line);
        (line, if is_moved { column - 1 } else { column })
    }
}

fn place(marker: &Marker) -> Place {
    (marker.line() as u32, marker.col() as u32 + 1)
}

/// The lines of a text, asked for from the first to the last.
struct Lines<'a> {
    text: &'a str,
    line: u32,
    /// Where `line` starts.
    offset: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Lines { text, line: 1, offset: 0 }
    }

    /// The parser says where the content of a block starts; its `|` or `>` is at the end of the last line above that is
    /// not blank.
    fn header(&mut self, content: Place, value: &str) -> Place {
        self.advance(content.0);
        let line = self.text[self.offset..].split(['\n', '\r']).next().unwrap_or_default();
        // A block without content at the end of the text is reported at its indicator.
        let at_indicator = line.chars().nth(content.1 as usize - 1).is_some_and(|c| matches!(c, '|' | '>'));
        if at_indicator && value.trim().is_empty() {
            return content;
        }
        let above = self.text[..self.offset].trim_end();
        let breaks = count_breaks(&self.text[above.len()..self.offset]);
        let header = &above[above.rfind(['\n', '\r']).map_or(0, |at| at + 1)..];
        let column =
            header.match_indices(['|', '>']).map(|(at, _)| at).find(|at| is_header(header, *at)).unwrap_or(0);
        (self.line - breaks, header[..column].chars().count() as u32 + 1)
    }

    fn advance(&mut self, line: u32) {
        while self.line < line {
            let Some(at) = self.text[self.offset..].find(['\n', '\r']) else {
                return;
            };
            let at = self.offset + at;
            self.offset = at + if self.text[at..].starts_with("\r\n") { 2 } else { 1 };
            self.line += 1;
        }
    }
}

/// Whether a block's header starts here: the indicator, how it is indented and chomped, and at most a comment.
fn is_header(line: &str, at: usize) -> bool {
    let rest = line[at + 1..].trim_start_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let blank = |c| matches!(c, ' ' | '\t');
    (at == 0 || line[..at].ends_with(blank))
        && (rest.trim().is_empty() || rest.starts_with(blank) && rest.trim_start().starts_with('#'))
}

fn count_breaks(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let is_break =
        |at: &usize| bytes[*at] == b'\n' || bytes[*at] == b'\r' && bytes.get(at + 1) != Some(&b'\n');
    (0..bytes.len()).filter(is_break).count() as u32
}

/// A collection that is still open.
struct Open {
    node: Node,
    key: Option<Node>,
    anchor: usize,
    /// The keys of a map that has become big.
    keys: Option<HashSet<String>>,
}

/// An anchored node, what a copy of it costs, and how deep it is.
struct Anchored {
    node: Node,
    size: usize,
    depth: usize,
}

#[derive(Default)]
struct Builder {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, (line, column): Place) -> Result<(), Problem> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, line, column)?;
                self.close(Node::new(scalar(text, style, tag.as_deref()), line, column), anchor)
            }
            Event::SequenceStart(anchor, _) => self.enter(Data::List(Vec::new()), line, column, anchor),
            Event::MappingStart(anchor, _) => self.enter(Data::Map(Vec::new()), line, column, anchor),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.close(open.node, open.anchor),
                None => Ok(()),
            },
            Event::Alias(id) => {
                let Some(anchored) = self.anchors.get(&id) else {
                    return Err(Problem::new("alias to an anchor that is not there", line, column));
                };
                let size = anchored.size;
                too_deep(self.open.len() + anchored.depth, line, column)?;
                self.count(size, line, column)?;
                let node = self.anchors[&id].node.clone();
                self.close(node, 0)
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, data: Data, line: u32, column: u32, anchor: usize) -> Result<(), Problem> {
        too_deep(self.open.len() + 1, line, column)?;
        self.count(1, line, column)?;
        self.open.push(Open { node: Node::new(data, line, column), key: None, anchor, keys: None });
        Ok(())
    }

    fn count(&mut self, more: usize, line: u32, column: u32) -> Result<(), Problem> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > MAX_NODES {
            return Err(Problem::new(format!("more than {MAX_NODES} values"), line, column));
        }
        Ok(())
    }

    /// A node is complete: it goes into the collection around it, or is a document.
    fn close(&mut self, node: Node, anchor: usize) -> Result<(), Problem> {
        if anchor != 0 {
            let (size, depth) = measure(&node);
            // The copy that is kept is memory too.
            self.count(size, node.line, node.column)?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, depth });
        }
        match self.open.last_mut() {
            Some(open) => open.add(node),
            None => {
                self.documents.push(node);
                Ok(())
            }
        }
    }
}

impl Open {
    fn add(&mut self, node: Node) -> Result<(), Problem> {
        match &mut self.node.data {
            Data::List(items) => items.push(node),
            Data::Map(entries) => match self.key.take() {
                Some(key) => entries.push((key, node)),
                None => {
                    if is_repeated(&node, entries, &mut self.keys) {
                        let message = format!("the key `{}` is there twice", node.key_text());
                        return Err(Problem::new(message, node.line, node.column));
                    }
                    self.key = Some(node);
                }
            },
            _ => {}
        }
        Ok(())
    }
}

/// Whether a map has the key. Small maps are searched, big ones keep a set.
fn is_repeated(key: &Node, entries: &[(Node, Node)], keys: &mut Option<HashSet<String>>) -> bool {
    if entries.len() < SMALL_MAP {
        return entries.iter().any(|(have, _)| have.same_key(key));
    }
    let keys = keys.get_or_insert_with(|| entries.iter().map(|(have, _)| have.key_text()).collect());
    !keys.insert(key.key_text())
}

fn too_deep(depth: usize, line: u32, column: u32) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::new(format!("nested deeper than {MAX_DEPTH} levels"), line, column));
    }
    Ok(())
}

/// How much a copy of a node costs, and how deep it is. Long text counts for more than one node.
fn measure(node: &Node) -> (usize, usize) {
    let inside = |nodes: &mut dyn Iterator<Item = &Node>| {
        nodes.map(measure).fold((1, 1), |(size, depth), (s, d)| (size + s, depth.max(d + 1)))
    };
    match &node.data {
        Data::List(items) => inside(&mut items.iter()),
        Data::Map(entries) => inside(&mut entries.iter().flat_map(|(key, value)| [key, value])),
        Data::String(text) => (1 + text.len() / TEXT_PER_NODE, 0),
        _ => (1, 0),
    }
}

/// What a scalar means: a tag decides, else a quote makes it text, else the core schema says.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Data {
    let core_tag = tag.map(|tag| if tag.is_yaml_core_schema() { tag.suffix.as_str() } else { "str" });
    let resolved = match core_tag {
        None if style == ScalarStyle::Plain => plain_scalar(&text),
        Some("int" | "float" | "bool" | "null") => plain_scalar(&text),
        _ => None,
    };
    resolved.unwrap_or_else(|| Data::String(text.into_owned()))
}

/// The YAML 1.2 core schema, which is what GitHub reads; none for text.
fn plain_scalar(text: &str) -> Option<Data> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Data::Null),
        "true" | "True" | "TRUE" => Some(Data::Bool(true)),
        "false" | "False" | "FALSE" => Some(Data::Bool(false)),
        _ => number(text).map(Data::Number),
    }
}

/// Infinite and undefined numbers stay text, since JSON has none.
fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let based = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(Number::from);
    if let Some(hex) = text.strip_prefix("0x") {
        return hex.starts_with(|c: char| c.is_ascii_hexdigit()).then(|| based(hex, 16)).flatten();
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return octal.starts_with(|c: char| c.is_digit(8)).then(|| based(octal, 8)).flatten();
    }
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Number::from(whole));
    }
    if let Ok(whole) = text.parse::<u64>() {
        return Some(Number::from(whole));
    }
    let float_shape =
        digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    float_shape.then(|| text.parse::<f64>().ok()).flatten().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_is_text_and_versions_keep_their_type() {
        let node = parse("on: push\nv: 3.10\nw: \"3.10\"\nx: 1_000\n").unwrap();
        assert_eq!(node.entries()[0].0.as_str(), Some("on"));
        assert_eq!(node.get("v").unwrap().data, Data::Number(Number::from_f64(3.1).unwrap()));
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
    fn a_bracket_closes_in_the_column_of_its_key_whatever_stands_above() {
        for (open, item, close) in
            [("[", "\"x\"", "]"), ("[", "x", "]"), ("{", "'x': \"y\"", "}"), ("[", "'x'", "]")]
        {
            let text = format!(
                "a:\n  b:\n    c: {open}\n      {item},\n    {close}\n    d: {open}\n      {item}\n    {close}\n    e: 1\n"
            );
            let node = parse(&text).unwrap_or_else(|problem| panic!("{}\n{text}", problem.message));
            let b = node.get("a").unwrap().get("b").unwrap();
            let keys: Vec<(String, Place)> =
                b.entries().iter().map(|(key, _)| (key.key_text(), (key.line, key.column))).collect();
            assert_eq!(keys, [("c".into(), (3, 5)), ("d".into(), (6, 5)), ("e".into(), (9, 5))], "{text}");
            assert_eq!(b.get("c").unwrap().to_value(), b.get("d").unwrap().to_value(), "{text}");
        }
    }

    #[test]
    fn what_stands_behind_a_bracket_keeps_its_place() {
        let text = "a:\n  b: [\n    \"x\", [\n      \"y\"\n  ], z]\nc: \"w\"\n";
        let (node, scalars) = parse_with_scalars(text).unwrap();
        let z = node.get("a").unwrap().get("b").unwrap().items()[2].clone();
        assert_eq!((z.as_str(), z.line, z.column), (Some("z"), 5, 6));
        let places: Vec<Place> = scalars.iter().map(|scalar| scalar.start).collect();
        assert_eq!(places, [(1, 1), (2, 3), (3, 5), (4, 7), (5, 6), (6, 1), (6, 4)]);
        let fault = parse("a:\n  b: [\n    \"x\",\n  ] \"y\"\n").unwrap_err();
        assert_eq!(fault.line, 4);
    }

    #[test]
    fn text_that_only_looks_like_a_closing_bracket_is_left_alone() {
        assert_eq!(
            parse("a: |\n  ]\n  }\nb: \"\n  ]\"\n").unwrap().get("a").unwrap().as_str(),
            Some("]\n}\n")
        );
        assert!(parse("a:\n    b: 1\n  ]\n").is_err());
        assert!(parse("a: [\n  \"x\"\n}\n").is_err());
    }

    #[test]
    fn a_repeated_key_is_a_fault_at_its_line() {
        assert_eq!(parse("a: 1\nb: 2\na: 3\n").unwrap_err().line, 3);
    }
}
