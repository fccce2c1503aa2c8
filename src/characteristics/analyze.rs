//! From a checkout to its characteristics.

use rayon::prelude::*;

use super::discover::{self, Candidate};
use super::fact::{Fact, Facts};
use super::graph::{self, Listing, Member};
use super::manifests::{self, Input, Manifest};
use super::project::{self, Shared, Subject};
use super::tools::unite;
use super::tree::Tree;
use super::{Characteristics, Project, Role, existing, languages, paths, repository, services, tasks};
use crate::checkout::Checkout;
use crate::error::Result;
use crate::library::pack::{Pack, Packs};

/// Finds out what a checkout is.
///
/// # Errors
/// When a pack that is needed is wrong. What is wrong in the checkout is a warning.
pub fn analyze(checkout: &Checkout, packs: &Packs) -> Result<Characteristics> {
    let tree = Tree::new(checkout);
    let mut members = members(&tree, packs)?;
    let listings = Listing::all(&members, &tree);
    graph::adopt(&mut members, &listings);
    let shared = shared(&tree, packs)?;
    let projects = projects(&members, &tree, packs, &shared)?;
    let (languages, existing) = rayon::join(|| languages::of(checkout), || existing::read(checkout));
    let mut facts = repository::facts(&repository::Subject {
        tree: &tree,
        packs,
        projects: &projects,
        languages: &languages,
        existing: &existing,
        images: &shared.images,
    })?;
    if let Some(fact) = tasks::of_repository(&tree, &shared.tasks) {
        facts.insert("repository.tasks", fact);
    }
    let mut warnings = checkout.warnings().to_vec();
    warnings.extend(existing.warnings);
    warnings.extend(tree.into_warnings());
    Ok(Characteristics { facts, projects, warnings })
}

/// What packs without projects say about all of them.
fn shared(tree: &Tree<'_>, packs: &Packs) -> Result<Shared> {
    let mut shared = Shared { images: services::images(tree), ..Shared::default() };
    for id in packs.ids() {
        let says = |key: &str| packs.raw(id).is_some_and(|pack| pack.get(key).is_some());
        if says("services") {
            shared.services.extend(packs.get(id)?.services.iter().cloned());
        }
        if says("tasks")
            && let Some(tasks) = &packs.get(id)?.tasks
        {
            shared.tasks = tasks.clone();
        }
    }
    Ok(shared)
}

/// Reads the manifests: first of all that is no noise, then of the noise that a workspace lists.
fn members(tree: &Tree<'_>, packs: &Packs) -> Result<Vec<Member>> {
    let candidates = discover::candidates(tree, packs)?;
    for candidate in &candidates {
        packs.get(&candidate.pack)?;
    }
    let read =
        |candidate: &Candidate| packs.get(&candidate.pack).ok().map(|pack| read(tree, pack, candidate));
    let mut members: Vec<Member> = candidates
        .into_par_iter()
        .map(|candidate| {
            let manifest = if candidate.noise.is_none() { read(&candidate) } else { None };
            Member { candidate, manifest, parent: None }
        })
        .collect();
    let listings = Listing::all(&members, tree);
    let listed = |member: &Member| {
        listings.iter().any(|listing| {
            let (pack, _) = listing.root(&members);
            pack == member.candidate.pack && listing.lists(&member.candidate.dir)
        })
    };
    let wanted: Vec<usize> =
        (0..members.len()).filter(|at| members[*at].manifest.is_none() && listed(&members[*at])).collect();
    for at in wanted {
        members[at].manifest = read(&members[at].candidate);
    }
    members.retain(|member| member.manifest.as_ref().is_none_or(|manifest| !manifest.no_project));
    Ok(members)
}

/// All manifests of a directory as one: the strongest says most. Those of another manager are left out.
fn read(tree: &Tree<'_>, pack: &Pack, candidate: &Candidate) -> Manifest {
    let mut whole: Option<Manifest> = None;
    let specs = pack.project.as_ref().map_or(&[][..], |project| &project.manifests);
    for (index, file) in &candidate.manifests {
        let Some(spec) = specs.get(*index) else { continue };
        let manager = whole.as_ref().and_then(|manifest| manifest.manager.as_ref());
        if let (Some(ours), Some(theirs)) = (manager, &spec.manager)
            && ours.value != *theirs
        {
            continue;
        }
        let manifest = manifests::read(&Input { tree, dir: &candidate.dir, file, spec });
        match &mut whole {
            None => whole = Some(manifest),
            Some(whole) => whole.absorb(manifest),
        }
    }
    whole.unwrap_or_default()
}

