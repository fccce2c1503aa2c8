//! Packs, components, rules and the action table: bundled with the binary, and overlays of a user.

pub mod actions;
pub mod component;
pub mod pack;
mod source;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use semver::Version;

pub use component::{Component, Reference};
pub use source::{Document, Source};

use crate::data::Problem;
use crate::error::{Diagnostic, Error, Kind, Location, Result, did_you_mean};

/// The version of the bundled library. It names what is generated, so it moves with the crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everything that workflows are composed from.
#[derive(Debug, Default)]
pub struct Library {
    sources: Vec<Source>,
    /// By id the files, and what they say once somebody asks: a plan needs twenty of hundreds.
    components: BTreeMap<String, Files>,
}

/// The files of a component: those of all versions, overlays last.
#[derive(Debug, Default)]
struct Files {
    documents: Vec<Document>,
    read: OnceLock<BTreeMap<Version, Component>>,
}

impl Files {
    /// Bundled files are read without a fault: a test reads them all, and those of overlays are read when they are loaded.
    fn versions(&self, id: &str) -> &BTreeMap<Version, Component> {
        self.read.get_or_init(|| {
            let components = self.documents.iter().filter_map(|document| read_component(id, document).ok());
            components.map(|component| (component.version.clone(), component)).collect()
        })
    }
}

impl Library {
    /// The bundled library and overlays on it, later ones winning.
    ///
    /// # Errors
    /// When an overlay can't be read or a component in it is wrong: with the line.
    pub fn load(overlays: &[impl AsRef<Path>]) -> Result<Self> {
        let mut library = Library::default();
        library.add(Source::bundled())?;
        for overlay in overlays {
            library.add(Source::directory(overlay.as_ref())?)?;
        }
        Ok(library)
    }

    /// Where the library came from: the bundle first, then each overlay.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    fn add(&mut self, source: Source) -> Result<()> {
        for document in source.documents() {
            let Some(id) = component_id(&document.path) else { continue };
            if !document.is_bundled() {
                read_component(&id, document)?;
            }
            self.components.entry(id).or_default().documents.push(document.clone());
        }
        self.sources.push(source);
        Ok(())
    }

    /// Whether anything in it speaks of a fact.
    pub fn mentions(&self, fact: &str) -> bool {
        self.sources.iter().flat_map(Source::documents).any(|document| document.mentions(fact))
    }

    /// All components, in the order of their ids and versions.
    pub fn components(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().flat_map(|(id, files)| files.versions(id).values())
    }

    /// The versions of a component, newest first.
    ///
    /// # Errors
    /// When there is no component of that id.
    pub fn versions(&self, id: &str) -> Result<impl Iterator<Item = &Component>> {
        let files = self.components.get(id).ok_or_else(|| {
            let error = Error::invalid(format!("there is no component `{id}`"));
            match did_you_mean(id, self.components.keys().map(String::as_str)) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint("`wfgen components` lists them"),
            }
        })?;
        Ok(files.versions(id).values().rev())
    }
}

/// `python/test` for `components/python/test.yml` and for `components/python/test@1.yml` (an older version that
/// is kept beside the newest one); nothing for other files of a pack.
fn component_id(path: &str) -> Option<String> {
    let mut parts = path.strip_prefix("components/")?.split('/');
    let (pack, file) = (parts.next()?, parts.next()?);
    let stem = file.strip_suffix(".yml")?;
    let name = stem.split_once('@').map_or(stem, |(name, _)| name);
    (parts.next().is_none() && name != "pack").then(|| format!("{pack}/{name}"))
}

fn read_component(id: &str, document: &Document) -> Result<Component> {
    let fail = |problem: &Problem| {
        let diagnostic = problem.diagnose(&document.path, &document.text);
        Error::new(Kind::Invalid, diagnostic)
    };
    let mut component: Component = document.decode().map_err(|p| fail(&p))?;
    id.clone_into(&mut component.id);
    component.content().map_err(|message| {
        Error::new(Kind::Invalid, Diagnostic::new(message).at(Location::file(&document.path)))
    })?;
    for (name, input) in &component.inputs {
        if !input.kind.accepts(&input.default) {
            let place = document.node().at(&["inputs", name, "default"]).unwrap_or(document.node());
            let message = format!("the default of the input `{name}` is not of its type");
            return Err(fail(&Problem::new(message, place.line, place.column)));
        }
    }
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_component_can_be_read() {
        for document in Source::bundled().documents() {
            if let Some(id) = component_id(&document.path) {
                let component = read_component(&id, document).unwrap_or_else(|e| panic!("{id}: {e}"));
                assert!(component.content().is_ok(), "{id}");
            }
        }
    }

    #[test]
    fn only_component_files_are_components() {
        assert_eq!(component_id("components/python/test.yml").as_deref(), Some("python/test"));
        assert_eq!(component_id("components/python/test@1.yml").as_deref(), Some("python/test"));
        assert_eq!(component_id("components/python/pack.yml"), None);
        assert_eq!(component_id("components/python/rules/test.json"), None);
    }

    #[test]
    fn a_mistake_in_an_overlay_is_shown_at_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("components/zig");
        std::fs::create_dir_all(&pack).unwrap();
        let text = "version: 1.0.0\nsummary: Test\nkind: job\nprovide: [test]\njob: {}\n";
        std::fs::write(pack.join("test.yml"), text).unwrap();
        let error = Library::load(&[folder.path()]).unwrap_err();
        let diagnostic = &error.diagnostics[0];
        assert!(diagnostic.message.contains("did you mean `provides`?"), "{diagnostic:?}");
        assert_eq!(diagnostic.location.as_ref().map(|l| l.line), Some(4));
    }
}
