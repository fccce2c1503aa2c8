//! `<< inputs.name >>` in the body of a component. Works on data, never on text that is parsed afterwards.
//! `<< inputs.name? >>` is the same, but false, 0 and empty values count as not set, and inside a text only the word
//! goes, with the blank before it.
//!
//! Text of the repository (a *foreign* value) must never become code: it may not hold `${{`, which GitHub would
//! evaluate, and where it reaches a shell it may hold only characters that no shell gives a meaning.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::{Map, Value};

use super::setting::Setting;

/// What the names in a component's body stand for, `inputs.versions` or `project.path`.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    settings: BTreeMap<String, Setting>,
}

impl Scope {
    pub(super) fn set(&mut self, name: impl Into<String>, setting: Setting) {
        self.settings.insert(name.into(), setting);
    }

    /// Takes over every name of another scope.
    pub(super) fn extend(&mut self, other: &Scope) {
        self.settings.extend(other.settings.iter().map(|(name, setting)| (name.clone(), setting.clone())));
    }

    pub(super) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name)
    }
}

/// A value after substitution.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Filled {
    /// Null when a substitution in it gave null: whatever holds it drops it.
    pub(super) value: Value,
    /// Whether text of the repository is in it.
    pub(super) foreign: bool,
}

/// Why a body can't be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The component is wrong.
    Component(String),
    /// The checkout holds text that must not become code: whatever needs it is left out.
    Foreign(String),
}

static REFERENCE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"<<\s*([a-z]+\.[a-z][a-z0-9-]*)(\?)?\s*>>").expect("a constant pattern"));

/// Fills in a value.
///
/// # Errors
/// A name that stands for nothing, or foreign text where it could become code.
pub(super) fn fill(value: &Value, scope: &Scope) -> Result<Filled, Fault> {
    fill_at(value, scope, false)
}

fn fill_at(value: &Value, scope: &Scope, is_code: bool) -> Result<Filled, Fault> {
    match value {
        Value::String(text) => fill_text(text, scope, is_code),
        Value::Array(items) => {
            let mut foreign = false;
            let mut filled = Vec::with_capacity(items.len());
            for item in items {
                let item = fill_at(item, scope, is_code)?;
                foreign |= item.foreign;
                if !item.value.is_null() {
                    filled.push(item.value);
                }
            }
            Ok(Filled { value: Value::Array(filled), foreign })
        }
        Value::Object(entries) => {
            let mut foreign = false;
            let mut filled = Map::new();
            for (key, value) in entries {
                let was_null = value.is_null();
                // What is in a matrix ends up in commands as `${{ matrix.x }}`.
                let is_code = is_code || matches!(key.as_str(), "run" | "script" | "matrix");
                let item = fill_at(value, scope, is_code)?;
                foreign |= item.foreign;
                // `pull_request:` is written as null on purpose; only a substitution removes its key.
                if was_null || !item.value.is_null() {
                    filled.insert(key.clone(), item.value);
                }
            }
            let emptied = filled.is_empty() && !entries.is_empty();
            Ok(Filled { value: if emptied { Value::Null } else { Value::Object(filled) }, foreign })
        }
        other => Ok(Filled { value: other.clone(), foreign: false }),
    }
}

