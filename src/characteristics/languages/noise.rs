//! Which files of a tree nobody there wrote, or wrote for a reader: by their paths.

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
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
    words: Option<AhoCorasick>,
    /// For each word the pattern that needs it.
    owners: Vec<usize>,
    /// Patterns that need no word.
    always: Vec<usize>,
}

impl Sieve {
    fn new(patterns: &'static [Quiet]) -> Self {
        let words = patterns.iter().flat_map(|quiet| quiet.needs);
        let mut builder = AhoCorasick::builder();
        let words =
            builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA)).build(words);
        let owners = patterns.iter().enumerate().flat_map(|(at, quiet)| quiet.needs.iter().map(move |_| at));
        let always = (0..patterns.len()).filter(|at| patterns[*at].needs.is_empty());
        Sieve {
            patterns,
            compiled: patterns.iter().map(|_| OnceLock::new()).collect(),
            words: words.ok(),
            owners: owners.collect(),
            always: always.collect(),
        }
    }

    /// What the first pattern that matches says.
    fn reason(&self, path: &str) -> Option<Noise> {
        let words = self.words.as_ref().filter(|words| words.is_match(path));
        if words.is_none() && self.always.is_empty() {
            return None;
        }
        let words = words.into_iter().flat_map(|words| words.find_overlapping_iter(path));
        let mut able: Vec<usize> = words.map(|found| self.owners[found.pattern().as_usize()]).collect();
        able.extend(&self.always);
        able.sort_unstable();
        able.dedup();
        able.into_iter().find(|at| self.matches(*at, path)).map(|at| self.patterns[at].noise)
    }

    fn matches(&self, at: usize, path: &str) -> bool {
        let compiled = self.compiled[at].get_or_init(|| regex(self.patterns[at].pattern));
        compiled.as_ref().is_some_and(|regex| regex.is_match(path.as_bytes()))
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
