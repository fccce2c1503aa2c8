//! Insight: what a history tells. Rows in, values out; pure, and `now` is an argument.
//!
//! | module | what it answers |
//! |---|---|
//! | [`summary`] | how often it succeeds, how long it takes and waits, what changed, what it costs |
//! | [`flaky`] | which jobs fail and succeed on the same commit |
//! | [`cost`] | what minutes cost on GitHub's runners |
//! | [`failures`] | what sort of failure each one is, and what has helped before |
//! | [`anomalies`] | which run was out of the ordinary, what shifted, drifts or fails more often |
//! | [`bench`] | whether the newest benchmark result is a regression |

pub mod anomalies;
pub mod bench;
pub mod changepoint;
pub mod cost;
pub mod failures;
pub mod flaky;
pub mod names;
pub mod numbers;
pub mod prices;
pub mod rows;
pub mod sketch;
pub mod sources;
pub mod summary;

pub use rows::{Intake, JobRow, RunRow, StepRow};
