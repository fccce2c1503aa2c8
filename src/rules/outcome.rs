//! What became of a condition: the result tree that explains a rule.

use std::borrow::Cow;
use std::slice;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::condition::{Comparison, Condition, FactReference, Operand, Test};
use super::value::Val;

/// A condition with its result, and the values that were compared.
#[derive(Debug, Clone)]
pub struct Outcome<'a> {
    /// The condition; of a reference to a shared one, that.
    pub condition: &'a Condition,
    /// What people call it.
    pub name: Option<&'a str>,
    /// The name of the shared condition that this is.
    pub shared: Option<&'a str>,
    /// Whether it held; nothing when it was not looked at.
    pub held: Option<bool>,
    /// The fact's value and what it was compared with.
    pub compared: Option<(Val<'a>, Val<'a>)>,
    /// The conditions inside.
    pub parts: Vec<Outcome<'a>>,
}

/// A value that was looked at.
#[derive(Debug, Clone)]
pub struct Read<'o, 'a> {
    /// The fact and the path into it.
    pub reference: &'a FactReference,
    /// What was found there.
    pub value: &'o Val<'a>,
}

impl<'a> Outcome<'a> {
    pub(super) fn unknown(condition: &'a Condition) -> Self {
        let name = condition.name.as_deref();
        Outcome { condition, name, shared: None, held: None, compared: None, parts: Vec::new() }
    }

    /// Says that this is a shared condition that `reference` refers to by `name`.
    pub(super) fn is_shared(&mut self, shared: &'a Condition, reference: &'a Condition, name: &'a str) {
        // Of a chain of references the innermost comes first, and has set the condition already.
        if self.shared.is_none() {
            self.condition = shared;
            self.name = shared.name.as_deref();
        }
        self.name = self.name.or(reference.name.as_deref());
        self.shared = Some(name);
    }

    /// Whether it was looked at and held.
    pub fn holds(&self) -> bool {
        self.held == Some(true)
    }

    /// Every fact that was looked at, in the order in which conditions are written.
    pub fn reads(&self) -> Vec<Read<'_, 'a>> {
        let mut reads = Vec::new();
        self.collect(&mut reads);
        reads
    }

    /// The conditions inside, also where nobody looked at them.
    fn parts_or_unknown(&self, parts: &'a [Condition]) -> Cow<'_, [Outcome<'a>]> {
        if self.parts.is_empty() {
            Cow::Owned(parts.iter().map(Outcome::unknown).collect())
        } else {
            Cow::Borrowed(&self.parts)
        }
    }

    fn collect<'o>(&'o self, reads: &mut Vec<Read<'o, 'a>>) {
        if let (Test::Compare(comparison), Some((fact, value))) = (&self.condition.test, &self.compared) {
            reads.push(Read { reference: &comparison.fact, value: fact });
            if let Operand::Fact(reference) = &comparison.value {
                reads.push(Read { reference, value });
            }
        }
        for part in &self.parts {
            part.collect(reads);
        }
    }
}

/// As json-rules-engine prints a condition of a rule result, and `result` on groups too.
impl Serialize for Outcome<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let priority = match &self.condition.test {
            Test::All(_) | Test::Any(_) | Test::Not(_) => Some(self.condition.rank()),
            _ => self.condition.priority,
        };
        if let Some(priority) = priority.filter(|priority| *priority != 0) {
            map.serialize_entry("priority", &priority)?;
        }
        if let Some(name) = self.name {
            map.serialize_entry("name", name)?;
        }
        match &self.condition.test {
            Test::All(parts) => map.serialize_entry("all", &*self.parts_or_unknown(parts))?,
            Test::Any(parts) => map.serialize_entry("any", &*self.parts_or_unknown(parts))?,
            Test::Not(part) => {
                map.serialize_entry("not", &self.parts_or_unknown(slice::from_ref(part)).first())?;
            }
            Test::Named(name) => map.serialize_entry("condition", name)?,
            Test::Compare(comparison) => {
                let Comparison { fact, operator, value } = &**comparison;
                map.serialize_entry("operator", &operator.to_string())?;
                map.serialize_entry("value", value)?;
                map.serialize_entry("fact", &fact.fact)?;
                if let Some(params) = &fact.params {
                    map.serialize_entry("params", params)?;
                }
                if let Some(path) = &fact.path {
                    map.serialize_entry("path", path)?;
                }
            }
        }
        if let Some((fact, value)) = &self.compared {
            for (key, val) in [("factResult", fact), ("valueResult", value)] {
                if !matches!(val, Val::Undefined) {
                    map.serialize_entry(key, val)?;
                }
            }
        }
        if let Some(held) = self.held {
            map.serialize_entry("result", &held)?;
        }
        map.end()
    }
}
