//! `glob`: files below the directory match. Gives their paths.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;
use globset::{GlobBuilder, GlobMatcher};

use super::{Evidence, Hit, Names, Scope};
use crate::checkout::name;

/// More paths than this prove nothing more.
const MAX_HITS: usize = 64;

pub(super) fn find(globs: &Names, scope: &Scope<'_>) -> Vec<Hit> {
    let matchers: Vec<_> = globs.iter().map(matcher).collect();
    let files = scope.tree.fitting(scope.dir, &matchers).into_iter();
    files
        .map(|file| &file.path)
        .filter(|path| !scope.tree.is_generated(path))
        .take(MAX_HITS)
        .map(|path| Hit::new(path.clone(), Evidence::file(path, "glob")))
        .collect()
}

/// A glob in which `*` stays inside a directory.
///
/// A tree has a hundred thousand files and a glob fits three: nearly every glob is a comparison of its ends, and one
/// that is more is compiled only when they fit.
#[derive(Debug)]
pub(crate) struct Matcher(Vec<Simple>);

/// A glob without `{a,b}`.
#[derive(Debug)]
pub(crate) struct Simple {
    text: String,
    head: String,
    tail: String,
    shape: Shape,
    compiled: OnceLock<Option<GlobMatcher>>,
}

/// What there is to a glob beside its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Nothing: it is a path.
    Literal,
    /// `*`, then the tail.
    Ending,
    /// `**/`, then the tail.
    Name,
    /// `**/*`, then the tail.
    NameEnding,
    /// More.
    Other,
}

const SPECIAL: [char; 6] = ['*', '?', '[', ']', '{', '}'];

impl Matcher {
    fn new(glob: &str) -> Self {
        Matcher(alternatives(glob).iter().map(|glob| Simple::new(glob)).collect())
    }

    /// Whether a path or a name fits; nothing fits a malformed glob.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.0.iter().any(|glob| glob.is_match(path))
    }

    /// The globs without `{a,b}` that it stands for.
    pub(crate) fn simple(&self) -> &[Simple] {
        &self.0
    }
}

/// The globs that a glob with one `{a,b}` stands for; itself when it has none, or more.
fn alternatives(glob: &str) -> Vec<String> {
    let parts = glob.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (choices, after)))
            if !choices.contains(['{', '[', '\\'])
                && !after.contains(['{', '}'])
                && !before.contains(['[', '\\']) =>
        {
            choices.split(',').map(|choice| format!("{before}{choice}{after}")).collect()
        }
        _ => vec![glob.to_owned()],
    }
}

impl Simple {
    fn new(glob: &str) -> Self {
        let escapes = glob.contains('\\');
        let shape = match Shape::of(glob) {
            (_, rest) if escapes || rest.contains(SPECIAL) => Shape::Other,
            // `**/a/b` is more than a name.
            (Shape::Name | Shape::NameEnding, rest) if rest.contains('/') => Shape::Other,
            (shape, _) => shape,
        };
        let head = glob.split(SPECIAL).next().unwrap_or_default();
        let tail =
            if glob.contains('{') || escapes { "" } else { glob.rsplit(SPECIAL).next().unwrap_or_default() };
        // `**/x` also fits `x`.
        let tail = if glob.starts_with("**/") { tail.trim_start_matches('/') } else { tail };
        let head = if escapes { "" } else { head };
        let head = if glob[head.len()..].starts_with("**") { head.trim_end_matches('/') } else { head };
        let [text, head, tail] = [glob, head, tail].map(str::to_owned);
        Simple { text, head, tail, shape, compiled: OnceLock::new() }
    }

    /// The directory that all paths lie in that fit.
    pub(crate) fn folder(&self) -> Option<&str> {
        self.head.rsplit_once('/').map(|(folder, _)| folder)
    }

    /// Nothing in a directory fits.
    pub(crate) fn is_name(&self) -> bool {
        !self.text.contains('/') && !self.text.contains("**")
    }

    /// The ending of all names that fit, `""` for none, when all have the same.
    pub(crate) fn ending(&self) -> Option<&str> {
        match self.tail.rsplit_once('/') {
            Some((_, name)) => Some(name::ending(name)),
            None if matches!(self.shape, Shape::Literal | Shape::Name) => Some(name::ending(&self.tail)),
            None => self.tail.rsplit_once('.').map(|(_, ending)| ending),
        }
    }

    /// Whether every name fits that has the ending.
    pub(crate) fn is_ending(&self) -> bool {
        let is_whole = self.tail.strip_prefix('.').is_some_and(|ending| !ending.contains('.'));
        matches!(self.shape, Shape::Ending | Shape::NameEnding) && self.head.is_empty() && is_whole
    }

    /// Whether a path fits.
    pub(crate) fn is_match(&self, path: &str) -> bool {
        if self.shape == Shape::Literal {
            return path == self.tail;
        }
        // Most paths differ where one of the two begins already: who asks has often chosen them by their ending.
        let (head, tail, bytes) = (self.head.as_bytes(), self.tail.as_bytes(), path.as_bytes());
        let Some(before) = bytes.len().checked_sub(tail.len()) else {
            return false;
        };
        let differs = |ours: Option<&u8>, at: usize| ours.is_some() && ours != bytes.get(at);
        if differs(tail.first(), before) || differs(head.first(), 0) {
            return false;
        }
        if !path.ends_with(&self.tail) || !path.starts_with(&self.head) {
            return false;
        }
        let before = &path[..before];
        match self.shape {
            Shape::Literal => false,
            Shape::Ending => !before.contains('/'),
            Shape::Name => before.is_empty() || before.ends_with('/'),
            Shape::NameEnding => true,
            Shape::Other => {
                let compiled = self.compiled.get_or_init(|| compile(&self.text));
                compiled.as_ref().is_some_and(|glob| glob.is_match(path))
            }
        }
    }
}

impl Shape {
    /// What a glob begins as, and what comes then.
    fn of(glob: &str) -> (Self, &str) {
        let begin = [("**/*", Shape::NameEnding), ("**/", Shape::Name), ("*", Shape::Ending)];
        let found = begin.into_iter().find_map(|(start, shape)| Some((shape, glob.strip_prefix(start)?)));
        found.unwrap_or((Shape::Literal, glob))
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
            "**/*",
            "**/*.py",
            "**/a/b",
            "**/{b,x.rs}",
            "{a,b}/{b,c}",
            "tests/{x,d/x}.py",
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
