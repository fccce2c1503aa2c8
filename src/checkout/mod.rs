//! A read-only view of a repository: walk, read with size caps, git facts.

pub mod attributes;
mod config;
pub mod git;
mod ignores;
mod index;
pub mod name;
mod noise;
mod read;
mod walk;

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;
use rayon::prelude::*;

pub use attributes::Attributes;
pub use git::Git;

/// What git says of a checkout, without looking at its files.
pub fn git_facts(root: &Path) -> Git {
    let folders = git::Folders::find(root).unwrap_or_default();
    git::read(folders.as_ref(), None, None)
}
pub use read::{DEFAULT_CAP, Text, Unreadable};

use crate::error::{Diagnostic, Error, Location, Result};

/// How to look at a checkout.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Take names and sizes from git's index instead of walking the tree: what is tracked, as git last saw it.
    pub tracked: bool,
    /// Look into every file where otherwise a part of a large tree is taken for the whole.
    pub deep: bool,
}

/// A file of the checkout.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Path relative to the root, `/` between the parts.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Where the name begins in the path: of every file it is asked a dozen times.
    name: usize,
}

impl File {
    /// A file at a path.
    pub fn new(path: String, size: u64) -> Self {
        let name = memchr::memrchr(b'/', path.as_bytes()).map_or(0, |slash| slash + 1);
        File { path, size, name }
    }

    /// The part after the last `/`.
    pub fn name(&self) -> &str {
        &self.path[self.name..]
    }

    /// The directory it lies in, `""` for the root.
    pub fn folder(&self) -> &str {
        self.above().strip_suffix('/').unwrap_or_default()
    }

    /// The directory with the `/` at its end, `""` for the root.
    pub fn above(&self) -> &str {
        &self.path[..self.name]
    }
}

/// A repository on disk. Files are sorted by path; ignored files, links and special files are not in it.
#[derive(Debug)]
pub struct Checkout {
    root: read::Root,
    options: Options,
    files: Vec<File>,
    names: OnceLock<name::Names>,
    below: OnceLock<HashMap<String, Range<usize>>>,
    warnings: Vec<Diagnostic>,
    folders: Option<git::Folders>,
    attributes: Attributes,
    git: OnceLock<Git>,
    texts: Mutex<Texts>,
}

/// What was read before: a manifest is read by several readers.
#[derive(Debug, Default)]
struct Texts {
    known: HashMap<String, Result<Arc<Text>, Unreadable>>,
    bytes: usize,
}

/// Texts of together more bytes than this are not kept.
const MOST_TEXTS: usize = 32 << 20;

impl Checkout {
    /// Lists the tree below `root`: by walking it, or by git's index where that was asked for and can be had.
    ///
    /// # Errors
    /// When `root` is not a readable directory. Whatever is unreadable below it is a warning.
    pub fn open(root: &Path, options: &Options) -> Result<Self> {
        let found = std::fs::metadata(root).map_err(|e| Error::io("open", root, &e))?;
        if !found.is_dir() {
            return Err(Error::usage(format!("`{}` is not a directory", root.display()))
                .hint("give the directory of a checkout"));
        }
        std::fs::read_dir(root).map_err(|e| Error::io("list", root, &e))?;
        let mut warnings = Vec::new();
        let folders = git::Folders::find(root).unwrap_or_else(|why| {
            warnings.push(Diagnostic::new(why).at(Location::file(".git")).hint("git facts are left out"));
            None
        });
        let tracked = options.tracked.then(|| tracked(folders.as_ref(), &mut warnings)).flatten();
        let files = tracked.unwrap_or_else(|| {
            let mut walked = walk::walk(root);
            let ignored = &walked.ignored;
            walked
                .files
                .extend(folders.iter().flat_map(|folders| ignored_and_tracked(root, folders, ignored)));
            walked.files.par_sort_unstable_by(|a, b| a.path.cmp(&b.path));
            warnings.extend(walked.warnings);
            walked.files
        });
        let mut checkout = Checkout {
            root: read::Root::new(root),
            options: options.clone(),
            files,
            names: OnceLock::new(),
            below: OnceLock::new(),
            warnings,
            folders,
            attributes: Attributes::default(),
            git: OnceLock::new(),
            texts: Mutex::default(),
        };
        checkout.read_attributes();
        Ok(checkout)
    }