fn projects(members: &[Member], tree: &Tree<'_>, packs: &Packs, shared: &Shared) -> Result<Vec<Project>> {
    let by_name = |pack: &str| {
        let project = packs.get(pack).ok().and_then(|pack| pack.project.as_ref());
        project.is_some_and(|project| project.links_members_by_name)
    };
    let mut depends_on = graph::depends_on(members, by_name);
    let mut projects: Vec<Project> = members
        .par_iter()
        .enumerate()
        .map(|(index, member)| {
            let pack = packs.get(&member.candidate.pack)?;
            let top = graph::top(members, index);
            let facts = match &member.manifest {
                None => Facts::default(),
                Some(manifest) => {
                    let top = top.map_or(&member.candidate.dir, |top| &members[top].candidate.dir);
                    let nested = nested(members, index);
                    project::facts(&Subject { tree, pack, member, manifest, top, nested }, shared)
                }
            };
            Ok(Project {
                id: member.id(),
                pack: member.candidate.pack.clone(),
                path: member.candidate.dir.clone(),
                name: facts.text("project.name").map(str::to_owned),
                workspace: top.map(|top| members[top].id()),
                role: role(members, index, top),
                depends_on: Vec::new(),
                facts,
            })
        })
        .collect::<Result<_>>()?;
    for (project, ids) in projects.iter_mut().zip(&mut depends_on) {
        project.depends_on = std::mem::take(ids);
    }
    roll_up(members, &mut projects, packs)?;
    projects.sort_by(|a, b| (&a.path, &a.pack).cmp(&(&b.path, &b.pack)));
    Ok(projects)
}

/// Directories below a project that belong to another project of the same pack.
fn nested(members: &[Member], index: usize) -> Vec<&str> {
    let own = &members[index].candidate;
    let others = members.iter().enumerate().filter(|(at, other)| {
        let other = &other.candidate;
        let below = other.pack == own.pack && other.dir != own.dir && paths::is_within(&other.dir, &own.dir);
        below && graph::top(members, *at) != Some(index)
    });
    others.map(|(_, other)| other.candidate.dir.as_str()).collect()
}

fn role(members: &[Member], index: usize, top: Option<usize>) -> Role {
    let noise = |member: &Member| member.candidate.noise.clone();
    match top {
        Some(top) => match noise(&members[top]) {
            Some(because) => Role::Noise { because },
            None => Role::Member,
        },
        None => noise(&members[index]).map_or(Role::Driver, |because| Role::Noise { because }),
    }
}

/// What members have reaches their root, where the pack says so.
fn roll_up(members: &[Member], projects: &mut [Project], packs: &Packs) -> Result<()> {
    for root in 0..projects.len() {
        let Some(spec) = &packs.get(&projects[root].pack)?.project else { continue };
        let below: Vec<usize> =
            (0..members.len()).filter(|at| graph::top(members, *at) == Some(root)).collect();
        if below.is_empty() {
            continue;
        }
        let paths: Vec<&str> = below.iter().map(|at| members[*at].candidate.dir.as_str()).collect();
        let evidence =
            projects[root].facts.get("project.member-globs").or(projects[root].facts.get("project.path"));
        let evidence = evidence.map(|fact| fact.evidence.clone()).unwrap_or_default();
        let listed = Fact::of(paths, evidence);
        for name in &spec.roll_up {
            let mut united = projects[root].facts.get(name).cloned();
            for at in &below {
                match (&mut united, projects[*at].facts.get(name).filter(|fact| fact.confidence > 0.0)) {
                    (Some(ours), Some(theirs)) => unite(ours, theirs),
                    (None, Some(theirs)) => united = Some(theirs.clone()),
                    _ => {}
                }
            }
            if let Some(fact) = united {
                projects[root].facts.insert(name, fact);
            }
        }
        projects[root].facts.insert("project.members", listed);
    }
    Ok(())
}
