//! Which files fit a glob, without asking every file: a tree has a hundred thousand and a glob fits three.

use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::evidence::{Matcher, Simple};
use super::paths;
use crate::checkout::{Checkout, File, name};

/// So few files are asked one by one.
const FEW: usize = 32;

/// The places of the files of each ending, in their order.
pub(crate) struct Endings(HashMap<String, Vec<usize>>);

impl Endings {
    pub(crate) fn of(files: &[File]) -> Self {
        let mut endings: HashMap<String, Vec<usize>> = HashMap::default();
        let mut keep = |ending: &str, places: Range<usize>| match endings.get_mut(ending) {
            Some(known) => known.extend(places),
            None => drop(endings.insert(ending.to_owned(), places.collect())),
        };
        // Neighbours often have the same ending.
        let (mut last, mut start) = ("", 0);
        for (at, file) in files.iter().enumerate() {
            let ending = name::ending(file.name());
            if ending != last {
                keep(last, start..at);
                (last, start) = (ending, at);
            }
        }
        keep(last, start..files.len());
        Endings(endings)
    }

    /// The places of an ending within a range.
    fn within(&self, ending: &str, range: &Range<usize>) -> &[usize] {
        let places = self.0.get(ending).map_or(&[][..], Vec::as_slice);
        let from = places.partition_point(|at| *at < range.start);
        let to = from + places[from..].partition_point(|at| *at < range.end);
        &places[from..to]
    }
}

/// The files below a directory of which the name fits one of `names` or the path from there one of `globs`, in their
/// order.
pub(crate) fn find<'a>(
    checkout: &'a Checkout,
    endings: &Endings,
    dir: &str,
    names: &[Arc<Matcher>],
    globs: &[Arc<Matcher>],
) -> Vec<&'a File> {
    let files = checkout.files();
    let below = checkout.places_below(dir);
    let mut found: Vec<usize> = Vec::new();
    for glob in names.iter().flat_map(|glob| glob.simple()) {
        let fits = |at: &usize| glob.is_match(files[*at].name());
        likely(glob, &below, endings, fits, &mut found);
    }
    for glob in globs.iter().flat_map(|glob| glob.simple()) {
        let fits =
            |at: &usize| paths::relative(&files[*at].path, dir).is_some_and(|path| glob.is_match(path));
        let range = match glob.folder() {
            Some(folder) => checkout.places_below(&paths::file_in(dir, folder)),
            None => below.clone(),
        };
        if glob.is_name() {
            found.extend(children(files, range, dir).filter(fits));
        } else {
            likely(glob, &range, endings, fits, &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|at| &files[at]).collect()
}

/// Adds the places in a range whose files fit: of those that can by their ending, or of all where these are few.
fn likely(
    glob: &Simple,
    range: &Range<usize>,
    endings: &Endings,
    fits: impl Fn(&usize) -> bool,
    found: &mut Vec<usize>,
) {
    match glob.ending().filter(|_| range.len() > FEW) {
        None => found.extend(range.clone().filter(fits)),
        Some(ending) => {
            let chosen = endings.within(ending, range);
            match glob.is_ending() {
                true => found.extend_from_slice(chosen),
                false => found.extend(chosen.iter().filter(|at| fits(at))),
            }
        }
    }
}

/// The places of the files that lie in a directory itself; `range` has all below it.
fn children<'a>(files: &'a [File], range: Range<usize>, dir: &str) -> impl Iterator<Item = usize> + 'a {
    let skip = if dir == "." { 0 } else { dir.len() + 1 };
    let Range { start: mut at, end } = range;
    std::iter::from_fn(move || {
        while at < end {
            let path = &files[at].path;
            let Some(slash) = path[skip..].find('/') else {
                at += 1;
                return Some(at - 1);
            };
            let folder = &path[..=skip + slash];
            at += files[at..end].partition_point(|file| file.path.starts_with(folder));
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characteristics::evidence::matcher;
    use crate::checkout::Options;

    #[test]
    fn asking_few_files_finds_what_asking_all_finds() {
        let root = tempfile::tempdir().unwrap();
        let folders = ["", "a/", "a/tests/", "a/tests/d/", "a-b/", "b/src/x/", "tests/"];
        let names =
            ["x.py", "test_x.py", "Makefile", ".env", "x.test.js", "a.yml", "b.yaml", "LICENSE", "x.Y"];
        for folder in folders {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
            for name in names {
                std::fs::write(root.path().join(format!("{folder}{name}")), "").unwrap();
            }
            for n in 0..FEW {
                std::fs::write(root.path().join(format!("{folder}f{n}.rs")), "").unwrap();
            }
        }
        let checkout = Checkout::open(root.path(), &Options::default()).unwrap();
        let endings = Endings::of(checkout.files());
        let globs = [
            "*.py",
            "test_*.py",
            "**/*.py",
            "**/test_*.py",
            "tests/**/*.py",
            "**/tests/**/*.py",
            "*/tests/test_*.py",
            "Makefile",
            "**/Makefile",
            "*/Makefile",
            "**/*file",
            ".env",
            "*.test.js",
            "*.{yml,yaml}",
            "**/*.{yml,yaml}",
            "LICENSE*",
            "x.*",
            "**/x.*",
            "**",
            "**/*",
            "*",
            "a/*",
            "a/**",
            "tests",
            "**/src/x/*.[pP]y",
            "x.{Y,py}",
            "a/tests/x.py",
            "f?.rs",
            "*/*.rs",
            "[",
            "a**",
        ];
        for dir in [".", "a", "a/tests", "b", "none"] {
            for glob in globs {
                let one = [matcher(glob)];
                let ours: Vec<&str> =
                    find(&checkout, &endings, dir, &[], &one).iter().map(|file| file.path.as_str()).collect();
                let below = checkout.below(dir).iter().map(|file| file.path.as_str());
                let all: Vec<&str> = below
                    .filter(|path| paths::relative(path, dir).is_some_and(|path| one[0].is_match(path)))
                    .collect();
                assert_eq!(ours, all, "{glob} in {dir}");
                let ours = find(&checkout, &endings, dir, &one, &[]);
                let all: Vec<&File> =
                    checkout.below(dir).iter().filter(|file| one[0].is_match(file.name())).collect();
                assert_eq!(ours, all, "names {glob} in {dir}");
            }
        }
    }
}
