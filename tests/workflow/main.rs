//! The workflow model: what is composed, written and read again.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

mod examples;
mod hostile;
mod laws;
mod nasty;
mod pyyaml;
