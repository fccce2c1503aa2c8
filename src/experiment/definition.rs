//! What an experiment is: the YAML file that a person writes and commits.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::assign::{Assignment, Share};
use super::plan::Plan;
use crate::config::{ComponentConfig, Config};
use crate::data::{decode, file, yaml};
use crate::error::{Error, Kind, Result};
use crate::workflow::emit;

/// Where the definitions of running experiments are.
pub const FOLDER: &str = ".github/experiments";

/// One thing that is changed in a workflow for a share of its runs. The file's name is the experiment's id.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "experiment", description = "An experiment on a workflow")]
pub struct Definition {
    /// What is believed and why, in a sentence.
    pub hypothesis: String,
    /// The workflow, by its file's name without ending: `ci`.
    pub workflow: String,
    /// The jobs whose time is measured; without it those that the treatment changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<String>,
    /// What the treatment changes; the control is the workflow without it.
    pub treatment: Treatment,
    /// How a run gets its arm.
    #[serde(default)]
    pub assignment: Assignment,
    /// The number of runs after which the experiment ends, decided or not.
    #[serde(default = "horizon")]
    #[schemars(range(min = 20, max = 2000))]
    pub horizon: u32,
    /// So many first runs of each arm are not counted, because its caches are cold.
    #[serde(default = "warm_up")]
    pub warm_up: u32,
    /// The shares of runs, in percent, that the treatment is meant to get one after the other: 1, 5, 10, 25, 50.
    #[serde(default = "ramp")]
    pub ramp: Vec<u8>,
    /// The loss of success rate, as a share of 1, below which a treatment counts as safe.
    #[serde(default = "margin")]
    pub margin: f64,
    /// What else is compared, corrected for their number.
    #[serde(default = "secondary")]
    pub secondary: Vec<Metric>,
    /// What mixes up the assignment; without it the experiment's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// What the treatment changes: a piece of `wfgen.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Treatment {
    /// Inputs and versions of components, as in `[components]`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub components: BTreeMap<String, ComponentConfig>,
    /// Settings of jobs, as in `[jobs]`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
}

/// Something that is compared beside the duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// What the run costs by the runners' prices.
    Cost,
    /// How long jobs wait for a runner.
    Queue,
}

fn horizon() -> u32 {
    Definition::HORIZON
}

fn warm_up() -> u32 {
    2
}

fn ramp() -> Vec<u8> {
    vec![50]
}

fn margin() -> f64 {
    0.1
}

fn secondary() -> Vec<Metric> {
    vec![Metric::Cost]
}

impl Definition {
    /// The number of runs after which an experiment ends when nothing else is said.
    pub const HORIZON: u32 = 100;

    /// An experiment on a workflow with the default settings, and nothing that it changes yet.
    pub fn of(workflow: &str) -> Self {
        Definition {
            hypothesis: String::new(),
            workflow: workflow.to_owned(),
            jobs: Vec::new(),
            treatment: Treatment::default(),
            assignment: Assignment::default(),
            horizon: Self::HORIZON,
            warm_up: warm_up(),
            ramp: ramp(),
            margin: margin(),
            secondary: secondary(),
            salt: None,
        }
    }

    /// The definition as the YAML file that it is kept in.
    ///
    /// # Errors
    /// Never for a definition that was read; it is serialised.
    pub fn text(&self) -> Result<String> {
        let value = serde_json::to_value(self).map_err(|e| Error::bug(e.to_string()))?;
        Ok(emit::data(&value, &[]))
    }

    /// The fixed part of the statistics.
    pub fn plan(&self) -> Plan {
        Plan { horizon: self.horizon, margin: self.margin, ..Plan::default() }
    }

