//! The files of a checkout, each read and parsed at most once, and what was wrong with them.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use foldhash::HashMap;

use super::evidence::{self, Expression, Hit, Line, Matcher};
use super::lookup::{self, Endings};
use super::{memory, paths, variables};
use crate::checkout::{Checkout, File, Unreadable};
use crate::data::{Node, json, toml, xml, yaml};
use crate::error::Diagnostic;
use crate::library::pack::Source;
use crate::workflow::memory::{LOCK_PATH, Memory};
use crate::workflow::{self, matrix};

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

/// What was parsed so far, by the format.
type Nodes = HashMap<String, [Option<Result<Arc<Node>, Diagnostic>>; 4]>;

/// The lines of a file that an expression, by its address, matches.
type Lines = HashMap<(String, usize), Arc<Vec<Line>>>;

/// Commands, each with the number of its line.
type Commands = Vec<(u32, String)>;

/// What workflows tell, by the address of the place in a pack that asks, and by who listens.
type Told = HashMap<usize, HashMap<String, Vec<Hit>>>;

/// A checkout with a memory.
pub(crate) struct Tree<'a> {
    checkout: &'a Checkout,
    /// Found when the first asks, while others go through the languages.
    endings: OnceLock<Endings>,
    /// Files that wfgen wrote: they are no evidence, or what was decided would prove itself.
    generated: OnceLock<HashSet<String>>,
    nodes: Mutex<Nodes>,
    /// Members of a workspace look at the same files above them for the same lines.
    lines: Mutex<Lines>,
    spelt: Mutex<HashMap<String, Arc<Commands>>>,
    told: Mutex<Told>,
    on_changes: OnceLock<HashSet<String>>,
    memory: OnceLock<Memory>,
    warnings: Mutex<BTreeMap<String, Diagnostic>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(checkout: &'a Checkout) -> Self {
        Tree {
            checkout,
            endings: OnceLock::new(),
            generated: OnceLock::new(),
            nodes: Mutex::default(),
            lines: Mutex::default(),
            spelt: Mutex::default(),
            told: Mutex::default(),
            on_changes: OnceLock::new(),
            memory: OnceLock::new(),
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

    /// Whether in some directory a file can be called so: sooner said than whether one is.
    pub(crate) fn can_have(&self, relative: &str) -> bool {
        let name = paths::name(relative);
        let is_name = !matches!(name, "" | "." | "..") && !name.contains('\\');
        !is_name || self.checkout.can_have(name)
    }

    /// The path of a file that is there and can prove something, by how it is called in a directory.
    pub(crate) fn file_in(&self, dir: &str, relative: &str) -> Option<String> {
        if !self.can_have(relative) {
            return None;
        }
        paths::join(dir, relative).filter(|path| self.has(path))
    }

    /// Whether wfgen wrote a file of the checkout.
    pub(crate) fn has_generated(&self) -> bool {
        !self.generated().is_empty()
    }

    /// Whether wfgen wrote a file.
    pub(crate) fn is_generated(&self, path: &str) -> bool {
        path.starts_with(".github/") && self.generated().contains(path)
    }

    fn generated(&self) -> &HashSet<String> {
        self.generated.get_or_init(|| generated(self.checkout))
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
        let endings = self.endings.get_or_init(|| Endings::of(self.checkout.files()));
        lookup::find(self.checkout, endings, dir, names, globs)
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
        if let Some(known) = self.known(path, format) {
            return known;
        }
        let parsed = self.parse(path, format);
        lock(&self.nodes).entry(path.to_owned()).or_default()[format as usize] = Some(parsed.clone());
        parsed
    }

    fn known(&self, path: &str, format: Format) -> Option<Result<Arc<Node>, Diagnostic>> {
        lock(&self.nodes).get(path)?[format as usize].clone()
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

    /// The lines of a file, whose text is given, that an expression matches; of the commands of a workflow also as the legs
    /// of a matrix run them, and of a makefile or a script with what its variables stand for.
    pub(crate) fn lines(&self, path: &str, text: &str, expression: &Arc<Expression>) -> Arc<Vec<Line>> {
        // Expressions live as long as the process, each once.
        let key = (path.to_owned(), Arc::as_ptr(expression) as usize);
        if let Some(known) = lock(&self.lines).get(&key) {
            return known.clone();
        }
        let mut found = expression.lines(text);
        if let Some(more) = self.spelt_out(path, text) {
            let say = |(number, line): &(u32, String)| {
                let said = expression.said(line)?.to_owned();
                Some(Line { said, number: *number, comment: false })
            };
            found.extend(more.iter().filter_map(say));
            found.sort_by_key(|line| line.number);
        }
        let found = Arc::new(found);
        lock(&self.lines).insert(key, found.clone());
        found
    }

    /// The commands of a file that are more than what its lines say.
    fn spelt_out(&self, path: &str, text: &str) -> Option<Arc<Commands>> {
        let is_workflow = path.starts_with(".github/workflows/") && matrix::is_of_matrix(text);
        let has_variables = || variables::are_read(path) && text.contains('$');
        if !is_workflow && !has_variables() {
            return None;
        }
        if let Some(known) = lock(&self.spelt).get(path) {
            return Some(known.clone());
        }
        let found = match is_workflow {
            true => self.workflow(path).map(|root| commands_of_legs(&root, text)).unwrap_or_default(),
            false => variables::spelt_out(text),
        };
        let found = Arc::new(found);
        lock(&self.spelt).insert(path.to_owned(), found.clone());
        Some(found)
    }

    /// The lock file, when it is there and can be read, and even where git ignores it. Who writes it warns of one that can't
    /// be read.
    pub(crate) fn lock_file(&self) -> Option<Arc<Node>> {
        self.parsed(LOCK_PATH, Format::Toml).ok()
    }

    /// What workflows said that may be gone.
    pub(crate) fn memory(&self) -> &Memory {
        self.memory.get_or_init(|| memory::read(self))
    }

    /// Whether a pull request starts a workflow, or a push to a branch, or another one that they start.
    pub(crate) fn runs_on_changes(&self, path: &str) -> bool {
        self.on_changes.get_or_init(|| evidence::run_on_changes(self)).contains(path)
    }

    /// What workflows tell a listener about something that a pack asks for.
    pub(crate) fn told(&self, source: &Source, listener: &str, find: impl FnOnce() -> Vec<Hit>) -> Vec<Hit> {
        // Packs outlive the tree, so that no address is given to another source.
        let address = std::ptr::from_ref(source) as usize;
        if let Some(known) = lock(&self.told).get(&address).and_then(|told| told.get(listener)) {
            return known.clone();
        }
        let found = find();
        lock(&self.told).entry(address).or_default().insert(listener.to_owned(), found.clone());
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

/// More commands of legs than this tell nothing more.
const MAX_LEGS: usize = 1_000;

/// The commands of a workflow, whose text is given, that have something of a matrix, as its legs run them.
fn commands_of_legs(root: &Node, text: &str) -> Commands {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (_, job) in root.get("jobs").map(Node::entries).unwrap_or_default() {
        let steps = job.get("steps").map(Node::items).unwrap_or_default();
        for run in steps.iter().filter_map(|step| step.get("run")) {
            let count = run.as_str().unwrap_or_default().lines().count() + 1;
            let numbered =
                (run.line..).zip(lines.iter().skip((run.line as usize).saturating_sub(1))).take(count);
            for (number, line) in numbered.filter(|(_, line)| matrix::is_of_matrix(line)) {
                let legs = matrix::spelt_out(job, line);
                found.extend(legs.into_iter().filter(|leg| leg != line).map(|leg| (number, leg)));
                if found.len() > MAX_LEGS {
                    return found;
                }
            }
        }
    }
    found
}

/// The workflows and actions that wfgen wrote.
fn generated(checkout: &Checkout) -> HashSet<String> {
    let github = checkout.below(".github").iter().map(|file| file.path.as_str());
    github
        .filter(|path| path.ends_with(".yml") || path.ends_with(".yaml"))
        .filter(|path| checkout.head(path, HEADER).is_ok_and(|text| workflow::is_generated(&text)))
        .map(str::to_owned)
        .collect()
}

/// The text of a file, shared.
pub(crate) type Text = Arc<crate::checkout::Text>;

/// A poisoned lock only means that another thread panicked; the map in it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
