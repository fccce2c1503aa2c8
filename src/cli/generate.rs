//! `wfgen generate [PATH]`.

use std::path::PathBuf;

use crate::commands::generate::{Mode, Options};

#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("mode").multiple(false))]
pub(super) struct Args {
    /// The checkout
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Write nothing; exit with 1 when a generated file is not current
    #[arg(long, group = "mode")]
    check: bool,
    /// Write nothing; show what would be written
    #[arg(long, group = "mode")]
    dry_run: bool,
    /// Write nothing; show which jobs there would be, from which components
    #[arg(long, group = "mode")]
    plan: bool,
    /// Write nothing; show why a job (or every job) is there, with the evidence
    #[arg(long, group = "mode", value_name = "JOB", num_args = 0..=1, default_missing_value = "*")]
    explain: Option<String>,
    /// Undo the last run that wrote
    #[arg(long, group = "mode", conflicts_with_all = ["force", "adopt"])]
    rollback: bool,
    /// Overwrite files that wfgen did not write, and edits that cannot be merged
    #[arg(long, conflicts_with = "adopt")]
    force: bool,
    /// Take over workflows that wfgen did not write: their own jobs are kept beside those that are generated
    #[arg(long)]
    adopt: bool,
    /// Look only at files that git tracks
    #[arg(long)]
    tracked: bool,
}

impl Args {
    /// Whether it is asked to do something, or whether all is well, and not to show something.
    pub(super) fn acts(&self) -> bool {
        !self.dry_run && !self.plan && self.explain.is_none()
    }
}

impl From<Args> for Options {
    fn from(args: Args) -> Self {
        let mode = match args.explain {
            Some(job) => Mode::Explain((job != "*").then_some(job)),
            None if args.check => Mode::Check,
            None if args.dry_run => Mode::DryRun,
            None if args.plan => Mode::Plan,
            None if args.rollback => Mode::Rollback,
            None => Mode::Write,
        };
        let Args { path, force, adopt, tracked, .. } = args;
        Options { path, mode, force, adopt, tracked }
    }
}
