//! Writes the facts about languages as sorted static tables, so that start-up parses nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::data::{Node, yaml};
use crate::literals::{Reading, needs};

const FOLDER: &str = "src/characteristics/languages/data";

type Table = BTreeMap<String, Vec<usize>>;

/// Writes `languages.rs` into `out`.
pub(crate) fn write(out: &Path) {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed=build");
    let mut code = String::new();
    let ids = languages(&mut code);
    heuristics(&mut code, &ids);
    paths(&mut code);
    fs::write(out.join("languages.rs"), code).expect("OUT_DIR can be written");
}

fn read(name: &str) -> Node {
    let path = format!("{FOLDER}/{name}");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    yaml::parse(&text).unwrap_or_else(|e| panic!("{path}:{}: {}", e.line, e.message))
}

fn texts<'a>(node: &'a Node, key: &str) -> Vec<&'a str> {
    node.get(key).map(Node::items).unwrap_or_default().iter().filter_map(Node::as_str).collect()
}

fn languages(code: &mut String) -> BTreeMap<String, usize> {
    let all = read("languages.yml");
    let ids: BTreeMap<String, usize> =
        all.entries().iter().enumerate().map(|(id, (name, _))| (name.key_text(), id)).collect();
    let mut tables: [(&str, &str, Table); 4] = [
        ("ext", "ENDINGS", Table::new()),
        ("names", "NAMES", Table::new()),
        ("run", "INTERPRETERS", Table::new()),
        ("alias", "ALIASES", Table::new()),
    ];
    writeln!(code, "pub(super) static LANGUAGES: &[Language] = &[").expect("memory");
    for (id, (name, facts)) in all.entries().iter().enumerate() {
        let name = name.key_text();
        let kind = match facts.get("type").and_then(Node::as_str) {
            Some("programming") => "Programming",
            Some("markup") => "Markup",
            Some("data") => "Data",
            Some("prose") => "Prose",
            other => panic!("{name}: the type is {other:?}"),
        };
        let group = facts.get("group").and_then(Node::as_str).map_or(id, |group| ids[group]);
        writeln!(code, "Language {{ name: {name:?}, kind: Kind::{kind}, group: {group} }},").expect("memory");
        for (key, _, table) in &mut tables {
            for text in texts(facts, key) {
                let text = if *key == "names" { text.to_owned() } else { text.to_lowercase() };
                let ids = table.entry(text).or_default();
                if !ids.contains(&id) {
                    ids.push(id);
                }
            }
        }
        let ids = tables[3].2.entry(name.to_lowercase()).or_default();
        ids.retain(|known| *known != id);
        ids.insert(0, id);
    }
    writeln!(code, "];").expect("memory");
    for (_, name, table) in &tables {
        let kind = "&[(&str, &[u16])]";
        writeln!(code, "pub(super) static {name}: {kind} = &{:?};", by_length(table)).expect("memory");
    }
    ids
}

/// The entries of a table by the length of their keys: a search then compares the bytes of few.
fn by_length(table: &Table) -> Vec<Sliced<'_>> {
    let mut entries: Vec<Sliced<'_>> = table.iter().map(Sliced).collect();
    entries.sort_by_key(|entry| entry.0.0.len());
    entries
}

/// An entry of a table as the expression of a tuple with a slice.
struct Sliced<'a>((&'a String, &'a Vec<usize>));

impl std::fmt::Debug for Sliced<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({:?}, &{:?})", self.0.0, self.0.1)
    }
}

fn heuristics(code: &mut String, ids: &BTreeMap<String, usize>) {
    let all = read("heuristics.yml");
    let mut endings = BTreeMap::new();
    writeln!(code, "pub(super) static RULES: &[&[Rule]] = &[").expect("memory");
    for (index, set) in all.items().iter().enumerate() {
        for ending in texts(set, "endings") {
            assert!(endings.insert(ending.to_lowercase(), index).is_none(), "{ending} has rules twice");
        }
        write!(code, "&[").expect("memory");
        for rule in set.get("rules").map(Node::items).unwrap_or_default() {
            let name = rule.get("is").and_then(Node::as_str).unwrap_or_default();
            let id =
                ids.get(name).unwrap_or_else(|| panic!("heuristics.yml:{}: no language {name:?}", rule.line));
            write!(code, "Rule {{ language: {id}, when: &[").expect("memory");
            for condition in rule.get("when").map(Node::items).unwrap_or_default() {
                for (key, holds) in [("any", true), ("none", false)] {
                    if condition.get(key).is_some() {
                        let patterns = texts(condition, key);
                        let needs: Vec<_> = patterns.iter().map(|one| needs(one, Reading::Bytes)).collect();
                        // One without literals may match anywhere.
                        let needs = if needs.iter().any(Vec::is_empty) { Vec::new() } else { needs.concat() };
                        write!(
                            code,
                            "Condition {{ holds: {holds}, patterns: &{patterns:?}, needs: &{needs:?} }},"
                        )
                        .expect("memory");
                    }
                }
            }
            write!(code, "] }},").expect("memory");
        }
        writeln!(code, "],").expect("memory");
    }
    let endings: Vec<_> = endings.into_iter().collect();
    writeln!(code, "];\npub(super) static SHARED: &[(&str, u16)] = &{endings:?};").expect("memory");
}

fn paths(code: &mut String) {
    let all = read("paths.yml");
    for (name, of_folder) in [("FOLDERS", true), ("FILES", false)] {
        writeln!(code, "pub(super) static {name}: &[Quiet] = &[").expect("memory");
        for (key, noise) in
            [("vendored", "Vendored"), ("documentation", "Documentation"), ("generated", "Generated")]
        {
            for pattern in texts(&all, key).into_iter().filter(|p| p.ends_with('/') == of_folder) {
                let needs = needs(pattern, Reading::AnyCase);
                writeln!(code, "Quiet {{ noise: Noise::{noise}, pattern: {pattern:?}, needs: &{needs:?} }},")
                    .expect("memory");
            }
        }
        writeln!(code, "];").expect("memory");
    }
    writeln!(code, "pub(super) static GENERATED_CONTENT: &[Mark] = &[").expect("memory");
    for mark in all.get("content").map(Node::items).unwrap_or_default() {
        let number =
            |key: &str| mark.get(key).map_or(0, |n| n.key_text().parse().expect("a number of lines"));
        let has = mark.get("has").and_then(Node::as_str).expect("a mark has a pattern");
        let (first, lines): (usize, usize) = match number("line") {
            0 => (0, number("lines")),
            line => (line - 1, 1),
        };
        let endings = texts(mark, "endings");
        let needs = needs(has, Reading::Bytes);
        writeln!(
            code,
            "Mark {{ endings: &{endings:?}, first: {first}, lines: {lines}, has: {has:?}, needs: &{needs:?} }},"
        )
        .expect("memory");
    }
    writeln!(code, "];").expect("memory");
}