fn fill_text(text: &str, scope: &Scope, is_code: bool) -> Result<Filled, Fault> {
    let unknown = |name: &str| Fault::Component(format!("`<< {name} >>` stands for nothing"));
    let lookup = |name: &str| scope.get(name).ok_or_else(|| unknown(name));
    if let Some(whole) = REFERENCE.captures(text).filter(|c| c[0].len() == text.len()) {
        let setting = lookup(&whole[1])?;
        check(&whole[1], setting, is_code)?;
        return Ok(Filled { value: set_value(setting, &whole), foreign: setting.is_foreign() });
    }
    let mut filled = String::with_capacity(text.len());
    let (mut end, mut foreign) = (0, false);
    for reference in REFERENCE.captures_iter(text) {
        let (Some(whole), name) = (reference.get(0), &reference[1]) else { continue };
        let setting = lookup(name)?;
        filled.push_str(&text[end..whole.start()]);
        end = whole.end();
        if set_value(setting, &reference).is_null() {
            if reference.get(2).is_none() {
                return Ok(Filled { value: Value::Null, foreign });
            }
            // `cargo test << inputs.locked? >>`: the word goes, and the blank before it.
            filled.truncate(filled.trim_end_matches(' ').len());
            continue;
        }
        check(name, setting, is_code)?;
        foreign |= setting.is_foreign();
        filled.push_str(&inline(name, &setting.value).map_err(Fault::Component)?);
    }
    filled.push_str(&text[end..]);
    Ok(Filled { value: Value::String(filled), foreign })
}

/// The value that a reference gives: null when it ends in `?` and the value switches nothing on.
fn set_value(setting: &Setting, reference: &Captures<'_>) -> Value {
    let off = reference.get(2).is_some() && !is_truthy(&setting.value);
    if off { Value::Null } else { setting.value.clone() }
}

