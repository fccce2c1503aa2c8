//! The facts about languages, as static tables that `build.rs` writes, and how they are looked up.

use super::Noise;
use crate::characteristics::neighbours::Neighbours;

/// What sort of thing a language is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Programs.
    Programming,
    /// Marked-up text that makes up a product: HTML, CSS, templates.
    Markup,
    /// Data and configuration.
    Data,
    /// Text for people.
    Prose,
}

/// A language.
#[derive(Debug, PartialEq, Eq)]
pub struct Language {
    /// Its name as github-linguist writes it.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The language that it counts as, by its place in the table; itself as a rule.
    group: u16,
}

impl Language {
    /// The language that this one counts as: TSX is TypeScript.
    pub fn group(&self) -> &'static Language {
        language(self.group)
    }
}

/// A rule about content: `language` when all conditions hold.
pub(super) struct Rule {
    pub(super) language: u16,
    pub(super) when: &'static [Condition],
}

/// One of the patterns matches (`holds`), or none does. Where one matches there is one of `needs`, if any are known.
pub(super) struct Condition {
    pub(super) holds: bool,
    pub(super) patterns: &'static [&'static str],
    pub(super) needs: &'static [&'static str],
}

/// A pattern of paths of files that do not count. Where it matches there is one of `needs`, in any case, if any are
/// known.
pub(super) struct Quiet {
    pub(super) noise: Noise,
    pub(super) pattern: &'static str,
    pub(super) needs: &'static [&'static str],
}

/// What a generator leaves in a file: `has` in one of `lines` lines from `first` on. Where it does there is one of
/// `needs`, if any are known.
pub(super) struct Mark {
    pub(super) endings: &'static [&'static str],
    pub(super) first: usize,
    pub(super) lines: usize,
    pub(super) has: &'static str,
    pub(super) needs: &'static [&'static str],
}

include!(concat!(env!("OUT_DIR"), "/languages.rs"));

/// How many languages there are.
pub(super) const COUNT: usize = LANGUAGES.len();

/// The language at a place of the table.
pub(super) fn language(id: u16) -> &'static Language {
    &LANGUAGES[usize::from(id)]
}

/// What a name alone says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// It is this language.
    One(u16),
    /// Several languages share the ending: these rules tell them apart.
    Shared(u16),
    /// Nothing.
    Unknown,
}

/// By the first letter of a name, a bit for each length that a known one has: nearly no file is called so.
static LENGTHS: [u64; 256] = {
    let mut lengths = [0; 256];
    let mut at = 0;
    while at < NAMES.len() {
        let name = NAMES[at].0.as_bytes();
        lengths[name[0] as usize] |= 1 << (name.len() % 64);
        at += 1;
    }
    lengths
};

/// What the name of one file says.
#[cfg(test)]
pub(super) fn named(name: &str) -> Named {
    called_so(name).or_else(|| ending(name)).unwrap_or(Named::Unknown)
}

/// What the names of many files say, of which few have an ending that no other has.
#[derive(Default)]
pub(super) struct Endings<'a>(Neighbours<'a, Option<Named>>);

impl<'a> Endings<'a> {
    /// What the name of a file says.
    pub(super) fn named(&mut self, name: &'a str) -> Named {
        let dot = memchr::memchr(b'.', name.as_bytes()).filter(|_| name.len() <= LONGEST);
        let known = || match dot.map(|dot| &name[dot..]) {
            Some(tail) => self.0.of(tail, || ending(tail)),
            None => ending(name),
        };
        called_so(name).or_else(known).unwrap_or(Named::Unknown)
    }
}

/// What the whole of a name says.
fn called_so(name: &str) -> Option<Named> {
    let first = usize::from(name.bytes().next().unwrap_or_default());
    if LENGTHS[first] >> (name.len() % 64) & 1 == 0 {
        return None;
    }
    match find(NAMES, name)? {
        [one] => Some(Named::One(*one)),
        // No name has several languages without one of its endings telling them apart.
        ids => Some(ending(name).unwrap_or(Named::One(ids[0]))),
    }
}

