//! What a history tells, from runs to each format.

#![allow(clippy::unwrap_used, clippy::print_stderr, unreachable_pub)]

mod anomalies;
mod bench;
mod changes;
mod failures;
mod history;
mod hostile;
mod page;
mod report;
