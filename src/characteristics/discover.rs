//! Which directories are projects: all manifest names of all packs, in one pass over the list of files.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::evidence::{Matcher, matcher};
use super::paths;
use super::tree::Tree;
use crate::config::Projects;
use crate::data::Node;
use crate::error::Result;
use crate::library::pack::{self, ManifestSpec, Packs};

/// A directory with manifests of one pack.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    /// The pack's id.
    pub(crate) pack: String,
    /// The directory, `.` for the root.
    pub(crate) dir: String,
    /// Manifest files with the place of their description in the pack, strongest first.
    pub(crate) manifests: Vec<(usize, String)>,
    /// Why it never drives a workflow, unless a workspace lists it.
    pub(crate) noise: Option<String>,
}

/// Every directory that holds a manifest, in the order of path and pack.
///
/// # Errors
/// When a pack that is needed is wrong.
pub(crate) fn candidates(tree: &Tree<'_>, packs: &Packs, chosen: &Projects) -> Result<Vec<Candidate>> {
    let mut found: BTreeMap<(String, String), Vec<(usize, String)>> = BTreeMap::new();
    let found_by_name: Vec<_> = names(packs)?
        .into_par_iter()
        .map(|(pack, index, name)| (pack, index, tree.named(".", &[name])))
        .collect();
    for (pack, index, files) in found_by_name {
        for file in files {
            let dir = if file.folder().is_empty() { "." } else { file.folder() };
            found.entry((dir.to_owned(), pack.to_owned())).or_default().push((index, file.path.clone()));
        }
    }
    let noise = Noise::of(packs)?;
    let mut candidates = Vec::new();
    for ((dir, pack), mut manifests) in found {
        let Some(spec) = &packs.get(&pack)?.project else {
            continue;
        };
        manifests.sort();
        manifests.dedup_by(|a, b| a.1 == b.1);
        manifests.retain(|(index, path)| stands(&spec.manifests[*index], &dir, path, tree));
        let alone = |(index, _): &(usize, String)| {
            let spec = &spec.manifests[*index];
            spec.alone && (spec.with.is_empty() || has_below(&spec.with, &dir, tree))
        };
        if manifests.iter().any(alone) {
            let is_in = |globs: &[String]| globs.iter().any(|glob| matcher(glob).is_match(&dir));
            let noise = match (is_in(&chosen.exclude), is_in(&chosen.include)) {
                (true, _) => Some("the configuration excludes it".to_owned()),
                (_, true) => None,
                _ => noise.of_dir(&dir, tree),
            };
            candidates.push(Candidate { pack, dir, manifests, noise });
        }
    }
    Ok(candidates)
}

fn stands(spec: &ManifestSpec, dir: &str, path: &str, tree: &Tree<'_>) -> bool {
    let excepted = |glob: &String| matcher(glob).is_match(paths::name(path));
    !spec.except.iter().any(excepted) && !spec.unless.iter().any(|name| tree.file_in(dir, name).is_some())
}

fn has_below(globs: &[String], dir: &str, tree: &Tree<'_>) -> bool {
    let globs: Vec<_> = globs.iter().map(|glob| matcher(glob)).collect();
    !tree.fitting(dir, &globs).is_empty()
}

/// The manifest names of all packs, each with its pack and its place there, read without decoding the packs.
fn names(packs: &Packs) -> Result<Vec<(&str, usize, Arc<Matcher>)>> {
    let mut names = Vec::new();
    for id in packs.ids() {
        let project: Option<Node> = packs.part(id, "project")?;
        let specs = project.as_ref().and_then(|project| project.get("manifests"));
        for (index, spec) in specs.map_or(&[][..], Node::items).iter().enumerate() {
            names.extend(spec.get("file").and_then(Node::as_str).map(|name| (id, index, matcher(name))));
        }
    }
    Ok(names)
}

/// Directories whose manifests never drive a workflow.
struct Noise {
    rules: Vec<(Arc<Matcher>, pack::Noise)>,
}

impl Noise {
    fn of(packs: &Packs) -> Result<Self> {
        let mut rules = Vec::new();
        for id in packs.ids() {
            let noise: Option<Vec<pack::Noise>> = packs.part(id, "noise")?;
            for noise in noise.into_iter().flatten() {
                rules.push((matcher(&noise.segment), noise));
            }
        }
        Ok(Noise { rules })
    }

    /// The first segment of a path that marks noise, and what it is.
    fn of_dir(&self, dir: &str, tree: &Tree<'_>) -> Option<String> {
        let mut above = ".".to_owned();
        for segment in dir.split('/').filter(|segment| *segment != ".") {
            for (glob, noise) in &self.rules {
                let is_there = |name: &String| tree.file_in(&above, name).is_some();
                let stands = || {
                    noise.below.as_ref().is_none_or(|name| paths::name(&above) == name)
                        && (noise.beside.is_empty() || noise.beside.iter().any(is_there))
                };
                if glob.is_match(segment) && stands() {
                    return Some(format!("`{segment}/` holds {}", noise.because));
                }
            }
            above = paths::file_in(&above, segment);
        }
        None
    }
}
