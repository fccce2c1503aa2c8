//! The experiment that is meant: a definition file, or one made from what was typed.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::advice::recommend::{Experiment, Proposal};
use crate::commands::predict::advise;
use crate::data::{decode, file, toml};
use crate::error::{Diagnostic, Error, Kind, Result};
use crate::experiment::Assignment;
use crate::experiment::definition::{Definition, FOLDER, Treatment, check_id};

/// Which experiment.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The file that defines it.
    pub file: Option<PathBuf>,
    /// The proposal of `predict recommend` that is tried.
    pub proposal: Option<String>,
    /// Its id, where no file has it as its name.
    pub id: Option<String>,
    /// The workflow that is changed.
    pub workflow: Option<String>,
    /// What the treatment changes: lines of `wfgen.toml`.
    pub changes: Vec<String>,
    /// What is believed.
    pub hypothesis: Option<String>,
    /// How runs get their arm.
    pub assignment: Option<Assignment>,
    /// The number of runs after which it ends.
    pub horizon: Option<u32>,
}

impl Change {
    /// The definition and its id, with its text as it would be kept.
    ///
    /// # Errors
    /// When the file can't be read or is no definition, or what was typed or is proposed makes none.
    pub(super) fn define(&self, root: &Path, db: Option<&Path>) -> Result<(String, Definition, String)> {
        if let Some(path) = &self.file {
            return read(root, path);
        }
        if let Some(proposal) = &self.proposal {
            return self.proposed(&advise::proposal(db, proposal)?);
        }
        let id = self.id.clone().ok_or_else(|| Error::usage("the experiment needs an id: `--id NAME`"))?;
        check_id(&id)?;
        let workflow =
            self.workflow.clone().ok_or_else(|| Error::usage("which workflow? `--workflow ci`"))?;
        let treatment = treatment(&self.changes)?;
        let definition = Definition {
            hypothesis: self
                .hypothesis
                .clone()
                .unwrap_or_else(|| format!("`{}` makes the workflow faster", self.changes.join("`, `"))),
            treatment,
            assignment: self.assignment.unwrap_or_default(),
            horizon: self.horizon.unwrap_or(Definition::HORIZON),
            ..Definition::of(&workflow)
        };
        let text = definition.text()?;
        let definition = Definition::parse(&format!("{FOLDER}/{id}.yml"), &text)?;
        Ok((id, definition, text))
    }
}

impl Change {
    /// The experiment that would prove a proposal.
    fn proposed(&self, proposal: &Proposal) -> Result<(String, Definition, String)> {
        let (hypothesis, workflow, treatment) = match &proposal.experiment {
            Experiment::Definition { hypothesis, workflow, treatment } => (hypothesis, workflow, treatment),
            Experiment::None { because } => {
                let message = format!("no experiment would prove `{}`: {because}", proposal.id);
                return Err(Error::nothing(message));
            }
        };
        let id =
            self.id.clone().unwrap_or_else(|| proposal.id.replace(['/', '_', '.'], "-").to_ascii_lowercase());
        check_id(&id)?;
        let treatment = serde_json::from_value(treatment.clone()).map_err(|e| Error::bug(e.to_string()))?;
        let definition = Definition {
            hypothesis: hypothesis.clone(),
            treatment,
            assignment: self.assignment.unwrap_or_default(),
            horizon: self.horizon.unwrap_or(Definition::HORIZON),
            ..Definition::of(workflow)
        };
        let text = definition.text()?;
        Ok((id, definition, text))
    }
}

/// Reads a definition: a file, or the id of one in its folder.
fn read(root: &Path, path: &Path) -> Result<(String, Definition, String)> {
    let in_folder = root.join(FOLDER).join(path).with_extension("yml");
    let path = if !path.exists() && in_folder.exists() { in_folder.as_path() } else { path };
    let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    check_id(&id)?;
    let name = path.display().to_string();
    let text = file::read_text(path).map_err(|e| Error::environment(format!("cannot read `{name}`: {e}")))?;
    let definition = Definition::parse(&name, &text)?;
    Ok((id, definition, text))
}

/// `--change 'jobs."ci/test".timeout-minutes = 10'`: lines of `wfgen.toml`.
fn treatment(changes: &[String]) -> Result<Treatment> {
    if changes.is_empty() {
        return Err(Error::usage(
            "what does the treatment change? `--change 'jobs.\"ci/test\".timeout-minutes = 10'`",
        ));
    }
    let text = changes.join("\n");
    toml::parse(&text).and_then(|node| decode::decode(&node)).map_err(|problem| {
        let diagnostic: Diagnostic = problem.diagnose("--change", &text);
        Error::new(Kind::Usage, diagnostic.hint(
            "a change is a line of `wfgen.toml`: `components.\"go/test\".with.race = true`, `jobs.\"ci/test\".runs-on = \"ubuntu-24.04-arm\"`",
        ))
    })
}

/// A definition's treatment as it stands in `wfgen.toml`.
pub(super) fn as_settings(treatment: &Treatment) -> Map<String, Value> {
    match serde_json::to_value(treatment) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}
