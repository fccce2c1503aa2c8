//! A YAML text as a tree of blocks whose texts, put together again, are the text.
//!
//! A block is what a person would point at: the header, a top-level key, a job, a key of a job, a step. The reader
//! says on which lines keys and items stand; a value that is not written as one key or item per line (a flow
//! mapping, an anchor before a key) stays one block. Steps are one block each.

mod parts;

use std::collections::BTreeSet;

use serde_json::Value;
use sha1::{Digest, Sha1};

use parts::{parts, uses_lines};

use super::marker;
use super::pins::Uses;
use super::text::hex;
use crate::data::{Node, Problem, yaml};

/// A line without its end, and what it `uses:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) uses: Option<Uses>,
}

/// A part of a file with an identity among its siblings.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// The key, or for an item of a list what names it: `id:build`, `name:Run the tests`, `uses:actions/checkout`.
    pub(super) id: String,
    /// Fingerprints of all that would name it, for an item that lost or got an `id` or a name.
    pub(super) aliases: Vec<String>,
    /// Comments and blank lines above.
    pub(super) lead: Vec<Line>,
    /// The whole text, or what precedes the children.
    pub(super) head: Vec<Line>,
    /// The parts, when it has parts.
    pub(super) children: Vec<Block>,
    /// 1-based line in the text it was read from.
    pub(super) line: u32,
    /// What a block without children means, when it is known.
    pub(super) value: Option<Value>,
    /// Of lead and head, compared by meaning.
    pub(super) own: String,
    /// Of everything, compared by meaning.
    pub(super) whole: String,
    /// The text is not known, only the fingerprints.
    pub(super) opaque: bool,
}

impl Line {
    /// A line of which only the text matters.
    pub(super) fn plain(text: &str) -> Self {
        Line { text: text.to_owned(), uses: None }
    }

    /// The line as it is compared: pins, quotes of `uses:` and the version in
    /// the header do not count.
    pub(super) fn canonical(&self) -> String {
        let text = self.text.as_str();
        match (&self.uses, marker::parse(text)) {
            (Some(uses), _) => uses.without_pin(),
            (None, Some(version)) if !version.is_empty() => text.replacen(version, "", 1),
            (None, _) => text.to_owned(),
        }
    }
}

impl Block {
    /// Takes a text apart. The text has `\n` line ends.
    ///
    /// # Errors
    /// When it is no YAML.
    pub(super) fn parse(text: &str) -> Result<Block, Problem> {
        let documents = yaml::documents(text)?;
        let mut actions = BTreeSet::new();
        documents.iter().for_each(|node| uses_lines(node, &mut actions));
        // `lines()` would take a carriage return for part of the line end.
        let body = text.strip_suffix('\n').unwrap_or(text);
        let texts = body.split('\n').take(if text.is_empty() { 0 } else { usize::MAX });
        let lines: Vec<Line> = (1..)
            .zip(texts)
            .map(|(n, line)| {
                let uses = actions.contains(&n).then(|| Uses::parse(line)).flatten();
                Line { text: line.to_owned(), uses }
            })
            .collect();
        let mut root = match documents.as_slice() {
            // To the reader a carriage return ends a line, here it does not: then nobody knows which line is which.
            [root] if !text.contains('\r') => {
                let mut block = Block::read(String::new(), root, &lines, 0, 0, lines.len());
                // What stands above the first key is the header, not a comment on that key.
                if let Some(first) = block.children.first_mut() {
                    block.head.append(&mut first.lead);
                    first.seal();
                }
                block
            }
            several => {
                let value = several.iter().map(Node::to_value).collect();
                Block::leaf(String::new(), Vec::new(), lines, 1, Some(value))
            }
        };
        root.seal();
        Ok(root)
    }

    /// A block of which only the fingerprints are known, its own and those of its further names.
    pub(super) fn opaque(id: String, own: String, aliases: Vec<String>, children: Vec<Block>) -> Block {
        let mut block = Block::leaf(id, Vec::new(), Vec::new(), 0, None);
        (block.aliases, block.children, block.opaque) = (aliases, children, true);
        block.own = own;
        block.whole = whole(&block.own, &block.children);
        block
    }

    fn leaf(id: String, lead: Vec<Line>, head: Vec<Line>, line: u32, value: Option<Value>) -> Block {
        let (own, whole) = (String::new(), String::new());
        let mut block = Block {
            id,
            aliases: vec![],
            lead,
            head,
            children: vec![],
            line,
            value,
            own,
            whole,
            opaque: false,
        };
        block.seal();
        block
    }

