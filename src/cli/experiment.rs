//! `wfgen experiment`: one change, half of the runs, an honest verdict.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::track::History;
use crate::commands::experiment::{Action, Change, Power};
use crate::experiment::Assignment;
use crate::experiment::power::Scenario;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    history: History,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what an experiment could find, and whether it may be run
    Design(ChangeArgs),
    /// Write both variants into the workflow
    Start(ChangeArgs),
    /// Say how an experiment stands: 0 faster, 1 slower or harmful, 3 undecided
    Status {
        /// Its id; not needed when only one is running
        id: Option<String>,
    },
    /// End an experiment: write the control back
    Stop {
        /// Its id
        id: String,
    },
    /// End an experiment: make the treatment the control
    Promote {
        /// Its id
        id: String,
    },
    /// List the experiments of the checkout and of the history
    List,
    /// Simulate experiments: false positives without an effect, power with one
    Power(PowerArgs),
}

#[derive(Debug, clap::Args)]
struct ChangeArgs {
    /// A definition, or the id of one in `.github/experiments`
    #[arg(required_unless_present_any = ["change", "proposal"], conflicts_with_all = ["change", "proposal"])]
    file: Option<PathBuf>,
    /// Instead of a file: a proposal of `wfgen predict recommend`, by its id
    #[arg(long, value_name = "PROPOSAL", conflicts_with = "change")]
    proposal: Option<String>,
    /// Instead of a file: what the treatment changes, a line of `wfgen.toml`; any number
    #[arg(long, value_name = "SETTING", requires = "workflow", requires = "id")]
    change: Vec<String>,
    /// The workflow that is changed, by its file's name without ending
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// The id of the experiment
    #[arg(long)]
    id: Option<String>,
    /// What is believed, in a sentence
    #[arg(long, value_name = "TEXT")]
    hypothesis: Option<String>,
    /// How runs get their arm
    #[arg(long, value_enum)]
    assignment: Option<AssignmentArg>,
    /// The number of runs after which it ends
    #[arg(long, value_name = "RUNS")]
    horizon: Option<u32>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AssignmentArg {
    /// A small first job deals the arms out in blocks of four
    Blocks,
    /// Expressions only, from the last digits of the run's id
    Endings,
}

impl From<ChangeArgs> for Change {
    fn from(args: ChangeArgs) -> Self {
        let assignment = args.assignment.map(|assignment| match assignment {
            AssignmentArg::Blocks => Assignment::Blocks,
            AssignmentArg::Endings => Assignment::Endings,
        });
        let ChangeArgs { file, proposal, change, workflow, id, hypothesis, horizon, .. } = args;
        Change { file, proposal, id, workflow, changes: change, hypothesis, assignment, horizon }
    }
}

#[derive(Debug, clap::Args)]
struct PowerArgs {
    /// Coefficient of variation of the durations
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    cv: f64,
    /// Success rate of the control; without it 0.9 (1 for replayed durations)
    #[arg(long, value_name = "SHARE")]
    success_rate: Option<f64>,
    /// Success rate of the treatment, when it is another one
    #[arg(long, value_name = "SHARE")]
    treatment_success_rate: Option<f64>,
    /// How much of the variance of the log duration is known before a run
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    r2: f64,
    /// Replay real durations: a CSV with a column `duration_s`, oldest first, or one number a line
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cv", "r2"])]
    replay: Option<PathBuf>,
    /// True speed-up: 0.1 is a tenth less time; 0 asks for false positives
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, allow_negative_numbers = true)]
    effect: f64,
    /// Runs of an experiment
    #[arg(long, value_name = "RUNS", default_value_t = 100)]
    horizon: u32,
    /// Experiments to simulate
    #[arg(long, value_name = "N", default_value_t = 8000)]
    simulations: u32,
    /// What the runs are like
    #[arg(long, value_enum, default_value_t)]
    scenario: ScenarioArg,
    /// Another seed, other experiments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ScenarioArg {
    #[default]
    Base,
    Clean,
    Autocorrelated,
    Trend,
    LevelJump,
    Heteroscedastic,
    Outliers,
    LowSuccess,
    HashAssignment,
}

impl From<ScenarioArg> for Scenario {
    fn from(scenario: ScenarioArg) -> Self {
        match scenario {
            ScenarioArg::Base => Scenario::Base,
            ScenarioArg::Clean => Scenario::Clean,
            ScenarioArg::Autocorrelated => Scenario::Autocorrelated,
            ScenarioArg::Trend => Scenario::Trend,
            ScenarioArg::LevelJump => Scenario::LevelJump,
            ScenarioArg::Heteroscedastic => Scenario::Heteroscedastic,
            ScenarioArg::Outliers => Scenario::Outliers,
            ScenarioArg::LowSuccess => Scenario::LowSuccess,
            ScenarioArg::HashAssignment => Scenario::HashAssignment,
        }
    }
}

impl Args {
    /// What to do, and with which history.
    pub(super) fn split(self) -> (Option<PathBuf>, Action) {
        let action = match self.command {
            Command::Design(args) => Action::Design(args.into()),
            Command::Start(args) => Action::Start(args.into()),
            Command::Status { id } => Action::Status(id),
            Command::Stop { id } => Action::Stop(id),
            Command::Promote { id } => Action::Promote(id),
            Command::List => Action::List,
            Command::Power(args) => Action::Power(Power {
                cv: args.cv,
                success_rate: args.success_rate,
                treatment_success_rate: args.treatment_success_rate,
                r2: args.r2,
                replay: args.replay,
                effect: args.effect,
                horizon: args.horizon,
                simulations: args.simulations,
                scenario: args.scenario.into(),
                seed: args.seed,
            }),
        };
        (self.history.db, action)
    }
}
