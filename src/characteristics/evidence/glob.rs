//! `glob`: files below the directory match. Gives their paths.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use globset::{GlobBuilder, GlobMatcher};

use super::{Evidence, Hit, Names, Scope, paths};

/// More paths than this prove nothing more.
const MAX_HITS: usize = 64;

pub(super) fn find(globs: &Names, scope: &Scope<'_>) -> Vec<Hit> {
    let matchers: Vec<GlobMatcher> = globs.iter().filter_map(matcher).collect();
    let by_name = globs.iter().all(|glob| !glob.contains('/'));
    let files = scope.tree.below(scope.dir).iter();
    files
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

/// A glob in which `*` stays inside a directory, compiled once. `None` when it is malformed.
pub(crate) fn matcher(glob: &str) -> Option<GlobMatcher> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Option<GlobMatcher>>>> = LazyLock::new(Mutex::default);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(glob) {
        return known.clone();
    }
    let built =
        GlobBuilder::new(glob).literal_separator(true).build().ok().map(|glob| glob.compile_matcher());
    lock().insert(glob.to_owned(), built.clone());
    built
}
