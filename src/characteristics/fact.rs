//! A fact: a value, why we believe it, how much, and what was refused.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A fact about a repository or a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// The value.
    pub value: Value,
    /// From 0 (was not readable) to 1 (declared for exactly this purpose).
    pub confidence: f64,
    /// Where it was read, strongest first.
    pub evidence: Vec<Evidence>,
    /// What was considered and not taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<Refusal>,
}

/// Where a fact was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// Path relative to the checkout.
    pub file: String,
    /// 1-based line, when one line says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What read it, e.g. `toml package.rust-version`.
    pub reader: String,
}

impl Evidence {
    /// A whole file.
    pub fn file(file: impl Into<String>, reader: impl Into<String>) -> Self {
        Evidence { file: file.into(), line: None, reader: reader.into() }
    }

    /// A line of a file; line 0 is the whole file.
    pub fn at(file: impl Into<String>, line: u32, reader: impl Into<String>) -> Self {
        Evidence { file: file.into(), line: Some(line).filter(|line| *line > 0), reader: reader.into() }
    }
}

impl Fact {
    /// A fact that was declared for exactly this purpose.
    pub fn new(value: impl Into<Value>, evidence: Evidence) -> Self {
        Fact { value: value.into(), confidence: 1.0, evidence: vec![evidence], refused: Vec::new() }
    }

    /// A fact that follows from several places.
    pub fn of(value: impl Into<Value>, evidence: Vec<Evidence>) -> Self {
        Fact { value: value.into(), confidence: 1.0, evidence, refused: Vec::new() }
    }

    /// What would be known if `file` could be read: no value, confidence 0.
    pub fn unreadable(evidence: Evidence) -> Self {
        Fact { value: Value::Null, confidence: 0.0, evidence: vec![evidence], refused: Vec::new() }
    }

    /// Says how sure it is.
    #[must_use]
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// Adds what was considered and not taken.
    #[must_use]
    pub fn refusing(
        mut self,
        value: impl Into<Value>,
        evidence: Evidence,
        because: impl Into<String>,
    ) -> Self {
        self.refused.push(Refusal { value: value.into(), evidence, because: because.into() });
        self
    }

    /// Adds another fact of the same name: a list gets more items, a flag is or-ed, anything else stays.
    pub fn unite(&mut self, other: &Fact) {
        match (&mut self.value, &other.value) {
            (Value::Array(items), Value::Array(more)) => {
                let before = items.len();
                for item in more {
                    if !items.contains(item) {
                        items.push(item.clone());
                    }
                }
                if items.len() > before {
                    self.evidence.extend(other.evidence.iter().cloned());
                }
            }
            (Value::Bool(false), Value::Bool(true)) => *self = other.clone(),
            _ => {}
        }
    }

    /// Keeps another fact of the same name as refused; when both say the same, its evidence is ours.
    pub fn refuse(&mut self, other: &Fact, because: &str) {
        for evidence in &other.evidence {
            if other.value == self.value {
                self.evidence.push(evidence.clone());
            } else {
                let (value, because) = (other.value.clone(), because.to_owned());
                self.refused.push(Refusal { value, evidence: evidence.clone(), because });
            }
        }
        self.refused.extend(other.refused.iter().cloned());
    }
}

/// A value that was considered and not taken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refusal {
    /// The value.
    pub value: Value,
    /// Where it was read.
    pub evidence: Evidence,
    /// Why it was not taken.
    pub because: String,
}

/// Facts by name, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<String, Fact>);

impl Facts {
    /// The value of a fact.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).map(|fact| &fact.value)
    }

    /// A fact with its evidence.
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.get(name)
    }

    /// Sets a fact, in place of one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, fact: Fact) {
        self.0.insert(name.into(), fact);
    }

    /// Whether a fact is there with a value that says yes: `true`, text, a list with something in it.
    pub fn holds(&self, name: &str) -> bool {
        match self.value(name) {
            None | Some(Value::Null | Value::Bool(false)) => false,
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::String(text)) => !text.is_empty(),
            Some(_) => true,
        }
    }

    /// The value of a fact, if it is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// A fact that can be added to.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Fact> {
        self.0.get_mut(name)
    }

    /// All facts in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Fact)> {
        self.0.iter().map(|(name, fact)| (name.as_str(), fact))
    }
}

/// `file:line`, or the file.
impl std::fmt::Display for Evidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => f.write_str(&self.file),
        }
    }
}
