//! Steps over a value to what they find.

use std::borrow::Cow;

use serde_json::Value;

use super::expression::Scope;
use super::{Kind, Step};
use crate::rules::Fault;
use crate::rules::value::Val;

/// More matches than this are a fault.
const MAX_MATCHES: usize = 100_000;

/// What is found along `steps` below `root`.
pub(super) fn find<'a>(steps: &[Step], root: &'a Value) -> Result<Val<'a>, Fault> {
    // Most paths are names only, and need no list of matches.
    if steps.iter().all(|step| matches!(step.kind, Kind::Name)) {
        let found = steps.iter().try_fold(Val::Json(root), |at, step| property(&at, &step.text));
        return Ok(found.unwrap_or(Val::Undefined));
    }
    let mut walk = Walk { root, found: Vec::new(), several: false, visited: 0 };
    walk.trace(steps, Place { value: Val::Json(root), name: Name::Root, several: false, literal: false })?;
    let mut found = walk.found;
    Ok(match (found.pop(), found.is_empty(), walk.several) {
        (None, ..) => Val::Undefined,
        (Some(only), true, false) => only,
        (Some(last), ..) => {
            found.push(last);
            Val::List(found)
        }
    })
}

struct Walk<'a> {
    root: &'a Value,
    found: Vec<Val<'a>>,
    /// Whether the last match came from a step that can match several times.
    several: bool,
    visited: usize,
}

/// Where the walk is.
#[derive(Clone)]
struct Place<'a> {
    value: Val<'a>,
    /// The name or index under which the value was found.
    name: Name<'a>,
    /// Whether a step on the way here can match several times.
    several: bool,
    /// Whether a property called like the next step wins over what the step means.
    literal: bool,
}

#[derive(Clone)]
enum Name<'a> {
    Root,
    Key(Cow<'a, str>),
    Index(usize),
}

impl Name<'_> {
    fn value<'v>(&self) -> Val<'v> {
        match self {
            Name::Root => Val::Json(&Value::Null),
            Name::Key(key) => Val::Text(key.clone().into_owned()),
            Name::Index(index) => Val::Number(*index as f64),
        }
    }
}

impl<'a> Walk<'a> {
    fn trace(&mut self, steps: &[Step], at: Place<'a>) -> Result<(), Fault> {
        self.visited += 1;
        if self.visited > MAX_MATCHES {
            return Err(Fault(format!("more than {MAX_MATCHES} values to look at")));
        }
        let Some((step, rest)) = steps.split_first() else {
            self.several = at.several;
            self.found.push(at.value);
            return Ok(());
        };
        let several = at.several;
        let named = |value, name: &str| Place {
            value,
            name: Name::Key(Cow::Owned(name.to_owned())),
            several,
            literal: true,
        };
        if at.literal
            && !matches!(step.kind, Kind::Name)
            && let Some(value) = property(&at.value, &step.text)
        {
            return self.trace(rest, Place { literal: false, ..named(value, &step.text) });
        }
        match &step.kind {
            // A step by literal name leaves the next one its meaning.
            Kind::Name => match property(&at.value, &step.text) {
                Some(value) => self.trace(rest, Place { literal: !at.literal, ..named(value, &step.text) }),
                None => Ok(()),
            },
            Kind::Escaped => match property(&at.value, &step.text[1..]) {
                Some(value) => self.trace(rest, named(value, &step.text[1..])),
                None => Ok(()),
            },
            Kind::Wildcard => {
                self.children(&at, |walk, child| walk.trace(rest, Place { literal: true, ..child }))
            }
            Kind::Descend => {
                self.trace(rest, Place { literal: false, ..at.clone() })?;
                self.children(&at, |walk, child| match child.value {
                    Val::Json(Value::Null | Value::Array(_) | Value::Object(_)) => walk.trace(steps, child),
                    _ => Ok(()),
                })
            }
            Kind::Slice { start, end, step } => self.slice(rest, &at, *start, *end, *step),
            Kind::Union(parts) => parts.iter().try_for_each(|part| {
                let steps: Vec<Step> = std::iter::once(part).chain(rest).cloned().collect();
                self.trace(&steps, Place { several: true, literal: false, ..at.clone() })
            }),
            Kind::Filter(expression) => self.children(&at, |walk, child| {
                let scope = Scope { value: &child.value, property: &child.name.value(), root: walk.root };
                if expression.value(&scope)?.truthy() { walk.trace(rest, child) } else { Ok(()) }
            }),
            Kind::Computed(expression) => {
                let scope = Scope { value: &at.value, property: &at.name.value(), root: self.root };
                let key = expression.value(&scope)?;
                match (property(&at.value, &key.text()), &key) {
                    (Some(value), key) => {
                        let literal = key.is_text();
                        self.trace(rest, Place { literal, ..named(value, &key.text()) })
                    }
                    (None, key) if key.is_text() => Ok(()),
                    (None, _) => Err(Fault(format!("`[{}]` gives no index of the list", step.text))),
                }
            }
            Kind::PropertyName => {
                self.several = false;
                self.found.push(at.name.value());
                Ok(())
            }
        }
    }

