//! Runs: what happened, read from wherever it was written down.

pub mod import;
pub mod payload;
pub mod record;

pub use record::{Conclusion, Job, Run, Status, Step};
