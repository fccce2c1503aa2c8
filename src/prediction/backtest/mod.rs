//! Walk-forward test: every run is forecast from what had finished before it started, then learned when it finishes.

mod csv;
mod metrics;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use crate::features::{Outcome, Run, count_in_flight};

use super::Forecaster;
pub use csv::read_csv;
pub use metrics::{Class, FEWEST, Method, Own};
use metrics::{Judged, Point, measure};

/// The methods compared; the last one is the product's own.
pub const METHODS: [&str; 7] =
    ["last", "mean-10", "median-10", "median-10-event-main", "ets", "booster", "wfgen"];

/// Runs that took longer are left out: on hosted runners they cannot exist, and are artefacts of approvals and re-runs.
pub const LONGEST_S: f64 = 6.0 * 3600.0;

/// Whole runs, or the jobs of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Whole runs.
    Runs,
    /// Jobs.
    Jobs,
}

/// A run and the collection it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Sourced {
    /// Name of the collection; may be empty.
    pub source: String,
    /// The run.
    pub run: Run,
}

/// What a backtest found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// Runs (or jobs) read that took at most [`LONGEST_S`].
    pub runs: usize,
    /// Series (repository x workflow, x job) with at least one prediction.
    pub series: usize,
    /// Over all predictions.
    pub methods: Vec<Method>,
    /// The same by source.
    pub sources: Vec<Source>,
}

/// The predictions of one source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Source {
    /// The source's name.
    pub source: String,
    /// Over its predictions.
    pub methods: Vec<Method>,
}

#[derive(Default)]
struct Walked {
    points: Vec<Point>,
    judged: Vec<Judged>,
}

/// Tests the forecasts of all runs (or all jobs), one forecaster for each repository. The same runs in the same order
/// give the same result, on any number of threads.
pub fn backtest(runs: impl IntoIterator<Item = Sourced>) -> Backtest {
    let mut repositories: BTreeMap<(String, String), Vec<Run>> = BTreeMap::new();
    let mut count = 0;
    for Sourced { source, run } in runs {
        if run.duration_s <= LONGEST_S {
            count += 1;
            repositories.entry((source, run.query.repository.clone())).or_default().push(run);
        }
    }
    let mut work: Vec<(usize, String, Vec<Run>)> =
        repositories.into_iter().enumerate().map(|(at, ((source, _), runs))| (at, source, runs)).collect();
    // The longest first: they decide when the last thread is done.
    work.sort_by_key(|(at, _, runs)| (std::cmp::Reverse(runs.len()), *at));
    let mut walked: Vec<(usize, String, Walked)> = work
        .into_par_iter()
        .with_max_len(1)
        .map(|(at, source, runs)| {
            let walked = walk(runs, at as u64);
            (at, source, walked)
        })
        .collect();
    walked.sort_by_key(|(at, ..)| *at);

    let select = |source: Option<&str>| {
        let of = || walked.iter().filter(|(_, name, _)| source.is_none_or(|wanted| wanted == name));
        let points: Vec<&Point> = of().flat_map(|(_, _, walked)| &walked.points).collect();
        let judged: Vec<Judged> = of().flat_map(|(_, _, walked)| walked.judged.iter().copied()).collect();
        measure(&points, &judged)
    };
    let mut names: Vec<&String> = walked.iter().map(|(_, name, _)| name).collect();
    names.dedup();
    let mut series: Vec<u64> =
        walked.iter().flat_map(|(_, _, w)| w.points.iter().map(|p| p.series)).collect();
    series.sort_unstable();
    series.dedup();
    Backtest {
        runs: count,
        series: series.len(),
        methods: select(None),
        sources: names
            .into_iter()
            .map(|name| Source { source: name.clone(), methods: select(Some(name)) })
            .collect(),
    }
}

/// Walks through the runs of one repository.
fn walk(mut runs: Vec<Run>, repository: u64) -> Walked {
    count_in_flight(&mut runs);
    runs.sort_by(|a, b| a.query.started.total_cmp(&b.query.started));
    let mut finished: Vec<&Run> = runs.iter().collect();
    finished.sort_by(|a, b| a.finished().total_cmp(&b.finished()));
    let mut finished = finished.into_iter().peekable();
    let mut forecaster = Forecaster::new();
    let mut walked = Walked::default();
    for run in &runs {
        while let Some(known) = finished.next_if(|known| known.finished() <= run.query.started) {
            forecaster.learn(known);
        }
        let success = match run.outcome {
            Outcome::Success => true,
            Outcome::Failure => false,
            Outcome::Cancelled | Outcome::Other => continue,
        };
        let outlook = forecaster.outlook(&run.query);
        if outlook.finished >= super::ENOUGH {
            walked.judged.push((outlook.forecast.success_probability, success));
        }
        let (Some(value), Some([half, nine])) = (outlook.forecast.value_s, outlook.forecast.intervals())
        else {
            continue;
        };
        if success && outlook.forecast.enough_data && run.duration_s > 0.0 {
            let [last, mean, median, similar, ets, booster] = outlook.baselines;
            walked.points.push(Point {
                series: repository << 32 | u64::from(outlook.series),
                actual: run.duration_s,
                predicted: [last, mean, median, similar, ets, booster, value],
                inside: [half.contains(run.duration_s), nine.contains(run.duration_s)],
                width_90: (nine.high_s - nine.low_s) / value,
                confidence: outlook.forecast.confidence,
                promised: outlook.forecast.within_25_probability,
            });
        }
    }
    walked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Query;
    use proptest::prelude::*;

    fn runs(specs: &[(f64, f64, bool)]) -> Vec<Run> {
        let mut minute = 0.0;
        specs
            .iter()
            .map(|(gap, duration_s, success)| {
                minute += gap;
                let query = Query {
                    workflow: "CI".to_owned(),
                    branch: if *gap > 4.0 { "main" } else { "topic" }.to_owned(),
                    created: minute * 60.0,
                    started: minute * 60.0,
                    in_flight: Some(0),
                    ..Query::default()
                };
                let outcome = if *success { Outcome::Success } else { Outcome::Failure };
                Run { query, duration_s: *duration_s, outcome }
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5))]

        #[test]
        fn what_finishes_later_changes_no_forecast(
            specs in prop::collection::vec((0.5..9.0_f64, 60.0..900.0_f64, prop::bool::weighted(0.95)), 30..36),
            cut in 22..29_usize,
            factor in 1.5..4.0_f64,
        ) {
            let before = runs(&specs);
            let moment = before[cut].query.started;
            let mut after = before.clone();
            for run in after.iter_mut().filter(|run| run.finished() > moment) {
                run.duration_s *= factor;
            }
            for run in &mut after[cut + 1..] {
                run.outcome = Outcome::Success;
            }
            // Predictions come in the order of the starts: those up to the moment come first.
            let told = walk(before[..=cut].to_vec(), 0).points;
            prop_assert!(!told.is_empty());
            for changed in [walk(before, 0).points, walk(after, 0).points] {
                for (one, other) in told.iter().zip(&changed) {
                    prop_assert_eq!(one.predicted, other.predicted);
                    prop_assert_eq!(one.width_90, other.width_90);
                }
            }
        }
    }
}
