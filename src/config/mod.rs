//! `wfgen.toml`: which workflows, inputs of components, overlays, projects, what fails a check.

pub mod edit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use semver::VersionReq;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::data::{decode, file, toml};
use crate::error::{Error, Kind, Result};

/// Where the configuration is looked for, first hit wins.
pub const PLACES: [&str; 2] = ["wfgen.toml", ".github/wfgen.toml"];

/// The configuration of a checkout. With no file everything has a default that works.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "wfgen.toml", description = "Configuration of wfgen in a checkout")]
pub struct Config {
    /// Directories with packs and rules of your own, relative to the checkout; later ones win.
    pub overlays: Vec<String>,
    /// Which files are generated, by name without ending: `ci = true`, `security = false`.
    pub workflows: BTreeMap<String, bool>,
    /// Settings of components by id, e.g. `[components."python/test"]`; for one project only with its directory:
    /// `[components."python/test:packages/api"]`.
    pub components: BTreeMap<String, ComponentConfig>,
    /// Settings of jobs as they come out, over what their components say, by workflow and id:
    /// `[jobs."ci/test"]` with `timeout-minutes = 12`. Tables are merged, everything else is replaced, and
    /// `false` for a table or a list leaves it out; steps are named: `steps."Install Go".with.cache = true`.
    pub jobs: BTreeMap<String, serde_json::Map<String, Value>>,
    /// Triggers of workflows, over what their components say: `[triggers.security]` with
    /// `schedule = [{ cron = "17 4 * * 1" }]`.
    pub triggers: BTreeMap<String, serde_json::Map<String, Value>>,
    /// Which projects drive workflows.
    pub projects: Projects,
    /// What `generate --check` and `diff --exit-code` fail on.
    pub check: Check,
}

/// Settings of a component.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComponentConfig {
    /// `false` leaves the component out, whatever the rules say; `true` asks for it where they don't.
    pub enabled: Option<bool>,
    /// The versions that will do.
    #[schemars(with = "Option<String>")]
    pub version: Option<VersionReq>,
    /// Inputs, which win over those of rules.
    pub with: BTreeMap<String, Value>,
}

/// Which projects drive workflows, by their directories; `.` is the root.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Projects {
    /// Directories (globs) whose projects drive workflows even when they look like fixtures or examples.
    pub include: Vec<String>,
    /// Directories (globs) whose projects never drive workflows.
    pub exclude: Vec<String>,
}

/// What a check fails on.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Check {
    /// Owners whose differences fail the check.
    pub fail_on: Vec<Owner>,
}

impl Default for Check {
    fn default() -> Self {
        Check { fail_on: vec![Owner::Structure] }
    }
}

/// Who owns a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The generator.
    Structure,
    /// The committed file: versions of actions.
    Pins,
    /// The user: jobs, steps and edits of their own.
    Yours,
}

impl Config {
    /// The overlays as paths, for a checkout at `root`.
    pub fn overlay_paths(&self, root: &Path) -> Vec<PathBuf> {
        self.overlays.iter().map(|overlay| root.join(overlay)).collect()
    }

    /// The text of the configuration of a checkout and the place where it is, or will be.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn text(root: &Path) -> Result<(&'static str, String)> {
        match PLACES.iter().copied().find(|place| root.join(place).exists()) {
            None => Ok((PLACES[0], String::new())),
            Some(place) => {
                let text = file::read_text(&root.join(place));
                text.map(|text| (place, text))
                    .map_err(|e| Error::usage(format!("cannot read `{place}`: {e}")))
            }
        }
    }

    /// Reads the configuration of a checkout; the default when there is none.
    ///
    /// # Errors
    /// When the file can't be read or says something that is not known: with the line.
    pub fn load(root: &Path) -> Result<Self> {
        let Some((place, path)) = PLACES.iter().map(|p| (*p, root.join(p))).find(|(_, path)| path.exists())
        else {
            return Ok(Config::default());
        };
        let text = file::read_text(&path).map_err(|e| Error::usage(format!("cannot read `{place}`: {e}")))?;
        let config: Config = toml::parse(&text)
            .and_then(|node| decode::decode(&node))
            .map_err(|problem| Error::new(Kind::Usage, problem.diagnose(place, &text)))?;
        for glob in config.projects.include.iter().chain(&config.projects.exclude) {
            globset::Glob::new(glob)
                .map_err(|e| Error::usage(format!("`{place}`: {e}")).hint("`**` is any directories"))?;
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_shown_at_its_line_and_is_a_usage_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("wfgen.toml"), "[workflows]\nci = true\n\n[project]\n").unwrap();
        let error = Config::load(folder.path()).unwrap_err();
        assert_eq!(error.kind, Kind::Usage);
        assert!(error.diagnostics[0].message.contains("did you mean `projects`?"), "{error:?}");
    }

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_types() {
        let schema = schemars::schema_for!(Config);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        snapbox::assert_data_eq!(text, snapbox::file!["../../schemas/config.schema.json"].raw());
    }

    #[test]
    fn no_file_is_the_default() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Config::load(folder.path()).unwrap(), Config::default());
    }
}
