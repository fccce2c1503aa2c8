//! Pure numbers: distributions, tests, intervals, sequential boundaries. No I/O, no clock, no state.
//!
//! Every function gives a finite answer or a [`Refusal`] with the reason; none panics or gives a NaN.

pub mod adjust;
pub mod anytime;
pub mod bounded;
mod brownian;
pub mod bucketing;
pub mod ewma;
pub mod exact;
pub mod goodness;
pub mod huber;
pub mod means;
pub mod normal;
pub mod proportion;
pub mod proportion_tests;
pub mod quantile;
pub mod rank_tests;
pub mod refusal;
pub mod regression;
pub mod sample_size;
pub mod scores;
pub mod sequential;
pub mod special;
pub mod student;

pub use refusal::{Interval, Refusal, finite};
