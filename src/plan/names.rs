//! The ids of jobs: as short as they can be, unique, and the same for the same projects.

use std::collections::{BTreeMap, BTreeSet};

use super::fold;
use crate::characteristics::Project;

/// What a job is called before it is known which others there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// `test`
    pub(super) base: &'a str,
    /// The projects that it is for.
    pub(super) projects: &'a [&'a Project],
}

/// An id, and the label that tells a person which project it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) label: Option<String>,
}

/// Names all jobs of a workflow. Where two projects want the same id, all jobs of these projects are qualified:
/// by the pack where that tells them apart, else by the path. A job over many projects is qualified by their pack.
pub(super) fn name(jobs: &[Wanted<'_>]) -> Vec<Named> {
    let mut owners: BTreeMap<&str, BTreeSet<Owner<'_>>> = BTreeMap::new();
    for job in jobs {
        owners.entry(job.base).or_default().insert(owner(job));
    }
    let clashing: BTreeSet<Owner<'_>> =
        owners.into_values().filter(|owners| owners.len() > 1).flatten().collect();
    let mut packs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for owner in &clashing {
        if let Owner::Project { id, pack } = owner {
            packs.entry(pack).or_default().insert(id);
        }
    }
    let shared: BTreeSet<&str> = clashing
        .iter()
        .filter_map(|owner| if let Owner::Pack(pack) = owner { Some(*pack) } else { None })
        .collect();
    let mut taken = BTreeSet::new();
    jobs.iter()
        .map(|job| {
            let base = job.base;
            let clashes = clashing.contains(&owner(job));
            let (id, label) = match job.projects {
                [] => (base.to_owned(), None),
                // One project below the root: its jobs say where, and need no longer id.
                [project] if !clashes => {
                    (base.to_owned(), Some(project.path.clone()).filter(|path| path != "."))
                }
                [project] => {
                    let pack = project.pack.as_str();
                    let is_shared = shared.contains(pack);
                    let alone = !is_shared && packs.get(pack).is_none_or(|ids| ids.len() == 1);
                    let (qualifier, label) = match project.path.as_str() {
                        "." if is_shared => ("root".to_owned(), ".".to_owned()),
                        path if path != "." && !alone => (slug(path), path.to_owned()),
                        _ => (pack.to_owned(), pack.to_owned()),
                    };
                    (format!("{qualifier}-{base}"), Some(label))
                }
                [first, ..] if clashes => (format!("{}-{base}", first.pack), Some(fold::label())),
                _ => (base.to_owned(), Some(fold::label())),
            };
            Named { id: unique(id, &mut taken), label }
        })
        .collect()
}

/// Whose a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Owner<'a> {
    Repository,
    Project { id: &'a str, pack: &'a str },
    Pack(&'a str),
}

fn owner<'a>(job: &Wanted<'a>) -> Owner<'a> {
    match job.projects {
        [] => Owner::Repository,
        [project] => Owner::Project { id: &project.id, pack: &project.pack },
        [first, ..] => Owner::Pack(&first.pack),
    }
}

/// A path as the part of an id: letters, digits, `-` and `_`, beginning with a letter.
pub(super) fn slug(path: &str) -> String {
    let mut slug = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' => slug.push(c.to_ascii_lowercase()),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_matches('-');
    match slug.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => slug.to_owned(),
        false => format!("p-{slug}"),
    }
}

fn unique(id: String, taken: &mut BTreeSet<String>) -> String {
    let id = match taken.contains(&id) {
        false => id,
        true => (2..).map(|n| format!("{id}-{n}")).find(|id| !taken.contains(id)).unwrap_or(id),
    };
    taken.insert(id.clone());
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characteristics::{Facts, Role};

    fn project(pack: &str, path: &str) -> Project {
        Project {
            id: format!("{pack}:{path}"),
            pack: pack.to_owned(),
            path: path.to_owned(),
            name: None,
            workspace: None,
            role: Role::Driver,
            depends_on: Vec::new(),
            facts: Facts::default(),
        }
    }

    fn ids(jobs: &[(&str, &[&Project])]) -> Vec<String> {
        let wanted: Vec<_> = jobs.iter().map(|(base, projects)| Wanted { base, projects }).collect();
        name(&wanted).into_iter().map(|n| n.id).collect()
    }

    #[test]
    fn a_single_project_has_the_short_ids() {
        let rust = project("rust", ".");
        assert_eq!(ids(&[("lint", &[&rust]), ("test", &[&rust])]), ["lint", "test"]);
    }

    #[test]
    fn packs_tell_apart_two_projects_and_a_third_without_a_clash_stays_short() {
        let (python, node, docker) = (project("python", "."), project("node", "web"), project("docker", "."));
        assert_eq!(
            ids(&[("test", &[&python]), ("lint", &[&python]), ("test", &[&node]), ("image", &[&docker])]),
            ["python-test", "python-lint", "node-test", "image"]
        );
    }

    #[test]
    fn paths_tell_apart_projects_of_one_pack() {
        let (a, b) = (project("go", "services/api"), project("go", "services/Web Site"));
        assert_eq!(ids(&[("test", &[&a]), ("test", &[&b])]), ["services-api-test", "services-web-site-test"]);
    }

    #[test]
    fn ids_stay_unique_when_paths_look_alike() {
        let (a, b) = (project("go", "a.b"), project("go", "a b"));
        assert_eq!(ids(&[("test", &[&a]), ("test", &[&b])]), ["a-b-test", "a-b-test-2"]);
    }

    #[test]
    fn a_job_over_many_projects_is_qualified_by_their_pack() {
        let (a, b, c) = (project("go", "a"), project("go", "b"), project("node", "web"));
        assert_eq!(ids(&[("lint", &[&a, &b]), ("test", &[&a, &b])]), ["lint", "test"]);
        assert_eq!(ids(&[("test", &[&a, &b]), ("test", &[&c])]), ["go-test", "node-test"]);
        let other = project("go", "tools");
        assert_eq!(ids(&[("test", &[&a, &b]), ("test", &[&other])]), ["go-test", "tools-test"]);
        let root = project("go", ".");
        assert_eq!(ids(&[("test", &[&root]), ("test", &[&a, &b])]), ["root-test", "go-test"]);
    }
}