/// The longest ending has 40 letters or so.
const LONGEST: usize = 64;

/// What the longest known ending of a name says: of `a.html.erb` first `.html.erb`, then `.erb`.
fn ending(name: &str) -> Option<Named> {
    // A stack buffer saves an allocation per file.
    let mut buffer = [0_u8; LONGEST];
    let from = name.len().saturating_sub(buffer.len());
    let tail = name.get(from..)?;
    let lower = &mut buffer[..tail.len()];
    lower.copy_from_slice(tail.as_bytes());
    lower.make_ascii_lowercase();
    let lower = std::str::from_utf8(lower).ok()?;
    memchr::memchr_iter(b'.', lower.as_bytes()).find_map(|dot| {
        let ids = find(ENDINGS, &lower[dot..])?;
        Some(match (ids, SHARED.binary_search_by(|(known, _)| (*known).cmp(&lower[dot..]))) {
            (_, Ok(at)) => Named::Shared(SHARED[at].1),
            (ids, Err(_)) => Named::One(ids[0]),
        })
    })
}

/// The languages that an interpreter runs, by the name of its program.
pub(super) fn interpreted(program: &str) -> &'static [u16] {
    find(INTERPRETERS, &program.to_ascii_lowercase()).unwrap_or_default()
}

/// The language of a name or an alias, in any case; a dash can stand for a space.
pub(super) fn called(name: &str) -> Option<u16> {
    let name = name.to_ascii_lowercase();
    let ids = find(ALIASES, &name).or_else(|| find(ALIASES, &name.replace('-', " ")))?;
    ids.first().copied()
}

/// Looks a key up in a table that is sorted by the length of its keys and then by their bytes.
fn find(table: &'static [(&str, &[u16])], key: &str) -> Option<&'static [u16]> {
    let order = |known: &str| known.len().cmp(&key.len()).then_with(|| known.cmp(key));
    table.binary_search_by(|(known, _)| order(known)).ok().map(|at| table[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str) -> &'static str {
        match named(name) {
            Named::One(id) => language(id).name,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn the_tables_are_sorted() {
        for table in [ENDINGS, NAMES, INTERPRETERS, ALIASES] {
            assert!(table.is_sorted_by(|a, b| (a.0.len(), a.0) < (b.0.len(), b.0)));
        }
        assert!(SHARED.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn names_and_endings_are_found_in_any_case_of_the_ending() {
        assert_eq!(one("Dockerfile"), "Dockerfile");
        assert_eq!(one("main.PY"), "Python");
        assert_eq!(one("x.html.erb"), "HTML+ERB");
        assert_eq!(one(".gitignore"), "Ignore List");
        assert_eq!(named("LICENSE.unheard-of"), Named::Unknown);
        let mut endings = Endings::default();
        for name in [
            "Dockerfile",
            "main.PY",
            "x.html.erb",
            ".gitignore",
            "a.unheard-of",
            "b.unheard-of",
            "a.h",
            "",
            "a.",
        ] {
            assert_eq!(endings.named(name), named(name), "{name}");
        }
        assert_eq!(named(&format!("{}.é", "é".repeat(100))), Named::Unknown);
    }

    #[test]
    fn every_shared_ending_has_rules_and_every_set_of_rules_ends_without_a_condition() {
        for (ending, ids) in ENDINGS {
            let rules = SHARED.iter().find(|(known, _)| known == ending);
            assert!(ids.len() == 1 || rules.is_some(), "{ending} is shared and has no rules");
        }
        assert!(RULES.iter().all(|rules| rules.last().is_some_and(|rule| rule.when.is_empty())));
    }

    #[test]
    fn a_language_is_called_by_name_alias_or_with_dashes() {
        let name = |word| called(word).map(|id| language(id).name);
        assert_eq!(name("c++"), Some("C++"));
        assert_eq!(name("golang"), Some("Go"));
        assert_eq!(name("Jupyter-Notebook"), Some("Jupyter Notebook"));
        assert_eq!(name("nonsense"), None);
    }
}
