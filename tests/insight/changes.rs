//! Changes of level in long series of benchmarks: which rule finds them, and how often it finds what is not there. Scored
//! as people's annotations are (van den Burg and Williams, *An Evaluation of Change Point Detection Algorithms*, 2020): F1
//! with a margin of five results, the start of the series counting as a change that everybody finds.

use wfgen::insight::bench::{Rule, judge};

use super::bench::{NOISES, noisy, series};
use super::history::Random;

/// How far from a change an alarm may be, in results.
const MARGIN: usize = 5;

/// A rule: the place of the change that the newest result of a series makes it tell of.
type Alarm = dyn Fn(&[f64]) -> Option<usize>;

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn never(_: &[f64]) -> Option<usize> {
    None
}

/// The newest over the previous, by a fifth, in either direction.
fn newest_over_previous(values: &[f64]) -> Option<usize> {
    let [.., previous, newest] = values else { return None };
    (newest / previous > 1.2 || previous / newest > 1.2).then_some(values.len() - 1)
}

/// Four median absolute deviations (scaled to standard deviations) and 5 % away from the median of the last twenty.
fn rolling(values: &[f64]) -> Option<usize> {
    let (newest, before) = values.split_last()?;
    let window = &before[before.len().saturating_sub(20)..];
    if window.len() < 5 {
        return None;
    }
    let middle = median(window);
    let deviations: Vec<f64> = window.iter().map(|value| (value - middle).abs()).collect();
    let away = (newest - middle).abs();
    (away > 4.0 * 1.4826 * median(&deviations) && away > 0.05 * middle).then_some(before.len())
}

fn ours(values: &[f64]) -> Option<usize> {
    let change = judge(&series(values), &Rule::default()).change?;
    Some(values.len() - change.results)
}

/// Only what is told as a fact: the first few results and a lone jump are a suspicion.
fn confirmed(values: &[f64]) -> Option<usize> {
    let verdict = judge(&series(values), &Rule::default());
    verdict.confirmed().then(|| verdict.change.map(|change| values.len() - change.results))?
}

/// What a rule tells of while the series grows. What is within the margin of the last one is the same change.
fn told(rule: &Alarm, values: &[f64]) -> Vec<usize> {
    let mut places: Vec<usize> = Vec::new();
    for place in (2..=values.len()).filter_map(|n| rule(&values[..n])) {
        if places.last().is_none_or(|last| place > last + MARGIN) {
            places.push(place);
        }
    }
    places
}

/// How many of the true changes have a change told of within the margin, each of which serves once.
fn found(truth: &[usize], told: &[usize]) -> usize {
    let mut free = told.to_vec();
    let near = |place: &usize, change: usize| place.abs_diff(change) <= MARGIN;
    let mut take =
        |change: usize| free.iter().position(|place| near(place, change)).map(|at| free.remove(at));
    truth.iter().filter(|change| take(**change).is_some()).count()
}

#[derive(Debug, Clone, Copy, Default)]
struct Score {
    f1: f64,
    share_found: f64,
    alarms_per_clean_series: f64,
}

/// The scores of a rule on series of 100 results: one half clean, one half with one to three changes of 3 to 25 %.
fn score(rule: &Alarm, pairs: usize) -> Score {
    let mut random = Random::new(5);
    let (mut f1, mut changes, mut hits, mut alarms) = (0.0, 0, 0, 0);
    for pair in 0..pairs {
        let noise = NOISES[pair % NOISES.len()];
        let sigma = [0.005, 0.01, 0.02, 0.04][pair / NOISES.len() % 4];
        for changing in [false, true] {
            let mut values = noisy(noise, sigma, 100, &mut random);
            let count = if changing { 1 + pair % 3 } else { 0 };
            let truth: Vec<usize> = (1..=count).map(|at| at * 100 / (count + 1)).collect();
            for change in &truth {
                let step = 0.03 + 0.22 * random.uniform();
                let factor = if random.uniform() < 0.5 { 1.0 + step } else { 1.0 / (1.0 + step) };
                values[*change..].iter_mut().for_each(|value| *value *= factor);
            }
            let told = told(rule, &values);
            let right = found(&truth, &told);
            // The start is a change and is found: one more of everything.
            let precision = (right + 1) as f64 / (told.len() + 1) as f64;
            let recall = (right + 1) as f64 / (truth.len() + 1) as f64;
            f1 += 2.0 * precision * recall / (precision + recall);
            changes += truth.len();
            hits += right;
            alarms += if changing { 0 } else { told.len() };
        }
    }
    Score {
        f1: f1 / (2 * pairs) as f64,
        share_found: hits as f64 / changes as f64,
        alarms_per_clean_series: alarms as f64 / pairs as f64,
    }
}

#[test]
fn the_rule_for_regressions_beats_the_usual_ones_on_the_same_series() {
    let rules: [(&str, &Alarm); 5] = [
        ("newest over previous by 20 %", &newest_over_previous),
        ("never alarm", &never),
        ("rolling median +- 4 MAD, at least 5 %", &rolling),
        ("wfgen, all it tells", &ours),
        ("wfgen, what it confirms", &confirmed),
    ];
    let scores = rules.map(|(name, rule)| (name, score(rule, 48)));
    let row = |(name, s): &(&str, Score)| {
        let Score { f1, share_found, alarms_per_clean_series } = s;
        format!(
            "{name}: F1 {f1:.3}, found {share_found:.2}, false alarms per clean series {alarms_per_clean_series:.2}"
        )
    };
    let table = scores.iter().map(row).collect::<Vec<_>>().join("\n");
    eprintln!("{table}");
    let [_, never, rolling, all, confirmed] = scores.map(|(_, score)| score);
    assert!(confirmed.f1 > 0.95 && confirmed.alarms_per_clean_series < 0.1, "{table}");
    for own in [all, confirmed] {
        assert!(own.f1 > rolling.f1 && own.f1 > never.f1, "{table}");
        assert!(own.share_found >= rolling.share_found, "{table}");
        assert!(own.alarms_per_clean_series < rolling.alarms_per_clean_series, "{table}");
    }
}
