//! `regex`: a line of a file matches. Gives the first group, or the match.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use super::{Absent, Evidence, Hit, Names, Scope, Source, places};

/// More lines than this prove nothing more.
const MAX_HITS: usize = 256;

pub(super) fn find(expression: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let (Some(expression), itself) = (pattern(expression), Names(vec![".".to_owned()])) else {
        return Vec::new();
    };
    let mut hits = Vec::new();
    for path in places(source.files.as_ref().unwrap_or(&itself), source.upwards, scope) {
        match scope.tree.text(&path) {
            Err(Absent::Missing) => {}
            Err(Absent::Broken) => hits.push(Hit::broken(path, "regex")),
            Ok(text) => {
                for (line, n) in text.lines().zip(1..) {
                    let Some(groups) = expression.captures(line) else {
                        continue;
                    };
                    let Some(said) = groups.get(1).or(groups.get(0)) else {
                        continue;
                    };
                    hits.push(Hit::new(said.as_str(), Evidence::at(&path, n, "regex")));
                    if hits.len() >= MAX_HITS {
                        return hits;
                    }
                }
            }
        }
    }
    hits
}

/// A regular expression, compiled once. `None` when it is malformed, which a test of all packs excludes.
pub(crate) fn pattern(expression: &str) -> Option<Regex> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(expression) {
        return known.clone();
    }
    let built = Regex::new(expression).ok();
    lock().insert(expression.to_owned(), built.clone());
    built
}
