//! One name or several, and paths into trees.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One name or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Names {
    /// Each name.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Names(vec![name])),
            Value::Array(names) => names
                .into_iter()
                .map(|name| match name {
                    Value::String(name) => Ok(name),
                    other => Err(D::Error::custom(format!("expected a name, found {other}"))),
                })
                .collect::<Result<_, _>>()
                .map(Names),
            other => Err(D::Error::custom(format!("expected a name or a list of names, found {other}"))),
        }
    }
}

impl JsonSchema for Names {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One name or several.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
        })
    }
}

/// A path into a tree: keys with dots between them, or a list of keys; `*` is every item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At(pub Vec<String>);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Names(mut keys) = Names::deserialize(deserializer)?;
        if keys.len() == 1 {
            keys = keys[0].split('.').map(str::to_owned).collect();
        }
        Ok(At(keys))
    }
}

impl JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "At".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Names::json_schema(generator)
    }
}
