//! Which files of a tree nobody there wrote, or wrote for a reader: by their paths.

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
    /// By the number of three letters, which of `words` begin with them, from 1 on; 0 is none, as nearly everywhere in
    /// a path. Others can have the same number: a table that is asked at every letter has to be small.
    starts: Box<[u8; 1 << 15]>,
    words: Vec<Vec<Word>>,
    /// Patterns that need no word.
    always: Vec<usize>,
}

/// A word, and the place of the pattern that needs it.
type Word = (&'static str, usize);

/// The number of three letters, from that of the letter before and its two neighbours; large and small ones are alike.
#[inline]
fn next(number: usize, letter: u8) -> usize {
    number >> 5 | usize::from(letter & 0x1f) << 10
}

/// What a directory, which ends with `/` or is `""`, has of what the patterns of a sieve need.
struct Begun<'a> {
    folder: &'a [u8],
    able: Vec<usize>,
    /// Words that the directory has the beginning of, and where.
    open: Vec<(usize, Word)>,
}

impl Sieve {
    fn new(patterns: &'static [Quiet]) -> Self {
        let mut sieve = Sieve {
            patterns,
            compiled: patterns.iter().map(|_| OnceLock::new()).collect(),
            starts: Box::new([0; 1 << 15]),
            words: Vec::new(),
            always: Vec::new(),
        };
        for (at, quiet) in patterns.iter().enumerate() {
            for word in quiet.needs {
                if let Some(start) = word.as_bytes().first_chunk::<3>() {
                    let number = &mut sieve.starts[start.iter().fold(0, |number, b| next(number, *b))];
                    if *number == 0 {
                        sieve.words.push(Vec::new());
                        *number = u8::try_from(sieve.words.len()).unwrap_or_default();
                    }
                    sieve.words[usize::from(*number) - 1].push((word, at));
                }
            }
            if quiet.needs.is_empty() {
                sieve.always.push(at);
            }
        }
        sieve
    }

    /// Looks for words in a directory: its files have it in common.
    fn begin<'a>(&self, folder: &'a str) -> Begun<'a> {
        let folder = folder.as_bytes();
        let mut begun = Begun { folder, able: self.always.clone(), open: Vec::new() };
        self.each_start(folder, 0, |start, word| {
            let there = &folder[start..];
            let length = word.0.len().min(there.len());
            if there[..length].eq_ignore_ascii_case(&word.0.as_bytes()[..length]) {
                if length == word.0.len() {
                    begun.able.push(word.1);
                } else {
                    begun.open.push((start, word));
                }
            }
        });
        begun
    }

    /// Every word of which the first three letters are in a path and end at `from` or later, and where it begins.
    fn each_start(&self, path: &[u8], from: usize, mut each: impl FnMut(usize, Word)) {
        let begin = from.saturating_sub(2);
        let mut letters = 0;
        for (end, letter) in path.iter().enumerate().skip(begin) {
            letters = next(letters, *letter);
            let start = usize::from(self.starts[letters]);
            if start != 0 && end >= begin + 2 {
                self.words[start - 1].iter().for_each(|word| each(end - 2, *word));
            }
        }
    }

    /// What the first pattern that matches the path of a file in a directory says.
    fn reason(&self, begun: &Begun<'_>, path: &str) -> Option<Noise> {
        let path = path.as_bytes();
        let mut able: Vec<usize> = Vec::new();
        let mut check = |start: usize, (word, at): Word| {
            let there = path[start..].get(..word.len());
            if there.is_some_and(|there| there.eq_ignore_ascii_case(word.as_bytes())) {
                able.push(at);
            }
        };
        begun.open.iter().for_each(|(start, word)| check(*start, *word));
        self.each_start(path, begun.folder.len(), check);
        if able.is_empty() && begun.able.is_empty() {
            return None;
        }
        able.extend(&begun.able);
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
    OF_FOLDER.reason(&OF_FOLDER.begin(""), folder)
}

/// The files of a directory.
pub(super) struct Names<'a>(Begun<'a>);

impl<'a> Names<'a> {
    pub(super) fn in_folder(folder: &'a str) -> Self {
        Names(OF_FILE.begin(folder))
    }

    /// What the path of one of the files says, beyond its directory.
    pub(super) fn noise(&self, path: &str) -> Option<Noise> {
        OF_FILE.reason(&self.0, path)
    }
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
                for (end, _) in
                    std::iter::once((0, "")).chain(path.match_indices('/').map(|(at, s)| (at + 1, s)))
                {
                    let begun = sieve.begin(&path[..end]);
                    assert_eq!(
                        sieve.reason(&begun, &path),
                        first.map(|at| patterns[at].noise),
                        "{path} {end}"
                    );
                }
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
            assert_eq!(Names::in_folder("").noise(path), expected, "{path}");
        }
    }
}
