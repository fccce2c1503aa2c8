//! Which files of a tree nobody there wrote, or wrote for a reader: by their paths.

use std::sync::LazyLock;

use regex::bytes::Regex;

use super::content::any;
use super::table::{DOCUMENTATION, GENERATED, Patterns, VENDORED};

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

/// The patterns of every reason over one sort of path.
struct Compiled {
    /// All of them in one, since most paths match none.
    any: Option<Regex>,
    each: [(Noise, Option<Regex>); 3],
}

impl Compiled {
    fn new(of: fn(&Patterns) -> &'static [&'static str]) -> Self {
        let all = [
            (Noise::Vendored, &VENDORED),
            (Noise::Documentation, &DOCUMENTATION),
            (Noise::Generated, &GENERATED),
        ];
        let together: Vec<&str> = all.iter().flat_map(|(_, patterns)| of(patterns)).copied().collect();
        Compiled { any: any(&together), each: all.map(|(noise, patterns)| (noise, any(of(patterns)))) }
    }

    fn reason(&self, path: &str) -> Option<Noise> {
        let matches =
            |regex: &Option<Regex>| regex.as_ref().is_some_and(|regex| regex.is_match(path.as_bytes()));
        if !matches(&self.any) {
            return None;
        }
        self.each.iter().find(|(_, regex)| matches(regex)).map(|(noise, _)| *noise)
    }
}

static FOLDERS: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(|patterns| patterns.folders));
static FILES: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(|patterns| patterns.files));

/// What a directory says about all files below it; it ends with `/`, or is `""`.
pub(super) fn folder(folder: &str) -> Option<Noise> {
    FOLDERS.reason(folder)
}

/// What the path of a file says, beyond its directory.
pub(super) fn file(path: &str) -> Option<Noise> {
    FILES.reason(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for compiled in [&*FOLDERS, &*FILES] {
            assert!(compiled.any.is_some() && compiled.each.iter().all(|(_, regex)| regex.is_some()));
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
