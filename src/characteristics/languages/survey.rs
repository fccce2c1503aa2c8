//! Goes over the files of a checkout: names first, then into as many files as it needs and may.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::table::{self, Named};
use super::{Entry, Languages, Noise, content, noise};
use crate::checkout::attributes::{Here, Setting};
use crate::checkout::{Attributes, Checkout, File, name};

/// So many files are named together.
const CHUNK: usize = 2_048;

/// A tree with up to this many files to look into is looked into completely.
const WHOLE: usize = 2_000;

/// In a larger tree, how many files of each shared ending are looked into.
const SAMPLE: usize = 32;

/// In a larger tree, how many files of which the name says nothing are looked into.
const NAMELESS: usize = 128;

/// In a larger tree, how many files are looked into for the marks of generators: the largest, since they weigh most.
const LARGEST: usize = 128;

/// A file with its language not settled by its name.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    named: Named,
}

/// What was found in a file.
struct Seen {
    at: usize,
    /// What told its language from others, where several have its ending.
    rules: Option<u16>,
    language: Option<u16>,
    generated: bool,
}

pub(super) fn survey(checkout: &Checkout) -> Languages<'_> {
    let files = checkout.files();
    let attributes = checkout.attributes();
    let parts = files.par_chunks(CHUNK).enumerate().map(|(n, chunk)| by_name(chunk, n * CHUNK, attributes));
    let parts: Vec<(Vec<Entry>, Vec<Open>)> = parts.collect();
    let (mut entries, mut open) = (Vec::with_capacity(files.len()), Vec::new());
    for (more, more_open) in parts {
        entries.extend(more);
        open.extend(more_open);
    }

    let chosen =
        if open.len() <= WHOLE || checkout.options().deep { open.clone() } else { sample(&open, files) };
    let seen: Vec<Seen> =
        chosen.par_iter().with_min_len(16).filter_map(|open| look(checkout, open)).collect();
    let read = seen.len();
    // By set of rules, the verdicts in the order of the files.
    let mut verdicts: BTreeMap<u16, Vec<(usize, Option<u16>)>> = BTreeMap::new();
    for seen in &seen {
        let entry = &mut entries[seen.at];
        entry.language = seen.language;
        if seen.generated && entry.noise.is_none() {
            entry.noise = Some(Noise::Generated);
        }
        if let Some(rules) = seen.rules {
            verdicts.entry(rules).or_default().push((seen.at, seen.language));
        }
    }
    let mut inferred = 0;
    // Both are in the order of the files.
    let mut looked_into = chosen.iter().map(|open| open.at).peekable();
    for open in &open {
        if looked_into.next_if_eq(&open.at).is_some() {
            continue;
        }
        let Some(rules) = rules(open.named) else {
            continue;
        };
        inferred += 1;
        let near = verdicts.get(&rules).and_then(|verdicts| nearest(verdicts, open.at));
        entries[open.at].language = near.or(Some(content::without_content(rules)));
    }
    Languages { checkout, entries, read, inferred }
}

/// What names and `.gitattributes` say of files, of which the first is at a place, and what is left open. Neighbours
/// share their directory, so its patterns are matched once.
fn by_name<'a>(files: &'a [File], first: usize, attributes: &'a Attributes) -> (Vec<Entry>, Vec<Open>) {
    let mut last: Option<Folder<'_>> = None;
    let mut endings = table::Endings::default();
    let mut open = Vec::new();
    let mut entry_of = |(at, file): (usize, &'a File)| {
        let known = last.take().filter(|folder| folder.above == file.above());
        let folder = last.insert(known.unwrap_or_else(|| Folder::new(file, attributes)));
        let name = file.name();
        let mut entry = Entry { noise: folder.noise, ..Entry::default() };
        if file.size == 0 {
            return entry;
        }
        entry.noise = entry.noise.or_else(|| folder.names.noise(&file.path));
        let named = endings.named(name);
        entry.language = match named {
            Named::One(id) => Some(id),
            Named::Shared(rules) => Some(content::without_content(rules)),
            Named::Unknown => None,
        };
        let settled = overridden(&mut entry, &folder.said, &file.path);
        // Whatever does not count need not be looked into.
        if !settled && entry.noise.is_none() && worth_reading(named, name) {
            open.push(Open { at, named });
        }
        entry
    };
    let entries = (first..).zip(files).map(&mut entry_of).collect();
    (entries, open)
}

/// What the path of a directory says about the files in it.
struct Folder<'a> {
    above: &'a str,
    noise: Option<Noise>,
    names: noise::Names<'a>,
    said: Here<'a>,
}

impl<'a> Folder<'a> {
    fn new(file: &'a File, attributes: &'a Attributes) -> Self {
        let above = file.above();
        Folder {
            above,
            noise: noise::folder(above),
            names: noise::Names::in_folder(above),
            said: attributes.within(file.folder()),
        }
    }
}

/// Whether the content of a file can change what its name says.
fn worth_reading(named: Named, name: &str) -> bool {
    match named {
        Named::Shared(rules) => content::verdicts(rules).any(counts),
        Named::One(id) => counts(id),
        // It may be a script.
        Named::Unknown => !name::is_binary(name),
    }
}

fn counts(id: u16) -> bool {
    matches!(table::language(id).kind, table::Kind::Programming | table::Kind::Markup)
}

