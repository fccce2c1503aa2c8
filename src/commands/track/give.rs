//! `track export` and `track simulate`.

use std::io::Write;
use std::path::Path;

use super::Which;
use crate::clock;
use crate::commands::place;
use crate::error::{Error, Result};
use crate::history::{Filter, Recorded};
use crate::report::Outcome;
use crate::report::track::Taken;
use crate::runs::Run;
use crate::runs::export::{Level, Table, json_line};
use crate::runs::sharing::Anonymizer;
use crate::runs::simulate::{Plan, Simulation};

/// So many made-up runs are stored at once.
const BATCH: usize = 5_000;

/// The repository that made-up runs belong to.
const MADE_UP: &str = "example/made-up";

/// How runs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Everything, a run a line.
    JsonLines,
    /// A run a row.
    Runs,
    /// A job a row.
    Jobs,
}

/// Writes the runs that are asked for.
pub(super) fn export(
    db: Option<&Path>,
    which: &Which,
    form: Form,
    share: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let history = place::read(db)?;
    let filter = Filter { simulated: true, ..which.filter(&history)? };
    let mut anonymizer = share.then(|| Anonymizer::new(history.sharing_key()));
    let mut shown = |run: Run| anonymizer.as_mut().map_or_else(|| run.clone(), |a| a.anonymous(&run));
    match form {
        Form::JsonLines => {
            history.each_whole(&filter, |run| json_line(&shown(run), &mut &mut *out))?;
            out.flush().map_err(|e| Error::environment(format!("cannot write the export: {e}")))
        }
        Form::Runs | Form::Jobs => {
            let level = if form == Form::Runs { Level::Runs } else { Level::Jobs };
            let mut table = Table::new(&mut *out, level)?;
            history.each_whole(&filter, |run| table.write(&shown(run)))?;
            table.finish()
        }
    }
}

/// Makes a history up.
pub(super) fn simulate(db: Option<&Path>, runs: u32, seed: u64) -> Result<Outcome> {
    let history = place::open(db, false)?;
    let plan = |from| Plan { repository: MADE_UP.to_owned(), from, changes_per_day: 12.0, seed };
    // A trial of the same length tells how long it lasts, so that it can end about now.
    let now = clock::now();
    let last =
        Simulation::new(plan(now)).nth((runs as usize).saturating_sub(1)).map_or(now, |run| run.created);
    let from = now
        .checked_sub(last.duration_since(now))
        .map_err(|_| Error::usage(format!("{runs} runs reach back too far")))?;
    let mut recorded = Recorded::default();
    let mut batch = Vec::new();
    for run in Simulation::new(plan(from)).take(runs as usize) {
        batch.push(run);
        if batch.len() == BATCH {
            recorded += history.record(&batch)?;
            batch.clear();
        }
    }
    recorded += history.record(&batch)?;
    Ok(Outcome::done(Taken::new("simulate", history.path(), recorded, 0)))
}
