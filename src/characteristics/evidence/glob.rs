//! `glob`: files below the directory match. Gives their paths.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use globset::{GlobBuilder, GlobMatcher};

use super::{Evidence, Hit, Names, Scope, paths};

/// More paths than this prove nothing more.
const MAX_HITS: usize = 64;

pub(super) fn find(globs: &Names, scope: &Scope<'_>) -> Vec<Hit> {
    let matchers: Vec<_> = globs.iter().filter_map(matcher).collect();
    let by_name = globs.iter().all(|glob| !glob.contains('/'));
    let files = scope.tree.below(scope.dir).iter();
    files
        .filter(|file| !scope.tree.is_generated(&file.path))
        .filter_map(|file| {
            let relative = paths::relative(&file.path, scope.dir)?;
            if by_name && relative.contains('/') {
                return None;
            }
            matchers.iter().any(|m| m.is_match(relative)).then_some(&file.path)
        })
        .take(MAX_HITS)
        .map(|path| Hit::new(path.clone(), Evidence::file(path, "glob")))
        .collect()
}

/// A glob in which `*` stays inside a directory. What is literal at its ends is compared first, since a tree has a
/// hundred thousand files and a glob fits three.
#[derive(Debug)]
pub(crate) struct Matcher {
    head: String,
    tail: String,
    glob: GlobMatcher,
}

impl Matcher {
    fn new(glob: &str) -> Option<Self> {
        const SPECIAL: [char; 6] = ['*', '?', '[', ']', '{', '}'];
        let built = GlobBuilder::new(glob).literal_separator(true).build().ok()?.compile_matcher();
        let head = glob.split(SPECIAL).next().unwrap_or_default();
        let tail =
            if glob.contains(['{', '\\']) { "" } else { glob.rsplit(SPECIAL).next().unwrap_or_default() };
        // `**/x` also fits `x`.
        let tail = if glob.starts_with("**/") { tail.trim_start_matches('/') } else { tail };
        let head = if glob.contains('\\') { "" } else { head };
        let head = if glob[head.len()..].starts_with("**") { head.trim_end_matches('/') } else { head };
        Some(Matcher { head: head.to_owned(), tail: tail.to_owned(), glob: built })
    }

    /// Whether a path or a name fits.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        path.ends_with(&self.tail) && path.starts_with(&self.head) && self.glob.is_match(path)
    }
}

/// A glob, compiled once. `None` when it is malformed.
pub(crate) fn matcher(glob: &str) -> Option<Arc<Matcher>> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Option<Arc<Matcher>>>>> = LazyLock::new(Mutex::default);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(glob) {
        return known.clone();
    }
    let built = Matcher::new(glob).map(Arc::new);
    lock().insert(glob.to_owned(), built.clone());
    built
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparing_the_ends_first_changes_no_answer() {
        let globs = [
            "*.rs",
            "**/*.rs",
            "a/**",
            "a/**/b",
            "**/b",
            "{x,y}.*",
            "*.{yml,yaml}",
            "x-[ab]*.txt",
            "a*b",
            "a",
            "?",
            "a/*/c",
            "**",
            "tests/**/*.py",
        ];
        let paths = [
            "a",
            "b",
            "a/b",
            "a/x/b",
            "x.rs",
            "d/x.rs",
            "x.yml",
            "c.yaml",
            "x-a1.txt",
            "ab",
            "axxb",
            "a/b/c",
            "tests/x.py",
            "tests/d/x.py",
            "",
            "tests",
        ];
        for glob in globs {
            let plain = GlobBuilder::new(glob).literal_separator(true).build().unwrap().compile_matcher();
            let ours = matcher(glob).unwrap();
            for path in paths {
                assert_eq!(ours.is_match(path), plain.is_match(path), "{path} in {glob}");
            }
        }
    }
}
