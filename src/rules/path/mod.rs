//! JSONPath as [jsonpath-plus](https://github.com/JSONPath-Plus/JSONPath) reads it with `wrap: false`.
//!
//! | written | finds |
//! |---|---|
//! | `$.a.b`, `$['a.b']`, `a.b` | a property; `length` of lists and text; an item or a character by its index |
//! | `$.list[0]`, `$.list[1:5:2]`, `$.list[-1:]` | an item, a slice |
//! | `$.a[b,c]`, `$.list[0,2]` | a union, without quotes and spaces |
//! | `$.a.*`, `$.a[*]`, `$..b` | every child, every descendant |
//! | `$.list[?(@.n > 1)]`, `$.list[(@.length-1)]` | a filter, a computed index: see [`expression`] |
//! | `$.a.*~` | the names of properties |
//! | ``$['`@types/node']`` | a property whose name would mean something else |
//!
//! One match of a path that can only have one is the value itself; otherwise the matches are a list, and no match
//! at all is undefined. What jsonpath-plus would read in a surprising way (`$.['a']`, quoted unions, `[-1]`, the
//! parent operator `^`, type selectors `@string()`) is refused when the rule is loaded.

mod expression;
mod parse;
mod walk;

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::expression::Expression;
use super::Fault;
use super::value::Val;

/// A path that has been checked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

/// One step, with the text that a property of the same name would win over.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    text: String,
    kind: Kind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
enum Kind {
    /// The property of this name.
    Name,
    /// The property whose name follows the backtick.
    Escaped,
    /// Every child.
    Wildcard,
    /// This value and every descendant.
    Descend,
    /// The items from, to, and every how many.
    Slice { start: i64, end: i64, step: usize },
    /// What each of these finds.
    Union(Vec<Step>),
    /// The children for which this is true.
    Filter(Expression),
    /// The child that this computes.
    Computed(Expression),
    /// The name under which the value was found.
    PropertyName,
}

impl Path {
    /// What the path finds in a list or an object.
    pub(super) fn find<'a>(&self, root: &'a Value) -> Result<Val<'a>, Fault> {
        walk::find(&self.steps, root)
    }
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let steps = parse::steps(text).map_err(|why| format!("the path `{text}`: {why}"))?;
        Ok(Path { text: text.to_owned(), steps })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl TryFrom<String> for Path {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> String {
        path.text
    }
}

impl JsonSchema for Path {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Path".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "A JSONPath, e.g. `$.name` or `$.list[*].name`.", "type": "string" })
    }
}
