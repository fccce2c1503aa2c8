//! A component: a job, a list of steps, a workflow's frame, a file or an entry of one.

use indexmap::IndexMap;
use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A component file, as people write it.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "wfgen component", description = "A building block of a workflow")]
pub struct Component {
    /// `pack/name`, from the path of the file.
    #[serde(skip_deserializing, default)]
    #[schemars(skip)]
    pub id: String,
    /// Semantic version: major when an input goes or changes its meaning.
    #[schemars(with = "String")]
    pub version: Version,
    /// What it does, one sentence without a full stop.
    pub summary: String,
    /// What it becomes.
    pub kind: Kind,
    /// Which workflow a job goes into, by the name of its file without `.yml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Where a `file` component is written, or the name of the file of a `workflow` component.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// For an `entry`: the `file` component it goes into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// For an `entry`: the key of the list it is added to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Capabilities it has, e.g. `test`; other components name them in `needs`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides: Vec<String>,
    /// Capabilities (of the same project, or of no project) that must be there and come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Capabilities that must not be in the same project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<String>,
    /// What can be set.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub inputs: IndexMap<String, Input>,
    /// Environment variables of the whole workflow.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub env: IndexMap<String, String>,
    /// Position among the jobs of the workflow; smaller comes first.
    #[serde(default = "middle")]
    pub order: i32,
    /// Says since when another component should be used, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecation>,
    /// Body of a `job`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Value>,
    /// Body of `steps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Value>,
    /// Body of a `workflow`.
    #[serde(default, rename = "frame", skip_serializing_if = "Option::is_none")]
    pub frame: Option<Value>,
    /// Body of a `file` or an `entry`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

fn middle() -> i32 {
    50
}

/// What a component becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A job of a workflow.
    Job,
    /// Steps inside a job, by `use:`.
    Steps,
    /// The frame of a workflow file: name, triggers, permissions, concurrency.
    Workflow,
    /// A whole file that is no workflow.
    File,
    /// An entry of a list in a `file` component.
    Entry,
}

/// Something that can be set.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Input {
    /// What sort of value it takes.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// What it is for, one sentence without a full stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The fact that gives its value when nobody sets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Its value when there is no such fact either.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub default: Value,
    /// Without a value the component can't be used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// What sort of value an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum InputType {
    /// Text. In a `run:` it may hold only what needs no quoting.
    String,
    /// A command line for the shell. From a fact it may hold only words, no operators.
    Command,
    /// A list.
    List,
    /// True or false.
    Bool,
    /// A number.
    Number,
    /// A mapping.
    Object,
}

impl InputType {
    /// Whether a value is of this type; null always is (not set).
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            _ if value.is_null() => true,
            InputType::String | InputType::Command => value.is_string(),
            InputType::List => value.is_array(),
            InputType::Bool => value.is_boolean(),
            InputType::Number => value.is_number(),
            InputType::Object => value.is_object(),
        }
    }
}

/// A note that a component should no longer be used.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deprecation {
    /// The version of the component since which it is so.
    #[schemars(with = "String")]
    pub since: Version,
    /// What to use instead.
    #[serde(rename = "use")]
    pub replacement: String,
    /// Why.
    pub because: String,
}

/// `pack/component` with the versions that will do: `python/test@^1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// `pack/component`.
    pub id: String,
    /// Any version when nothing is said.
    pub range: VersionReq,
}

impl std::str::FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, range) = text.split_once('@').unwrap_or((text, "*"));
        if id.split('/').count() != 2 || id.split('/').any(str::is_empty) {
            return Err(format!("`{text}` is not `pack/component` or `pack/component@range`"));
        }
        let range = VersionReq::parse(range).map_err(|e| format!("`{range}` is not a version range: {e}"))?;
        Ok(Reference { id: id.to_owned(), range })
    }
}

impl Component {
    /// The part of the id after the pack: `test` of `python/test`.
    pub fn name(&self) -> &str {
        self.id.split_once('/').map_or(&self.id, |(_, name)| name)
    }

    /// The body that belongs to the kind, or which key is missing or too much.
    ///
    /// # Errors
    /// A message that names the key.
    pub fn content(&self) -> Result<&Value, String> {
        let bodies =
            [("job", &self.job), ("steps", &self.steps), ("frame", &self.frame), ("body", &self.body)];
        let wanted = match self.kind {
            Kind::Job => "job",
            Kind::Steps => "steps",
            Kind::Workflow => "frame",
            Kind::File | Kind::Entry => "body",
        };
        for (key, body) in &bodies {
            if *key != wanted && body.is_some() {
                return Err(format!("a component of this kind has `{wanted}:`, not `{key}:`"));
            }
        }
        bodies
            .into_iter()
            .find(|(key, _)| *key == wanted)
            .and_then(|(_, body)| body.as_ref())
            .ok_or_else(|| format!("`{wanted}:` is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_types() {
        let schema = schemars::schema_for!(Component);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        snapbox::assert_data_eq!(text, snapbox::file!["../../schemas/component.schema.json"].raw());
    }

    #[test]
    fn a_reference_is_an_id_with_an_optional_range() {
        let reference: Reference = "python/test@^1.2".parse().unwrap();
        assert!(reference.range.matches(&Version::new(1, 3, 0)));
        assert!(!reference.range.matches(&Version::new(2, 0, 0)));
        assert!("python".parse::<Reference>().is_err());
        assert!("python/test@x.y.z.w".parse::<Reference>().is_err());
    }
}
