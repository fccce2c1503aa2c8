//! `line`: the first line of a file that says something. Gives it.

use super::{Absent, Evidence, Hit, Names, Scope, Source, places};

pub(super) fn find(names: &Names, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for path in places(names, source.upwards, scope) {
        match scope.tree.text(&path) {
            Err(Absent::Missing) => {}
            Err(Absent::Broken) => hits.push(Hit::broken(path, "line")),
            Ok(text) => {
                let lines = text.lines().zip(1..);
                let told = lines.map(|(line, n)| (line.trim(), n)).find(|(l, _)| !l.is_empty() && !l.starts_with('#'));
                hits.extend(told.map(|(line, n)| Hit::new(line, Evidence::at(path, n, "line"))));
            }
        }
    }
    hits
}
