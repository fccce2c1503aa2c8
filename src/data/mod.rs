//! JSON, YAML, TOML and XML as one tree in which every node knows its line.
//!
//! Whatever people write is read through here: manifests, components, rules, workflows, configuration. So an
//! error about any of them can show the line, and evidence about any of them can name it.

pub mod decode;
mod node;
pub mod yaml;

pub use node::{Data, Node, Problem};

use crate::error::{Diagnostic, Location};

impl Problem {
    /// The problem as a diagnostic about `file`, whose content is `text`.
    pub fn diagnose(&self, file: &str, text: &str) -> Diagnostic {
        Diagnostic::new(&self.message).at(Location::at(file, self.line, self.column, text))
    }
}