    /// The block of a node whose lead starts at line `from` (0-based), its text at `start`, and ends before `end`.
    fn read(id: String, node: &Node, lines: &[Line], from: usize, start: usize, end: usize) -> Block {
        let line = start as u32 + 1;
        let lead = lines[from..start].to_vec();
        let Some(parts) = parts(node, lines, start, end, !id.is_empty()) else {
            return Block::leaf(id, lead, lines[start..end].to_vec(), line, Some(node.to_value()));
        };
        let first = parts.first().map_or(end, |part| part.from);
        let mut block = Block::leaf(id, lead, lines[start..first].to_vec(), line, None);
        for (n, part) in parts.iter().enumerate() {
            let end = parts.get(n + 1).map_or(end, |next| next.from);
            let mut child = match &part.identities {
                None => Block::read(part.id.clone(), part.node, lines, part.from, part.start, end),
                Some(identities) => {
                    let (lead, text) = (&lines[part.from..part.start], &lines[part.start..end]);
                    let line = part.start as u32 + 1;
                    let value = Some(part.node.to_value());
                    let mut item = Block::leaf(part.id.clone(), lead.to_vec(), text.to_vec(), line, value);
                    item.aliases = identities.iter().map(|name| fingerprint(name)).collect();
                    item
                }
            };
            let twins = block.children.iter().filter(|known| base_id(&known.id) == child.id).count();
            if twins > 0 {
                child.id = format!("{}#{}", child.id, twins + 1);
            }
            block.children.push(child);
        }
        block.seal();
        block
    }

    /// Computes the fingerprints again after a change.
    pub(super) fn seal(&mut self) {
        let lead = self.lead.iter().filter(|line| !line.text.trim().is_empty());
        let mut text = String::new();
        for line in lead.chain(&self.head) {
            text.push_str(&line.canonical());
            text.push('\n');
        }
        self.own = fingerprint(text.trim_end_matches('\n'));
        self.whole = whole(&self.own, &self.children);
    }

    /// Every line, in order.
    pub(super) fn lines(&self) -> Vec<&Line> {
        let mut lines: Vec<&Line> = self.lead.iter().chain(&self.head).collect();
        lines.extend(self.children.iter().flat_map(Block::lines));
        lines
    }

    /// Lets every `uses:` be completed; what it is compared by stays.
    pub(super) fn for_each_uses(&mut self, act: &mut dyn FnMut(&mut Uses)) {
        self.lead.iter_mut().chain(&mut self.head).filter_map(|line| line.uses.as_mut()).for_each(&mut *act);
        self.children.iter_mut().for_each(|child| child.for_each_uses(act));
    }

    /// The exact text.
    pub(super) fn text(&self) -> String {
        self.lines().iter().map(|line| format!("{}\n", line.text)).collect()
    }

    /// The part of that identity.
    pub(super) fn child(&self, id: &str) -> Option<&Block> {
        self.children.iter().find(|child| child.id == id)
    }

    /// Whether that is the fingerprint of one of its names.
    pub(super) fn is_named(&self, alias: &String) -> bool {
        self.aliases.contains(alias) || fingerprint(&self.id) == *alias
    }

    /// Fingerprints of what names it beside its identity.
    pub(super) fn further_names(&self) -> impl Iterator<Item = &String> {
        let first = fingerprint(&self.id);
        self.aliases.iter().filter(move |alias| **alias != first)
    }

    /// Whether a text that was read again means what it was put together from, pins aside.
    pub(super) fn means(&self, read: &Block) -> bool {
        match &self.value {
            Some(value) => read.value.as_ref().is_some_and(|read| unpinned(read) == unpinned(value)),
            // Merged line by line: what it means is what it says.
            None if self.children.is_empty() => true,
            None => {
                self.children.len() == read.children.len()
                    && self.children.iter().zip(&read.children).all(|(part, read)| part.means(read))
            }
        }
    }
}

/// Renames items of `other` that are items of `reference` under one of their further names: a step that got an `id`
/// is still that step.
pub(super) fn align(reference: &[Block], other: &mut [Block]) {
    let taken: BTreeSet<String> = other.iter().map(|block| block.id.clone()).collect();
    let mut free: Vec<&Block> = reference.iter().filter(|block| !taken.contains(&block.id)).collect();
    for block in other.iter_mut().filter(|block| reference.iter().all(|known| known.id != block.id)) {
        if let Some(n) = free.iter().position(|known| block.aliases.iter().any(|alias| known.is_named(alias)))
        {
            block.id.clone_from(&free.remove(n).id);
        }
    }
}

fn base_id(id: &str) -> &str {
    match id.rsplit_once('#') {
        Some((base, n)) if n.bytes().all(|b| b.is_ascii_digit()) => base,
        _ => id,
    }
}

/// Ten hex digits are enough to tell two versions of one block apart.
pub(super) fn fingerprint(text: &str) -> String {
    hex(&Sha1::digest(text)[..5])
}

