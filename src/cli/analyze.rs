//! `wfgen analyze [PATH]...`

use std::path::PathBuf;

use crate::commands::analyze::Request;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Checkouts to look at
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Show why a fact is what it is, and what was refused
    #[arg(long, value_name = "FACT")]
    explain: Option<String>,
    /// Look only at files that git tracks, by git's index
    #[arg(long)]
    tracked: bool,
}

impl From<Args> for Request {
    fn from(args: Args) -> Self {
        Request { paths: args.paths, explain: args.explain, tracked: args.tracked }
    }
}
