//! The types of values in expressions.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The type of a value, as far as it is known before the run.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    /// Anything: nothing is known.
    Any,
    Null,
    Number,
    Bool,
    Text,
    /// A list; filtered ones come from `.*`.
    List {
        of: Arc<Type>,
        filtered: bool,
    },
    Object(Arc<Object>),
}

/// An object: known properties, and the type of all others if there can be any.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object {
    pub(super) properties: Vec<(Cow<'static, str>, Type)>,
    pub(super) rest: Option<Type>,
}

impl Object {
    /// The type of a property; names have no case.
    pub(super) fn get(&self, name: &str) -> Option<&Type> {
        self.properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, ty)| ty)
    }

    /// Adds a property, or changes its type.
    pub(super) fn set(&mut self, name: &str, ty: Type) {
        match self.properties.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = ty,
            None => self.properties.push((name.to_ascii_lowercase().into(), ty)),
        }
    }
}

impl Type {
    /// An object with these properties and no others.
    pub(super) fn strict(properties: Vec<(Cow<'static, str>, Type)>) -> Self {
        Type::Object(Arc::new(Object { properties, rest: None }))
    }

    /// An object whose properties are all of this type.
    pub(super) fn map(rest: Type) -> Self {
        Type::Object(Arc::new(Object { properties: Vec::new(), rest: Some(rest) }))
    }

    pub(super) fn list(of: Type) -> Self {
        Type::List { of: Arc::new(of), filtered: false }
    }

    pub(super) fn filtered(of: Type) -> Self {
        Type::List { of: Arc::new(of), filtered: true }
    }

    /// True when a value of type `other` can be used where this type is wanted.
    pub(super) fn accepts(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any | Type::Bool, _) | (_, Type::Any) => true,
            (Type::Text, Type::Text | Type::Number)
            | (Type::Number, Type::Number)
            | (Type::Null, Type::Null) => true,
            (Type::List { of, .. }, Type::List { of: other, .. }) => of.accepts(other),
            (Type::Object(_), Type::Object(_)) => true,
            _ => false,
        }
    }

    /// The type of a value that is of one type or of the other.
    pub(super) fn merge(&self, other: &Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Type::Text, Type::Number | Type::Bool) | (Type::Number | Type::Bool, Type::Text) => Type::Text,
            (Type::List { of: a, .. }, Type::List { of: b, .. }) => Type::list(a.merge(b)),
            (Type::Object(a), Type::Object(b)) => {
                let mut merged = Object::clone(a);
                for (name, ty) in &b.properties {
                    let ty = merged.get(name).map_or_else(|| ty.clone(), |old| old.merge(ty));
                    merged.set(name, ty);
                }
                merged.rest = match (&a.rest, &b.rest) {
                    (Some(a), Some(b)) => Some(a.merge(b)),
                    (one, other) => one.clone().or_else(|| other.clone()),
                };
                Type::Object(Arc::new(merged))
            }
            _ => Type::Any,
        }
    }

    /// The type of a JSON value.
    pub(super) fn of_json(value: &serde_json::Value) -> Type {
        match value {
            serde_json::Value::Null => Type::Null,
            serde_json::Value::Bool(_) => Type::Bool,
            serde_json::Value::Number(_) => Type::Number,
            serde_json::Value::String(_) => Type::Text,
            serde_json::Value::Array(items) => {
                Type::list(items.iter().map(Type::of_json).reduce(|a, b| a.merge(&b)).unwrap_or(Type::Any))
            }
            serde_json::Value::Object(map) => Type::strict(
                map.iter().map(|(name, value)| (name.to_lowercase().into(), Type::of_json(value))).collect(),
            ),
        }
    }

    /// True when `==` can hold between values of these types.
    pub(super) fn comparable(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Any | Type::Null, _) | (_, Type::Any | Type::Null) => true,
            (Type::List { of: a, .. }, Type::List { of: b, .. }) => a.comparable(b),
            (Type::List { .. }, _) | (_, Type::List { .. }) => false,
            (Type::Object(_), Type::Object(_)) => true,
            (Type::Object(_), _) | (_, Type::Object(_)) => false,
            _ => true,
        }
    }

    /// True when `<` means something for values of this type.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self, Type::Any | Type::Number | Type::Text)
    }

    /// True when the value can be pasted into text.
    pub(super) fn is_printable(&self) -> bool {
        !matches!(self, Type::Null | Type::List { .. } | Type::Object(_))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Any => "anything",
            Type::Null => "null",
            Type::Number => "a number",
            Type::Bool => "a boolean",
            Type::Text => "text",
            Type::List { .. } => "a list",
            Type::Object(_) => "an object",
        })
    }
}
