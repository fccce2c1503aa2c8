//! Runs: what happened, read from wherever it was written down, and written down for others.

pub mod download;
pub mod export;
pub mod fetch;
pub mod import;
pub mod payload;
pub mod record;
pub mod rest;
mod secret;
pub mod serve;
pub mod sharing;
pub mod simulate;
mod stop;

pub use record::{Conclusion, Job, Run, Status, Step};
pub use secret::Secret;
pub use stop::Stop;
