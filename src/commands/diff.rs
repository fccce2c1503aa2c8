//! `wfgen diff`: what `generate` would change, sorted by owner.

use std::path::PathBuf;

use super::{causes, generate, pipeline};
use crate::config::Config;
use crate::error::Result;
use crate::library;
use crate::report::Outcome;
use crate::report::diff::Differences;
use crate::write;

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The checkout.
    pub path: PathBuf,
    /// Exit with 1 when there is a difference that the configuration counts.
    pub exit_code: bool,
    /// Only files that git tracks.
    pub tracked: bool,
}

/// Compares what is on disk with what would be generated. Writes nothing.
///
/// # Errors
/// See [`pipeline::prepare`] and [`write::compare`].
pub fn run(options: &Options) -> Result<Outcome> {
    let config = Config::load(&options.path)?;
    let prepared = pipeline::prepare(&options.path, &config, options.tracked)?;
    let generated = pipeline::texts(&prepared.plan)?;
    let write_options = write::Options {
        library: library::VERSION.to_owned(),
        remembered: prepared.remembered,
        ..write::Options::default()
    };
    let mut comparison = write::compare(&options.path, &generated, &write_options)?;
    causes::explain(&mut comparison, &prepared.plan, &prepared.characteristics);
    let mut warnings = prepared.warnings;
    warnings.extend(comparison.warnings.iter().cloned());
    let no = options.exit_code && generate::drifts(&comparison, &config.check);
    Ok(Outcome { warnings, ..Outcome::answer(Differences { comparison }, no) })
}