    fn children(
        &mut self,
        at: &Place<'a>,
        mut each: impl FnMut(&mut Self, Place<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let place = |value, name| Place { value: Val::Json(value), name, several: true, literal: false };
        match at.value {
            Val::Json(Value::Array(items)) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| each(self, place(item, Name::Index(index)))),
            Val::Json(Value::Object(map)) => {
                let mut entries: Vec<(&String, &Value)> = map.iter().collect();
                // JavaScript has keys that are indices first, and the others as they were written.
                entries.sort_by_key(|(key, _)| index(key).unwrap_or(usize::MAX));
                entries
                    .into_iter()
                    .try_for_each(|(key, value)| each(self, place(value, Name::Key(Cow::Borrowed(key)))))
            }
            _ => Ok(()),
        }
    }

    fn slice(
        &mut self,
        rest: &[Step],
        at: &Place<'a>,
        start: i64,
        end: i64,
        step: usize,
    ) -> Result<(), Fault> {
        let Val::Json(Value::Array(items)) = at.value else {
            return Ok(());
        };
        let len = items.len();
        let bound = |bound: i64| match usize::try_from(bound) {
            Ok(bound) => bound.min(len),
            Err(_) => len.saturating_sub(bound.unsigned_abs() as usize),
        };
        let end = if end == 0 { len } else { bound(end) };
        for index in (bound(start)..end).step_by(step) {
            let (value, name) = (Val::Json(&items[index]), Name::Index(index));
            self.trace(rest, Place { value, name, several: true, literal: false })?;
        }
        Ok(())
    }
}

/// The own property of this name: of an object, an item or the length of a list, a character or the length of text.
pub(super) fn property<'a>(of: &Val<'a>, name: &str) -> Option<Val<'a>> {
    match of {
        Val::Json(Value::Object(map)) => map.get(name).map(Val::Json),
        Val::Json(Value::Array(items)) if name == "length" => Some(Val::Number(items.len() as f64)),
        Val::Json(Value::Array(items)) => items.get(index(name)?).map(Val::Json),
        Val::Json(Value::String(text)) => character(text, name),
        Val::Text(text) => character(text, name),
        _ => None,
    }
}

fn character<'a>(text: &str, name: &str) -> Option<Val<'a>> {
    match name {
        _ if text.is_empty() => None,
        "length" => Some(Val::Number(text.encode_utf16().count() as f64)),
        _ => {
            let unit = text.encode_utf16().nth(index(name)?)?;
            Some(Val::Text(String::from_utf16_lossy(&[unit])))
        }
    }
}

/// An index as JavaScript writes it: no sign, no leading zero.
fn index(name: &str) -> Option<usize> {
    let canonical = name == "0" || (!name.starts_with('0') && name.bytes().all(|b| b.is_ascii_digit()));
    canonical.then(|| name.parse().ok()).flatten()
}
