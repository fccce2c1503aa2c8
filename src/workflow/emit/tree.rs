//! Data with what the page shows beside it: comments and blank lines.

use serde_json::Value;

/// A value on the page.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) tree: Tree,
    /// Lines of comment above it.
    pub(super) above: Vec<String>,
    /// A comment behind it.
    pub(super) after: Option<String>,
    /// A blank line before it.
    pub(super) gap: bool,
}

/// A collection with items in it, or anything that has no inside.
#[derive(Debug)]
pub(super) enum Tree {
    Leaf(Value),
    List(Vec<Item>),
    Map(Vec<(String, Item)>),
}

impl From<Value> for Item {
    fn from(value: Value) -> Self {
        let tree = match value {
            Value::Array(items) if !items.is_empty() => {
                Tree::List(items.into_iter().map(Item::from).collect())
            }
            Value::Object(map) if !map.is_empty() => {
                Tree::Map(map.into_iter().map(|(key, value)| (key, Item::from(value))).collect())
            }
            leaf => Tree::Leaf(leaf),
        };
        Item { tree, above: Vec::new(), after: None, gap: false }
    }
}

impl Item {
    /// The entries of a map; none for anything else.
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = &mut (String, Item)> {
        let entries = match &mut self.tree {
            Tree::Map(entries) => entries.as_mut_slice(),
            _ => &mut [],
        };
        entries.iter_mut()
    }

    /// The items of a list; none for anything else.
    pub(super) fn items_mut(&mut self) -> impl Iterator<Item = &mut Item> {
        let items = match &mut self.tree {
            Tree::List(items) => items.as_mut_slice(),
            _ => &mut [],
        };
        items.iter_mut()
    }

    /// What a map has under a key.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Item> {
        self.entries_mut().find(|(k, _)| k == key).map(|(_, item)| item)
    }

    /// Whether it takes more than the line of its key, as far as its kind tells.
    pub(super) fn is_long(&self) -> bool {
        match &self.tree {
            Tree::Leaf(leaf) => leaf.as_str().is_some_and(|text| text.contains('\n')),
            Tree::List(items) => items.iter().any(|item| !matches!(item.tree, Tree::Leaf(_))),
            Tree::Map(_) => true,
        }
    }
}