    fn read_attributes(&mut self) {
        let mut macros = HashMap::default();
        // The root's file has to be first: `.gitattributes` comes before `a/.gitattributes`, but not before `+/...`.
        let called_so = self.files.par_iter().with_min_len(4096).filter(|f| f.name() == ".gitattributes");
        let mut files: Vec<&str> = called_so.map(|f| f.path.as_str()).collect();
        files.sort_by_key(|path| path.contains('/'));
        let (mut attributes, mut warnings) = (Attributes::default(), Vec::new());
        for path in files {
            match self.read(path) {
                Ok(text) => attributes.add(path, &text, &mut macros, &mut warnings),
                Err(e) => warnings.push(e.diagnose(path)),
            }
        }
        self.attributes = attributes;
        self.warnings.append(&mut warnings);
    }

    /// How it was looked at.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// What the `.gitattributes` of the tree say.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// What `.git` says about this checkout.
    pub fn git(&self) -> &Git {
        self.git.get_or_init(|| {
            let modules = self.find(".gitmodules").and_then(|file| self.read(&file.path).ok());
            let lfs = self.attributes.first("filter", "lfs").map(|(file, line)| git::Known {
                value: "lfs".to_owned(),
                confidence: 1.0,
                file: file.to_owned(),
                line: Some(line),
                reader: "filter=lfs",
            });
            git::read(self.folders.as_ref(), modules.as_deref().map(|text| &**text), lfs)
        })
    }

    /// The directory that was opened.
    pub fn root(&self) -> &Path {
        &self.root.path
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
        self.place(path).map(|at| &self.files[at])
    }

    /// Whether git leaves a path out of commits, since an ignore file says so and it was not tracked before.
    pub fn is_ignored(&self, path: &str) -> bool {
        let (mut here, _) = ignores::Ignores::above(&self.root.path);
        let mut at = 0;
        loop {
            here = here.enter(&self.root.path, path[..at].trim_end_matches('/'), |_| true).0;
            let next = path[at..].find('/').map(|slash| at + slash);
            if here.ignored(&path[..next.unwrap_or(path.len())], next.is_some()).is_some() {
                return self.find(path).is_none();
            }
            match next {
                Some(next) => at = next + 1,
                None => return false,
            }
        }
    }

    /// Where the file at a path is among all files.
    pub fn place(&self, path: &str) -> Option<usize> {
        let slash = memchr::memrchr(b'/', path.as_bytes());
        let range = self.places_below(slash.map_or("", |slash| &path[..slash]));
        let (start, begin) = (range.start, slash.map_or(0, |slash| slash + 1));
        // They have the directory in common.
        let name = &path.as_bytes()[begin..];
        let found = self.files[range].binary_search_by(|file| file.path.as_bytes()[begin..].cmp(name));
        found.ok().map(|at| start + at)
    }

    /// Whether a file in some directory can have a name: sooner said than where it is.
    pub fn can_have(&self, name: &str) -> bool {
        self.names.get_or_init(|| name::Names::of(&self.files)).can_have(name)
    }

    /// Every file below a directory at any depth, sorted; `""` and `"."` are the root.
    pub fn below(&self, folder: &str) -> &[File] {
        &self.files[self.places_below(folder)]
    }

    /// Where the files below a directory are among all files.
    pub fn places_below(&self, folder: &str) -> Range<usize> {
        if folder.is_empty() || folder == "." {
            return 0..self.files.len();
        }
        let known = self.below.get_or_init(|| below(&self.files));
        known.get(folder.trim_end_matches('/')).cloned().unwrap_or_default()
    }

    /// The text of a file of up to [`DEFAULT_CAP`] bytes. Reading it again costs nothing as a rule.
    ///
    /// # Errors
    /// When it isn't a regular file of the checkout, is larger, or is no text; links are not followed.
    pub fn read(&self, path: &str) -> Result<Arc<Text>, Unreadable> {
        let lock = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().known.get(path) {
            return known.clone();
        }
        let read = self.read_capped(path, DEFAULT_CAP).map(Arc::new);
        let mut texts = lock();
        texts.bytes += path.len() + read.as_ref().map_or(0, |text| text.text.len());
        if texts.bytes <= MOST_TEXTS {
            texts.known.insert(path.to_owned(), read.clone());
        }
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
        match self.known(path).filter(|text| text.is_as_on_disk() && text.len() as u64 <= cap) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => read::bytes(&self.root, path, cap).map(|(content, _)| content),
        }
    }

    /// The text of a file that was read before.
    fn known(&self, path: &str) -> Option<Arc<Text>> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.known.get(path)?.as_ref().ok().cloned()
    }
}

