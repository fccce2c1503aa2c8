//! Walking a tree.

use std::path::Path;
use std::sync::Mutex;

use ignore::{WalkBuilder, WalkState};

use super::File;
use crate::error::{Diagnostic, Location};

/// Every file below `root` that git would not ignore, and what could not be looked at.
pub(super) fn walk(root: &Path) -> (Vec<File>, Vec<Diagnostic>) {
    let files = Mutex::new(Vec::new());
    let warnings = Mutex::new(Vec::new());
    WalkBuilder::new(root)
        .hidden(false)
        .git_global(false)
        .require_git(false)
        .filter_entry(|e| e.file_name() != ".git")
        .build_parallel()
        .run(|| {
            Box::new(|entry| {
                let Ok(entry) = entry else {
                    return WalkState::Continue;
                };
                if entry.file_type().is_some_and(|t| t.is_file()) {
                    let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
                    let Some(path) = path.to_str() else {
                        let at = Location::file(path.to_string_lossy());
                        warnings.lock().unwrap().push(Diagnostic::new("the name is not UTF-8").at(at));
                        return WalkState::Continue;
                    };
                    let size = entry.metadata().map_or(0, |m| m.len());
                    files.lock().unwrap().push(File { path: path.to_owned(), size });
                }
                WalkState::Continue
            })
        });
    (files.into_inner().unwrap(), warnings.into_inner().unwrap())
}
