//! Causal features: what can be told about a run at its start from the runs that had finished by then.

use crate::stats::ewma::{ets, ewma};
use crate::stats::quantile::{median, quantile_sorted};

use super::history::{By, History, Keys, Record, WORDS};
use super::run::Outcome;

/// Places of single features in [`Row::values`].
pub(crate) mod feature {
    /// Exponentially weighted mean of the series.
    pub(crate) const EWMA: usize = 25;
    /// Simple exponential smoothing with the best smoothing.
    pub(crate) const ETS: usize = 26;
    /// Earlier runs on branches alike but for numbers.
    pub(crate) const STEM: usize = 37;
    /// Earlier runs on branches with the same prefix.
    pub(crate) const PREFIX: usize = 39;
}

/// How many features there are.
pub(crate) const COUNT: usize = 62;

/// The features that are categories: their values are names, not amounts.
pub(crate) const CATEGORIES: [usize; 2] = [0, 1];

/// The features of one run, with what the simple experts need.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// NaN where unknown; durations are logarithms relative to `location`.
    pub(crate) values: [f32; COUNT],
    /// Successful runs of the series known, counted up to [`WINDOW`].
    pub(crate) n: usize,
    /// Finished runs of the series known, whatever their outcome, counted up to 20.
    pub(crate) finished: usize,
    /// Location of the series: median of the last ten logarithms; NaN when there are none.
    pub(crate) location: f64,
    /// Logarithms of the series' successful durations, oldest first, at most [`WINDOW`].
    pub(crate) recent: Vec<f64>,
    /// The same of the runs with the same event and default branch or not, at most ten.
    pub(crate) similar: Vec<f64>,
    /// The same of the runs on the same branch, at most five.
    pub(crate) branch: Vec<f64>,
    /// Decayed mean of "succeeded" over the series.
    pub(crate) success: f64,
}

/// How many of a series' newest runs the windows look at.
pub(crate) const WINDOW: usize = 60;

/// How many of a series' newest successes are asked for words of their branches.
const WORDED: usize = 300;

/// Shrunk, recency-weighted mean of the ratios of earlier successes, and their number.
fn encoded<'a>(records: impl Iterator<Item = &'a Record>) -> (f32, f32) {
    let (mut sum, mut weight, mut n, mut w) = (0.0, 0.5, 0.0, 1.0);
    for record in records.filter(|r| r.outcome == Outcome::Success && r.ratio.is_finite()).take(20) {
        sum += w * record.ratio.clamp(-2.0, 2.0);
        weight += w;
        n += 1.0;
        w *= 0.8;
    }
    (if n > 0.0 { sum / weight } else { f32::NAN }, n)
}

/// Recency-weighted share of successes among successes and failures, shrunk towards `prior`; NaN when there are none.
fn success_rate<'a>(records: impl Iterator<Item = &'a Record>, decay: f32, prior: f32) -> f32 {
    let (mut sum, mut weight, mut w, mut any) = (prior, 1.0, 1.0, false);
    let judged = |r: &&Record| matches!(r.outcome, Outcome::Success | Outcome::Failure);
    for record in records.filter(judged).take(40) {
        sum += if record.outcome == Outcome::Success { w } else { 0.0 };
        weight += w;
        w *= decay;
        any = true;
    }
    if any { sum / weight } else { f32::NAN }
}

/// Mean of the ratios of earlier successes (newest first), and its weight: each counts by the square of the rarity of the
/// words that its branch shares with `words`, and by its age. Shrunk towards 0 by a weight of 1.
fn alike(records: &[&Record], words: &[u32; WORDS]) -> (f32, f32) {
    let known = records.len() as f32 + 1.0;
    let rarity = words.map(|word| {
        let having = records.iter().filter(|r| r.keys.words.contains(&word)).count();
        if word == 0 { 0.0 } else { (known / (having as f32 + 1.0)).ln() }
    });
    let (mut sum, mut total, mut age) = (0.0, 0.0, 1.0_f32);
    for record in records.iter().filter(|r| r.ratio.is_finite()) {
        let shared = words.iter().zip(rarity).filter(|(word, _)| record.keys.words.contains(word));
        let weight = shared.map(|(_, rarity)| rarity).sum::<f32>().powi(2) * age;
        sum += weight * record.ratio.clamp(-2.0, 2.0);
        total += weight;
        age *= 0.99;
    }
    (if total > 0.0 { sum / (total + 1.0) } else { f32::NAN }, total)
}

fn log_gap(seconds: Option<f64>) -> f32 {
    seconds.map_or(f32::NAN, |s| s.max(0.0).ln_1p() as f32)
}

