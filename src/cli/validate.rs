//! `wfgen validate [FILE]...`

use std::path::PathBuf;

use crate::commands;
use crate::error::Result;
use crate::report::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Workflows, `action.yml`, `dependabot.yml`, or directories with checkouts
    ///
    /// Without any: what is in `.github/workflows`, `.github/dependabot.yml` and `action.yml` of the checkout
    /// around the current directory. A file that is no YAML is a finding; one that can't be read is exit code 5.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Outcome> {
    commands::validate::run(&args.files)
}
