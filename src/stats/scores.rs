//! Ranks and the normal scores of van der Waerden.

use super::normal;

/// Values closer than this share of the largest magnitude are ties: rounding must not order them.
const TIE: f64 = 1e-9;
/// Values closer than this are ties whatever the magnitudes.
const SAME: f64 = 1e-10;

/// Mean ranks (1-based, ties share the mean of their places) of finite values.
pub fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut ranks = vec![0.0; values.len()];
    for_each_tie(&order, values, 0.0, |places, rank| {
        for &i in places {
            ranks[i] = rank;
        }
    });
    ranks
}

/// Calls `f` with each group of tied indices of `order` (sorted by value) and their mean rank.
fn for_each_tie(order: &[usize], values: &[f64], tolerance: f64, mut f: impl FnMut(&[usize], f64)) {
    let mut start = 0;
    while start < order.len() {
        let mut end = start + 1;
        while end < order.len() && values[order[end]] - values[order[end - 1]] <= tolerance {
            end += 1;
        }
        f(&order[start..end], (start + 1 + end) as f64 / 2.0);
        start = end;
    }
}

/// Normal scores, with the tables of quantiles kept: one lookup per value after the first use of a sample size.
#[derive(Debug, Default, Clone)]
pub struct NormalScores {
    /// For a sample of n, the scores of the ranks 1, 1.5, 2, ... n: the steps of a mid-rank.
    tables: Vec<Vec<f64>>,
    order: Vec<usize>,
}

impl NormalScores {
    /// Writes the score Φ⁻¹(rank / (n + 1)) of each value into `scores`.
    ///
    /// Ties share their mean rank: values that differ by less than 1e-10, or a billionth of the largest magnitude. So
    /// the values should be of a scale on which 1e-10 is nothing, such as the logarithm of a duration.
    pub fn of(&mut self, values: &[f64], scores: &mut Vec<f64>) {
        let n = values.len();
        self.order.clear();
        self.order.extend(0..n);
        self.order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
        if self.tables.len() <= n {
            self.tables.resize(n + 1, Vec::new());
        }
        if self.tables[n].is_empty() {
            self.tables[n] =
                (2..=2 * n).map(|twice| normal::quantile(twice as f64 / 2.0 / (n + 1) as f64)).collect();
        }
        scores.clear();
        scores.resize(n, 0.0);
        let largest = values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let table = &self.tables[n];
        for_each_tie(&self.order, values, (largest * TIE).max(SAME), |places, rank| {
            let score = table[(2.0 * rank) as usize - 2];
            for &i in places {
                scores[i] = score;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(mid_ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
        assert!(mid_ranks(&[]).is_empty());
    }

    #[test]
    fn scores_are_symmetric_and_blind_to_rounding() {
        let mut scores = Vec::new();
        let mut table = NormalScores::default();
        table.of(&[0.1 + 0.2, 0.3, -1.0, 5.0], &mut scores);
        assert_eq!(scores[0], scores[1]);
        assert!((scores[2] + scores[3]).abs() < 1e-15);
        assert!((scores[2] - normal::quantile(0.2)).abs() < 1e-15);
    }
}
