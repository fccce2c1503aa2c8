//! `wfgen diff [PATH]`.

use std::path::PathBuf;

use crate::commands::diff::Options;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The checkout
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Exit with 1 when there is a difference that the configuration counts
    #[arg(long)]
    exit_code: bool,
    /// Look only at files that git tracks
    #[arg(long)]
    tracked: bool,
}

impl From<Args> for Options {
    fn from(Args { path, exit_code, tracked }: Args) -> Self {
        Options { path, exit_code, tracked }
    }
}
