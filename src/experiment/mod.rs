//! Experiments: variants -> assignment -> outcomes -> verdict.
//!
//! - [`definition`]: the file that a person writes.
//! - [`safety`]: what a treatment may never be.
//! - [`variants`]: both variants in one workflow.
//! - [`assign`]: which run gets which arm, from a salt and the run's number or id.
//! - [`outcome`]: what is used of the runs, and why the rest is not.
//! - [`verdict`]: faster, slower or undecided after every run, with an estimate and its interval.
//! - [`guardrail`]: whether the treatment harms the success rate; [`sample_ratio`]: whether the arms have the size
//!   they should.
//! - [`secondary`]: other metrics, corrected for their number.
//! - [`design`]: the smallest effect that an experiment can find, from the spread of the history.
//! - [`power`]: the error rates of all of this, by simulation.

pub mod assign;
mod bound;
pub mod definition;
pub mod design;
pub mod guardrail;
pub mod outcome;
pub mod plan;
pub mod power;
pub mod safety;
pub mod sample_ratio;
pub mod secondary;
mod simulator;
mod trial;
pub mod variants;
pub mod verdict;

pub use assign::{Arm, Assignment, Share};
pub use outcome::{Outcome, Outcomes};
pub use plan::Plan;
pub use verdict::{Decision, Verdict, verdict};
