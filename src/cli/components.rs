//! `wfgen components [ID] [PATH]`.

use std::path::PathBuf;

use crate::commands::components::Options;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Show one component: its inputs, where their values come from, its body
    id: Option<String>,
    /// The checkout whose overlays count
    #[arg(long, default_value = ".")]
    path: PathBuf,
}

impl From<Args> for Options {
    fn from(Args { id, path }: Args) -> Self {
        Options { id, path }
    }
}
