//! `track report`, `failures`, `anomalies` and `bench`: what the history tells.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::{Which, rows};
use crate::commands::place;
use crate::error::{Error, Result};
use crate::history::{Benchmark, Filter, History};
use crate::insight::anomalies::{self, Anomalies, Interval};
use crate::insight::bench::{self, Measurement, Rule};
use crate::insight::failures::{self, Failures, job_logs};
use crate::insight::prices::Prices;
use crate::insight::sources::gather;
use crate::insight::summary::{Options, Period, Summary};
use crate::report::Outcome;
use crate::report::bench::BenchReport;
use crate::runs::Conclusion;
use crate::{checkout, clock, units};

/// The days of a report when nothing is said.
const DAYS: u32 = 30;

/// So many failures are told one by one.
const MOST_FAILURES: usize = 50;

/// Runs of a workflow that have to be known before something is out of the ordinary.
const MINIMUM: usize = 20;

/// The period that is asked for: since then, else the last month; moved back to the newest run when that is older.
fn period(which: &Which, newest: Option<Timestamp>) -> Result<Period> {
    let now = clock::now();
    let days = match &which.since {
        Some(since) => {
            let hours = now.duration_since(units::moment(since, now)?).as_hours().max(1);
            u32::try_from(hours.div_euclid(24) + i64::from(hours % 24 != 0)).unwrap_or(u32::MAX)
        }
        None => DAYS,
    };
    Ok(Period::recent(now, newest.filter(|_| which.since.is_none()), days))
}

fn newest(history: &History, filter: &Filter) -> Result<Option<Timestamp>> {
    let all = history.overview()?;
    let of = all.iter().filter(|o| filter.repository.as_ref().is_none_or(|wanted| *wanted == o.repository));
    match (of.map(|overview| overview.newest).max(), &filter.repository) {
        (None, Some(wanted)) if !all.is_empty() => {
            let known: Vec<&str> = all.iter().map(|overview| overview.repository.as_str()).collect();
            let told = format!("the history has no run of `{}`", wanted.escape_debug());
            Err(Error::nothing(told).hint(format!("it has runs of {}", known.join(", "))))
        }
        (newest, _) => Ok(newest),
    }
}

/// Summarises a period, beside the one before.
pub(super) fn report(db: Option<&Path>, which: &Which, prices: &[String]) -> Result<Outcome> {
    let prices = Prices::with(prices)?;
    let history = place::read(db)?;
    let filter = which.filter(&history)?;
    let period = period(which, newest(&history, &filter)?)?;
    let mut summary = Summary::new(Options { prices, ..Options::new(period) });
    rows::feed(&history, &Filter { since: Some(period.before()), ..filter }, &mut summary)?;
    let report = summary.finish();
    let code = if report.overall.runs == 0 { 3 } else { 0 };
    Ok(Outcome { code, ..Outcome::done(report) })
}

/// Classifies the failures of a period.
pub(super) fn failures(db: Option<&Path>, which: &Which, logs: &[PathBuf]) -> Result<Outcome> {
    let history = place::read(db)?;
    let filter = which.filter(&history)?;
    let since = period(which, newest(&history, &filter)?)?.since;
    let mut insight = Failures::new(failures::Options { since, most: MOST_FAILURES });
    rows::feed(&history, &Filter { since: None, ..filter }, &mut insight)?;
    let mut warnings = Vec::new();
    for path in logs {
        let (sources, odd) = gather(path, &|name| [".txt", ".log"].iter().any(|end| name.ends_with(end)))?;
        warnings.extend(odd);
        job_logs(sources).into_iter().for_each(|log| insight.log(None, log));
    }
    let report = insight.finish();
    let code = if report.nothing_to_say() { 3 } else { 0 };
    Ok(Outcome { code, warnings, ..Outcome::done(report) })
}

