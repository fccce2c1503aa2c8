//! Forecasts of durations and outcomes, and the walk-forward test of how good they are.

pub mod backtest;
mod forecast;
mod forecaster;
mod state;

pub use forecast::{Confidence, Forecast, Interval, Reason};
pub use forecaster::{CAUGHT_UP, COUNTED, ENOUGH, Forecaster};
