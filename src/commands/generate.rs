//! `wfgen generate`: from a checkout to its workflows.

use std::path::PathBuf;

use crate::config::Config;
use crate::error::Result;
use crate::report::Outcome;

use super::pipeline;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The checkout.
    pub path: PathBuf,
    /// What to do with what is generated.
    pub mode: Mode,
    /// Overwrite what wfgen did not write and what can't be merged.
    pub force: bool,
    /// Take over workflows that wfgen did not write.
    pub adopt: bool,
    /// Only files that git tracks.
    pub tracked: bool,
}

/// What to do with what is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Write it.
    Write,
    /// Say whether it is current.
    Check,
    /// Show what would be written.
    DryRun,
    /// Show the plan.
    Plan,
    /// Show why a job is there, or every job.
    Explain(Option<String>),
    /// Undo the last run that wrote.
    Rollback,
}

/// Generates.
///
/// # Errors
/// See [`pipeline::prepare`] and [`crate::write`].
pub fn run(options: &Options) -> Result<Outcome> {
    let config = Config::load(&options.path)?;
    let prepared = pipeline::prepare(&options.path, &config, options.tracked)?;
    let texts = pipeline::texts(&prepared.plan);
    let out: String = texts.iter().map(|t| format!("--- {}\n{}", t.path, t.text)).collect();
    Ok(Outcome::done(Raw(out)))
}

struct Raw(String);
impl crate::report::Report for Raw {
    fn human(&self) -> String {
        self.0.clone()
    }
    fn json(&self) -> serde_json::Value {
        serde_json::json!({})
    }
}
