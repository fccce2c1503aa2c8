//! A read-only view of a repository: walk, read with size caps, git facts.

mod ignores;
mod noise;
mod read;
mod walk;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::slice::ParallelSliceMut;

pub use read::{DEFAULT_CAP, Text, Unreadable};

use crate::error::{Diagnostic, Error, Result};

/// How to look at a checkout.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Take names and sizes from git's index instead of walking the tree.
    pub tracked: bool,
}

/// A file of the checkout.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Path relative to the root, `/` between the parts.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

impl File {
    /// The part after the last `/`.
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(&self.path, |(_, name)| name)
    }

    /// The directory it lies in, `""` for the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// A repository on disk. Files are sorted by path; ignored files, links and special files are not in it.
#[derive(Debug)]
pub struct Checkout {
    root: PathBuf,
    files: Vec<File>,
    warnings: Vec<Diagnostic>,
    texts: Mutex<HashMap<String, Result<Arc<Text>, Unreadable>>>,
}

impl Checkout {
    /// Lists the tree below `root`: by walking it, or by git's index where that was asked for and can be had.
    ///
    /// # Errors
    /// When `root` is not a readable directory. Whatever is unreadable below it is a warning.
    pub fn open(root: &Path, _options: &Options) -> Result<Self> {
        let found = std::fs::metadata(root).map_err(|e| Error::io("open", root, &e))?;
        if !found.is_dir() {
            return Err(Error::usage(format!("`{}` is not a directory", root.display()))
                .hint("give the directory of a checkout"));
        }
        std::fs::read_dir(root).map_err(|e| Error::io("list", root, &e))?;
        let (mut files, warnings) = walk::walk(root);
        files.par_sort_unstable();

        Ok(Checkout { root: root.to_owned(), files, warnings, texts: Mutex::default() })
    }

    /// The directory that was opened.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file, sorted by the bytes of its path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// What could not be looked at.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// The file at a path relative to the root.
    pub fn find(&self, path: &str) -> Option<&File> {
        self.files.binary_search_by(|file| file.path.as_str().cmp(path)).ok().map(|at| &self.files[at])
    }

    /// Every file below a directory at any depth, sorted; `""` and `"."` are the root.
    pub fn below(&self, folder: &str) -> &[File] {
        if folder.is_empty() || folder == "." {
            return &self.files;
        }
        // In the order of bytes, whatever begins with `folder/` lies together.
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let start = self.files.partition_point(|file| file.path < prefix);
        let length = self.files[start..].partition_point(|file| file.path.starts_with(&prefix));
        &self.files[start..start + length]
    }

    /// The text of a file of up to [`DEFAULT_CAP`] bytes. Reading it again costs nothing.
    ///
    /// # Errors
    /// When it isn't a regular file of the checkout, is larger, or is no text; links are not followed.
    pub fn read(&self, path: &str) -> Result<Arc<Text>, Unreadable> {
        let lock = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(path) {
            return known.clone();
        }
        let read = self.read_capped(path, DEFAULT_CAP).map(Arc::new);
        lock().insert(path.to_owned(), read.clone());
        read
    }

    /// The text of a file of up to `cap` bytes.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_capped(&self, path: &str, cap: u64) -> Result<Text, Unreadable> {
        match read::bytes(&self.root, path, cap)? {
            (content, None) => read::text(content, false),
            (_, Some(size)) => Err(Unreadable::TooLarge { size, cap }),
        }
    }

    /// The beginning of a file: up to `cap` bytes, cut at a whole character.
    ///
    /// # Errors
    /// As [`Self::read`], but a file may be of any size.
    pub fn head(&self, path: &str, cap: u64) -> Result<Text, Unreadable> {
        let (content, more) = read::bytes(&self.root, path, cap)?;
        read::text(content, more.is_some())
    }

    /// The beginning of a file as it is on disk: up to `cap` bytes.
    ///
    /// # Errors
    /// When it isn't a regular file of the checkout; links are not followed.
    pub fn bytes(&self, path: &str, cap: u64) -> Result<Vec<u8>, Unreadable> {
        read::bytes(&self.root, path, cap).map(|(content, _)| content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_one_range_of_the_sorted_files() {
        let root = tempfile::tempdir().unwrap();
        for path in ["a-b/x", "a/x", "a/y/z", "a0/x", "a.txt", "b"] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "12").unwrap();
        }
        let checkout = Checkout::open(root.path(), &Options::default()).unwrap();
        let below = |folder| checkout.below(folder).iter().map(|f| f.path.as_str()).collect::<Vec<_>>();
        assert_eq!(below("a"), ["a/x", "a/y/z"]);
        assert_eq!(below("a/"), ["a/x", "a/y/z"]);
        assert_eq!(below("a/y"), ["a/y/z"]);
        assert_eq!(below("b"), [""; 0]);
        assert_eq!(below(".").len(), 6);
        assert_eq!(checkout.find("a/x").map(|f| f.size), Some(2));
        assert_eq!(checkout.find("a"), None);
    }
}
