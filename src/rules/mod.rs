//! Load, check, evaluate: facts to decisions with reasons.

mod condition;
mod evaluate;
mod operator;
mod outcome;
mod path;
mod value;

pub use condition::{Comparison, Condition, Named, Operand, Reference, Test};
pub use evaluate::{Evaluator, Fault, Lookup, Options};
pub use operator::Operator;
pub use outcome::{Outcome, Read};
pub use path::Path;
pub use value::Val;
