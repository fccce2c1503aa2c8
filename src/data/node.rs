//! The tree that every reader gives.

use serde_json::{Map, Number, Value};

/// A value with the place it was written at (1-based).
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub data: Data,
    /// 1-based line.
    pub line: u32,
    /// 1-based column.
    pub column: u32,
}

/// What a node holds. Keys of a map are nodes too, since findings point at them.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Nothing was written, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    String(String),
    /// An ordered list.
    List(Vec<Node>),
    /// Keys in the order they were written. A repeated key is a [`Problem`] of the reader.
    Map(Vec<(Node, Node)>),
}

/// Why a text could not be read, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, without the place.
    pub message: String,
    /// 1-based line; 0 when unknown.
    pub line: u32,
    /// 1-based column; 0 when unknown.
    pub column: u32,
}

impl Problem {
    /// A problem at a place.
    pub fn new(message: impl Into<String>, line: u32, column: u32) -> Self {
        Problem { message: message.into(), line, column }
    }
}

impl Node {
    /// A node at a place.
    pub fn new(data: Data, line: u32, column: u32) -> Self {
        Node { data, line, column }
    }

    /// A tree without places, every node at line 0.
    pub fn from_value(value: Value) -> Self {
        let data = match value {
            Value::Null => Data::Null,
            Value::Bool(b) => Data::Bool(b),
            Value::Number(n) => Data::Number(n),
            Value::String(s) => Data::String(s),
            Value::Array(items) => Data::List(items.into_iter().map(Node::from_value).collect()),
            Value::Object(map) => Data::Map(
                map.into_iter()
                    .map(|(k, v)| (Node::new(Data::String(k), 0, 0), Node::from_value(v)))
                    .collect(),
            ),
        };
        Node::new(data, 0, 0)
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.data {
            Data::String(text) => Some(text),
            _ => None,
        }
    }

    /// True for `null` and for nothing written.
    pub fn is_null(&self) -> bool {
        self.data == Data::Null
    }

    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value under `key`, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&(Node, Node)> {
        self.entries().iter().find(|(k, _)| k.as_str() == Some(key))
    }

    /// Follows keys downwards.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value without places. Keys that are not text are written as JSON would print them.
    pub fn to_value(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Number(n) => Value::Number(n.clone()),
            Data::String(s) => Value::String(s.clone()),
            Data::List(items) => items.iter().map(Node::to_value).collect(),
            Data::Map(entries) => Value::Object(
                entries.iter().map(|(k, v)| (k.key_text(), v.to_value())).collect::<Map<_, _>>(),
            ),
        }
    }

    /// Whether two nodes are the same map key: `1` and `"1"` are, as JSON has text keys only.
    pub(super) fn same_key(&self, other: &Node) -> bool {
        match (&self.data, &other.data) {
            (Data::String(a), Data::String(b)) => a == b,
            _ => self.key_text() == other.key_text(),
        }
    }

    /// The text of this node as a map key.
    pub fn key_text(&self) -> String {
        match &self.data {
            Data::String(s) => s.clone(),
            _ => self.to_value().to_string(),
        }
    }
}
