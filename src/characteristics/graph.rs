//! How projects belong together: workspaces and their members, and who depends on whom.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::discover::Candidate;
use super::evidence::{Matcher, matcher};
use super::manifests::{Local, Manifest};
use super::paths;
use super::tree::Tree;
use crate::error::{Diagnostic, Location};
use crate::library::pack::Reach;

/// A candidate with what its manifests say; noise is read only when a workspace lists it.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) candidate: Candidate,
    pub(crate) manifest: Option<Manifest>,
    /// The member that lists it.
    pub(crate) parent: Option<usize>,
}

impl Member {
    pub(crate) fn id(&self) -> String {
        format!("{}:{}", self.candidate.pack, self.candidate.dir)
    }

    /// Whether it is the root of a workspace that lists somebody.
    pub(crate) fn lists_members(&self) -> bool {
        let members = self.manifest.as_ref().and_then(|manifest| manifest.members.as_ref());
        members.is_some_and(|members| !members.include.is_empty())
    }

    fn pack(&self) -> &str {
        &self.candidate.pack
    }

    fn dir(&self) -> &str {
        &self.candidate.dir
    }
}

/// The globs of one workspace root, seen from the root of the checkout.
pub(crate) struct Listing {
    root: usize,
    include: Vec<Arc<Matcher>>,
    exclude: Vec<Arc<Matcher>>,
    path_dependencies: bool,
}

impl Listing {
    /// The listings of all roots that are no noise.
    pub(crate) fn all(members: &[Member], tree: &Tree<'_>) -> Vec<Listing> {
        let mut listings: Vec<Listing> = Vec::new();
        for (root, member) in members.iter().enumerate() {
            let Some(listed) = member.manifest.as_ref().and_then(|manifest| manifest.members.as_ref()) else {
                continue;
            };
            let (mut include, mut exclude) = (Vec::new(), Vec::new());
            for found in &listed.include {
                let (target, pattern) = match found.value.strip_prefix('!') {
                    Some(pattern) => (&mut exclude, pattern),
                    None => (&mut include, found.value.as_str()),
                };
                match paths::join(member.dir(), pattern.trim_end_matches('/')) {
                    Some(pattern) => target.push(matcher(&pattern)),
                    None => {
                        let evidence = &found.evidence;
                        let place =
                            Location { line: evidence.line.unwrap_or(0), ..Location::file(&evidence.file) };
                        let message = format!(
                            "the workspace member `{}` leaves the checkout and is ignored",
                            found.value
                        );
                        tree.warn(&evidence.file, Diagnostic::new(message).at(place));
                    }
                }
            }
            for pattern in &listed.exclude {
                if let Some(pattern) = paths::join(member.dir(), pattern.trim_end_matches('/')) {
                    exclude.extend([matcher(&pattern), matcher(&format!("{pattern}/**"))]);
                }
            }
            listings.push(Listing { root, include, exclude, path_dependencies: listed.path_dependencies });
        }
        listings
    }

    /// Whether the root lists a directory.
    pub(crate) fn lists(&self, dir: &str) -> bool {
        self.include.iter().any(|glob| glob.is_match(dir)) && !self.excludes(dir)
    }

    fn excludes(&self, dir: &str) -> bool {
        self.exclude.iter().any(|glob| glob.is_match(dir))
    }

    /// The pack and directory of the root.
    pub(crate) fn root<'a>(&self, members: &'a [Member]) -> (&'a str, &'a str) {
        (members[self.root].pack(), members[self.root].dir())
    }
}

/// Gives every member its parent: the nearest root of its own pack that lists it, names it, or reaches it by a path.
pub(crate) fn adopt(members: &mut [Member], listings: &[Listing]) {
    let by_dir: HashMap<(String, String), usize> = members
        .iter()
        .enumerate()
        .map(|(index, member)| ((member.pack().to_owned(), member.dir().to_owned()), index))
        .collect();
    for index in 0..members.len() {
        let member = &members[index];
        if member.manifest.is_none() {
            continue;
        }
        let named = member.manifest.as_ref().and_then(|manifest| manifest.workspace.clone());
        let named = named.and_then(|dir| by_dir.get(&(member.pack().to_owned(), dir)).copied());
        let listed = listings
            .iter()
            .filter(|listing| listing.root != index && members[listing.root].pack() == member.pack())
            .filter(|listing| listing.lists(member.dir()))
            .max_by_key(|listing| members[listing.root].dir().trim_matches('.').len());
        members[index].parent = named.filter(|root| *root != index).or(listed.map(|listing| listing.root));
    }
    for listing in listings.iter().filter(|listing| listing.path_dependencies) {
        adopt_by_path(members, listing, &by_dir);
    }
    break_cycles(members);
}

