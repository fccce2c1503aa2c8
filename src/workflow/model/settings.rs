//! The smaller parts of workflows and jobs.

use indexmap::IndexMap;
use serde::de::{Deserializer, MapAccess};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::Scalars;
use super::shape::{self, Short};

/// Which runs or jobs exclude each other. A bare group may be written as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Concurrency {
    /// Runs of the same group wait for each other.
    pub group: String,
    /// Whether a newer run stops the one in progress: a bool or an expression.
    pub cancel_in_progress: Value,
    /// How many wait: `single` (the default) or `max`.
    pub queue: Option<String>,
}

/// Defaults of every `run`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// The only section there is.
    pub run: RunDefaults,
}

/// Shell and directory of every `run`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RunDefaults {
    /// The shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// The directory, from the checkout's root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_directory: Option<String>,
}

/// A deployment environment. A bare name may be written as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name.
    pub name: String,
    /// Where the deployment can be seen.
    pub url: Option<String>,
}

/// The matrix and how it is run.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Strategy {
    /// Whether one failure stops the others: a bool or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub fail_fast: Value,
    /// How many run at once: a number or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub max_parallel: Value,
    /// Axes with their values, `include` and `exclude`; or an expression.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub matrix: Value,
}

/// A container. A bare image may be written as text.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// The image.
    pub image: String,
    /// How to log in to its registry.
    pub credentials: Option<Credentials>,
    /// Environment variables.
    pub env: Scalars,
    /// Ports, `host:container`.
    pub ports: Vec<Value>,
    /// Volumes.
    pub volumes: Vec<String>,
    /// More options of `docker create`.
    pub options: Option<String>,
}

impl Container {
    /// A container of an image, with nothing else said.
    pub fn of(image: impl Into<String>) -> Self {
        Container {
            image: image.into(),
            credentials: None,
            env: Scalars::new(),
            ports: Vec::new(),
            volumes: Vec::new(),
            options: None,
        }
    }
}

/// How to log in to a registry.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The user.
    pub username: String,
    /// The password: an expression, never the text itself.
    pub password: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, remote = "Concurrency")]
struct LongConcurrency {
    group: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    cancel_in_progress: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, remote = "Environment")]
struct LongEnvironment {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields, remote = "Container")]
struct LongContainer {
    image: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credentials: Option<Credentials>,
    #[serde(default, deserialize_with = "shape::scalars", skip_serializing_if = "IndexMap::is_empty")]
    env: Scalars,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ports: Vec<Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    volumes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    options: Option<String>,
}

/// Reading and writing of a type with a short spelling, given the type that derives the long one.
macro_rules! short_or_long {
    ($type:ident, $long:ident, $field:ident, $expected:literal, $short:expr, $is_short:expr) => {
        impl Short for $type {
            const EXPECTED: &'static str = $expected;

            fn short(text: &str) -> Result<Self, String> {
                Ok($short(text.to_owned()))
            }

            fn long<'de, M: MapAccess<'de>>(map: M) -> Result<Self, M::Error> {
                $long::deserialize(serde::de::value::MapAccessDeserializer::new(map))
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                shape::short_or_long(from)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let is_short: fn(&$type) -> bool = $is_short;
                if is_short(self) { to.serialize_str(&self.$field) } else { $long::serialize(self, to) }
            }
        }
    };
}

short_or_long!(
    Concurrency,
    LongConcurrency,
    group,
    "a group, or `group` with `cancel-in-progress`",
    |group| Concurrency { group, cancel_in_progress: Value::Null, queue: None },
    |it| it.cancel_in_progress.is_null() && it.queue.is_none()
);
short_or_long!(
    Environment,
    LongEnvironment,
    name,
    "a name, or `name` with `url`",
    |name| Environment { name, url: None },
    |it| it.url.is_none()
);
short_or_long!(Container, LongContainer, image, "an image, or a map with `image`", Container::of, |_| false);
