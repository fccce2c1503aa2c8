//! Single runs, shifts and drifts of durations.

use std::collections::HashMap;

use super::{Candidate, Interval, Kept, Kind};
use crate::insight::changepoint::{Levels, levels};
use crate::insight::numbers::{Estimate, Z95, median, normal_cdf, quantile, sorted};

/// What a further level costs, in `ln(n)` variances.
const PENALTY: f64 = 4.0;
/// A level has so many runs at least.
const SHORTEST: usize = 6;
/// The least shift of a level, and the least drift from the first run to the last, as a share.
const LEAST: f64 = 0.1;
/// The least that a single run is off, as a share.
const LEAST_RUN: f64 = 0.25;
/// A single run is out beyond so many times the 95 % point of its side: 5.3 deviations of a normal distribution, and
/// once in four hundred of Student's t with three degrees of freedom.
const BEYOND: f64 = 3.2;
/// The normal deviations that an interval of less coverage is widened to.
const DEVIATIONS: f64 = 4.0;
/// The two-sided probability of a trend without one.
const TREND: f64 = 0.001;

/// What is out of the ordinary in the durations of runs in order of time.
pub(super) fn find(runs: &[Kept], minimum: usize) -> Vec<Candidate> {
    let known: Vec<(&Kept, f64)> =
        runs.iter().filter(|run| run.ok).filter_map(|run| Some((run, run.seconds?.ln()))).collect();
    if known.len() < minimum {
        return Vec::new();
    }
    let usual = usual(&known);
    let values: Vec<f64> = known.iter().map(|(run, log)| log - usual[&run.event]).collect();
    let found = levels(&values, PENALTY, SHORTEST);
    let (drift, trend) = drift(&known, &values, &found);
    let mut candidates: Vec<Candidate> = match drift {
        Some(drift) => vec![drift],
        None => shifts(&known, &found, &usual).collect(),
    };
    let centre: Vec<f64> = match trend {
        Some((at, slope)) if !candidates.is_empty() && candidates[0].kind == Kind::Drift => {
            (0..values.len()).map(|i| at + slope * i as f64).collect()
        }
        _ => centres(&found, values.len()),
    };
    candidates.extend(outliers(&known, &values, &centre, &usual));
    candidates
}

/// The median log duration of each event; where an event is rare, of all.
fn usual(known: &[(&Kept, f64)]) -> HashMap<u32, f64> {
    let all = median(known.iter().map(|(_, log)| *log)).unwrap_or_default();
    let mut events: HashMap<u32, Vec<f64>> = HashMap::new();
    for (run, log) in known {
        events.entry(run.event).or_default().push(*log);
    }
    let of = |logs: Vec<f64>| if logs.len() >= 8 { median(logs).unwrap_or(all) } else { all };
    events.into_iter().map(|(event, logs)| (event, of(logs))).collect()
}

/// The level at each run.
fn centres(found: &Levels, n: usize) -> Vec<f64> {
    let ends = found.starts.iter().skip(1).copied().chain([n]);
    let levels = found.starts.iter().zip(ends).zip(&found.levels);
    levels.flat_map(|((from, to), level)| std::iter::repeat_n(*level, to - from)).collect()
}

fn shifts<'k>(
    known: &'k [(&'k Kept, f64)],
    found: &'k Levels,
    usual: &'k HashMap<u32, f64>,
) -> impl Iterator<Item = Candidate> + 'k {
    let length = |i: usize| found.starts.get(i + 1).copied().unwrap_or(known.len()) - found.starts[i];
    (1..found.starts.len()).filter_map(move |i| {
        let by = found.levels[i] - found.levels[i - 1];
        let (before, since) = (length(i - 1) as f64, length(i) as f64);
        let error = Z95 * found.sigma * (found.inflation * (1.0 / before + 1.0 / since)).sqrt();
        let first = known[found.starts[i]].0;
        let scale = usual[&first.event];
        let level = |offset: f64| (scale + found.levels[i - 1] + offset).exp();
        let spread = Z95 * found.sigma;
        (by.abs() >= LEAST.ln_1p()).then(|| Candidate {
            kind: Kind::LevelShift,
            size: Estimate { value: by.exp(), low: (by - error).exp(), high: (by + error).exp() },
            expected: Estimate { value: level(0.0), low: level(-spread), high: level(spread) },
            observed: (scale + found.levels[i]).exp(),
            n: (before as u64, since as u64),
            first: first.first(),
            told: first.started,
            worse: by > 0.0,
        })
    })
}

/// More runs than this are thinned before every pair is compared.
const PAIRED: usize = 400;

