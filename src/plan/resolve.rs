//! Which version of each component: the newest that satisfies everybody who asked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::request::{Demand, Request};
use crate::error::{Error, Result};
use crate::library::{Component, Library, Reference};

/// The chosen version of every component that is asked for, directly or by another component.
#[derive(Debug, Default)]
pub(super) struct Chosen<'a> {
    components: BTreeMap<String, &'a Component>,
    /// Notes about deprecated components that were chosen.
    pub(super) notes: Vec<String>,
}

impl<'a> Chosen<'a> {
    /// The chosen version of a component.
    pub(super) fn get(&self, id: &str) -> Option<&'a Component> {
        self.components.get(id).copied()
    }
}

/// Chooses versions.
///
/// # Errors
/// When there is no such component, or no version satisfies everybody: names who asked for what.
pub(super) fn resolve<'a>(library: &'a Library, requests: &[Request]) -> Result<Chosen<'a>> {
    let mut demands: BTreeMap<String, Vec<Demand>> = BTreeMap::new();
    for request in requests {
        demands.entry(request.component.clone()).or_default().extend(request.demands.iter().cloned());
    }
    // A component that is chosen makes demands of its own, which can change what is chosen. Demands only grow
    // and are finite, so this ends.
    loop {
        let chosen = choose(library, &demands)?;
        let mut grown = false;
        for component in chosen.components.values() {
            let by = format!("component {} {}", component.id, component.version);
            for reference in used(component)? {
                let demand = Demand { range: reference.range, by: by.clone() };
                let list = demands.entry(reference.id).or_default();
                if !list.contains(&demand) {
                    list.push(demand);
                    grown = true;
                }
            }
        }
        if !grown {
            return Ok(chosen);
        }
    }
}

fn choose<'a>(library: &'a Library, demands: &BTreeMap<String, Vec<Demand>>) -> Result<Chosen<'a>> {
    let mut chosen = Chosen::default();
    for (id, demands) in demands {
        let versions: Vec<&Component> = library.versions(id)?.collect();
        let fits = |component: &&&Component| demands.iter().all(|d| d.range.matches(&component.version));
        let Some(component) = versions.iter().find(fits) else {
            return Err(unsatisfiable(id, demands, &versions));
        };
        if let Some(note) = component.deprecated.as_ref().filter(|d| component.version >= d.since) {
            chosen.notes.push(format!(
                "component `{id}` is deprecated since {}: {}; use `{}`",
                note.since, note.because, note.replacement
            ));
        }
        chosen.components.insert(id.clone(), component);
    }
    Ok(chosen)
}

fn unsatisfiable(id: &str, demands: &[Demand], versions: &[&Component]) -> Error {
    let wanted: Vec<String> = demands.iter().map(|d| format!("{} wants {}", d.by, d.range)).collect();
    let there: Vec<String> = versions.iter().map(|c| c.version.to_string()).collect();
    Error::invalid(format!("no version of the component `{id}` satisfies everybody: {}", wanted.join("; ")))
        .hint(format!("there is {}", there.join(", ")))
}

/// Every `use:` in the steps of a component.
fn used(component: &Component) -> Result<Vec<Reference>> {
    let steps = match component.content() {
        Ok(content) if content.is_array() => Some(content),
        Ok(content) => content.get("steps"),
        Err(_) => None,
    };
    let items = steps.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items
        .iter()
        .filter_map(|step| step.get("use").and_then(Value::as_str))
        .map(|text| {
            text.parse().map_err(|e| Error::invalid(format!("in the component `{}`: {e}", component.id)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An overlay with `zig/test` (which uses `zig/setup@^1`) and two versions of `zig/setup`.
    fn library(folder: &std::path::Path) -> Library {
        let pack = folder.join("components/zig");
        std::fs::create_dir_all(&pack).unwrap();
        let steps = |version: &str| {
            format!("version: {version}\nsummary: Set up Zig\nkind: steps\nsteps:\n  - run: zig version\n")
        };
        std::fs::write(pack.join("setup.yml"), steps("2.0.0")).unwrap();
        std::fs::write(pack.join("setup@1.yml"), steps("1.4.0")).unwrap();
        let job = "version: 1.0.0\nsummary: Test\nkind: job\njob:\n  steps:\n    - use: zig/setup@^1\n";
        std::fs::write(pack.join("test.yml"), job).unwrap();
        Library::load(&[folder]).unwrap()
    }

    fn request(component: &str, range: &str) -> Request {
        Request {
            component: component.to_owned(),
            project: None,
            name: None,
            workflow: None,
            with: BTreeMap::new(),
            demands: vec![Demand { range: range.parse().unwrap(), by: "rule zig/asks".to_owned() }],
            reasons: Vec::new(),
        }
    }

    #[test]
    fn the_newest_version_that_satisfies_everybody_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let chosen = resolve(&library, &[request("zig/test", "^1")]).unwrap();
        assert_eq!(chosen.get("zig/setup").unwrap().version.to_string(), "1.4.0");
        let chosen = resolve(&library, &[request("zig/setup", "*")]).unwrap();
        assert_eq!(chosen.get("zig/setup").unwrap().version.to_string(), "2.0.0");
    }

    #[test]
    fn an_unsatisfiable_set_names_who_asked_for_what() {
        let folder = tempfile::tempdir().unwrap();
        let library = library(folder.path());
        let error = resolve(&library, &[request("zig/test", "^1"), request("zig/setup", "^2")]).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("rule zig/asks wants ^2"), "{text}");
        assert!(text.contains("component zig/test 1.0.0 wants ^1"), "{text}");
    }

    #[test]
    fn a_component_that_is_not_there_is_named_with_what_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let error = resolve(&library(folder.path()), &[request("zig/tset", "*")]).unwrap_err();
        assert!(error.diagnostics[0].hints[0].contains("zig/test"), "{error:?}");
    }
}
