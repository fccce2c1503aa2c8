//! `wfgen components`: what the library can compose workflows from.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::config::Config;
use crate::error::Result;
use crate::library::{Component, Library};
use crate::report::{Outcome, Report};

/// What to show.
#[derive(Debug, Clone)]
pub struct Options {
    /// One component, or all.
    pub id: Option<String>,
    /// The checkout whose overlays count.
    pub path: PathBuf,
}

/// Lists components, or shows one.
///
/// # Errors
/// When the configuration or an overlay is wrong, or there is no such component.
pub fn run(options: &Options) -> Result<Outcome> {
    let config = Config::load(&options.path)?;
    let library = Library::load(&config.overlay_paths(&options.path))?;
    let components: Vec<Component> = match &options.id {
        Some(id) => library.versions(id)?.cloned().collect(),
        None => library.components().cloned().collect(),
    };
    Ok(Outcome::done(Components { components, whole: options.id.is_some() }))
}

struct Components {
    components: Vec<Component>,
    whole: bool,
}

impl Report for Components {
    fn human(&self) -> String {
        let mut out = String::new();
        let width = self.components.iter().map(|c| c.id.len()).max().unwrap_or(0);
        for component in &self.components {
            let Component { id, version, summary, .. } = component;
            let _ = writeln!(out, "{id:width$}  {version}  {summary}");
            if self.whole {
                describe(component, &mut out);
            }
        }
        out
    }

    fn json(&self) -> Value {
        let components: Vec<Value> = self
            .components
            .iter()
            .map(|component| {
                let mut value = json!(component);
                value["id"] = component.id.clone().into();
                value
            })
            .collect();
        json!({ "schema": "wfgen.components/1", "components": components })
    }
}

fn describe(component: &Component, out: &mut String) {
    if let Some(note) = &component.deprecated {
        let _ =
            writeln!(out, "  deprecated since {}: {}; use {}", note.since, note.because, note.replacement);
    }
    for (name, input) in &component.inputs {
        let kind = json!(input.kind);
        let fact = input.fact.as_ref().map(|f| format!(", from the fact {f}")).unwrap_or_default();
        let default =
            if input.default.is_null() { String::new() } else { format!(", default {}", input.default) };
        let summary = input.summary.as_ref().map(|s| format!(": {s}")).unwrap_or_default();
        let _ = writeln!(out, "  {name} ({}{fact}{default}){summary}", kind.as_str().unwrap_or_default());
    }
}
