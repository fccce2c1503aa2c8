//! The facts about one project.

use serde_json::{Map, Value, json};

use super::evidence::{self, Scope};
use super::fact::{Evidence, Fact, Facts};
use super::graph::Member;
use super::manifests::Manifest;
use super::paths;
use super::services::Image;
use super::tree::Tree;
use super::{frameworks, memory, services, tasks, tests_found, tools, versions};
use crate::library::pack::{FactSpec, Pack, ServiceSpec, Source, Tasks, Tool};

/// What the facts of a project are found from.
pub(crate) struct Subject<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) pack: &'a Pack,
    pub(crate) member: &'a Member,
    pub(crate) manifest: &'a Manifest,
    /// The directory of the workspace root; its own when it has none.
    pub(crate) top: &'a str,
    /// Directories of other projects of the pack below this one that are no members of it.
    pub(crate) nested: Vec<&'a str>,
    pub(crate) speaking: &'a Speaking,
}

/// What of a pack can be found in a checkout at all: packs ask for hundreds of files, and a tree with hundreds of
/// projects has a few of these.
pub(crate) struct Speaking {
    /// The facts and the places that can say them.
    facts: Vec<bool>,
    pub(crate) linters: Vec<bool>,
    pub(crate) formatters: Vec<bool>,
    pub(crate) type_checkers: Vec<bool>,
    pub(crate) test_runners: Vec<bool>,
}

impl Speaking {
    pub(crate) fn of(pack: &Pack, tree: &Tree<'_>) -> Self {
        let any = |sources: &[Source]| sources.iter().any(|source| evidence::can_say(source, tree));
        // What is remembered needs nobody to say it any more.
        let fact = |spec: &FactSpec| any(&spec.first) || any(&spec.all) || memory::is_kept(spec);
        let tools = |tools: &[Tool]| tools.iter().map(|tool| any(&tool.evidence)).collect();
        Speaking {
            facts: pack.facts.values().map(fact).collect(),
            linters: tools(&pack.linters),
            formatters: tools(&pack.formatters),
            type_checkers: tools(&pack.type_checkers),
            test_runners: tools(&pack.test_runners),
        }
    }
}

/// What packs without projects say about all of them.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) services: Vec<ServiceSpec>,
    pub(crate) tasks: Tasks,
    pub(crate) images: Vec<Image>,
    pub(crate) followed: tasks::Followed,
}

impl<'a> Subject<'a> {
    pub(crate) fn dir(&self) -> &'a str {
        &self.member.candidate.dir
    }

    pub(crate) fn scope<'s>(&'s self, facts: &'s Facts) -> Scope<'s> {
        Scope {
            tree: self.tree,
            dir: self.dir(),
            top: self.top,
            manifest: self.manifest.files.first().map(String::as_str),
            dependencies: &self.manifest.dependencies,
            facts,
        }
    }

    /// The strongest manifest as evidence.
    pub(crate) fn itself(&self, reader: &str) -> Evidence {
        Evidence::file(self.manifest.files.first().map_or(self.dir(), String::as_str), reader)
    }
}

/// Everything that is known about a project on its own.
pub(crate) fn facts(subject: &Subject<'_>, shared: &Shared) -> Facts {
    let mut facts = Facts::default();
    identity(subject, &mut facts);
    for (name, fact) in &subject.manifest.facts {
        facts.insert(name, fact.clone());
    }
    let can_be_said = subject.pack.facts.iter().zip(&subject.speaking.facts).filter(|(_, speaks)| **speaks);
    for ((name, spec), _) in can_be_said {
        let mut fact = evidence::establish(spec, &subject.scope(&facts));
        if memory::is_kept(spec) {
            fact = memory::recall(subject.tree, &subject.member.id(), name, fact);
        }
        if let Some(fact) = fact {
            match facts.get_mut(name) {
                Some(stronger) => stronger.refuse(&fact, "the manifest says it with stronger evidence"),
                None => facts.insert(name, fact),
            }
        }
    }
    lockfile(subject, &mut facts);
    frameworks::establish(subject, &mut facts);
    tools::establish(subject, &mut facts);
    if let Some(table) = &subject.pack.versions {
        versions::establish(table, &mut facts);
    }
    tests_found::establish(subject, &mut facts);
    services::establish(subject, &shared.services, &shared.images, &mut facts);
    tasks::establish(subject, &shared.tasks, &shared.followed, &mut facts);
    facts
}

