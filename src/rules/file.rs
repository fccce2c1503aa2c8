//! Rule files, as people write them.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::condition::{Condition, Operand};
use crate::data::{Data, Problem};
use crate::library::{Document, Reference};

/// A rule: when its conditions hold, its event is decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique, `pack/what-it-does`.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*$"))]
    pub name: String,
    /// More about it, for readers of the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What it is evaluated for. Default: every project.
    #[serde(default)]
    pub scope: Scope,
    /// The packs whose projects it is evaluated for. Default: the pack that it belongs to; a rule of no pack is
    /// evaluated for the projects of all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packs: Vec<String>,
    /// The higher wins where rules contradict each other. Default: 1.
    #[serde(default = "one")]
    pub priority: NonZeroU32,
    /// Why, in words that can be printed beside what was generated.
    pub because: String,
    /// What has to hold.
    pub conditions: Condition,
    /// What is decided then.
    pub event: Event,
    /// Cases in which it must fire: `case` of its own pack, or `pack/case`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fires: Vec<String>,
    /// Cases in which it must not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
    /// In an overlay: wins over any priority, and no later overlay replaces it.
    #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// What a rule is evaluated for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Every project that drives workflows.
    #[default]
    Project,
    /// The repository as a whole, once.
    Repository,
}

/// What is decided when a rule fires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "params", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Event {
    /// A component is asked for.
    Component(ComponentEvent),
    /// A request for a component is taken back.
    Omit(OmitEvent),
    /// Advice is printed.
    Finding(FindingEvent),
}

/// Parameters of a `component` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentEvent {
    /// `pack/component` or `pack/component@range`.
    #[serde(rename = "use", deserialize_with = "read_reference", serialize_with = "write_reference")]
    #[schemars(with = "String")]
    pub component: Reference,
    /// The id of the job, when the component's own won't do: text or a fact.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub job: Option<Operand>,
    /// Inputs by name. A reference to a fact that isn't known sets nothing.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub with: IndexMap<String, Operand>,
}

/// Parameters of an `omit` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OmitEvent {
    /// `pack/component`, whatever its version.
    #[serde(rename = "use", deserialize_with = "read_reference", serialize_with = "write_reference")]
    #[schemars(with = "String")]
    pub component: Reference,
}

/// Parameters of a `finding` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingEvent {
    /// What was found, one sentence without a full stop: text or a fact.
    pub message: Operand,
    /// What to do about it: text or a fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<Operand>,
}

/// Conditions that rules share by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// Conditions by name; rules refer to them as `{"condition": name}`.
    pub conditions: BTreeMap<String, Condition>,
}

/// A file below `rules/`: a rule, a list of rules, or shared conditions.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "wfgen rules", description = "A rule, a list of rules, or conditions that rules share")]
pub enum RuleFile {
    /// One rule.
    One(Box<Rule>),
    /// Several rules.
    Several(Vec<Rule>),
    /// Shared conditions.
    Shared(Shared),
}

impl RuleFile {
    /// Reads a file by its shape, so that a mistake in a rule is told as one.
    pub(super) fn read(document: &Document) -> Result<Self, Problem> {
        let node = document.node();
        let is_shared =
            node.get("conditions").is_some() && node.get("name").is_none() && node.get("event").is_none();
        match &node.data {
            Data::List(_) => document.decode().map(RuleFile::Several),
            _ if is_shared => document.decode().map(RuleFile::Shared),
            _ => document.decode().map(|rule| RuleFile::One(Box::new(rule))),
        }
    }
}

impl Rule {
    /// What is wrong with a rule beyond its shape, and the key it is about.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let word = |word: &str| {
            let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            word.starts_with(|c: char| c != '-' && legal(c)) && word.chars().all(legal)
        };
        let named = self.name.split_once('/').is_some_and(|(pack, rest)| word(pack) && word(rest));
        if !named {
            let why = "is not `pack/what-it-does` in small letters, digits and dashes";
            return Err(("name", format!("`{}` {why}", self.name)));
        }
        if self.because.trim().is_empty() {
            return Err(("because", "`because` says nothing".to_owned()));
        }
        if !self.conditions.is_root() {
            return Err(("conditions", ROOT.to_owned()));
        }
        if !self.packs.is_empty() && self.scope == Scope::Repository {
            return Err(("packs", "`packs` is for rules about projects".to_owned()));
        }
        let texts = match &self.event {
            Event::Component(event) => vec![("as", event.job.as_ref())],
            Event::Omit(_) => Vec::new(),
            Event::Finding(event) => vec![("message", Some(&event.message)), ("hint", event.hint.as_ref())],
        };
        for (key, operand) in texts {
            if let Some(Operand::Literal(value)) = operand.filter(|operand| !operand.may_be_text()) {
                return Err(("event", format!("`{key}` is text or a reference to a fact, not `{value}`")));
            }
        }
        Ok(())
    }
}

/// Why a comparison alone is no condition of a rule.
pub(super) const ROOT: &str = "conditions begin with `all`, `any`, `not` or `condition`";

impl Operand {
    fn may_be_text(&self) -> bool {
        matches!(self, Operand::Fact(_) | Operand::Literal(Value::String(_)))
    }
}

fn read_reference<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reference, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

fn write_reference<S: Serializer>(reference: &Reference, serializer: S) -> Result<S::Ok, S::Error> {
    match reference.range.comparators.is_empty() {
        true => serializer.serialize_str(&reference.id),
        false => serializer.collect_str(&format_args!("{}@{}", reference.id, reference.range)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_in_the_repository_is_that_of_the_types() {
        let schema = schemars::schema_for!(RuleFile);
        let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        snapbox::assert_data_eq!(text, snapbox::file!["../../schemas/rule.schema.json"].raw());
    }
}
