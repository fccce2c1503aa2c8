//! Where the level of a series changes.

use super::quantile::median;
use super::robust::{clip_to_neighbours, noise};

/// A change of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Index of the first value on the new level.
    pub at: usize,
    /// Median of the values between the change before and this one.
    pub before: f64,
    /// Median of the values from here to the next change.
    pub after: f64,
}

impl Step {
    /// The change as a share of the level before it: 0.1 is ten percent up.
    pub fn share(&self) -> f64 {
        (self.after - self.before) / self.before.abs().max(f64::MIN_POSITIVE)
    }
}

/// What counts as a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// Values that a level lasts at least.
    pub shortest: usize,
    /// Price of a change, in variances of the noise times the logarithm of the number of values.
    pub penalty: f64,
    /// Changes smaller than this share of the level are left out.
    pub least_share: f64,
    /// Values further than so many standard deviations of the noise from their neighbours are clipped.
    pub clip: f64,
}

impl Default for Steps {
    /// Three times the Bayesian information criterion's price, for noise in real series has heavier tails than the
    /// normal distribution; and steps of at least 2 %.
    fn default() -> Self {
        Steps { shortest: 5, penalty: 6.0, least_share: 0.02, clip: 3.0 }
    }
}

/// The steps of a series in time order: outliers clipped, levels by [`pelt`], small steps left out.
pub fn steps(values: &[f64], rule: &Steps) -> Vec<Step> {
    let clipped = clip_to_neighbours(values, 3, rule.clip);
    // Noise of zero (a series of equal values) still has a price: a thousandth of the level.
    let typical = median(&mut clipped.clone()).unwrap_or(0.0).abs();
    let spread = noise(&clipped).unwrap_or(0.0).max(1e-3 * typical).max(f64::MIN_POSITIVE);
    let price = rule.penalty * spread * spread * (values.len().max(2) as f64).ln();
    let mut bounds = pelt(&clipped, price, rule.shortest);
    loop {
        let steps = between(values, &bounds);
        // The smallest step goes first, for its going changes the levels next to it.
        let smallest = steps.iter().min_by(|a, b| a.share().abs().total_cmp(&b.share().abs()));
        match smallest {
            Some(step) if step.share().abs() < rule.least_share => {
                let at = step.at;
                bounds.retain(|bound| *bound != at);
            }
            _ => return steps,
        }
    }
}

fn between(values: &[f64], bounds: &[usize]) -> Vec<Step> {
    let mut edges = vec![0];
    edges.extend(bounds);
    edges.push(values.len());
    let level = |from: usize, to: usize| median(&mut values[from..to].to_vec()).unwrap_or(f64::NAN);
    edges
        .windows(3)
        .map(|edge| Step { at: edge[1], before: level(edge[0], edge[1]), after: level(edge[1], edge[2]) })
        .collect()
}

/// The changes of the mean that make the squared error plus `price` for each change least, with at least `shortest`
/// values between two: first indexes of the new levels, ascending. Pruned exact linear time, PELT (Killick, Fearnhead
/// and Eckley, 2012).
pub fn pelt(values: &[f64], price: f64, shortest: usize) -> Vec<usize> {
    let n = values.len();
    let shortest = shortest.max(1);
    if n < 2 * shortest {
        return Vec::new();
    }
    let mut sums = vec![(0.0, 0.0); n + 1];
    // Around the first value, so that large levels cost no precision.
    let origin = values[0];
    for (at, value) in values.iter().enumerate() {
        let v = value - origin;
        sums[at + 1] = (sums[at].0 + v, sums[at].1 + v * v);
    }
    let cost = |from: usize, to: usize| {
        let (sum, squares) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
        (squares - sum * sum / (to - from) as f64).max(0.0)
    };
    let mut least = vec![f64::INFINITY; n + 1];
    let mut before = vec![0; n + 1];
    least[0] = -price;
    let mut candidates = vec![0];
    for to in shortest..=n {
        if to >= 2 * shortest {
            candidates.push(to - shortest);
        }
        for &from in &candidates {
            let total = least[from] + cost(from, to) + price;
            if total < least[to] {
                (least[to], before[to]) = (total, from);
            }
        }
        // A start that is worse than the best of an earlier end, even without paying for a change there, can never
        // again be best, as long as that end is far enough back to be a change itself.
        let end = to + 1 - shortest;
        candidates.retain(|from| from + shortest > end || least[*from] + cost(*from, end) <= least[end]);
    }
    let mut changes = Vec::new();
    let mut at = before[n];
    while at > 0 {
        changes.push(at);
        at = before[at];
    }
    changes.reverse();
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    fn noise_of(rng: &mut Xoshiro256PlusPlus) -> f64 {
        (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
    }

    #[test]
    fn a_step_of_three_spreads_is_found_where_it_is() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let values: Vec<f64> =
            (0..120).map(|i| if i < 70 { 100.0 } else { 112.0 } + 3.0 * noise_of(&mut rng)).collect();
        let found = steps(&values, &Steps::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].at.abs_diff(70) <= 2);
        assert!((found[0].share() - 0.12).abs() < 0.03);
    }

    #[test]
    fn noise_without_a_step_raises_few_alarms() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(4);
        let alarms: usize = (0..200)
            .map(|_| {
                let values: Vec<f64> = (0..80).map(|_| 100.0 + 5.0 * noise_of(&mut rng)).collect();
                steps(&values, &Steps::default()).len()
            })
            .sum();
        assert!(alarms <= 10, "{alarms} alarms in 200 series");
    }

    #[test]
    fn outliers_and_tiny_steps_are_no_steps() {
        let mut values: Vec<f64> = (0..60).map(|i| 100.0 + f64::from(i % 3)).collect();
        values[20] = 900.0;
        values[41] = 1.0;
        assert_eq!(steps(&values, &Steps::default()), []);
        let values: Vec<f64> = (0..60).map(|i| if i < 30 { 100.0 } else { 101.0 }).collect();
        assert_eq!(steps(&values, &Steps::default()), []);
        assert_eq!(steps(&[5.0; 50], &Steps::default()), []);
        assert_eq!(steps(&[], &Steps::default()), []);
    }

    fn exhaustive(values: &[f64], price: f64, shortest: usize) -> f64 {
        let n = values.len();
        let cost = |from: usize, to: usize| {
            let mean = values[from..to].iter().sum::<f64>() / (to - from) as f64;
            values[from..to].iter().map(|v| (v - mean).powi(2)).sum::<f64>()
        };
        let mut least = vec![f64::INFINITY; n + 1];
        least[0] = -price;
        for to in shortest..=n {
            for from in 0..=to.saturating_sub(shortest) {
                least[to] = least[to].min(least[from] + cost(from, to) + price);
            }
        }
        least[n]
    }

    proptest! {
        #[test]
        fn pruning_loses_nothing(values in prop::collection::vec(-9.0..9.0_f64, 5..40), price in 1.0..60.0_f64, shortest in 1..5_usize) {
            let changes = pelt(&values, price, shortest);
            let mut edges = vec![0];
            edges.extend(&changes);
            edges.push(values.len());
            let cost: f64 = edges.windows(2).map(|e| {
                let part = &values[e[0]..e[1]];
                let mean = part.iter().sum::<f64>() / part.len() as f64;
                part.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
            }).sum();
            let total = cost + price * changes.len() as f64;
            let least = exhaustive(&values, price, shortest);
            prop_assert!((total - least).abs() < 1e-6, "{} is not {}", total, least);
            prop_assert!(edges.windows(2).all(|e| e[1] - e[0] >= shortest.min(values.len())));
        }
    }
}
