//! Which kinds of tests are there, by parsing the files that can hold them.

use foldhash::HashMap;
use memchr::memmem::Finder;
use serde_json::json;

use super::evidence::matcher;
use super::fact::{Evidence, Fact, Facts};
use super::project::Subject;
use super::{paths, syntax};
use crate::checkout::{Checkout, DEFAULT_CAP, File, Text};
use crate::library::pack::{Names, TestSpec};

/// Files that are read in search of one kind; what is not found in so many is not there.
const MAX_READ: usize = 20;
/// Files named after tests in which there is no sign of any kind: then some others are looked at, and no more.
const ENOUGH: usize = 5;
const SOME_OTHERS: usize = 3;
/// Files with tests that are counted for one kind; of a member of a workspace the first shows that it has some.
const MAX_COUNTED: usize = 3;
/// The usual size of a file with tests, in bytes.
const USUAL: u64 = 6 << 10;
/// Below these directories tests are data of other tests.
const DATA: [&str; 8] = [
    "fixtures",
    "__fixtures__",
    "testdata",
    "node_modules",
    "vendor",
    "third_party",
    "examples",
    "templates",
];

/// Tests of one kind.
struct Found {
    count: usize,
    more: bool,
    evidence: Vec<Evidence>,
}

pub(crate) fn establish(subject: &Subject<'_>, facts: &mut Facts) {
    let mut texts = Texts { checkout: subject.tree.checkout(), known: HashMap::default() };
    // Kinds that stand together in a pack are often looked for in the same files.
    let mut all: Vec<(&Names, Likely<'_>)> = Vec::new();
    for spec in &subject.pack.tests {
        if all.last().is_none_or(|(names, _)| **names != spec.files) {
            all.push((&spec.files, Likely::new(subject, spec)));
        }
    }
    let of = |spec: &TestSpec| all.iter().find(|(names, _)| **names == spec.files).map(|(_, likely)| likely);
    let is_tested = subject.pack.tests.iter().any(|spec| {
        let marks = marks(spec);
        of(spec).is_some_and(|likely| {
            likely.first().any(|file| texts.of(file).is_some_and(|text| is_marked(text, &marks)))
        })
    });
    if !is_tested {
        return;
    }
    let mut kinds = Vec::new();
    let (mut count, mut more, mut evidence) = (0, false, Vec::new());
    for spec in &subject.pack.tests {
        // Files that import their own runner are not also tests of the runner with global names.
        if spec.kind.starts_with("global-") && !kinds.is_empty() {
            continue;
        }
        let files: Vec<&File> = of(spec).map(|likely| likely.all().collect()).unwrap_or_default();
        let Some(found) = search(subject, spec, &files, &mut texts) else {
            continue;
        };
        kinds.push(spec.kind.as_str());
        count += found.count;
        more |= found.more;
        evidence.extend(found.evidence);
    }
    if !kinds.is_empty() {
        facts.insert(
            "project.tests",
            Fact::of(json!({"kinds": kinds, "count": count, "more": more}), evidence),
        );
    }
}

/// The texts of a project that were read in search of tests. Nobody else asks for most of them, and memory that is
/// given back with each project is at hand for the next.
struct Texts<'a> {
    checkout: &'a Checkout,
    known: HashMap<&'a str, Option<Text>>,
}

impl<'a> Texts<'a> {
    fn of(&mut self, file: &'a File) -> Option<&Text> {
        let read = || self.checkout.read_capped(&file.path, DEFAULT_CAP).ok();
        self.known.entry(&file.path).or_insert_with(read).as_ref()
    }
}

fn search<'a>(
    subject: &Subject<'_>,
    spec: &TestSpec,
    files: &[&'a File],
    texts: &mut Texts<'a>,
) -> Option<Found> {
    let mut found = Found { count: 0, more: false, evidence: Vec::new() };
    let most = if subject.top == subject.dir() { MAX_COUNTED } else { 1 };
    let marks = marks(spec);
    for file in files {
        let Some(text) = texts.of(file) else {
            continue;
        };
        if !is_marked(text, &marks) {
            continue;
        }
        if found.evidence.len() >= most {
            found.more = true;
            break;
        }
        // Compiling a query costs more than reading a hundred files: only when a file looks as if it had tests.
        let query = syntax::query(&spec.language, &spec.query)?;
        let requires = match &spec.requires {
            Some(text) => Some(syntax::query(&spec.language, text)?),
            None => None,
        };
        let Some(tree) = syntax::parse(&spec.language, text) else {
            continue;
        };
        if requires.as_ref().is_some_and(|query| syntax::captures_in(query, &tree, text).is_empty()) {
            continue;
        }
        let tests = syntax::captures_in(&query, &tree, text);
        if let Some((_, line)) = tests.first() {
            found.count += tests.len();
            found.evidence.push(Evidence::at(&file.path, *line, format!("tree-sitter {}", spec.kind)));
        }
    }
    (found.count > 0).then_some(found)
}

