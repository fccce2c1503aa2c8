//! JSON, YAML, TOML and XML as one tree in which every node knows its line.
//!
//! Whatever people write is read through here: manifests, components, rules, workflows, configuration. So an
//! error about any of them can show the line, and evidence about any of them can name it.

pub mod decode;
mod deserialize;
pub mod file;
pub mod json;
mod lines;
mod node;
pub mod toml;
pub mod xml;
pub mod yaml;

pub use node::{Data, Node, Problem};

use crate::error::{Diagnostic, Location};

impl Problem {
    /// The problem as a diagnostic about `file`, whose content is `text`.
    pub fn diagnose(&self, file: &str, text: &str) -> Diagnostic {
        Diagnostic::new(&self.message).at(Location::at(file, self.line, self.column, text))
    }
}

/// Longer texts than this are no manifests: 8 MiB.
const MAX_SIZE: usize = 8 << 20;

/// Refuses a text that is too long to be read into a tree.
fn check_size(text: &str) -> Result<(), Problem> {
    if text.len() > MAX_SIZE {
        return Err(Problem::new(format!("longer than {} MiB", MAX_SIZE >> 20), 0, 0));
    }
    Ok(())
}