fn whole(own: &str, children: &[Block]) -> String {
    if children.is_empty() {
        return own.to_owned();
    }
    let parts: Vec<String> = children.iter().map(|child| format!("{}\0{}", child.id, child.whole)).collect();
    fingerprint(&format!("{own}\0{}", parts.join("\0")))
}

/// A value without the pins in it.
fn unpinned(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| match (key.as_str(), value.as_str()) {
                    ("uses", Some(uses)) => {
                        let action = uses.split('@').next().unwrap_or_default().to_ascii_lowercase();
                        (key.clone(), Value::String(action))
                    }
                    _ => (key.clone(), unpinned(value)),
                })
                .collect(),
        ),
        Value::Array(items) => items.iter().map(unpinned).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKFLOW: &str = "\
# Generated by wfgen 0.1.0

name: CI
on:
  push:
    branches: [main]
permissions: {}

jobs:
  # the first
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@1111111111111111111111111111111111111111 # v4.0.0
      # about the tests
      - name: Test
        run: |
          # not a comment
          make test

          uses: a/script@v1
      # - commented: out

  build:
    runs-on: ubuntu-24.04
    steps:
    - run: make
    - run: make
";

    fn ids(block: &Block) -> Vec<&str> {
        block.children.iter().map(|child| child.id.as_str()).collect()
    }

    #[test]
    fn the_blocks_of_a_workflow_are_keys_jobs_and_steps() {
        let root = Block::parse(WORKFLOW).unwrap();
        assert_eq!(ids(&root), ["name", "on", "permissions", "jobs"]);
        let jobs = root.child("jobs").unwrap();
        assert_eq!(ids(jobs), ["test", "build"]);
        let steps = jobs.child("test").unwrap().child("steps").unwrap();
        assert_eq!(ids(steps), ["uses:actions/checkout", "name:Test"]);
        assert_eq!(ids(jobs.child("build").unwrap().child("steps").unwrap()), ["run:make", "run:make#2"]);
    }

    #[test]
    fn the_texts_of_the_blocks_put_together_are_the_text() {
        assert_eq!(Block::parse(WORKFLOW).unwrap().text(), WORKFLOW);
    }

    #[test]
    fn a_comment_belongs_to_what_it_stands_above_unless_it_is_indented_deeper() {
        let root = Block::parse(WORKFLOW).unwrap();
        let jobs = root.child("jobs").unwrap();
        assert_eq!(jobs.child("test").unwrap().lead[0].text, "  # the first");
        let steps = jobs.child("test").unwrap().child("steps").unwrap();
        assert_eq!(steps.children[1].lead[0].text, "      # about the tests");
        assert!(steps.text().contains("# - commented: out"));
        assert_eq!(jobs.child("build").unwrap().lead.len(), 1);
    }

    #[test]
    fn a_script_that_looks_like_a_pin_is_no_pin() {
        let root = Block::parse(WORKFLOW).unwrap();
        let uses: Vec<_> = root.lines().into_iter().filter_map(|line| line.uses.clone()).collect();
        assert_eq!(uses.len(), 1);
    }

    #[test]
    fn what_is_not_one_key_per_line_stays_one_block() {
        for text in
            ["a: {b: 1,\n  c: 2}\n", "a: &x\n  b: 1\nc: *x\n", "- - a\n  - b\n", "[a, b]\n", "? a\n: b\n"]
        {
            let root = Block::parse(text).unwrap();
            assert_eq!(root.text(), text);
        }
        assert!(Block::parse("a: {b: 1}\n").unwrap().child("a").unwrap().children.is_empty());
    }

    #[test]
    fn pins_quotes_and_the_version_in_the_header_do_not_count() {
        let other = WORKFLOW
            .replace(
                "actions/checkout@1111111111111111111111111111111111111111 # v4.0.0",
                "'Actions/checkout@v5'",
            )
            .replace("wfgen 0.1.0", "wfgen 0.2.0");
        assert_eq!(Block::parse(&other).unwrap().whole, Block::parse(WORKFLOW).unwrap().whole);
        let edited = WORKFLOW.replace("make test", "make check");
        assert_ne!(Block::parse(&edited).unwrap().whole, Block::parse(WORKFLOW).unwrap().whole);
    }

    #[test]
    fn a_step_that_got_an_id_is_still_that_step() {
        let root = |text: &str| Block::parse(text).unwrap().children.remove(0).children;
        let reference = root("steps:\n  - name: Test\n    run: make\n  - run: other\n");
        let mut other = root("steps:\n  - id: t\n    name: Test\n    run: make\n  - run: new\n");
        align(&reference, &mut other);
        assert_eq!(other[0].id, "name:Test");
        assert_eq!(other[1].id, "run:new");
    }
}
