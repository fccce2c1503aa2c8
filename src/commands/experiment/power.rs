//! `experiment power`: error rates and power by simulation.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::Power;
use crate::error::{Error, Location, Result};
use crate::experiment::power::{PowerQuestion, power};
use crate::report::Outcome;
use crate::report::experiment::Simulated;
use crate::stats::Refusal;

/// Simulates.
pub(super) fn run(asked: &Power) -> Result<Outcome> {
    let replay = asked.replay.as_deref().map(durations).transpose()?;
    let question = PowerQuestion {
        cv: asked.cv,
        success_rate: asked.success_rate,
        treatment_success_rate: asked.treatment_success_rate,
        r2: asked.r2,
        replay,
        effect: asked.effect,
        horizon: asked.horizon,
        simulations: asked.simulations,
        seed: asked.seed,
        scenario: asked.scenario,
    };
    let answer = power(&question).map_err(|refusal| match refusal {
        Refusal::TooFew { .. } => Error::nothing(refusal.to_string()),
        _ => Error::usage(refusal.to_string()),
    })?;
    Ok(Outcome::done(Simulated { question, answer }))
}

/// The durations of the successful runs of a CSV in the order of its lines, in seconds; `.gz` too.
fn durations(path: &Path) -> Result<Vec<f64>> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|e| Error::io("read", path, &e))?;
    let mut bytes = BufReader::new(file);
    let mut text = String::new();
    let packed = path.extension().is_some_and(|e| e == "gz");
    let read = match packed {
        true => flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text),
        false => bytes.read_to_string(&mut text),
    };
    read.map_err(|e| Error::io("read", path, &e))?;
    let mut table = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut durations = Vec::new();
    let (mut column, mut conclusion) = (0, None);
    for (index, row) in table.records().enumerate() {
        let wrong = |message: String| {
            Error::invalid(message).at(Location::at(&*name, u32::try_from(index + 1).unwrap_or(0), 0, &text))
        };
        let row = row.map_err(|e| wrong(format!("this is no CSV: {e}")))?;
        let cell = row.get(column).unwrap_or_default().trim();
        if index == 0 && cell.parse::<f64>().is_err() {
            let at = |wanted: &[&str]| row.iter().position(|cell| wanted.contains(&cell.trim()));
            column = at(&["duration_s", "duration"]).ok_or_else(|| {
                wrong("there is no column `duration_s`".to_owned())
                    .hint("a file without a header has one duration in seconds a line")
            })?;
            conclusion = at(&["conclusion"]);
            continue;
        }
        let succeeded = conclusion.is_none_or(|at| row.get(at).is_some_and(|c| c.trim() == "success"));
        if cell.is_empty() || !succeeded {
            continue;
        }
        let seconds: f64 =
            cell.parse().map_err(|_| wrong(format!("`{}` is no duration", cell.escape_debug())))?;
        if seconds > 0.0 && seconds.is_finite() {
            durations.push(seconds);
        }
    }
    Ok(durations)
}