/// Applies `linguist-*`. True when the language is declared.
fn overridden(entry: &mut Entry, said: &Here<'_>, path: &str) -> bool {
    let mut settled = false;
    let mut seen: Vec<&str> = Vec::new();
    for (name, said) in said.all(path) {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let mut noise = |kind: Noise| match said.setting.flag() {
            Some(true) => entry.noise = Some(kind),
            Some(false) if entry.noise == Some(kind) => entry.noise = None,
            _ => {}
        };
        match name {
            "linguist-vendored" => noise(Noise::Vendored),
            "linguist-documentation" => noise(Noise::Documentation),
            "linguist-generated" => noise(Noise::Generated),
            "linguist-detectable" => entry.detectable = said.setting.flag(),
            "linguist-language" | "gitlab-language" => {
                if let Setting::Value(language) = said.setting
                    && let Some(id) = table::called(language)
                {
                    entry.language = Some(id);
                    settled = true;
                }
            }
            _ => {}
        }
    }
    settled
}

fn rules(named: Named) -> Option<u16> {
    match named {
        Named::Shared(rules) => Some(rules),
        _ => None,
    }
}

/// Some files of each shared ending, evenly spread; some without an ending; and the largest of the others.
fn sample(open: &[Open], files: &[File]) -> Vec<Open> {
    let mut shared: BTreeMap<u16, Vec<Open>> = BTreeMap::new();
    let (mut nameless, mut settled) = (Vec::new(), Vec::new());
    for open in open {
        match open.named {
            Named::Shared(rules) => shared.entry(rules).or_default().push(*open),
            Named::Unknown => nameless.push(*open),
            Named::One(_) => settled.push(*open),
        }
    }
    let mut chosen: Vec<Open> = shared.values().flat_map(|all| spread(all, SAMPLE)).collect();
    chosen.extend(spread(&nameless, NAMELESS));
    if settled.len() > LARGEST {
        settled.select_nth_unstable_by_key(LARGEST, |open| (Reverse(files[open.at].size), open.at));
        settled.truncate(LARGEST);
    }
    chosen.extend(settled);
    chosen.sort_unstable_by_key(|open| open.at);
    chosen
}

fn spread(all: &[Open], most: usize) -> impl Iterator<Item = Open> {
    let count = all.len().min(most);
    (0..count).map(move |n| all[n * all.len() / count])
}

fn look(checkout: &Checkout, open: &Open) -> Option<Seen> {
    let file = &checkout.files()[open.at];
    // A file that can't be read keeps what its name said.
    let head = checkout.bytes(&file.path, content::HEAD).ok()?;
    let whole = (head.len() as u64) < content::HEAD;
    let language = content::language(open.named, &head);
    let generated = content::generated(file.name(), &head, whole);
    Some(Seen { at: open.at, rules: rules(open.named), language, generated })
}

/// The verdict about the file that is nearest in the order of paths, as a rule of the same directory.
fn nearest(verdicts: &[(usize, Option<u16>)], at: usize) -> Option<u16> {
    let after = verdicts.partition_point(|(known, _)| *known < at);
    let before = after.checked_sub(1).and_then(|i| verdicts.get(i));
    let after = verdicts.get(after);
    let nearer = match (before, after) {
        (Some(b), Some(a)) => {
            if at - b.0 <= a.0 - at {
                b
            } else {
                a
            }
        }
        (one, other) => one.or(other)?,
    };
    nearer.1
}

#[cfg(test)]
mod tests {
    use crate::checkout::Options;

    use super::*;

    #[test]
    fn in_a_large_tree_files_of_a_shared_ending_follow_their_neighbours() {
        let root = tempfile::tempdir().unwrap();
        for (folder, content) in [("c", "int x;\n"), ("cpp", "class X {};\n"), ("objc", "@class X;\n@end\n")]
        {
            std::fs::create_dir(root.path().join(folder)).unwrap();
            for n in 0..700 {
                std::fs::write(root.path().join(format!("{folder}/{n}.h")), content).unwrap();
            }
        }
        let open = |deep| Checkout::open(root.path(), &Options { tracked: false, deep }).unwrap();
        let (some, all) = (open(false), open(true));
        let (some, all) = (survey(&some), survey(&all));
        assert_eq!((some.read, some.inferred), (SAMPLE, 2100 - SAMPLE));
        assert_eq!((all.read, all.inferred), (2100, 0));
        assert_eq!(all.repository()["Objective-C"].files, 700);
        assert_eq!(all.below("cpp").keys().copied().collect::<Vec<_>>(), ["C++"]);
        for (language, amount) in some.repository() {
            // At a border between directories the nearest file can lie in the other one.
            let exact = all.repository()[language].files;
            assert!(amount.files.abs_diff(exact) <= 2100 / SAMPLE as u64, "{language}: {}", amount.files);
        }
        assert!(some.fact("").unwrap().confidence < all.fact("").unwrap().confidence);
    }

    #[test]
    fn the_nearest_verdict_is_taken() {
        let verdicts = [(10, Some(1)), (20, Some(2))];
        assert_eq!([0, 14, 15, 16, 99].map(|at| nearest(&verdicts, at)), [1, 1, 1, 2, 2].map(Some));
        assert_eq!(nearest(&[], 5), None);
    }
}
