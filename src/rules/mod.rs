//! Load, check, evaluate: facts to decisions with reasons.
//!
//! Rules are [json-rules-engine](https://github.com/CacheControl/json-rules-engine) rules, and conditions mean what
//! they mean there; `tests/rules_differential.rs` compares both on examples and thousands of generated rules. On
//! purpose, these are different:
//!
//! - Facts are values that are known before: there are no functions, no `params` that do anything, no priorities of
//!   facts and no facts that rules add. Prototypes are never looked at (`toString` is no property of an object).
//! - What would be a fault whenever it is evaluated is one when the rule is loaded, even where the lazy evaluation
//!   would not reach it: an unknown operator or shared condition, a path that can't be read or that jsonpath-plus
//!   reads in a surprising way (see `path`), a condition that says two things at once (`all` beside `any`),
//!   a priority that is no whole number, other keys beside `fact`, `path` and `params` in a reference.
//! - Shared conditions that refer to each other in a circle, and rules that need more than 10,000 conditions, are
//!   faults instead of an endless evaluation.
//! - Rules of equal priority are in the order of their names, not in the order in which promises resolve.
//! - Text is Unicode scalar values: half of a surrogate pair, taken out of text by its index, is U+FFFD.

mod condition;
mod decide;
mod decisions;
mod evaluate;
mod file;
#[cfg(test)]
pub(crate) mod fixture;
mod load;
mod merge;
mod operator;
mod outcome;
mod path;
mod prove;
mod value;

pub use condition::{Comparison, Condition, FactReference, Named, Operand, Test};
pub use decide::{Known, decide};
pub use decisions::{Advice, Decisions, FactRead, Omission, Range, Reason, Request, Setting};
pub use evaluate::{Evaluator, Fault, Lookup, Options};
pub use file::{ComponentEvent, Event, FindingEvent, OmitEvent, Rule, RuleFile, Scope, Shared};
pub use load::{Loaded, Origin, RuleSet};
pub use operator::Operator;
pub use outcome::{Outcome, Read};
pub use path::Path;
pub use prove::{Cases, Check, Proof, Verdict};
pub use value::Val;
