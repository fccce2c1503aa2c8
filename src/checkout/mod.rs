//! A read-only view of a repository: walk, read with size caps, git facts.

use std::path::{Path, PathBuf};

use crate::error::{Diagnostic, Result};

/// How to look at a checkout.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Take names and sizes from git's index instead of walking the tree.
    pub tracked: bool,
}

/// A file of the checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path relative to the root, `/` between the parts.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

/// A repository on disk. Files are sorted by path; ignored files, links and special files are not in it.
#[derive(Debug)]
pub struct Checkout {
    root: PathBuf,
    files: Vec<File>,
    warnings: Vec<Diagnostic>,
}

impl Checkout {
    /// Walks the tree below `root`.
    ///
    /// # Errors
    /// When `root` is not a readable directory. Whatever is unreadable below it is a warning.
    pub fn open(root: &Path, _options: &Options) -> Result<Self> {
        Ok(Checkout {
            root: root.to_owned(),
            files: Vec::new(),
            warnings: Vec::new(),
        })
    }

    /// The directory that was opened.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file, sorted by path.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// What could not be looked at.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }
}
