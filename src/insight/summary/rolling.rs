//! What a series looks like over time: quantiles and rates of the runs nearest to each of a few moments.

use std::ops::Range;

use jiff::Timestamp;
use serde::Serialize;

use crate::insight::numbers::{Rate, quantile, sorted};

/// The durations around a moment, in seconds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Band {
    /// The start of the run it is about; its neighbours are counted with it.
    pub at: Timestamp,
    /// Nine of ten are between this...
    pub q05: f64,
    /// Half of them are between this...
    pub q25: f64,
    /// The median.
    pub median: f64,
    /// ...and this.
    pub q75: f64,
    /// ...and this.
    pub q95: f64,
    /// Of how many runs.
    pub n: u64,
}

/// The success rate around a moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Share {
    /// The start of the run it is about; its neighbours are counted with it.
    pub at: Timestamp,
    /// How many succeeded.
    pub success: Rate,
}

/// The moments of a line.
const STATIONS: usize = 48;
/// The runs around each: a tenth of all, within these bounds.
const AROUND: (usize, usize) = (12, 200);

/// Stations along `n` runs in order, each with its neighbours; at both ends these are on one side. None below the
/// smallest window.
fn windows(n: usize) -> Vec<(usize, Range<usize>)> {
    if n < AROUND.0 {
        return Vec::new();
    }
    let size = (n / 10).clamp(AROUND.0, AROUND.1);
    let stations = STATIONS.min(n);
    let window = |i: usize| {
        let at = i * (n - 1) / (stations - 1);
        let start = at.saturating_sub(size / 2).min(n - size);
        (at, start..start + size)
    };
    (0..stations).map(window).collect()
}

/// The spread of durations over time; `runs` are seconds in order of time.
pub(super) fn bands(runs: &[(Timestamp, f64)]) -> Vec<Band> {
    let band = |(at, window): (usize, Range<usize>)| {
        let of = &runs[window];
        let values = sorted(of.iter().map(|(_, seconds)| *seconds));
        let q = |q| quantile(&values, q).unwrap_or_default();
        Band {
            at: runs[at].0,
            q05: q(0.05),
            q25: q(0.25),
            median: q(0.5),
            q75: q(0.75),
            q95: q(0.95),
            n: of.len() as u64,
        }
    };
    windows(runs.len()).into_iter().map(band).collect()
}

/// The success rate over time; `runs` are verdicts in order of time.
pub(super) fn shares(runs: &[(Timestamp, bool)]) -> Vec<Share> {
    let share = |(at, window): (usize, Range<usize>)| {
        let of = &runs[window];
        let ok = of.iter().filter(|(_, ok)| *ok).count();
        Share { at: runs[at].0, success: Rate::new(ok as u64, of.len() as u64) }
    };
    windows(runs.len()).into_iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_go_from_the_first_run_to_the_last_and_are_in_their_windows() {
        for n in [0, 11, 12, 13, 60, 1_000, 100_000] {
            let windows = windows(n);
            assert_eq!(windows.is_empty(), n < 12, "{n}");
            assert!(windows.iter().all(|(at, window)| window.contains(at) && window.end <= n), "{n}");
            if let (Some(first), Some(last)) = (windows.first(), windows.last()) {
                assert_eq!((first.0, last.0), (0, n - 1));
            }
        }
    }
}
