//! The workflow model: what is composed, written and read again.

mod examples;
mod hostile;
mod laws;
mod nasty;
mod pyyaml;
