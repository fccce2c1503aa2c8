//! Evaluation: conditions and facts to results, as json-rules-engine does it.

use std::cell::Cell;
use std::fmt;

use serde_json::Value;

use super::condition::{Condition, FactReference, Named, Operand, Test};
use super::outcome::Outcome;
use super::value::Val;

/// Conditions that nest (or refer to each other) deeper than this are refused.
const MAX_DEPTH: usize = 200;
/// A rule that needs more conditions than this, shared ones counted at every use, is refused.
const MAX_CONDITIONS: usize = 10_000;

/// Why a rule can't be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub(super) String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where facts are looked up.
pub trait Lookup {
    /// The value of a fact, if there is such a fact.
    fn lookup(&self, name: &str) -> Option<&Value>;
}

impl Lookup for serde_json::Map<String, Value> {
    fn lookup(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

/// What counts as a fault.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// A fact that isn't known is undefined instead of a fault.
    pub allow_undefined_facts: bool,
    /// A shared condition that isn't known does not hold instead of being a fault.
    pub allow_undefined_conditions: bool,
}

/// Evaluates conditions over one set of facts.
pub struct Evaluator<'a> {
    facts: &'a dyn Lookup,
    named: &'a Named,
    options: Options,
    budget: Cell<usize>,
}

impl<'a> Evaluator<'a> {
    /// An evaluator of facts and shared conditions.
    pub fn new(facts: &'a dyn Lookup, named: &'a Named, options: Options) -> Self {
        Evaluator { facts, named, options, budget: Cell::new(0) }
    }

    /// Whether the condition of a rule holds.
    ///
    /// # Errors
    /// Facts or conditions that are not known, a value that an operator can't work on, a path that fails on the
    /// value, nesting without end.
    pub fn holds(&self, condition: &'a Condition) -> Result<bool, Fault> {
        self.budget.set(MAX_CONDITIONS);
        self.condition(condition, 0, None)
    }

    /// Whether the condition of a rule holds, and how that came about.
    ///
    /// # Errors
    /// As [`Evaluator::holds`].
    pub fn evaluate(&self, condition: &'a Condition) -> Result<Outcome<'a>, Fault> {
        self.budget.set(MAX_CONDITIONS);
        let mut outcome = Outcome::unknown(condition);
        self.condition(condition, 0, Some(&mut outcome))?;
        Ok(outcome)
    }

    /// What an operand stands for.
    ///
    /// # Errors
    /// A fact that is not known, or a path that fails on its value.
    pub fn operand(&self, operand: &'a Operand) -> Result<Val<'a>, Fault> {
        match operand {
            Operand::Literal(value) => Ok(Val::Json(value)),
            Operand::Fact(reference) => self.fact(reference),
        }
    }

    fn fact(&self, reference: &FactReference) -> Result<Val<'a>, Fault> {
        match (self.facts.lookup(&reference.fact), &reference.path) {
            (Some(value @ (Value::Array(_) | Value::Object(_))), Some(path)) => path
                .find(value)
                .map_err(|Fault(why)| Fault(format!("`{path}` of `{}`: {why}", reference.fact))),
            (Some(value), _) => Ok(Val::Json(value)),
            (None, _) if self.options.allow_undefined_facts => Ok(Val::Undefined),
            (None, _) => Err(Fault(format!("there is no fact `{}`", reference.fact))),
        }
    }

    /// Evaluates a condition, and writes down how it came out where somebody wants to know.
    fn condition(
        &self,
        condition: &'a Condition,
        depth: usize,
        mut outcome: Option<&mut Outcome<'a>>,
    ) -> Result<bool, Fault> {
        let left = self.budget.get().checked_sub(1);
        let Some(left) = left.filter(|_| depth < MAX_DEPTH) else {
            let why = format!("more than {MAX_CONDITIONS} conditions, or nested deeper than {MAX_DEPTH}");
            return Err(Fault(why));
        };
        self.budget.set(left);
        let held = match &condition.test {
            Test::All(parts) => self.group(parts, false, depth, outcome.as_deref_mut())?,
            Test::Any(parts) => self.group(parts, true, depth, outcome.as_deref_mut())?,
            Test::Not(part) => {
                let inner = outcome.as_deref_mut().map(|outcome| {
                    outcome.parts.push(Outcome::unknown(part));
                    &mut outcome.parts[0]
                });
                !self.condition(part, depth + 1, inner)?
            }
            Test::Named(name) => match self.named.get(name) {
                Some(shared) => {
                    let held = self.condition(shared, depth + 1, outcome.as_deref_mut())?;
                    if let Some(outcome) = outcome {
                        outcome.is_shared(shared, condition, name);
                    }
                    return Ok(held);
                }
                None if self.options.allow_undefined_conditions => false,
                None => return Err(Fault(format!("there is no condition `{name}`"))),
            },
            Test::Compare(comparison) => {
                let (fact, value) = (self.fact(&comparison.fact)?, self.operand(&comparison.value)?);
                let held = comparison.operator.holds(&fact, &value);
                let held = held.map_err(|Fault(why)| Fault(format!("`{}`: {why}", comparison.fact.fact)))?;
                if let Some(outcome) = outcome.as_deref_mut() {
                    outcome.compared = Some((fact, value));
                }
                held
            }
        };
        if let Some(outcome) = outcome {
            outcome.held = Some(held);
        }
        Ok(held)
    }

    /// All conditions of one priority are looked at before those of the next, and only while the answer is open.
    fn group(
        &self,
        parts: &'a [Condition],
        any: bool,
        depth: usize,
        mut outcome: Option<&mut Outcome<'a>>,
    ) -> Result<bool, Fault> {
        if let Some(outcome) = outcome.as_deref_mut() {
            outcome.parts.extend(parts.iter().map(Outcome::unknown));
        }
        let mut held = !any || parts.is_empty();
        let mut next = parts.iter().map(Condition::rank).max();
        while let Some(rank) = next.filter(|_| held != any) {
            for (at, part) in parts.iter().enumerate().filter(|(_, part)| part.rank() == rank) {
                let inner = outcome.as_deref_mut().and_then(|outcome| outcome.parts.get_mut(at));
                if self.condition(part, depth + 1, inner)? == any {
                    held = any;
                }
            }
            next = parts.iter().map(Condition::rank).filter(|other| *other < rank).max();
        }
        Ok(held)
    }
}
