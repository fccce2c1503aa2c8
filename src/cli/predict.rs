//! `wfgen predict`: what will happen, how sure that is, and what to change.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::track::History;
use crate::commands::predict::{Action, Coming, Recommend, Schedule};
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
    /// How close predictions came to the runs that they were about; exit code 1 when too few did
    Accuracy {
        /// Only this repository
        #[arg(long, value_name = "OWNER/NAME")]
        repo: Option<String>,
        /// All is well from this share of predictions within 25 % on
        #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
        target: f64,
        /// Something is wrong below this share
        #[arg(long, value_name = "SHARE", default_value_t = 0.65)]
        critical: f64,
        /// Every compared prediction as CSV
        #[arg(long)]
        csv: bool,
    },
    /// What to change in the workflows, what it saves, what it risks, and how to prove it
    Recommend(RecommendArgs),
    /// When scheduled workflows had better start: apart from each other, and not when everyone does
    Schedule(ScheduleArgs),
}

#[derive(Debug, clap::Args)]
struct ScheduleArgs {
    /// The repository; without it that of the checkout, or the only one of the history
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// The time zone that hours are in
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    time_zone: String,
    /// Hours in which no scheduled run should be going on, such as `mon-fri 09:00-18:00`
    #[arg(long, value_name = "HOURS")]
    avoid: Option<String>,
    /// Hours in which scheduled runs should start, such as `22:00-06:00`
    #[arg(long, value_name = "HOURS")]
    want: Option<String>,
    /// By how many hours a start may move; 0 keeps it in its hour
    #[arg(long, value_name = "HOURS", default_value_t = 2)]
    slack_hours: u8,
    /// Move nothing whose prediction is less sure to be within 25 %
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    min_confidence: f64,
    /// A forecast of the grid's carbon intensity: a file, or an https address
    #[arg(long, value_name = "FILE|URL")]
    carbon: Option<String>,
    /// A workflow that may wait for clean electricity, by its file's name without ending; any number
    #[arg(long, value_name = "NAME", requires = "carbon")]
    deferrable: Vec<String>,
    /// Write the proposals into `wfgen.toml`, and generate
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, clap::Args)]
struct RecommendArgs {
    /// The repository; without it that of the checkout, or the only one of the history
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// What a minute of a runner costs in US dollars, such as `big-runner=0.05`; any number
    #[arg(long = "price", value_name = "LABEL=USD")]
    prices: Vec<String>,
    /// Write a proposal into `wfgen.toml`, and generate
    #[arg(long, value_name = "PROPOSAL")]
    apply: Option<String>,
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
    /// The branch it will run for; without it the checkout's default branch
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
            Command::Accuracy { repo, target, critical, csv } => {
                Action::Accuracy { repository: repo, target, critical, csv }
            }
            Command::Schedule(args) => Action::Schedule(Schedule {
                repository: args.repo,
                time_zone: args.time_zone,
                avoid: args.avoid,
                want: args.want,
                slack_hours: args.slack_hours,
                min_confidence: args.min_confidence,
                carbon: args.carbon,
                deferrable: args.deferrable,
                apply: args.apply,
            }),
            Command::Recommend(RecommendArgs { repo, prices, apply }) => {
                Action::Recommend(Recommend { repository: repo, prices, apply })
            }
        };
        (self.history.db, action)
    }
}