/// Where the files below each directory are: in the order of bytes, whatever begins with `folder/` lies together.
fn below(files: &[File]) -> HashMap<String, Range<usize>> {
    let mut known: HashMap<String, Range<usize>> = HashMap::default();
    let mut start = 0;
    for together in files.chunk_by(|a, b| a.above() == b.above()) {
        let end = start + together.len();
        let folders = std::iter::successors(Some(together[0].folder()), |folder| {
            folder.rsplit_once('/').map(|(above, _)| above)
        });
        for folder in folders.filter(|folder| !folder.is_empty()) {
            match known.get_mut(folder) {
                Some(range) => range.end = end,
                None => drop(known.insert(folder.to_owned(), start..end)),
            }
        }
        start = end;
    }
    known
}

/// The files that git's index tracks below the checkout's root, sorted.
///
/// # Errors
/// Why the index can't be used.
fn in_index(folders: &git::Folders) -> std::result::Result<Vec<File>, String> {
    let (index, length, hash) = folders.index().map_err(|e| e.to_string())?;
    let mut files = index::files(index, length, hash)?;
    if !folders.prefix.is_empty() {
        files.retain_mut(|file| match file.path.strip_prefix(&folders.prefix) {
            Some(rest) => {
                *file = File::new(rest.to_owned(), file.size);
                true
            }
            None => false,
        });
    }
    if !files.par_windows(2).all(|pair| pair[0].path < pair[1].path) {
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|a, b| a.path == b.path);
    }
    Ok(files)
}

/// The same, or nothing and a warning.
fn tracked(folders: Option<&git::Folders>, warnings: &mut Vec<Diagnostic>) -> Option<Vec<File>> {
    let listed = folders.map_or_else(|| Err("there is no git repository".to_owned()), in_index);
    let failed = |why: String| {
        let message = format!("git's index can't be used, the tree is walked instead: {why}");
        warnings.push(Diagnostic::new(message).at(Location::file(".git/index")));
    };
    listed.map_err(failed).ok()
}

/// The files among ignored paths that git tracks nevertheless: to git they are files like others.
fn ignored_and_tracked(root: &Path, folders: &git::Folders, ignored: &[String]) -> Vec<File> {
    if ignored.is_empty() {
        return Vec::new();
    }
    let listed = in_index(folders).unwrap_or_default();
    let mut found = Vec::new();
    for path in ignored {
        let folder = format!("{path}/");
        let itself = listed.binary_search_by(|file| file.path.as_str().cmp(path)).ok();
        let below = listed.partition_point(|file| file.path < folder);
        let below = listed[below..].iter().take_while(|file| file.path.starts_with(&folder));
        for file in
            itself.map(|at| &listed[at]).into_iter().chain(below).filter(|file| !noise::above(&file.path))
        {
            let meta =
                std::fs::symlink_metadata(root.join(&file.path)).ok().filter(std::fs::Metadata::is_file);
            found.extend(meta.map(|meta| File::new(file.path.clone(), meta.len())));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_path_is_told_whether_it_is_there_or_not() {
        let root = tempfile::tempdir().unwrap();
        for folder in [".git", ".github"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        let ignores = |name: &str, text: &str| {
            std::fs::write(root.path().join(name), text).unwrap();
            let checkout = Checkout::open(root.path(), &Options::default()).unwrap();
            checkout.is_ignored(".github/wfgen.lock")
        };
        assert!(!ignores(".gitignore", "target\n"));
        assert!(ignores(".gitignore", "*.lock\n!uv.lock\n"));
        assert!(!ignores(".github/.gitignore", "!wfgen.lock\n"));
        assert!(ignores(".gitignore", ".github\n"));
    }

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
