//! Which files of a tree nobody there wrote, or wrote for a reader: by their paths.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::Regex;

use super::content::regex;
use super::table::{FILES, FOLDERS, Quiet};

/// Why a file does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Somebody else wrote it, fixtures among it: linguist treats both alike.
    Vendored,
    /// It is text about the product.
    Documentation,
    /// A program wrote it.
    Generated,
}

/// Patterns that are compiled when a path has what they need: there are two hundred, and a tree meets ten.
struct Sieve {
    patterns: &'static [Quiet],
    compiled: Vec<OnceLock<Option<Regex>>>,
    /// Whether a word begins with three letters of that number. Most paths have none.
    starts: Box<[bool; 1 << 16]>,
    /// By their first three letters the words, each with the pattern that needs it.
    words: HashMap<Start, Vec<(&'static str, usize)>>,
    /// Patterns that need no word.
    always: Vec<usize>,
}

/// Three small letters.
type Start = [u8; 3];

/// A number for three letters.
fn hash([a, b, c]: Start) -> usize {
    usize::from(u16::from_le_bytes([a ^ (c << 3), b]))
}

impl Sieve {
    fn new(patterns: &'static [Quiet]) -> Self {
        let mut sieve = Sieve {
            patterns,
            compiled: patterns.iter().map(|_| OnceLock::new()).collect(),
            starts: Box::new([false; 1 << 16]),
            words: HashMap::new(),
            always: Vec::new(),
        };
        for (at, quiet) in patterns.iter().enumerate() {
            for word in quiet.needs {
                if let Some(start) = word.as_bytes().first_chunk() {
                    sieve.starts[hash(*start)] = true;
                    sieve.words.entry(*start).or_default().push((word, at));
                }
            }
            if quiet.needs.is_empty() {
                sieve.always.push(at);
            }
        }
        sieve
    }

    /// What the first pattern that matches says.
    fn reason(&self, path: &str) -> Option<Noise> {
        let path = path.as_bytes();
        let mut able = self.always.clone();
        let mut start = [0; 3];
        for (end, letter) in path.iter().enumerate() {
            start = [start[1], start[2], letter.to_ascii_lowercase()];
            if self.starts[hash(start)] {
                let there = &path[end.saturating_sub(2)..];
                let fits = |word: &str| {
                    there.get(..word.len()).is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes()))
                };
                let words = self.words.get(&start).into_iter().flatten();
                able.extend(words.filter(|(word, _)| fits(word)).map(|(_, at)| at));
            }
        }
        able.sort_unstable();
        able.dedup();
        able.into_iter().find(|at| self.matches(*at, path)).map(|at| self.patterns[at].noise)
    }

    fn matches(&self, at: usize, path: &[u8]) -> bool {
        let compiled = self.compiled[at].get_or_init(|| regex(self.patterns[at].pattern));
        compiled.as_ref().is_some_and(|regex| regex.is_match(path))
    }
}

static OF_FOLDER: LazyLock<Sieve> = LazyLock::new(|| Sieve::new(FOLDERS));
static OF_FILE: LazyLock<Sieve> = LazyLock::new(|| Sieve::new(FILES));

/// What a directory says about all files below it; it ends with `/`, or is `""`.
pub(super) fn folder(folder: &str) -> Option<Noise> {
    OF_FOLDER.reason(folder)
}

/// What the path of a file says, beyond its directory.
pub(super) fn file(path: &str) -> Option<Noise> {
    OF_FILE.reason(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paths like those that the patterns are about, from the words in them.
    fn paths() -> Vec<String> {
        let words = FOLDERS.iter().chain(FILES).flat_map(|quiet| quiet.needs).collect::<Vec<_>>();
        let frames =
            [("", ""), ("a/", ""), ("a/", "/b.js"), ("", "-1.2.css"), ("a/x", ".js"), ("Old", ".MD")];
        let framed = words.iter().flat_map(|word| frames.map(|(a, b)| format!("{a}{word}{b}")));
        framed.flat_map(|path| [path.to_uppercase(), format!("{path}/"), path]).collect()
    }

    #[test]
    fn a_pattern_is_never_passed_over_for_a_word_that_it_does_not_need() {
        for patterns in [FOLDERS, FILES] {
            let sieve = Sieve::new(patterns);
            let all: Vec<Regex> = patterns.iter().map(|quiet| regex(quiet.pattern).unwrap()).collect();
            let mut hits = 0;
            for path in paths() {
                let first = all.iter().position(|regex| regex.is_match(path.as_bytes()));
                hits += usize::from(first.is_some());
                assert_eq!(sieve.reason(&path), first.map(|at| patterns[at].noise), "{path}");
            }
            assert!(hits > 100, "{hits}");
            assert!(sieve.always.is_empty(), "{:?}", sieve.always);
        }
    }

    #[test]
    fn paths_are_sorted_into_what_they_are() {
        for (path, expected) in [
            ("a/node_modules/", Some(Noise::Vendored)),
            ("pkg/testdata/x/", Some(Noise::Vendored)),
            ("vendor/", Some(Noise::Vendored)),
            ("tests/fixtures/", Some(Noise::Vendored)),
            ("docs/", Some(Noise::Documentation)),
            ("examples/basic/", Some(Noise::Documentation)),
            ("src/docs/", None),
            ("src/__generated__/", Some(Noise::Generated)),
            ("src/", None),
            ("", None),
        ] {
            assert_eq!(folder(path), expected, "{path}");
        }
        for (path, expected) in [
            ("static/jquery.js", Some(Noise::Vendored)),
            ("a/b.min.js", Some(Noise::Vendored)),
            ("README.md", Some(Noise::Documentation)),
            ("Cargo.lock", Some(Noise::Generated)),
            ("src/main.js", None),
        ] {
            assert_eq!(file(path), expected, "{path}");
        }
    }
}