/// A drift that says more than levels do, and its line (value at the first run, slope for each run).
fn drift(known: &[(&Kept, f64)], values: &[f64], found: &Levels) -> (Option<Candidate>, Option<(f64, f64)>) {
    let n = values.len();
    let step = n.div_ceil(PAIRED).max(1);
    let thin: Vec<(f64, f64)> = (0..n).step_by(step).map(|i| (i as f64, values[i])).collect();
    let pairs = || thin.iter().enumerate().flat_map(|(i, a)| thin[i + 1..].iter().map(move |b| (a, b)));
    let slopes = sorted(pairs().map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)));
    let Some(slope) = quantile(&slopes, 0.5) else { return (None, None) };
    // Kendall's S with the variance of independent values, widened for dependence; intervals of Sen (1968).
    let m = thin.len() as f64;
    let s: f64 = pairs().map(|(a, b)| (b.1 - a.1).total_cmp(&0.0) as i32 as f64).sum();
    let at = median(thin.iter().map(|(i, v)| v - slope * i)).unwrap_or_default();
    let residuals: Vec<f64> = thin.iter().map(|(i, v)| v - at - slope * i).collect();
    let dependence = crate::insight::numbers::autocorrelation(&residuals).clamp(0.0, 0.8);
    let variance = m * (m - 1.0) * (2.0 * m + 5.0) / 18.0 * (1.0 + dependence) / (1.0 - dependence);
    let probability = 2.0 * normal_cdf(-s.abs() / variance.sqrt());
    let whole = slope * (n - 1) as f64;
    let pairs_in_all = slopes.len() as f64;
    let rank =
        |sign: f64| ((pairs_in_all + sign * Z95 * variance.sqrt()) / 2.0).clamp(0.0, pairs_in_all - 1.0);
    let (low, high) = (slopes[rank(-1.0) as usize], slopes[rank(1.0) as usize]);
    // What a line leaves, against what the levels leave and cost.
    let clipped = |r: f64| r.clamp(-3.0 * found.sigma, 3.0 * found.sigma).powi(2);
    let line: f64 = values.iter().enumerate().map(|(i, v)| clipped(v - at - slope * i as f64)).sum();
    let centre = centres(found, n);
    let steps: f64 = values.iter().zip(&centre).map(|(v, c)| clipped(v - c)).sum();
    let cost = PENALTY * (n as f64).ln() * found.sigma.powi(2) * found.inflation;
    let better = line + cost < steps + cost * (found.starts.len() - 1) as f64;
    if probability > TREND || whole.abs() < LEAST.ln_1p() || !better {
        return (None, None);
    }
    let scale = median(known.iter().map(|(_, log)| *log)).unwrap_or_default();
    let start = |offset: f64| (scale + at + offset).exp();
    let spread = Z95 * found.sigma;
    let (low, high) = (low * (n - 1) as f64, high * (n - 1) as f64);
    let candidate = Candidate {
        kind: Kind::Drift,
        size: Estimate { value: whole.exp(), low: low.exp(), high: high.exp() },
        expected: Estimate { value: start(0.0), low: start(-spread), high: start(spread) },
        observed: start(whole),
        n: (0, n as u64),
        first: known[0].0.first(),
        told: known[n - 1].0.started,
        worse: whole > 0.0,
    };
    (Some(candidate), Some((at, slope)))
}

/// Single runs out of their interval: the predicted one where there is one, else the series' own band.
fn outliers<'k>(
    known: &'k [(&'k Kept, f64)],
    values: &'k [f64],
    centre: &'k [f64],
    usual: &'k HashMap<u32, f64>,
) -> impl Iterator<Item = Candidate> + 'k {
    let residuals = sorted(values.iter().zip(centre).map(|(value, centre)| value - centre));
    let n = residuals.len() as f64;
    let side = |q: f64| quantile(&residuals, q).unwrap_or_default().abs() * BEYOND * (1.0 + 10.0 / n);
    let (below, above) = (side(0.05).max(LEAST_RUN.ln_1p()), side(0.95).max(LEAST_RUN.ln_1p()));
    known.iter().enumerate().filter_map(move |(i, (run, log))| {
        let own = usual[&run.event] + centre[i];
        let (centre, low, high) =
            run.interval.map_or((own, own - below, own + above), |interval| widened(&interval));
        let by = log - centre;
        (*log < low || *log > high).then(|| Candidate {
            kind: Kind::Run,
            size: Estimate {
                value: by.exp(),
                low: (log - high).exp().min(by.exp()),
                high: (log - low).exp().max(by.exp()),
            },
            expected: Estimate { value: centre.exp(), low: low.exp(), high: high.exp() },
            observed: log.exp(),
            n: (known.len() as u64 - 1, 1),
            first: run.first(),
            told: run.started,
            worse: by > 0.0,
        })
    })
}

/// The logarithms of an interval's centre and ends, widened to what hardly any run should leave.
fn widened(interval: &Interval) -> (f64, f64, f64) {
    let (low, high) = (interval.low.ln(), interval.high.ln());
    let centre = f64::midpoint(low, high);
    // The deviation with this coverage, by bisection.
    let (mut from, mut to) = (0.0, 8.0);
    for _ in 0..40 {
        let middle = f64::midpoint(from, to);
        if 1.0 - 2.0 * normal_cdf(-middle) < interval.coverage { from = middle } else { to = middle }
    }
    let half = (high - low) / 2.0 * (DEVIATIONS / from.max(0.1)).max(1.0);
    let half = half.max(LEAST_RUN.ln_1p());
    (centre, centre - half, centre + half)
}
