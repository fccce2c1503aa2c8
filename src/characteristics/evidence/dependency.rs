//! `dependency`: the project depends on something. Gives its name.

use super::{Hit, Names, Scope, matcher};

pub(super) fn find(names: &Names, scope: &Scope<'_>) -> Vec<Hit> {
    let named = |pattern: &str, name: &str| match pattern.contains('*') {
        true => matcher(pattern).is_match(name),
        false => pattern == name,
    };
    names
        .iter()
        .flat_map(|pattern| {
            scope.dependencies.iter().filter(move |dependency| named(pattern, &dependency.name))
        })
        .map(|dependency| Hit::new(dependency.name.clone(), dependency.evidence.clone()))
        .collect()
}
