//! Pure numbers: distributions, tests, intervals, sequential boundaries. No I/O, no clock, no state.
//!
//! Every function gives a finite answer or a [`Refusal`] with the reason; none panics or gives a NaN.

pub mod adjust;
pub mod huber;
pub mod normal;
pub mod proportion;
pub mod proportion_tests;
pub mod rank_tests;
pub mod refusal;
pub mod scores;
pub mod sequential;
pub mod special;

pub use refusal::{Interval, Refusal, finite};
