//! Packs, components, rules and the action table: bundled with the binary, and overlays of a user.

pub mod actions;
pub mod pack;
mod source;

pub use source::{Document, Source};
