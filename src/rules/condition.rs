//! Conditions: what has to hold for a rule to fire.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::operator::Operator;
use super::path::Path;

/// Named conditions that rules share.
pub type Named = BTreeMap<String, Condition>;

/// Something that holds or not: a comparison, or others combined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Form", into = "Form")]
pub struct Condition {
    /// What people call it; printed with the result.
    pub name: Option<String>,
    /// Higher is looked at sooner; as soon as the answer is clear, lower ones are not looked at.
    pub priority: Option<i64>,
    /// What is asked.
    pub test: Test,
}

/// What a condition asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// All of these hold; so does an empty list.
    All(Vec<Condition>),
    /// One of these holds, or the list is empty.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// The shared condition of this name holds.
    Named(String),
    /// A fact compares with a value.
    Compare(Box<Comparison>),
}

/// A fact, an operator, and a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What is looked at.
    pub fact: FactReference,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: Operand,
}

/// A value that is written down, or a fact's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub enum Operand {
    /// Any JSON that is no reference.
    Literal(Value),
    /// `{"fact": ...}`
    Fact(FactReference),
}

/// A fact, or what a path finds in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FactReference {
    /// The name of the fact.
    pub fact: String,
    /// A JSONPath into its value; values that are no list or object are taken whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Path>,
    /// Parameters for facts that are computed; those of a checkout take none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub params: Option<Map<String, Value>>,
}

/// A condition as it is written: exactly one of `all`, `any`, `not`, `condition`, or `fact` with `operator` and `value`.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Condition", extend("oneOf" = FORMS()))]
struct Form {
    /// What people call it; printed with the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Higher is looked at sooner; as soon as the answer is clear, lower ones are not looked at. Default: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    /// All of these hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    all: Option<Vec<Condition>>,
    /// One of these holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    any: Option<Vec<Condition>>,
    /// This does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not: Option<Box<Condition>>,
    /// The shared condition of this name holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    /// The name of the fact that is looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fact: Option<String>,
    /// How it is compared, with decorators in front, e.g. `everyFact:in`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator: Option<Operator>,
    /// What it is compared with: any JSON, or `{"fact": name, "path": path}`.
    #[serde(default, deserialize_with = "written", skip_serializing_if = "Option::is_none")]
    value: Option<Operand>,
    /// A JSONPath into the fact's value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<Path>,
    /// Parameters for facts that are computed; those of a checkout take none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    params: Option<Map<String, Value>>,
}

/// The combinations of keys that make a condition.
const FORMS: fn() -> Value = || {
    serde_json::json!([
        { "required": ["all"] }, { "required": ["any"] }, { "required": ["not"] }, { "required": ["condition"] },
        { "required": ["fact", "operator", "value"] },
    ])
};

/// A `null` that is written is a value, unlike one that is left out.
fn written<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Operand>, D::Error> {
    Operand::deserialize(deserializer).map(Some)
}

impl TryFrom<Form> for Condition {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let Form { name, priority, all, any, not, condition, fact, operator, value, path, params } = form;
        let keys = [
            ("all", all.is_some()),
            ("any", any.is_some()),
            ("not", not.is_some()),
            ("condition", condition.is_some()),
            ("fact", fact.is_some()),
        ];
        let said: Vec<&str> = keys.iter().filter(|(_, there)| *there).map(|(key, _)| *key).collect();
        if let [one, other, ..] = said.as_slice() {
            return Err(format!("a condition says one thing: `{one}` or `{other}`, not both"));
        }
        let extra = [
            ("operator", operator.is_some()),
            ("value", value.is_some()),
            ("path", path.is_some()),
            ("params", params.is_some()),
        ];
        if let (None, Some((key, _))) = (&fact, extra.iter().find(|(_, there)| *there)) {
            return Err(format!("`{key}` needs a `fact` beside it"));
        }
        let test = match (all, any, not, condition, fact) {
            (Some(all), ..) => Test::All(all),
            (_, Some(any), ..) => Test::Any(any),
            (_, _, Some(not), ..) => Test::Not(not),
            (_, _, _, Some(condition), _) => Test::Named(condition),
            (.., Some(fact)) => Test::Compare(Box::new(Comparison {
                fact: FactReference { fact, path, params },
                operator: operator.ok_or("a condition about a fact needs an `operator`")?,
                value: value.ok_or("a condition about a fact needs a `value`")?,
            })),
            _ => return Err("a condition is one of `all`, `any`, `not`, `condition` and `fact`".to_owned()),
        };
        Ok(Condition { name, priority, test })
    }
}

