//! The files of a checkout, each read and parsed at most once, and what was wrong with them.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foldhash::HashMap;

use super::evidence::{Expression, Line, Matcher};
use super::lookup::{self, Endings};
use super::paths;
use crate::checkout::{Checkout, File, Unreadable};
use crate::data::{Node, json, toml, xml, yaml};
use crate::error::Diagnostic;
use crate::workflow;

/// Of a file that is larger than the cap on whole files, so many bytes are looked at.
const HEAD: u64 = 1 << 16;

/// The header of a generated file is in its first bytes.
const HEADER: u64 = 512;

/// The formats that are read into a [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Json,
    Toml,
    Yaml,
    Xml,
}

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Toml => "toml",
            Format::Yaml => "yaml",
            Format::Xml => "xml",
        }
    }
}

/// Why there is no tree of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is not there.
    Missing,
    /// It is there and can't be read; a warning says why.
    Broken,
}

/// What was parsed so far.
type Nodes = HashMap<(String, Format), Result<Arc<Node>, Diagnostic>>;

/// The lines of a file that an expression, by its address, matches.
type Lines = HashMap<(String, usize), Arc<Vec<Line>>>;

/// A checkout with a memory.
pub(crate) struct Tree<'a> {
    checkout: &'a Checkout,
    endings: OnceLock<Endings>,
    /// Files that wfgen wrote: they are no evidence, or what was decided would prove itself.
    generated: HashSet<String>,
    nodes: Mutex<Nodes>,
    /// Members of a workspace look at the same files above them for the same lines.
    lines: Mutex<Lines>,
    warnings: Mutex<BTreeMap<String, Diagnostic>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(checkout: &'a Checkout) -> Self {
        let github = checkout.below(".github").iter().map(|file| file.path.as_str());
        let yaml = github.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml"));
        let generated = yaml
            .filter(|path| checkout.head(path, HEADER).is_ok_and(|text| workflow::is_generated(&text)))
            .map(str::to_owned)
            .collect();
        Tree {
            checkout,
            endings: OnceLock::new(),
            generated,
            nodes: Mutex::default(),
            lines: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// The checkout itself.
    pub(crate) fn checkout(&self) -> &'a Checkout {
        self.checkout
    }

    /// Whether a file is there that can prove something.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.checkout.find(path).is_some() && !self.is_generated(path)
    }

    /// The path of a file that is there and can prove something, by how it is called in a directory.
    pub(crate) fn file_in(&self, dir: &str, relative: &str) -> Option<String> {
        let name = paths::name(relative);
        let is_name = !matches!(name, "" | "." | "..") && !name.contains('\\');
        if is_name && !self.checkout.can_have(name) {
            return None;
        }
        paths::join(dir, relative).filter(|path| self.has(path))
    }

    /// Whether wfgen wrote a file.
    pub(crate) fn is_generated(&self, path: &str) -> bool {
        path.starts_with(".github/") && self.generated.contains(path)
    }

    /// Every file below a directory.
    pub(crate) fn below(&self, dir: &str) -> &'a [File] {
        self.checkout.below(dir)
    }

    /// The files below a directory of which the path from there fits one of the globs, in their order.
    pub(crate) fn fitting(&self, dir: &str, globs: &[Arc<Matcher>]) -> Vec<&'a File> {
        self.either(dir, &[], globs)
    }

    /// The files below a directory of which the name fits one of the globs, in their order.
    pub(crate) fn named(&self, dir: &str, globs: &[Arc<Matcher>]) -> Vec<&'a File> {
        self.either(dir, globs, &[])
    }

    /// The files below a directory of which the name fits one of `names` or the path from there one of `globs`, in
    /// their order.
    pub(crate) fn either(&self, dir: &str, names: &[Arc<Matcher>], globs: &[Arc<Matcher>]) -> Vec<&'a File> {
        lookup::find(self.checkout, || self.endings(), dir, names, globs)
    }

    fn endings(&self) -> &Endings {
        self.endings.get_or_init(|| Endings::of(self.checkout.files()))
    }

    /// The text of a file; of a large one only the beginning.
    pub(crate) fn text(&self, path: &str) -> Result<Text, Absent> {
        if !self.has(path) {
            return Err(Absent::Missing);
        }
        let read = match self.checkout.read(path) {
            Err(Unreadable::TooLarge { .. }) => self.checkout.head(path, HEAD).map(Arc::new),
            other => other,
        };
        read.map_err(|problem| {
            self.warn(path, problem.diagnose(path));
            Absent::Broken
        })
    }

    /// The tree of a file.
    pub(crate) fn node(&self, path: &str, format: Format) -> Result<Arc<Node>, Absent> {
        if !self.has(path) {
            return Err(Absent::Missing);
        }
        self.parsed(path, format).map_err(|problem| {
            self.warn(path, problem.hint("what it says is unknown until it can be read"));
            Absent::Broken
        })
    }

    /// Paths of the workflows, also of those that wfgen wrote.
    pub(crate) fn workflows(&self) -> impl Iterator<Item = &'a str> {
        let files = self.below(".github/workflows").iter().map(|file| file.path.as_str());
        files.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml"))
    }

    /// The tree of a workflow, also of one that wfgen wrote. Whoever reads all workflows warns of those that are broken.
    pub(crate) fn workflow(&self, path: &str) -> Option<Arc<Node>> {
        self.parsed(path, Format::Yaml).ok()
    }

    fn parsed(&self, path: &str, format: Format) -> Result<Arc<Node>, Diagnostic> {
        let key = (path.to_owned(), format);
        if let Some(known) = lock(&self.nodes).get(&key) {
            return known.clone();
        }
        let parsed = self.parse(path, format);
        lock(&self.nodes).insert(key, parsed.clone());
        parsed
    }

    fn parse(&self, path: &str, format: Format) -> Result<Arc<Node>, Diagnostic> {
        let text = self.checkout.read(path).map_err(|problem| problem.diagnose(path))?;
        let parsed = match format {
            Format::Json => json::parse(&text),
            // rustup still reads a `rust-toolchain` that is a mere word.
            Format::Toml if !path.ends_with(".toml") && !text.contains(['=', '[']) => toml::parse(""),
            Format::Toml => toml::parse(&text),
            Format::Yaml => yaml::parse(&text),
            Format::Xml => xml::parse(&text),
        };
        parsed.map(Arc::new).map_err(|problem| problem.diagnose(path, &text))
    }

    /// The lines of a file, whose text is given, that an expression matches.
    pub(crate) fn lines(&self, path: &str, text: &str, expression: &Arc<Expression>) -> Arc<Vec<Line>> {
        // Expressions live as long as the process, each once.
        let key = (path.to_owned(), Arc::as_ptr(expression) as usize);
        if let Some(known) = lock(&self.lines).get(&key) {
            return known.clone();
        }
        let found = Arc::new(expression.lines(text));
        lock(&self.lines).insert(key, found.clone());
        found
    }

    /// Remembers a warning about a file; one for each file is enough.
    pub(crate) fn warn(&self, path: &str, diagnostic: Diagnostic) {
        lock(&self.warnings).entry(path.to_owned()).or_insert(diagnostic);
    }

    /// The warnings in the order of the files.
    pub(crate) fn into_warnings(self) -> Vec<Diagnostic> {
        self.warnings.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
    }
}

/// The text of a file, shared.
pub(crate) type Text = Arc<crate::checkout::Text>;

/// A poisoned lock only means that another thread panicked; the map in it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
