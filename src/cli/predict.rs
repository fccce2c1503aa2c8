//! `wfgen predict`: what will happen, how sure that is, and what to change.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::track::History;
use crate::commands::predict::{Action, Coming};
use crate::prediction::backtest::Level;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    history: History,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How long the next run takes, and whether it succeeds
    Duration(DurationArgs),
    /// How good the predictions would have been: every run predicted from those before it
    Backtest {
        /// A CSV (`.gz` too) in place of the history; its columns are those of `track export --as csv`
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// Whole runs, or jobs
        #[arg(long, value_enum, default_value_t)]
        level: LevelArg,
        /// Only this repository of the history
        #[arg(long, value_name = "OWNER/NAME")]
        repo: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct DurationArgs {
    /// The workflow, by name; without it every workflow that ran lately
    workflow: Option<String>,
    /// The repository; without it that of the checkout, or the only one of the history
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// The event that will start it
    #[arg(long, default_value = "push")]
    event: String,
    /// The branch it will run for; without it the default branch's name is guessed
    #[arg(long)]
    branch: Option<String>,
    /// When it will start (`2026-01-31T10:00:00Z`); without it now
    #[arg(long, value_name = "WHEN")]
    at: Option<String>,
    /// How many files the change has
    #[arg(long, value_name = "N")]
    changed_files: Option<u32>,
    /// How many lines the change adds and removes
    #[arg(long, value_name = "N")]
    changed_lines: Option<u32>,
    /// Only print it, instead of storing it to be compared when the run arrives
    #[arg(long)]
    no_store: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum LevelArg {
    #[default]
    Runs,
    Jobs,
}

impl Args {
    /// What to do, and with which history.
    pub(super) fn split(self) -> (Option<PathBuf>, Action) {
        let action = match self.command {
            Command::Duration(args) => Action::Duration(Coming {
                workflow: args.workflow,
                repository: args.repo,
                event: args.event,
                branch: args.branch,
                at: args.at,
                changed_files: args.changed_files,
                changed_lines: args.changed_lines,
                store: !args.no_store,
            }),
            Command::Backtest { csv, level, repo } => {
                let level = match level {
                    LevelArg::Runs => Level::Runs,
                    LevelArg::Jobs => Level::Jobs,
                };
                Action::Backtest { csv, level, repository: repo }
            }
        };
        (self.history.db, action)
    }
}
