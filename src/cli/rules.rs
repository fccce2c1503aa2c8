//! `wfgen rules list`, `show NAME`, `explain NAME [PATH]`, `test [FOLDER]`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::commands::rules::Action;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List every rule with its scope, priority and reason
    List {
        /// The checkout whose overlays count
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Print a rule and where it comes from
    Show {
        /// The rule, e.g. `python/test`
        name: String,
        /// The checkout whose overlays count
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Print how each condition of a rule comes out on a checkout
    Explain {
        /// The rule, e.g. `python/test`
        name: String,
        /// The checkout
        #[arg(default_value = ".")]
        path: PathBuf,
    },
    /// Prove the rules of a library or an overlay by the cases of its packs
    Test {
        /// The folder that has `components/` and `rules/`
        #[arg(default_value = ".")]
        folder: PathBuf,
    },
}

impl From<Args> for Action {
    fn from(Args { command }: Args) -> Self {
        match command {
            Command::List { path } => Action::List(path),
            Command::Show { name, path } => Action::Show(name, path),
            Command::Explain { name, path } => Action::Explain(name, path),
            Command::Test { folder } => Action::Test(folder),
        }
    }
}
