//! Which kinds of tests are there, by parsing the files that can hold them.

use serde_json::json;

use super::evidence::matcher;
use super::fact::{Evidence, Fact, Facts};
use super::project::Subject;
use super::{paths, syntax};
use crate::checkout::File;
use crate::library::pack::TestSpec;

/// Files that are read in search of one kind; what is not found in so many is not there.
const MAX_READ: usize = 20;
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
    let mut kinds = Vec::new();
    let (mut count, mut more, mut evidence) = (0, false, Vec::new());
    for spec in &subject.pack.tests {
        // Files that import their own runner are not also tests of the runner with global names.
        if spec.kind.starts_with("global-") && !kinds.is_empty() {
            continue;
        }
        let Some(found) = search(subject, spec) else {
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

fn search(subject: &Subject<'_>, spec: &TestSpec) -> Option<Found> {
    let mut found = Found { count: 0, more: false, evidence: Vec::new() };
    // A file that is named after tests is the likeliest. Parsing takes time by the byte and a file of the usual size
    // proves as much as a large one; the smallest are most often empty.
    let rank = |file: &File| (!is_named_after_tests(file, subject.dir()), file.size.abs_diff(USUAL));
    let mut files: Vec<_> = candidates(subject, spec).into_iter().map(|file| (rank(file), file)).collect();
    let by_rank = |a: &((bool, u64), &File), b: &((bool, u64), &File)| {
        a.0.cmp(&b.0).then_with(|| a.1.path.cmp(&b.1.path))
    };
    if files.len() > MAX_READ {
        files.select_nth_unstable_by(MAX_READ, by_rank);
        files.truncate(MAX_READ);
    }
    files.sort_unstable_by(by_rank);
    let most = if subject.top == subject.dir() { MAX_COUNTED } else { 1 };
    for (_, file) in files {
        let Ok(text) = subject.tree.checkout().read(&file.path) else {
            continue;
        };
        if !spec.mark.iter().any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some()) {
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
        let Some(tree) = syntax::parse(&spec.language, &text) else {
            continue;
        };
        if requires.as_ref().is_some_and(|query| syntax::captures_in(query, &tree, &text).is_empty()) {
            continue;
        }
        let tests = syntax::captures_in(&query, &tree, &text);
        if let Some((_, line)) = tests.first() {
            found.count += tests.len();
            found.evidence.push(Evidence::at(&file.path, *line, format!("tree-sitter {}", spec.kind)));
        }
    }
    (found.count > 0).then_some(found)
}

fn is_named_after_tests(file: &File, dir: &str) -> bool {
    let path = paths::relative(&file.path, dir).unwrap_or_default();
    ["test", "Test", "spec"].iter().any(|word| path.contains(word))
}

/// The files that can hold tests of a kind.
fn candidates<'a>(subject: &Subject<'a>, spec: &TestSpec) -> Vec<&'a File> {
    let (paths, names): (Vec<&str>, Vec<&str>) = spec.files.iter().partition(|glob| glob.contains('/'));
    let compile = |globs: Vec<&str>| globs.into_iter().map(matcher).collect::<Vec<_>>();
    let mut files = subject.tree.named(subject.dir(), &compile(names));
    files.extend(subject.tree.fitting(subject.dir(), &compile(paths)));
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    files.retain(|file| {
        let path = paths::relative(&file.path, subject.dir()).unwrap_or_default();
        !path.split('/').any(|segment| DATA.contains(&segment))
            && !subject.nested.iter().any(|dir| paths::is_within(&file.path, dir))
    });
    files
}