    /// Reads a definition from the text of a file called `name`.
    ///
    /// # Errors
    /// When it is no definition, with the line.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let definition: Definition = yaml::parse(text)
            .and_then(|node| decode::decode(&node))
            .map_err(|problem| Error::new(Kind::Invalid, problem.diagnose(name, text)))?;
        definition.check(name)?;
        Ok(definition)
    }

    fn check(&self, name: &str) -> Result<()> {
        let wrong = |message: &str| Err(Error::invalid(format!("`{name}`: {message}")));
        if self.treatment.components.is_empty() && self.treatment.jobs.is_empty() {
            return wrong("the treatment changes nothing");
        }
        if !(20..=2_000).contains(&self.horizon) {
            return wrong("the horizon is not between 20 and 2000 runs");
        }
        if !(self.margin > 0.0 && self.margin < 1.0) {
            return wrong("the margin is a share of 1, such as 0.1");
        }
        match self.ramp.iter().find(|share| !Share::STEPS.contains(share)) {
            Some(share) => wrong(&format!("{share} is no share that can be set; {:?} are", Share::STEPS)),
            None => Ok(()),
        }
    }

    /// Reads the definitions of a checkout, by id.
    ///
    /// # Errors
    /// When one can't be read, or is none.
    pub fn all(root: &Path) -> Result<BTreeMap<String, Self>> {
        let mut all = BTreeMap::new();
        let Ok(entries) = std::fs::read_dir(root.join(FOLDER)) else { return Ok(all) };
        for entry in entries.flatten() {
            let path = entry.path();
            let is_yaml = path.extension().is_some_and(|e| e == "yml" || e == "yaml");
            let Some(id) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_yaml) else {
                continue;
            };
            check_id(id)?;
            let name = format!("{FOLDER}/{}", entry.file_name().to_string_lossy());
            let text = file::read_text(&path)
                .map_err(|e| Error::environment(format!("cannot read `{name}`: {e}")))?;
            all.insert(id.to_owned(), Definition::parse(&name, &text)?);
        }
        Ok(all)
    }

    /// The configuration of the treatment: a checkout's with the change.
    pub fn treated(&self, config: &Config) -> Config {
        let mut config = config.clone();
        for (id, change) in &self.treatment.components {
            let settings = config.components.entry(id.clone()).or_default();
            settings.enabled = change.enabled.or(settings.enabled);
            settings.version = change.version.clone().or(settings.version.take());
            settings.with.extend(change.with.clone());
        }
        for (key, change) in &self.treatment.jobs {
            merge(config.jobs.entry(key.clone()).or_default(), change);
        }
        config
    }

    /// What mixes up the assignment of the experiment of this id.
    pub fn salt<'a>(&'a self, id: &'a str) -> &'a str {
        self.salt.as_deref().unwrap_or(id)
    }
}

/// Refuses an id that could not stand in a name, an expression and a variable.
///
/// # Errors
/// With what an id is.
pub fn check_id(id: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let starts = id.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && id.len() <= 40 && id.chars().all(plain) {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is no id of an experiment", id.escape_debug()))
        .hint("an id has small letters, digits and `-`, begins with a letter and has at most 40 characters"))
}

/// The repository variable that sets the share of an experiment.
pub fn variable(id: &str) -> String {
    format!("WFGEN_SHARE_{}", id.to_ascii_uppercase().replace('-', "_"))
}

fn merge(
    into: &mut serde_json::Map<String, serde_json::Value>,
    change: &serde_json::Map<String, serde_json::Value>,
) {
    for (key, value) in change {
        match (into.get_mut(key), value) {
            (Some(serde_json::Value::Object(there)), serde_json::Value::Object(value)) => merge(there, value),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_types() {
        let schema = schemars::schema_for!(Definition);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        snapbox::assert_data_eq!(text, snapbox::file!["../../schemas/experiment.schema.json"].raw());
    }

    #[test]
    fn a_definition_is_read_as_it_is_written_and_a_mistake_has_its_line() {
        let text = "hypothesis: ARM is faster\nworkflow: ci\ntreatment:\n  jobs:\n    ci/test: { runs-on: ubuntu-24.04-arm }\n";
        let definition = Definition::parse("arm.yml", text).unwrap();
        assert_eq!((definition.horizon, definition.salt("arm")), (Definition::HORIZON, "arm"));
        assert_eq!(Definition::parse("arm.yml", &definition.text().unwrap()).unwrap(), definition);
        for (wrong, said) in [
            ("horizont: 200\n", "did you mean `horizon`?"),
            ("horizon: 5\n", "the horizon is not between 20 and 2000 runs"),
            ("margin: 2\n", "the margin is a share of 1"),
            ("ramp: [33]\n", "33 is no share that can be set"),
        ] {
            let error = Definition::parse("arm.yml", &format!("{text}{wrong}")).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        let nothing = "hypothesis: x\nworkflow: ci\ntreatment: {}\n";
        assert!(Definition::parse("arm.yml", nothing).unwrap_err().to_string().contains("changes nothing"));
    }

    #[test]
    fn an_id_can_stand_in_a_name_an_expression_and_a_variable() {
        assert_eq!(variable("faster-runner"), "WFGEN_SHARE_FASTER_RUNNER");
        for id in ["", "A", "1a", "a b", "a]", "a'", &"a".repeat(41)] {
            assert!(check_id(id).is_err(), "{id}");
        }
    }
}
