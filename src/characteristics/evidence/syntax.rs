//! `tree-sitter`: parsed source files match a query. Gives the first capture of every match.

use super::{Absent, Evidence, Hit, Scope, Source, matcher};
use crate::characteristics::syntax;

/// More files than this are not parsed for one fact.
const MAX_FILES: usize = 16;

pub(super) fn find(language: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let (Some(globs), Some(query)) = (&source.files, &source.query) else {
        return Vec::new();
    };
    let globs: Vec<_> = globs.iter().map(matcher).collect();
    let mut hits = Vec::new();
    let most = source.most.unwrap_or(MAX_FILES).min(MAX_FILES);
    for file in scope.tree.fitting(scope.dir, &globs).into_iter().take(most) {
        match scope.tree.text(&file.path) {
            Err(Absent::Missing) => {}
            Err(Absent::Broken) => hits.push(Hit::broken(file.path.clone(), "tree-sitter")),
            Ok(text) if source.mark.is_empty() || source.mark.iter().any(|mark| text.contains(mark)) => {
                let captures = syntax::query(language, query).map(|query| syntax::captures(&query, &text));
                let hit = |(said, line): (String, u32)| {
                    Hit::new(said, Evidence::at(&file.path, line, "tree-sitter"))
                };
                hits.extend(captures.into_iter().flatten().map(hit));
            }
            Ok(_) => {}
        }
    }
    hits
}
