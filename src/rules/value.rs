//! Values as JavaScript sees them: what the operators and path expressions compare.
//!
//! Facts and literals are borrowed; only what a path computes (a length, a list of matches) is made.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ptr;

use serde::{Serialize, Serializer};
use serde_json::{Number, Value};

/// A value in an evaluation. Two lists or objects are equal only when they are the same one.
#[derive(Debug, Clone)]
pub enum Val<'a> {
    /// There is no such fact, or the path leads nowhere.
    Undefined,
    /// A value of a fact, or a literal of a rule.
    Json(&'a Value),
    /// A truth value that an expression computed.
    Bool(bool),
    /// A number that a path computed.
    Number(f64),
    /// Text that a path computed.
    Text(String),
    /// What a path with several matches gives.
    List(Vec<Val<'a>>),
}

/// A value by its JavaScript type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum View<'v> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(&'v str),
    List,
    Object,
}

impl<'a> Val<'a> {
    pub(super) fn view(&self) -> View<'_> {
        match self {
            Val::Undefined => View::Undefined,
            Val::Bool(b) | Val::Json(Value::Bool(b)) => View::Bool(*b),
            Val::Number(n) => View::Number(*n),
            Val::Text(s) | Val::Json(Value::String(s)) => View::Text(s),
            Val::List(_) | Val::Json(Value::Array(_)) => View::List,
            Val::Json(Value::Null) => View::Null,
            Val::Json(Value::Number(n)) => View::Number(n.as_f64().unwrap_or(f64::NAN)),
            Val::Json(Value::Object(_)) => View::Object,
        }
    }

    /// The items, if this is a list.
    pub(super) fn items(&self) -> Option<Items<'_, 'a>> {
        match self {
            Val::Json(Value::Array(items)) => Some(Items::Json(items.iter())),
            Val::List(items) => Some(Items::Made(items.iter())),
            _ => None,
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.view(), View::Text(_))
    }

    /// `===`
    pub(super) fn is(&self, other: &Val<'_>) -> bool {
        match (self.view(), other.view()) {
            (View::List | View::Object, View::List | View::Object) => match (self, other) {
                (Val::Json(a), Val::Json(b)) => ptr::eq(*a, *b),
                _ => false,
            },
            (a, b) => a == b,
        }
    }

    /// `==`
    pub(super) fn is_loosely(&self, other: &Val<'_>) -> bool {
        use View::{Bool, List, Null, Number, Object, Text, Undefined};
        match (self.view(), other.view()) {
            (Undefined | Null, Undefined | Null) => true,
            (Undefined | Null, _) | (_, Undefined | Null) => false,
            (List | Object, List | Object) | (Text(_), Text(_)) => self.is(other),
            (List | Object, Text(text)) => self.text() == text,
            (Text(text), List | Object) => other.text() == text,
            (Bool(_) | Number(_) | Text(_) | List | Object, _) => self.number() == other.number(),
        }
    }

    /// How `<` and its kin order two values; `None` when one of them is not a number.
    pub(super) fn order(&self, other: &Val<'_>) -> Option<Ordering> {
        match (self.textual(), other.textual()) {
            (Some(a), Some(b)) => Some(a.encode_utf16().cmp(b.encode_utf16())),
            _ => self.number().partial_cmp(&other.number()),
        }
    }

    /// The text that it turns into when it is no number by itself.
    pub(super) fn textual(&self) -> Option<Cow<'_, str>> {
        match self.view() {
            View::Text(text) => Some(Cow::Borrowed(text)),
            View::List | View::Object => Some(Cow::Owned(self.text())),
            _ => None,
        }
    }

    /// Whether it counts as true.
    pub(super) fn truthy(&self) -> bool {
        match self.view() {
            View::Undefined | View::Null => false,
            View::Bool(b) => b,
            View::Number(n) => n != 0.0 && !n.is_nan(),
            View::Text(text) => !text.is_empty(),
            View::List | View::Object => true,
        }
    }

    /// The value as a number, as `Number()` converts it.
    pub(super) fn number(&self) -> f64 {
        match self.view() {
            View::Undefined => f64::NAN,
            View::Null => 0.0,
            View::Bool(b) => f64::from(u8::from(b)),
            View::Number(n) => n,
            View::Text(text) => parse_number(text),
            View::List | View::Object => parse_number(&self.text()),
        }
    }

    /// The value as text, as `String()` converts it.
    pub(super) fn text(&self) -> String {
        match self.view() {
            View::Undefined => "undefined".to_owned(),
            View::Null => "null".to_owned(),
            View::Bool(b) => b.to_string(),
            View::Number(n) => print_number(n),
            View::Text(text) => text.to_owned(),
            View::Object => "[object Object]".to_owned(),
            View::List => {
                let parts = self.items().into_iter().flatten().map(|item| match item.view() {
                    View::Undefined | View::Null => String::new(),
                    _ => item.text(),
                });
                parts.collect::<Vec<_>>().join(",")
            }
        }
    }

    /// The value as JSON; nothing for what JSON can't say.
    pub fn to_json(&self) -> Option<Value> {
        Some(match self {
            Val::Undefined => return None,
            Val::Json(value) => (*value).clone(),
            Val::Bool(b) => Value::Bool(*b),
            Val::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => Value::from(*n as i64),
            Val::Number(n) => Number::from_f64(*n).map_or(Value::Null, Value::Number),
            Val::Text(text) => Value::String(text.clone()),
            Val::List(items) => items.iter().map(|item| item.to_json().unwrap_or(Value::Null)).collect(),
        })
    }

    /// What sort of value it is, for messages.
    pub(super) fn sort(&self) -> &'static str {
        match self.view() {
            View::Undefined => "not known",
            View::Null => "null",
            View::Bool(_) => "a truth value",
            View::Number(_) => "a number",
            View::Text(_) => "text",
            View::List => "a list",
            View::Object => "an object",
        }
    }
}