/// The features of a run that starts with `keys`, from what `history` knew at that moment.
pub(crate) fn extract(history: &History, keys: &Keys) -> Row {
    let now = keys.started;
    let k = keys;
    let good = |r: &&Record| r.outcome == Outcome::Success;
    let series = By::Series(k.series);
    let mut recent: Vec<f64> =
        history.known(series, now).filter(good).take(WINDOW).map(|r| f64::from(r.log)).collect();
    let n = recent.len();
    let location = median(&mut recent[..n.min(10)].to_vec()).unwrap_or(f64::NAN);
    let relative = |log: f64| (log - location) as f32;
    let window = |size: usize| median(&mut recent[..n.min(size)].to_vec()).map_or(f32::NAN, relative);

    let mut v = [f32::NAN; COUNT];
    let mut next = 0;
    let mut put = |value: f32| {
        v[next] = value;
        next += 1;
    };
    let hours = now / 3600.0;
    put((k.series & 0x00ff_ffff) as f32);
    put((k.event & 0x00ff_ffff) as f32);
    put(f32::from(u8::from(k.main)));
    put(hours.rem_euclid(24.0) as f32);
    put((hours / 24.0 + 4.0).floor().rem_euclid(7.0) as f32);
    put(f32::from(k.attempt));
    put(k.files);
    put(k.lines);
    put(k.in_flight);
    put(log_gap(Some(now - k.created)));
    let newest = history.known(series, now).take(20);
    put(log_gap(newest.map(|r| now - r.keys.started).min_by(f64::total_cmp)));
    put(log_gap(history.known(series, now).next().map(|r| now - r.known)));
    put(location as f32);
    put((hours / 24.0) as f32);
    for lag in 0..5 {
        put(recent.get(lag).copied().map_or(f32::NAN, relative));
    }
    put(window(5));
    put(window(30));
    let mut sorted: Vec<f64> = recent[..n.min(30)].to_vec();
    sorted.sort_by(f64::total_cmp);
    for q in [0.1, 0.25, 0.75, 0.9] {
        put(quantile_sorted(&sorted, q).map_or(f32::NAN, relative));
    }
    recent.reverse();
    put(ewma(recent.iter().copied(), 0.2).map_or(f32::NAN, relative));
    put(ets(&recent).map_or(f32::NAN, relative));

    let event_main = By::EventMain(k.series, k.event, k.main);
    let similar: Vec<f64> =
        history.known(event_main, now).filter(good).take(10).map(|r| f64::from(r.log)).collect();
    put(median(&mut similar.clone()).map_or(f32::NAN, relative));
    put(similar.first().copied().map_or(f32::NAN, relative));
    put(similar.len() as f32);

    let on_branch = By::Branch(k.series, k.branch);
    let branch_records: Vec<&Record> = history.known(on_branch, now).filter(good).take(5).collect();
    let branch: Vec<f64> = branch_records.iter().map(|r| f64::from(r.log)).collect();
    put(branch.first().copied().map_or(f32::NAN, relative));
    put(median(&mut branch.clone()).map_or(f32::NAN, relative));
    put(log_gap(branch_records.first().map(|r| now - r.keys.started)));
    put(branch.len() as f32);
    let last_any = history.known(on_branch, now).next();
    put(last_any.map_or(f32::NAN, |r| relative(f64::from(r.log))));
    put(last_any.map_or(f32::NAN, |r| f32::from(r.outcome as u8)));

    let series_rate = success_rate(history.known(series, now), 0.97, 0.8);
    let prior = if series_rate.is_finite() { series_rate } else { 0.8 };
    put(success_rate(history.known(on_branch, now), 0.6, prior));
    let groups = [By::Stem(k.series, k.stem), By::Prefix(k.series, k.prefix), By::Actor(k.series, k.actor)];
    for by in groups {
        let (mean, count) = encoded(history.known(by, now));
        put(mean);
        put(count);
    }
    let failed = |r: &&Record| r.outcome == Outcome::Failure;
    put(history.known(series, now).take(50).take_while(failed).count() as f32);
    put(series_rate);
    put(success_rate(history.known(series, now), 0.7, prior));
    put(success_rate(history.known(event_main, now), 0.9, prior));
    put(success_rate(history.known(groups[2], now), 0.9, prior));
    put(success_rate(history.known(groups[0], now), 0.9, prior));

    let elsewhere = history.known(By::Repository, now).filter(|r| r.keys.series != k.series).take(5);
    put(encoded(elsewhere).0);
    put(success_rate(history.known(By::Repository, now), 0.8, prior));
    let siblings: Vec<&Record> = match k.commit {
        0 => Vec::new(),
        commit => history.known(By::Commit(commit), now).take(30).collect(),
    };
    put(encoded(siblings.iter().copied()).0);
    put(siblings.len() as f32);
    put(siblings.iter().filter(|r| r.outcome == Outcome::Failure).count() as f32);

    let last = history.known(series, now).find(good);
    put(last.map_or(f32::NAN, |r| log_gap(Some(now - r.known))));
    let other =
        history.known(series, now).filter(good).find(|r| r.keys.branch != k.branch && r.keys.main != k.main);
    put(other.map_or(f32::NAN, |r| relative(f64::from(r.log))));
    put(log_gap(other.map(|r| now - r.known)));
    put(success_rate(history.known(By::AnyBranch(k.branch), now), 0.7, prior));
    put(history.known(By::AnyBranch(k.branch), now).take(30).count() as f32);
    put(history.known(series, now).next().map_or(f32::NAN, |r| relative(f64::from(r.log))));
    let worded: Vec<&Record> = history.known(series, now).filter(good).take(WORDED).collect();
    let (mean, weight) = alike(&worded, &k.words);
    put(mean);
    put(weight);
    debug_assert_eq!(next, COUNT);

    let finished = history.known(series, now).take(20).count();
    Row { values: v, n, finished, location, recent, similar, branch, success: f64::from(prior) }
}
