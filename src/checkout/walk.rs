//! Walking a tree, on all cores.
//!
//! `ignore` brings the rules of ignore files; the walk is our own, because it needs the size of every file: taking
//! that relative to the open directory, while it is being listed, costs a third of asking for it by path later.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::Scope;

use super::ignores::{By, Ignores};
use super::{File, noise};
use crate::error::{Diagnostic, Location};

/// The most files that are listed: beyond, memory would not be bounded.
const MOST_FILES: usize = 2_000_000;

/// The most ignored paths that are told: what git tracks is hardly ever among so many.
const MOST_IGNORED: usize = 4_096;

/// The most warnings of a walk that are kept.
const MOST_WARNINGS: usize = 100;

/// What was found below a directory.
pub(super) struct Walked {
    /// Every file that nothing ignores, unsorted.
    pub(super) files: Vec<File>,
    /// Files and directories that `.gitignore` leaves out, unsorted.
    pub(super) ignored: Vec<String>,
    /// What could not be looked at.
    pub(super) warnings: Vec<Diagnostic>,
}

/// Lists what is below `root`.
pub(super) fn walk(root: &Path) -> Walked {
    let walk = Walk {
        root,
        files: Mutex::default(),
        count: AtomicUsize::new(0),
        ignored: Mutex::default(),
        warnings: Mutex::default(),
        unsaid: AtomicUsize::new(0),
    };
    let (ignores, problems) = Ignores::above(root);
    walk.warn_all(problems);
    rayon::scope(|scope| walk.folder(scope, "", ignores));
    walk.finish()
}

struct Walk<'a> {
    root: &'a Path,
    files: Mutex<Vec<File>>,
    count: AtomicUsize,
    ignored: Mutex<Vec<String>>,
    /// By file and message, so that which ones are kept does not depend on the threads.
    warnings: Mutex<BTreeSet<(String, String)>>,
    unsaid: AtomicUsize,
}

impl Walk<'_> {
    /// Lists one directory (`""` is the root) and goes on below it.
    fn folder<'s>(&'s self, scope: &Scope<'s>, folder: &str, above: Arc<Ignores>) {
        let entries = match fs::read_dir(self.absolute(folder)) {
            Ok(entries) => entries,
            Err(e) => return self.warn(folder, format!("cannot list the directory: {e}")),
        };
        let mut known = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => known.extend(self.named(folder, entry)),
                Err(e) => return self.warn(folder, format!("cannot list the directory: {e}")),
            }
        }
        let has = |name: &str| known.iter().any(|(known, _)| known == name);
        if !folder.is_empty() {
            if has(".git") {
                // A submodule, a worktree or a clone: not a part of this repository.
                return;
            }
            if noise::marks(has) {
                return;
            }
        }
        let (ignores, problems) = above.enter(self.root, folder, has);
        self.warn_all(problems);

        let mut files = Vec::with_capacity(known.len());
        for (name, entry) in &known {
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(e) => {
                    self.warn(&join(folder, name), format!("cannot be looked at: {e}"));
                    continue;
                }
            };
            // In a worktree or a submodule `.git` is a file.
            if kind.is_symlink() || name == ".git" {
                continue;
            }
            if kind.is_dir() && (noise::folder(name) || noise::beside(name, has)) {
                continue;
            }
            let path = join(folder, name);
            if noise::path(&path) {
                continue;
            }
            if let Some(by) = ignores.ignored(&path, kind.is_dir()) {
                let mut ignored = lock(&self.ignored);
                if by == By::Git && ignored.len() < MOST_IGNORED {
                    ignored.push(path);
                }
                continue;
            }
            if kind.is_dir() {
                let ignores = Arc::clone(&ignores);
                scope.spawn(move |scope| self.folder(scope, &path, ignores));
            } else if kind.is_file() {
                match entry.metadata() {
                    Ok(meta) => files.push(File::new(path, meta.len())),
                    Err(e) => self.warn(&path, format!("cannot be looked at: {e}")),
                }
            } else {
                self.warn(&path, "a FIFO, socket or device: it was skipped".to_owned());
            }
        }
        self.keep(files);
    }

    /// The name of an entry that can be shown and used, or a warning.
    fn named(&self, folder: &str, entry: DirEntry) -> Option<(String, DirEntry)> {
        match entry.file_name().into_string() {
            Ok(name) if !name.contains(char::is_control) => return Some((name, entry)),
            Ok(name) => {
                let path = join(folder, &shown(OsStr::new(&name)));
                self.warn(&path, "control characters in the name: it was skipped".into());
            }
            Err(name) => {
                self.warn(&join(folder, &shown(&name)), "the name is not UTF-8: it was skipped".into());
            }
        }
        None
    }

    fn keep(&self, mut found: Vec<File>) {
        let before = self.count.fetch_add(found.len(), Ordering::Relaxed);
        found.truncate(MOST_FILES.saturating_sub(before));
        lock(&self.files).append(&mut found);
    }

    fn absolute(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root.to_owned() } else { self.root.join(path) }
    }

    fn warn_all(&self, problems: Vec<(String, String)>) {
        for (path, message) in problems {
            self.warn(&path, message);
        }
    }

    fn warn(&self, path: &str, message: String) {
        let mut warnings = lock(&self.warnings);
        warnings.insert((path.to_owned(), message));
        if warnings.len() > MOST_WARNINGS {
            warnings.pop_last();
            self.unsaid.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn finish(self) -> Walked {
        let mut warnings: Vec<Diagnostic> = lock(&self.warnings)
            .iter()
            .map(|(path, message)| {
                let path = if path.is_empty() { "." } else { path };
                Diagnostic::new(message.as_str()).at(Location::file(path))
            })
            .collect();
        let unsaid = self.unsaid.into_inner();
        if unsaid > 0 {
            warnings.push(Diagnostic::new(format!("and {unsaid} more paths that could not be looked at")));
        }
        if self.count.into_inner() > MOST_FILES {
            let message = format!("more than {MOST_FILES} files: only some of them were looked at");
            warnings.push(Diagnostic::new(message).hint("ignore what is not source in `.ignore`"));
        }
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        let ignored = self.ignored.into_inner().unwrap_or_else(PoisonError::into_inner);
        Walked { files, ignored, warnings }
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    let mut path = String::with_capacity(folder.len() + 1 + name.len());
    path.push_str(folder);
    path.push('/');
    path.push_str(name);
    path
}

/// A name as it can be printed: control characters escaped.
fn shown(name: &OsStr) -> String {
    name.to_string_lossy()
        .chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
