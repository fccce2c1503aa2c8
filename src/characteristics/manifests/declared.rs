//! The reader for formats without logic: a pack declares where everything is.

use serde_json::Value;

use super::{Dependency, Found, Input, Manifest, Members, Script};
use crate::characteristics::evidence::{self, Hit, Scope};
use crate::characteristics::fact::Facts;
use crate::library::pack::Source;

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let facts = Facts::default();
    let scope = Scope {
        tree: input.tree,
        dir: input.dir,
        top: input.dir,
        manifest: Some(input.file),
        dependencies: &[],
        facts: &facts,
    };
    let spec = input.spec;
    let mut manifest = Manifest::default();
    let mut look = |sources: &[Source]| -> Vec<Hit> {
        let (broken, hits): (Vec<_>, Vec<_>) =
            sources.iter().flat_map(|source| evidence::look(source, &scope)).partition(|hit| hit.broken);
        manifest.broken |= !broken.is_empty();
        hits
    };
    let name = look(&spec.name).into_iter().find_map(text);
    let version = look(&spec.version).into_iter().find_map(text);
    let include: Vec<_> = look(&spec.members).into_iter().flat_map(texts).collect();
    let exclude = look(&spec.exclude).into_iter().flat_map(texts).map(|found| found.value).collect();
    let scripts: Vec<_> = look(&spec.scripts).into_iter().flat_map(pairs).collect();
    let mut dependencies = Vec::new();
    for source in &spec.dependencies {
        for found in look(std::slice::from_ref(&source.from)).into_iter().flat_map(pairs) {
            let (name, range) = found.value;
            let evidence = found.evidence;
            dependencies.push(Dependency { name, range, kind: source.kind, group: None, evidence });
        }
    }
    if !spec.members.is_empty() && !include.is_empty() {
        manifest.members = Some(Members { include, exclude, path_dependencies: false });
    }
    manifest.name = name;
    manifest.version = version;
    manifest.dependencies = dependencies;
    manifest.scripts = scripts
        .into_iter()
        .map(|Found { value: (name, command), evidence }| Script { name, command, evidence, run: None })
        .collect();
    manifest
}

fn text(hit: Hit) -> Option<Found<String>> {
    let text = evidence::text(&hit.value)?.into_owned();
    Some(Found::new(text, hit.evidence))
}

fn texts(hit: Hit) -> Vec<Found<String>> {
    match hit.value {
        Value::Array(items) => items
            .iter()
            .filter_map(|item| Some(Found::new(evidence::text(item)?.into_owned(), hit.evidence.clone())))
            .collect(),
        _ => text(hit).into_iter().collect(),
    }
}

/// A map gives names and texts; a list, or text, gives names with nothing.
fn pairs(hit: Hit) -> Vec<Found<(String, String)>> {
    let Value::Object(map) = &hit.value else {
        return texts(hit).into_iter().map(|f| Found::new((f.value, String::new()), f.evidence)).collect();
    };
    map.iter()
        .map(|(name, value)| {
            let said = evidence::text(value).or_else(|| evidence::text(value.get("version")?));
            Found::new((name.clone(), said.unwrap_or_default().into_owned()), hit.evidence.clone())
        })
        .collect()
}
