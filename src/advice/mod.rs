//! Advice: what to change, when to run, and how good the predictions were. Rows and values in, values out; pure, and
//! `now` is an argument.
//!
//! | module | what it answers |
//! |---|---|
//! | [`recommend`] | what to change in the workflows, what it saves, what it risks and how it could be proved |
//! | [`schedule`] | when scheduled workflows had better start |
//! | [`accuracy`] | how close stored predictions came |
//! | [`checkout`] | what the advice has to know of the workflows |
//! | [`saving`] | minutes and money a month with an interval |
//!
//! A change is a `patch`: a piece of `wfgen.toml` (`{"jobs": {"ci/test": {...}}}` or `{"triggers": {...}}`), which is at
//! the same time what an experiment treats with.

pub mod accuracy;
pub mod checkout;
#[cfg(test)]
mod dice;
pub mod recommend;
pub mod saving;
pub mod schedule;

pub use checkout::{Checkout, Job, Matrix, Step, Workflow};
