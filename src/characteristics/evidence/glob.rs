//! `glob`: files below the directory match. Gives their paths.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use globset::{GlobBuilder, GlobMatcher};

use super::{Evidence, Hit, Names, Scope, paths};

/// More paths than this prove nothing more.
const MAX_HITS: usize = 64;

pub(super) fn find(globs: &Names, scope: &Scope<'_>) -> Vec<Hit> {
    let matchers: Vec<_> = globs.iter().map(matcher).collect();
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

/// A glob in which `*` stays inside a directory.
///
/// What is literal at its ends is compared first, since a tree has a hundred thousand files and a glob fits three;
/// only when that fits and there is more to the glob it is compiled.
#[derive(Debug)]
pub(crate) struct Matcher {
    text: String,
    head: String,
    tail: String,
    shape: Shape,
    compiled: OnceLock<Option<GlobMatcher>>,
}

/// What there is to a glob beside its ends.
#[derive(Debug, PartialEq, Eq)]
enum Shape {
    /// Nothing: it is a path.
    Literal,
    /// `*`, then the tail.
    Ending,
    /// More.
    Other,
}

impl Matcher {
    fn new(glob: &str) -> Self {
        const SPECIAL: [char; 6] = ['*', '?', '[', ']', '{', '}'];
        let escapes = glob.contains('\\');
        let shape = match glob.strip_prefix('*').unwrap_or(glob) {
            rest if escapes || rest.contains(SPECIAL) => Shape::Other,
            rest if rest.len() == glob.len() => Shape::Literal,
            _ => Shape::Ending,
        };
        let head = glob.split(SPECIAL).next().unwrap_or_default();
        let tail =
            if glob.contains('{') || escapes { "" } else { glob.rsplit(SPECIAL).next().unwrap_or_default() };
        // `**/x` also fits `x`.
        let tail = if glob.starts_with("**/") { tail.trim_start_matches('/') } else { tail };
        let head = if escapes { "" } else { head };
        let head = if glob[head.len()..].starts_with("**") { head.trim_end_matches('/') } else { head };
        let [text, head, tail] = [glob, head, tail].map(str::to_owned);
        Matcher { text, head, tail, shape, compiled: OnceLock::new() }
    }

    /// Whether a path or a name fits; nothing fits a malformed glob.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        if !path.ends_with(&self.tail) || !path.starts_with(&self.head) {
            return false;
        }
        match self.shape {
            Shape::Literal => path.len() == self.text.len(),
            Shape::Ending => !path[..path.len() - self.tail.len()].contains('/'),
            Shape::Other => {
                let compiled = self.compiled.get_or_init(|| compile(&self.text));
                compiled.as_ref().is_some_and(|glob| glob.is_match(path))
            }
        }
    }
}

fn compile(glob: &str) -> Option<GlobMatcher> {
    Some(GlobBuilder::new(glob).literal_separator(true).build().ok()?.compile_matcher())
}

/// A glob, of which there is only one for each text.
pub(crate) fn matcher(glob: &str) -> Arc<Matcher> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Matcher>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(glob) {
        return known.clone();
    }
    let new = Arc::new(Matcher::new(glob));
    known.insert(glob.to_owned(), new.clone());
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparing_the_ends_first_changes_no_answer() {
        let globs = [
            "*.rs",
            "*",
            "*b",
            "a/b",
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
            let plain = compile(glob).unwrap();
            let ours = matcher(glob);
            for path in paths {
                assert_eq!(ours.is_match(path), plain.is_match(path), "{path} in {glob}");
            }
        }
    }
}
