//! The simple experts: single values for the logarithm of the next duration, and the locations that past runs are
//! shifted by.

use crate::features::{Row, feature};
use crate::stats::quantile::median;

/// Names of the simple experts, in the order of [`points`], then those that are trained.
pub(crate) const POINTS: [&str; 14] = [
    "last",
    "median of 5",
    "median of 10",
    "median of 30",
    "EWMA",
    "ETS",
    "same event",
    "same branch",
    "last on branch",
    "similar branches",
    "branch prefix",
    "boosted trees",
    "boosted trees, long level",
    "elastic net",
];

/// How many of [`POINTS`] need no trees.
pub(crate) const SIMPLE: usize = 11;

/// Names of the ways to shift past runs, in the order of [`bases`]; after them comes the forest without a shift.
pub(crate) const FORESTS: [&str; 7] = [
    "forest, series level",
    "forest, long level",
    "forest, same event",
    "forest, newest of same event",
    "forest, same branch",
    "forest, short level",
    "forest, as it was",
];

/// How many of [`FORESTS`] shift.
pub(crate) const BASES: usize = 6;

fn middle(values: &[f64]) -> Option<f64> {
    median(&mut values.to_vec())
}

fn newest(recent: &[f64], size: usize) -> &[f64] {
    &recent[recent.len().saturating_sub(size)..]
}

/// Locations of the series as a run starts. NaN where nothing is known.
pub(crate) fn bases(row: &Row) -> [f64; BASES] {
    let or = |value: Option<f64>, other: f64| value.unwrap_or(other);
    let similar = or(middle(&row.similar), row.location);
    [
        row.location,
        or(middle(&row.recent), row.location),
        similar,
        or(middle(&row.similar[..row.similar.len().min(4)]), similar),
        or(middle(&row.branch), similar),
        or(middle(newest(&row.recent, 3)), row.location),
    ]
}

/// What the experts that need no trees say.
pub(crate) fn points(row: &Row) -> [f64; SIMPLE] {
    let level = row.location;
    let shifted = |name: usize| {
        let ratio = f64::from(row.values[name]);
        if ratio.is_finite() { level + ratio } else { level }
    };
    let window = |size: usize| middle(newest(&row.recent, size)).unwrap_or(level);
    let similar = middle(&row.similar).unwrap_or(level);
    [
        row.recent.last().copied().unwrap_or(level),
        window(5),
        level,
        window(30),
        shifted(feature::EWMA),
        shifted(feature::ETS),
        similar,
        middle(&row.branch).unwrap_or(similar),
        row.branch.first().copied().unwrap_or(similar),
        shifted(feature::STEM),
        shifted(feature::PREFIX),
    ]
}