impl From<Condition> for Form {
    fn from(Condition { name, priority, test }: Condition) -> Form {
        let mut form = Form {
            name,
            priority,
            all: None,
            any: None,
            not: None,
            condition: None,
            fact: None,
            operator: None,
            value: None,
            path: None,
            params: None,
        };
        match test {
            Test::All(all) => form.all = Some(all),
            Test::Any(any) => form.any = Some(any),
            Test::Not(not) => form.not = Some(not),
            Test::Named(condition) => form.condition = Some(condition),
            Test::Compare(comparison) => {
                let Comparison { fact, operator, value } = *comparison;
                form.fact = Some(fact.fact);
                form.path = fact.path;
                form.params = fact.params;
                form.operator = Some(operator);
                form.value = Some(value);
            }
        }
        form
    }
}

impl TryFrom<Value> for Operand {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.get("fact").is_none() {
            return Ok(Operand::Literal(value));
        }
        serde_json::from_value(value).map(Operand::Fact).map_err(|e| format!("a reference to a fact: {e}"))
    }
}

impl From<Operand> for Value {
    fn from(operand: Operand) -> Value {
        match operand {
            Operand::Literal(value) => value,
            Operand::Fact(reference) => serde_json::to_value(reference).unwrap_or_default(),
        }
    }
}

impl Condition {
    /// How soon it is looked at among its neighbours.
    pub(super) fn rank(&self) -> i64 {
        self.priority.filter(|priority| *priority != 0).unwrap_or(1)
    }

    /// Whether it may stand at the root of a rule: a comparison may not.
    pub(super) fn is_root(&self) -> bool {
        !matches!(self.test, Test::Compare(_))
    }

    /// The names of the shared conditions that it refers to.
    pub(super) fn references(&self) -> Vec<&str> {
        match &self.test {
            Test::All(parts) | Test::Any(parts) => parts.iter().flat_map(Condition::references).collect(),
            Test::Not(part) => part.references(),
            Test::Named(name) => vec![name],
            Test::Compare(_) => Vec::new(),
        }
    }
}

impl JsonSchema for Condition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Form::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Form::json_schema(generator)
    }
}

impl JsonSchema for Operand {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Operand".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let reference = generator.subschema_for::<FactReference>();
        json_schema!({
            "description": "Any JSON, or a reference to a fact.",
            "if": { "type": "object", "required": ["fact"] },
            "then": reference,
        })
    }
}

impl JsonSchema for Operator {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Operator".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An operator of json-rules-engine, with decorators in front.",
            "type": "string",
            "pattern": Operator::pattern(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fault(value: Value) -> String {
        serde_json::from_value::<Condition>(value).unwrap_err().to_string()
    }

    #[test]
    fn a_condition_says_one_thing() {
        assert!(fault(json!({ "all": [], "any": [] })).contains("`all` or `any`"));
        assert!(fault(json!({ "all": [], "value": 1 })).contains("`value` needs a `fact`"));
        assert!(fault(json!({ "fact": "a", "operator": "equal" })).contains("needs a `value`"));
        assert!(fault(json!({})).contains("one of"));
    }

    #[test]
    fn null_is_a_value() {
        let condition = json!({ "fact": "a", "operator": "equal", "value": null });
        let read: Condition = serde_json::from_value(condition.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), condition);
    }

    #[test]
    fn a_reference_has_no_other_keys() {
        let value = json!({ "fact": "a", "operator": "equal", "value": { "fact": "b", "paht": "$.c" } });
        assert!(fault(value).contains("paht"));
    }
}