/// Whether a value switches something on: not null, false, 0, or empty.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// Decides a `when:`: a reference that switches on, or inputs with the values they must have.
///
/// # Errors
/// A name that stands for nothing.
pub(super) fn holds(condition: &Value, scope: &Scope) -> Result<bool, Fault> {
    let Value::Object(wanted) = condition else { return Ok(is_truthy(&fill(condition, scope)?.value)) };
    for (input, values) in wanted {
        let name = format!("inputs.{input}");
        let setting = scope.get(&name).ok_or_else(|| {
            Fault::Component(format!("`when:` names the input `{input}`, which is not there"))
        })?;
        let fits = match values {
            Value::Array(any) => any.contains(&setting.value),
            one => *one == setting.value,
        };
        if !fits {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A value inside a text: lists are words with a space between them.
fn inline(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Array(items) => {
            let words: Result<Vec<_>, _> = items.iter().map(|item| inline(name, item)).collect();
            Ok(words?.join(" "))
        }
        Value::Object(_) | Value::Null => Err(format!("`<< {name} >>` is no text and stands inside one")),
    }
}

/// Refuses foreign text that could become code.
fn check(name: &str, setting: &Setting, is_code: bool) -> Result<(), Fault> {
    if !setting.is_foreign() {
        return Ok(());
    }
    let mut refused = None;
    visit(&setting.value, &mut |text| {
        let bad = if text.contains("${{") || text.contains(is_break_or_control) {
            Some("an expression or a control character")
        } else if is_code && !text.chars().all(is_plain_word) {
            Some("characters that a shell gives a meaning")
        } else {
            None
        };
        refused = refused.take().or(bad.map(|what| (what, text.to_owned())));
    });
    match refused {
        Some((what, text)) => {
            Err(Fault::Foreign(format!("`{name}` comes from the repository and holds {what}: {text:?}")))
        }
        None => Ok(()),
    }
}

fn visit(value: &Value, see: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => see(text),
        Value::Array(items) => items.iter().for_each(|item| visit(item, see)),
        Value::Object(entries) => entries.iter().for_each(|(key, value)| {
            see(key);
            visit(value, see);
        }),
        _ => {}
    }
}

/// Characters that end a line for some reader, or that nobody sees.
fn is_break_or_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Characters of command lines that mean themselves in every shell.
fn is_plain_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | '/' | ':' | '@' | '=' | '+' | ',' | '-' | '%')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::setting::Origin;
    use super::*;

    fn scope(value: Value, foreign: bool) -> Scope {
        let mut scope = Scope::default();
        let origin = match foreign {
            true => Origin::Fact { name: "f".to_owned(), place: None },
            false => Origin::Default,
        };
        scope.set("inputs.x", Setting::new(value, origin));
        scope
    }

    #[test]
    fn alone_it_keeps_its_type_and_inside_a_text_it_is_text() {
        let body = json!({ "matrix": { "v": "<< inputs.x >>" }, "name": "Test << inputs.x >>" });
        let filled = fill(&body, &scope(json!(["1", "2"]), true)).unwrap();
        assert_eq!(filled.value, json!({ "matrix": { "v": ["1", "2"] }, "name": "Test 1 2" }));
        assert!(filled.foreign);
    }

    #[test]
    fn null_removes_the_key_but_a_written_null_stays() {
        let body =
            json!({ "with": { "a": "<< inputs.x >>" }, "b": "x << inputs.x >>", "on": { "push": null } });
        let filled = fill(&body, &scope(Value::Null, false)).unwrap();
        assert_eq!(filled.value, json!({ "on": { "push": null } }));
    }

    #[test]
    fn a_question_mark_makes_false_and_empty_nothing() {
        let body = json!({ "with": { "lfs": "<< inputs.x? >>", "depth": 2 } });
        let with = |value| fill(&body, &scope(value, false)).unwrap().value["with"].clone();
        assert_eq!(with(json!(false)), json!({ "depth": 2 }));
        assert_eq!(with(json!("")), json!({ "depth": 2 }));
        assert_eq!(with(json!(true)), json!({ "lfs": true, "depth": 2 }));
        let run = |value| fill(&json!("cargo test << inputs.x? >> -v"), &scope(value, false)).unwrap().value;
        assert_eq!(run(json!("")), "cargo test -v");
        assert_eq!(run(json!("--locked")), "cargo test --locked -v");
    }

    #[test]
    fn a_condition_is_a_reference_or_inputs_with_their_values() {
        let scope = scope(json!("uv"), true);
        assert_eq!(holds(&json!("<< inputs.x >>"), &scope), Ok(true));
        assert_eq!(holds(&json!({ "x": "uv" }), &scope), Ok(true));
        assert_eq!(holds(&json!({ "x": ["pip", "uv"] }), &scope), Ok(true));
        assert_eq!(holds(&json!({ "x": "pip" }), &scope), Ok(false));
        assert!(holds(&json!({ "y": "pip" }), &scope).is_err());
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_an_error_and_other_double_brackets_are_not() {
        assert!(fill(&json!({ "run": "<< inputs.y >>" }), &scope(json!(1), false)).is_err());
        let step = json!({ "run": "cat <<EOF >> out\n${{ github.ref }}\nEOF" });
        assert_eq!(fill(&step, &scope(json!(1), false)).unwrap().value, step);
    }

    #[test]
    fn text_of_the_repository_never_becomes_code() {
        for bad in ["a; rm -rf /", "$(id)", "`id`", "a'b", "a\"b", "a\nb", "x${{ github.token }}"] {
            for key in ["run", "script", "matrix"] {
                let (whole, part) =
                    (json!({ key: "<< inputs.x >>" }), json!({ key: ["make << inputs.x >>"] }));
                assert!(fill(&whole, &scope(json!([bad]), true)).is_err(), "{key}: {bad}");
                assert!(fill(&part, &scope(json!(bad), true)).is_err(), "{key}: {bad}");
            }
        }
        let (name, run) = (json!({ "name": "<< inputs.x >>" }), json!({ "run": "<< inputs.x >>" }));
        assert!(fill(&name, &scope(json!("${{ github.token }}"), true)).is_err());
        for bad in ["a\nb", "a\u{85}b", "a\u{2028}b", "a\u{202e}b", "a\0"] {
            assert!(fill(&name, &scope(json!(bad), true)).is_err(), "{bad:?}");
        }
        assert!(fill(&name, &scope(json!("a; b"), true)).is_ok());
        assert!(fill(&run, &scope(json!("a | b"), false)).is_ok());
    }
}
