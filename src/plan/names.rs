//! The ids of jobs: as short as they can be, unique, and the same for the same projects.

use std::collections::{BTreeMap, BTreeSet};

use crate::characteristics::Project;

/// What a job is called before it is known which others there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// `test`
    pub(super) base: &'a str,
    /// The project that it is for.
    pub(super) project: Option<&'a Project>,
}

/// An id, and the label that tells a person which project it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) label: Option<String>,
}

/// Names all jobs of a workflow. Where two projects want the same id, all jobs of these projects are qualified:
/// by the pack where that tells them apart, else by the path.
pub(super) fn name(wanted: &[Wanted<'_>]) -> Vec<Named> {
    let mut owners: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for job in wanted {
        owners.entry(job.base).or_default().insert(job.project.map(|p| p.id.as_str()));
    }
    let clashing: BTreeSet<&str> =
        owners.values().filter(|ids| ids.len() > 1).flatten().filter_map(|id| *id).collect();
    let mut packs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for project in wanted.iter().filter_map(|job| job.project).filter(|p| clashing.contains(p.id.as_str())) {
        packs.entry(&project.pack).or_default().insert(&project.id);
    }
    let mut taken = BTreeSet::new();
    wanted
        .iter()
        .map(|job| {
            let Some(project) = job.project.filter(|p| clashing.contains(p.id.as_str())) else {
                // One project below the root: its jobs say where, and need no longer id.
                let label = job.project.map(|p| p.path.clone()).filter(|path| path != ".");
                return Named { id: unique(job.base.to_owned(), &mut taken), label };
            };
            let alone = packs.get(project.pack.as_str()).is_none_or(|ids| ids.len() == 1);
            let (qualifier, label) = match (alone, project.path.as_str()) {
                (true, _) | (false, ".") => (project.pack.clone(), project.pack.clone()),
                (false, path) => (slug(path), path.to_owned()),
            };
            Named { id: unique(format!("{qualifier}-{}", job.base), &mut taken), label: Some(label) }
        })
        .collect()
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

    fn ids(jobs: &[(&str, &Project)]) -> Vec<String> {
        let wanted: Vec<_> = jobs.iter().map(|(base, p)| Wanted { base, project: Some(p) }).collect();
        name(&wanted).into_iter().map(|n| n.id).collect()
    }

    #[test]
    fn a_single_project_has_the_short_ids() {
        let rust = project("rust", ".");
        assert_eq!(ids(&[("lint", &rust), ("test", &rust)]), ["lint", "test"]);
    }

    #[test]
    fn packs_tell_apart_two_projects_and_a_third_without_a_clash_stays_short() {
        let (python, node, docker) = (project("python", "."), project("node", "web"), project("docker", "."));
        assert_eq!(
            ids(&[("test", &python), ("lint", &python), ("test", &node), ("image", &docker)]),
            ["python-test", "python-lint", "node-test", "image"]
        );
    }

    #[test]
    fn paths_tell_apart_projects_of_one_pack() {
        let (a, b) = (project("go", "services/api"), project("go", "services/Web Site"));
        assert_eq!(ids(&[("test", &a), ("test", &b)]), ["services-api-test", "services-web-site-test"]);
    }

    #[test]
    fn ids_stay_unique_when_paths_look_alike() {
        let (a, b) = (project("go", "a.b"), project("go", "a b"));
        assert_eq!(ids(&[("test", &a), ("test", &b)]), ["a-b-test", "a-b-test-2"]);
    }
}
