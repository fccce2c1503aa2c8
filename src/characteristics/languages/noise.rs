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

/// The patterns of one reason.
struct Compiled {
    noise: Noise,
    folders: Option<Regex>,
    files: Option<Regex>,
}

static PATTERNS: LazyLock<[Compiled; 3]> = LazyLock::new(|| {
    let compile = |noise, patterns: &Patterns| Compiled {
        noise,
        folders: any(patterns.folders),
        files: any(patterns.files),
    };
    [
        compile(Noise::Vendored, &VENDORED),
        compile(Noise::Documentation, &DOCUMENTATION),
        compile(Noise::Generated, &GENERATED),
    ]
});

/// What a directory says about all files below it; it ends with `/`, or is `""`.
pub(super) fn folder(folder: &str) -> Option<Noise> {
    matching(folder, |compiled| compiled.folders.as_ref())
}

/// What the path of a file says, beyond its directory.
pub(super) fn file(path: &str) -> Option<Noise> {
    matching(path, |compiled| compiled.files.as_ref())
}

fn matching(path: &str, of: fn(&Compiled) -> Option<&Regex>) -> Option<Noise> {
    PATTERNS
        .iter()
        .find(|c| of(c).is_some_and(|regex| regex.is_match(path.as_bytes())))
        .map(|c| c.noise)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(
            PATTERNS
                .iter()
                .all(|compiled| compiled.folders.is_some() && compiled.files.is_some())
        );
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
