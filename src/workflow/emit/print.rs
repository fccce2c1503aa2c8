//! From the tree to lines.

use std::fmt::Write;

use super::scalar::{self, Place};
use super::tree::{Item, Tree};

/// Lists in brackets end before this column.
const WIDTH: usize = 100;
/// A reader may refuse a key on one line that is longer than 1024 characters; such a key gets a `?`.
const LONGEST_KEY: usize = 1000;
/// Lists under these keys read better one below the other, however short: globs, paths, mounts.
const ALWAYS_BLOCK: [&str; 6] = ["directories", "exclude-paths", "paths", "paths-ignore", "ports", "volumes"];

/// Writes one document.
pub(super) struct Printer {
    out: String,
    /// The key `on` of the outermost map stays plain.
    plain_on: bool,
    /// The text so far ends with a block that keeps its blank lines, so none may be added.
    open_block: bool,
}

impl Printer {
    /// Starts with lines of comment.
    pub(super) fn new(header: &[String]) -> Self {
        let mut printer = Printer { out: String::new(), plain_on: false, open_block: false };
        printer.comment(header, 0);
        if !header.is_empty() {
            printer.out.push('\n');
        }
        printer
    }

    /// Writes `on:` as a workflow has it.
    pub(super) fn plain_on(mut self) -> Self {
        self.plain_on = true;
        self
    }

    /// The whole text.
    pub(super) fn print(mut self, root: &Item) -> String {
        match &root.tree {
            Tree::Map(entries) => self.map(entries, 0, false),
            Tree::List(items) => self.list(items, 0),
            Tree::Leaf(leaf) => {
                let text = scalar::write(leaf, Place::Block { indent: 2 });
                self.open_block = scalar::keeps_blank_lines(&text);
                self.out.push_str(&text);
                self.end_line(None);
            }
        }
        self.out
    }

    /// The entries of a map; the first one may stand behind the `- ` of a list.
    fn map(&mut self, entries: &[(String, Item)], indent: usize, mut inline: bool) {
        for (key, item) in entries {
            if !inline {
                self.gap(item);
                self.comment(&item.above, indent);
                self.indent(indent);
            }
            inline = false;
            self.key(key, indent);
            self.value(Some(key), item, indent);
        }
    }

    fn key(&mut self, key: &str, indent: usize) {
        if self.plain_on && indent == 0 && key == "on" {
            self.out.push_str("on:");
            return;
        }
        let text = scalar::key(key);
        if text.len() > LONGEST_KEY {
            let _ = writeln!(self.out, "? {text}");
            self.indent(indent);
        } else {
            self.out.push_str(&text);
        }
        self.out.push(':');
    }

    /// What follows a `key:` that stands at `indent`, up to the end of the line or lines.
    fn value(&mut self, key: Option<&str>, item: &Item, indent: usize) {
        match &item.tree {
            Tree::Leaf(leaf) if leaf.is_null() && key.is_some() => self.end_line(item.after.as_deref()),
            Tree::Leaf(leaf) => {
                let text = scalar::write(leaf, Place::Block { indent: indent + 2 });
                self.out.push(' ');
                self.leaf(&text, item.after.as_deref());
            }
            Tree::List(items) => match self.brackets(key, items) {
                Some(text) => {
                    let _ = write!(self.out, " {text}");
                    self.end_line(item.after.as_deref());
                }
                None => {
                    self.end_line(item.after.as_deref());
                    self.list(items, indent + 2);
                }
            },
            Tree::Map(entries) => {
                self.end_line(item.after.as_deref());
                self.map(entries, indent + 2, false);
            }
        }
    }

    fn list(&mut self, items: &[Item], indent: usize) {
        for item in items {
            self.gap(item);
            self.comment(&item.above, indent);
            self.indent(indent);
            self.out.push('-');
            match &item.tree {
                Tree::Map(entries) => {
                    self.out.push(' ');
                    self.map(entries, indent + 2, true);
                }
                _ => self.value(None, item, indent),
            }
        }
    }

    /// A scalar, which may be a block of many lines; then a comment belongs behind the `|`.
    fn leaf(&mut self, text: &str, comment: Option<&str>) {
        match text.split_once('\n') {
            Some((first, rest)) => {
                self.out.push_str(first);
                self.end_line(comment);
                self.out.push_str(rest);
                self.out.push('\n');
                self.open_block = scalar::keeps_blank_lines(text);
            }
            None => {
                self.out.push_str(text);
                self.end_line(comment);
            }
        }
    }

    /// A list of single values in brackets, if it has a short line's length and is none that reads better below
    /// each other.
    fn brackets(&self, key: Option<&str>, items: &[Item]) -> Option<String> {
        if key.is_some_and(|key| ALWAYS_BLOCK.contains(&key)) {
            return None;
        }
        let start = self.out.len() - self.out.rfind('\n').map_or(0, |at| at + 1);
        let mut text = String::from("[");
        for (index, item) in items.iter().enumerate() {
            let Tree::Leaf(leaf) = &item.tree else { return None };
            if leaf.as_str().is_some_and(|text| text.contains('\n')) || item.after.is_some() {
                return None;
            }
            if index > 0 {
                text.push_str(", ");
            }
            text.push_str(&scalar::write(leaf, Place::Flow));
            if start + text.len() >= WIDTH {
                return None;
            }
        }
        text.push(']');
        Some(text)
    }

    fn gap(&mut self, item: &Item) {
        if item.gap && !self.open_block {
            self.out.push('\n');
        }
    }

    fn comment(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            self.indent(indent);
            self.out.push('#');
            self.out.push_str(&scalar::comment(line));
            self.out.push('\n');
        }
    }

    fn indent(&mut self, indent: usize) {
        self.open_block = false;
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn end_line(&mut self, comment: Option<&str>) {
        if let Some(comment) = comment {
            self.out.push_str(" #");
            self.out.push_str(&scalar::comment(comment));
        }
        self.out.push('\n');
    }
}
