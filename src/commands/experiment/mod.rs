//! `wfgen experiment`: design, start, watch and end experiments.

mod apply;
mod change;
mod design;
mod list;
mod power;
mod runs;
mod status;

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::experiment::power::Scenario;
use crate::report::Outcome;

pub use change::Change;

/// What to do.
#[derive(Debug, Clone)]
pub enum Action {
    /// Say what an experiment could find, and whether it may be run.
    Design(Change),
    /// Write both variants into the workflow.
    Start(Change),
    /// Say how an experiment stands.
    Status(Option<String>),
    /// Write the control back.
    Stop(String),
    /// Make the treatment the control.
    Promote(String),
    /// List the experiments.
    List,
    /// Simulate experiments.
    Power(Power),
}

/// What to simulate.
#[derive(Debug, Clone)]
pub struct Power {
    /// Coefficient of variation of the durations.
    pub cv: f64,
    /// The control's success rate.
    pub success_rate: Option<f64>,
    /// The treatment's success rate.
    pub treatment_success_rate: Option<f64>,
    /// The known part of the variance of the log duration.
    pub r2: f64,
    /// A file of real durations.
    pub replay: Option<PathBuf>,
    /// The true speed-up.
    pub effect: f64,
    /// Runs of an experiment.
    pub horizon: u32,
    /// Experiments.
    pub simulations: u32,
    /// What the runs are like.
    pub scenario: Scenario,
    /// The seed.
    pub seed: u64,
}

/// Does it.
///
/// # Errors
/// When the configuration, a definition or an input is wrong, or there is nothing to work on.
pub fn run(db: Option<&Path>, action: &Action) -> Result<Outcome> {
    match action {
        Action::Design(change) => design::run(db, change),
        Action::Start(change) => apply::start(db, change),
        Action::Status(id) => status::run(db, id.as_deref()),
        Action::Stop(id) => apply::stop(db, id),
        Action::Promote(id) => apply::promote(db, id),
        Action::List => list::run(db),
        Action::Power(power) => power::run(power),
    }
}
