//! A tree from anything that serde reads, without places: every node is at line 0.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{Data, Node};

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

fn node<E>(data: Data) -> Result<Node, E> {
    Ok(Node::new(data, 0, 0))
}

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        node(Data::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        node(Data::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        node(Data::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        node(Data::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        node(Number::from_f64(value).map_or(Data::Null, Data::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        node(Data::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        node(Data::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        node(Data::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        node(Data::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_from_json_as_it_is_from_a_value() {
        let text = r#"{"a": [null, true, -1, 2, 1.5, "x"], "b": {"c": {}}}"#;
        let node: Node = serde_json::from_str(text).unwrap();
        assert_eq!(node, Node::from_value(serde_json::from_str(text).unwrap()));
    }
}