/// The words without which a file has no test of a kind.
fn marks(spec: &TestSpec) -> Vec<Finder<'_>> {
    spec.mark.iter().map(Finder::new).collect()
}

fn is_marked(text: &Text, marks: &[Finder<'_>]) -> bool {
    marks.iter().any(|mark| mark.find(text.as_bytes()).is_some())
}

/// The files that can hold tests of a kind.
struct Likely<'a> {
    /// Named after tests: these are the likeliest.
    named: Vec<&'a File>,
    others: Vec<&'a File>,
}

impl<'a> Likely<'a> {
    fn new(subject: &Subject<'a>, spec: &TestSpec) -> Self {
        let (paths, names): (Vec<&str>, Vec<&str>) = spec.files.iter().partition(|glob| glob.contains('/'));
        let compile = |globs: Vec<&str>| globs.into_iter().map(matcher).collect::<Vec<_>>();
        let files = subject.tree.either(subject.dir(), &compile(names), &compile(paths));
        let (mut named, mut others) = (Vec::new(), Vec::new());
        let mut here: Option<Folder<'_>> = None;
        for file in files {
            let above = file.above();
            let known = here.take().filter(|folder| folder.above == above);
            let folder = here.insert(known.unwrap_or_else(|| Folder::new(subject, file)));
            if !folder.is_other && !DATA.contains(&file.name()) {
                let is_named = folder.is_named_after_tests || is_named_after_tests(file.name());
                if is_named { &mut named } else { &mut others }.push(file);
            }
        }
        keep(&mut named, MAX_READ);
        keep(&mut others, MAX_READ - named.len().min(MAX_READ - SOME_OTHERS));
        Likely { named, others }
    }

    /// Those that show whether there are tests at all.
    fn first(&self) -> impl Iterator<Item = &'a File> {
        let named = &self.named[..self.named.len().min(ENOUGH)];
        let most = if named.len() < ENOUGH { MAX_READ } else { SOME_OTHERS };
        named.iter().chain(self.others.iter().take(most)).copied()
    }

    /// Those that show which kinds there are.
    fn all(&self) -> impl Iterator<Item = &'a File> {
        self.named.iter().chain(&self.others).take(MAX_READ).copied()
    }
}

/// Keeps so many files, those of about the usual size first: parsing takes time by the byte and a file of that size
/// proves as much as a large one; the smallest are most often empty.
fn keep(files: &mut Vec<&File>, most: usize) {
    let rank = |file: &&File| file.size.abs_diff(USUAL);
    let by_rank = |a: &&File, b: &&File| rank(a).cmp(&rank(b)).then_with(|| a.path.cmp(&b.path));
    if files.len() > most {
        files.select_nth_unstable_by(most, by_rank);
        files.truncate(most);
    }
    files.sort_unstable_by(by_rank);
}

/// What the path of a directory says of the files in it.
struct Folder<'a> {
    above: &'a str,
    /// They belong to another project, or are data of other tests.
    is_other: bool,
    is_named_after_tests: bool,
}

impl<'a> Folder<'a> {
    fn new(subject: &Subject<'_>, file: &'a File) -> Self {
        let path = paths::relative(file.folder(), subject.dir()).unwrap_or_default();
        let is_nested = || subject.nested.iter().any(|dir| paths::is_within(file.folder(), dir));
        Folder {
            above: file.above(),
            is_other: path.split('/').any(|segment| DATA.contains(&segment)) || is_nested(),
            is_named_after_tests: is_named_after_tests(path),
        }
    }
}

fn is_named_after_tests(path: &str) -> bool {
    path.as_bytes().windows(4).any(|word| matches!(word, b"test" | b"Test" | b"spec"))
}
