//! Experiments on workflows: variants, assignment, outcomes, verdict.

pub mod assign;
pub mod definition;
pub mod safety;
pub mod variants;