fn identity(subject: &Subject<'_>, facts: &mut Facts) {
    let (manifest, candidate) = (subject.manifest, &subject.member.candidate);
    facts.insert("project.ecosystem", Fact::new(candidate.pack.as_str(), subject.itself("manifest")));
    facts.insert("project.path", Fact::new(candidate.dir.as_str(), subject.itself("manifest")));
    let unreadable = || Fact::unreadable(subject.itself("manifest"));
    for (name, found) in [("project.name", &manifest.name), ("project.version", &manifest.version)] {
        match found {
            Some(found) => facts.insert(name, Fact::new(found.value.as_str(), found.evidence.clone())),
            None if manifest.broken => facts.insert(name, unreadable()),
            None => {}
        }
    }
    let constant = subject.pack.project.as_ref().and_then(|project| project.manager.clone());
    if let Some(found) = &manifest.manager {
        facts.insert("project.manager", Fact::new(found.value.as_str(), found.evidence.clone()));
    } else if let Some(manager) = constant {
        facts.insert("project.manager", Fact::new(manager, subject.itself("manifest")));
    }
    if let Some(members) = &manifest.members {
        let evidence = members.include.iter().map(|found| found.evidence.clone()).collect();
        let listed: Vec<&str> = members.include.iter().map(|found| found.value.as_str()).collect();
        facts.insert("project.member-globs", Fact::of(listed, evidence));
    }
    if !manifest.dependencies.is_empty() {
        let mut all = Map::new();
        for dependency in &manifest.dependencies {
            // Runtime comes first in every reader; what is also a dev dependency stays a runtime one.
            all.entry(&dependency.name).or_insert_with(|| json!(dependency));
        }
        let mut files: Vec<Evidence> = Vec::new();
        for dependency in &manifest.dependencies {
            if !files.iter().any(|evidence| evidence.file == dependency.evidence.file) {
                files.push(dependency.evidence.clone());
            }
        }
        facts.insert("project.dependencies", Fact::of(Value::Object(all), files));
    } else if manifest.broken {
        facts.insert("project.dependencies", unreadable());
    }
    if let Some(first) = manifest.scripts.first() {
        let scripts: Map<_, _> =
            manifest.scripts.iter().map(|s| (s.name.clone(), Value::from(s.command.as_str()))).collect();
        facts.insert("project.scripts", Fact::new(Value::Object(scripts), first.evidence.clone()));
    }
}

/// The lock file that governs: of the manager, in the project or on the way up to its workspace root.
fn lockfile(subject: &Subject<'_>, facts: &mut Facts) {
    let Some(project) = &subject.pack.project else {
        return;
    };
    let manager = facts.text("project.manager").map(str::to_owned);
    let mut fact: Option<Fact> = None;
    for lock in &project.lockfiles {
        let ours = lock.managers.is_empty()
            || manager.as_ref().is_some_and(|manager| lock.managers.contains(manager));
        let path =
            paths::upwards(subject.dir(), subject.top).find_map(|dir| subject.tree.file_in(dir, &lock.file));
        let Some(path) = path else { continue };
        let evidence = Evidence::file(&path, "file");
        match &mut fact {
            None if ours => fact = Some(Fact::new(path, evidence)),
            Some(fact) => {
                let because = match (ours, &manager) {
                    (false, Some(manager)) => format!("the manager is {manager}, which does not read it"),
                    _ => "a stronger lock file is there".to_owned(),
                };
                *fact = fact.clone().refusing(path, evidence, because);
            }
            None => {}
        }
    }
    if let Some(fact) = fact {
        facts.insert("project.lockfile", fact);
    }
}