/// Path dependencies of a root and of its members that lie below the root are members too.
fn adopt_by_path(members: &mut [Member], listing: &Listing, by_dir: &HashMap<(String, String), usize>) {
    let root = listing.root;
    let (pack, top) = (members[root].pack().to_owned(), members[root].dir().to_owned());
    let mut open: Vec<usize> =
        (0..members.len()).filter(|index| *index == root || members[*index].parent == Some(root)).collect();
    while let Some(index) = open.pop() {
        let local =
            members[index].manifest.as_ref().map(|manifest| manifest.local.clone()).unwrap_or_default();
        for dir in local.into_iter().filter_map(|local| match local {
            Local::Path(dir) => Some(dir),
            Local::Name(_) => None,
        }) {
            let Some(&target) = by_dir.get(&(pack.clone(), dir)) else {
                continue;
            };
            let member = &members[target];
            let free = target != root && member.parent.is_none() && member.manifest.is_some();
            let own_root = member.manifest.as_ref().is_some_and(|manifest| manifest.members.is_some());
            if free && !own_root && paths::is_within(member.dir(), &top) && !listing.excludes(member.dir()) {
                members[target].parent = Some(root);
                open.push(target);
            }
        }
    }
}

/// Two roots that list each other would belong to nobody: the first of them in the order of paths is free.
fn break_cycles(members: &mut [Member]) {
    for start in 0..members.len() {
        let (mut here, mut seen) = (start, BTreeSet::new());
        while let Some(parent) = members[here].parent {
            if !seen.insert(here) {
                let first = seen.iter().min_by_key(|index| members[**index].dir()).copied().unwrap_or(here);
                members[first].parent = None;
                break;
            }
            here = parent;
        }
    }
}

/// Where the members of a directory and of those below it are: members are in the order of their directories.
pub(crate) fn places_below(members: &[Member], dir: &str) -> Range<usize> {
    if dir == "." {
        return 0..members.len();
    }
    let folder = format!("{dir}/");
    let start = members.partition_point(|member| member.dir() < folder.as_str());
    start..start + members[start..].partition_point(|member| member.dir().starts_with(&folder))
}

/// The outermost root above a member.
pub(crate) fn top(members: &[Member], index: usize) -> Option<usize> {
    let mut top = members[index].parent?;
    while let Some(parent) = members[top].parent {
        top = parent;
    }
    Some(top)
}

/// For every project the ids of the projects that it depends on.
pub(crate) fn depends_on(members: &[Member], by_name: impl Fn(&str) -> Option<Reach>) -> Vec<Vec<String>> {
    let mut dirs: HashMap<(&str, &str), usize> = HashMap::new();
    let mut names: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (index, member) in members.iter().enumerate() {
        dirs.insert((member.pack(), member.dir()), index);
        let Some(manifest) = &member.manifest else {
            continue;
        };
        let own = manifest.name.iter().map(|found| &found.value).chain(&manifest.aliases);
        for name in own {
            names.entry((member.pack(), name)).or_insert(index);
        }
    }
    let resolve = |index: usize| {
        let member = &members[index];
        let Some(manifest) = &member.manifest else {
            return Vec::new();
        };
        let mut found: BTreeSet<usize> = manifest
            .local
            .iter()
            .filter_map(|local| match local {
                Local::Path(dir) => dirs.get(&(member.pack(), dir.as_str())),
                Local::Name(name) => names.get(&(member.pack(), name.as_str())),
            })
            .copied()
            .collect();
        if let Some(reach) = by_name(member.pack()) {
            let workspace = top(members, index).unwrap_or(index);
            let same = |other: &usize| {
                reach == Reach::Repository || top(members, *other).unwrap_or(*other) == workspace
            };
            let linked =
                manifest.dependencies.iter().filter_map(|d| names.get(&(member.pack(), d.name.as_str())));
            found.extend(linked.copied().filter(same));
        }
        found.remove(&index);
        let mut ids: Vec<String> = found.into_iter().map(|target| members[target].id()).collect();
        ids.sort();
        ids
    };
    (0..members.len()).map(resolve).collect()
}
