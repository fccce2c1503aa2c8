//! What workflows said that are gone: the lock file remembers it, and it holds as if they were still there.

use serde_json::Value;

use super::Project;
use super::fact::{Evidence, Fact};
use super::tasks::UNRUN;
use super::tree::Tree;
use crate::data::Node;
use crate::library::pack::{FactSpec, Packs};
use crate::workflow::memory::{Memory, Said, TABLE};

/// Reads what the lock file of a checkout remembers; what is wrong with it is told by who writes it.
pub(super) fn read(tree: &Tree<'_>) -> Memory {
    let mut memory = Memory::new();
    let Some(root) = tree.lock_file() else { return memory };
    for (project, facts) in root.get(TABLE).map(Node::entries).unwrap_or_default() {
        for (fact, said) in facts.entries() {
            let text = |key: &str| said.get(key).and_then(Node::as_str).map(str::to_owned);
            let files = said.get("files").map(Node::items).unwrap_or_default();
            let files = files.iter().filter_map(|file| Some(file.as_str()?.to_owned())).collect();
            if let Some(value) = text("value") {
                let known = memory.entry(project.key_text()).or_default();
                known.insert(fact.key_text(), Said { value, files });
            }
        }
    }
    memory
}

/// The fact, with what workflows said of it that are gone.
pub(super) fn recall(tree: &Tree<'_>, project: &str, name: &str, fact: Option<Fact>) -> Option<Fact> {
    let mut remembered = remembered(tree, project, name);
    remembered.iter_mut().for_each(|said| said.evidence.retain(|evidence| !tree.has(&evidence.file)));
    match (fact, remembered.filter(|said| !said.evidence.is_empty())) {
        (Some(mut fact), Some(said)) => {
            fact.unite(&said);
            Some(fact)
        }
        (fact, said) => fact.or(said),
    }
}

/// What the lock remembers of a fact, whether the workflows are still there that said it or not.
pub(super) fn remembered(tree: &Tree<'_>, project: &str, name: &str) -> Option<Fact> {
    let said = tree.memory().get(project)?.get(name)?;
    let evidence = said.files.iter().map(|file| Evidence::file(file, "ci, as the lock remembers")).collect();
    Some(Fact::of(serde_json::from_str::<Value>(&said.value).ok()?, evidence))
}

/// Whether workflows can say a fact that the lock is to remember.
pub(super) fn is_kept(spec: &FactSpec) -> bool {
    spec.first.iter().chain(&spec.all).any(|source| source.remembered)
}

/// What is to be remembered of the projects of a checkout.
///
/// # Errors
/// When a pack is wrong.
pub fn of(projects: &[Project], packs: &Packs) -> crate::error::Result<Memory> {
    let mut memory = Memory::new();
    for project in projects {
        let kept = packs.get(&project.pack)?.facts.iter().filter(|(_, spec)| is_kept(spec));
        for name in kept.map(|(name, _)| name.as_str()).chain([UNRUN]) {
            let Some(fact) = project.facts.get(name) else { continue };
            let mut files: Vec<String> = fact.evidence.iter().map(|said| said.file.clone()).collect();
            files.retain(|file| file.starts_with(".github/workflows/"));
            files.sort_unstable();
            files.dedup();
            if !files.is_empty() {
                let said = Said { value: fact.value.to_string(), files };
                memory.entry(project.id.clone()).or_default().insert(name.to_owned(), said);
            }
        }
    }
    Ok(memory)
}