/// Finds what is out of the ordinary in a period.
pub(super) fn anomalies(db: Option<&Path>, which: &Which) -> Result<Outcome> {
    let history = place::read(db)?;
    let filter = which.filter(&history)?;
    let since = period(which, newest(&history, &filter)?)?.since;
    let mut insight = Anomalies::new(anomalies::Options { since, minimum: MINIMUM });
    // What is ordinary is known from what came before; a year of it is enough.
    let before = since.checked_sub(SignedDuration::from_hours(365 * 24)).ok();
    let stored = place::settled(&history, filter.repository.as_deref())?;
    let predicted: HashMap<_, _> = stored.iter().filter_map(|s| Some((s.run?, &s.prediction))).collect();
    history.each_run(&Filter { since: before, ..filter }, |row| {
        let own = predicted.get(&(row.id, row.attempt)).filter(|p| p.repository == row.repository);
        // What was predicted is how long a run takes that succeeds.
        let own = own.filter(|_| row.conclusion == Some(Conclusion::Success));
        let interval =
            own.map(|p| Interval { low: p.interval_90_s.0, high: p.interval_90_s.1, coverage: 0.9 });
        insight.predicted(&rows::run(row), interval);
        Ok(())
    })?;
    let found = insight.finish();
    let code = if found.nothing_to_say() { 3 } else { 0 };
    Ok(Outcome { code, ..Outcome::done(found) })
}

/// Judges the newest benchmark results: by the others in the files, or by all that the history has.
pub(super) fn bench(db: Option<&Path>, files: &[PathBuf], record: bool, confirmed: bool) -> Result<Outcome> {
    // The run before, in Criterion's folder, was recorded when it was the newest.
    let wanted = |name: &str| bench::is_result(name) && !(record && name.contains("base/"));
    let mut measurements = Vec::new();
    let mut warnings = Vec::new();
    for path in files {
        let (sources, odd) = gather(path, &wanted)?;
        warnings.extend(odd);
        if sources.is_empty() {
            return Err(Error::nothing(format!("there is no benchmark result in `{}`", path.display())));
        }
        measurements.extend(bench::read(&sources)?);
    }
    if record {
        measurements = remember(db, measurements)?;
    }
    let report = BenchReport::new(&bench::series(measurements), Rule::default());
    let regressed = if confirmed { report.confirmed() } else { report.regressed() };
    let code = match (regressed, report.nothing_to_say()) {
        (true, _) => 1,
        (_, true) => 3,
        _ => 0,
    };
    Ok(Outcome { code, warnings, ..Outcome::done(report) })
}

/// Keeps results in the history, and gives all that it has of these benchmarks. A result without a commit or a time is of
/// the checkout's commit and of now.
fn remember(db: Option<&Path>, measurements: Vec<Measurement>) -> Result<Vec<Measurement>> {
    let series = |m: &Measurement| format!("{} [{}]", m.name, m.unit);
    let head = checkout::git_facts(&place::root()?).head.unwrap_or_default();
    let now = clock::now();
    // Results without a time stay in their order.
    let moment = |i: usize| now.saturating_add(SignedDuration::from_millis(i as i64)).unwrap_or(now);
    let keep = |(i, m): (usize, &Measurement)| Benchmark {
        series: series(m),
        commit: m.commit.clone().unwrap_or_else(|| head.clone()),
        at: m.time.unwrap_or_else(|| moment(i)),
        value: m.value,
        unit: m.unit.clone(),
        spread: m.spread,
    };
    let history = place::open(db, false)?;
    history.record_benchmarks(&measurements.iter().enumerate().map(keep).collect::<Vec<_>>())?;
    let mut known = BTreeMap::new();
    for m in measurements {
        known.entry(series(&m)).or_insert(m);
    }
    let mut all = Vec::new();
    for (name, m) in &known {
        let of = |kept: Benchmark| Measurement {
            commit: Some(kept.commit).filter(|commit| !commit.is_empty()),
            time: Some(kept.at),
            value: kept.value,
            spread: kept.spread,
            ..m.clone()
        };
        all.extend(history.benchmarks(name)?.into_iter().map(of));
    }
    Ok(all)
}