impl Serialize for Val<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Val::Json(value) => value.serialize(serializer),
            other => other.to_json().serialize(serializer),
        }
    }
}

/// The items of a list.
pub(super) enum Items<'v, 'a> {
    Json(std::slice::Iter<'a, Value>),
    Made(std::slice::Iter<'v, Val<'a>>),
}

impl<'a> Iterator for Items<'_, 'a> {
    type Item = Val<'a>;

    fn next(&mut self) -> Option<Val<'a>> {
        match self {
            Items::Json(items) => items.next().map(Val::Json),
            Items::Made(items) => items.next().cloned(),
        }
    }
}

/// White space as JavaScript trims it.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// Whether `parseFloat` finds a number at the start.
pub(super) fn starts_with_number(text: &str) -> bool {
    let text = text.trim_start_matches(is_space);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fraction = digits.strip_prefix('.').unwrap_or(digits);
    digits.starts_with("Infinity") || fraction.starts_with(|c: char| c.is_ascii_digit())
}

/// `Number(text)`
fn parse_number(text: &str) -> f64 {
    let text = text.trim_matches(is_space);
    let radix = match text.get(..2) {
        Some("0x" | "0X") => 16,
        Some("0o" | "0O") => 8,
        Some("0b" | "0B") => 2,
        _ => 10,
    };
    if radix != 10 {
        let digits = text.get(2..).unwrap_or_default();
        let value = |sum: f64, c: char| Some(sum * f64::from(radix) + f64::from(c.to_digit(radix)?));
        return (!digits.is_empty())
            .then(|| digits.chars().try_fold(0.0, value))
            .flatten()
            .unwrap_or(f64::NAN);
    }
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust reads `inf` and `nan` too.
        _ if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// `String(number)`: the shortest digits that read back, with an exponent from 1e21 and below 1e-6.
fn print_number(n: f64) -> String {
    if n.is_nan() {
        return "NaN".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if n == 0.0 {
        return "0".to_owned();
    }
    if (1e-6..1e21).contains(&n.abs()) {
        return n.to_string();
    }
    let scientific = format!("{n:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
        _ => scientific,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_read_as_javascript_reads_them() {
        for (text, number) in
            [("", 0.0), (" 12 ", 12.0), ("0x1F", 31.0), ("5.", 5.0), (".5", 0.5), ("-1e3", -1000.0)]
        {
            assert_eq!(parse_number(text), number, "{text:?}");
        }
        for text in ["12abc", "inf", "nan", "0x", "1_000", "-0x1", "infinity", "é"] {
            assert!(parse_number(text).is_nan(), "{text:?}");
        }
        assert!(["12abc", "-.5x", " 7", "Infinityx"].iter().all(|text| starts_with_number(text)));
        assert!(!["", "abc", ".", "-", "null", "e5"].iter().any(|text| starts_with_number(text)));
    }

    #[test]
    fn numbers_are_printed_as_javascript_prints_them() {
        for (number, text) in
            [(1.0, "1"), (-0.0, "0"), (1e21, "1e+21"), (1.5e-7, "1.5e-7"), (1e-6, "0.000001")]
        {
            assert_eq!(print_number(number), text);
        }
        assert_eq!(print_number(123_456_789_012_345_680_000.0), "123456789012345680000");
    }

    #[test]
    fn only_the_same_list_is_equal() {
        let (a, b) = (json!([1]), json!([1]));
        assert!(Val::Json(&a).is(&Val::Json(&a)));
        assert!(!Val::Json(&a).is(&Val::Json(&b)));
        assert!(Val::Json(&json!(1)).is(&Val::Json(&json!(1.0))));
        assert!(!Val::Json(&json!(1)).is(&Val::Json(&json!("1"))));
        assert!(!Val::Json(&json!(null)).is(&Val::Undefined));
    }
}
