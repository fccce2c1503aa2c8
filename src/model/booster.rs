//! Gradient boosting over histogram trees: of absolute error for durations, of log loss for outcomes.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::matrix::Matrix;
use super::tree::{Growth, Tree};
use crate::stats::quantile::weighted_quantile;

/// How a booster is trained.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Boosting {
    pub(crate) rounds: usize,
    pub(crate) rate: f32,
    /// Share of the rows that a tree sees.
    pub(crate) sample: f32,
    pub(crate) growth: Growth,
    pub(crate) seed: u64,
}

/// What a booster makes small.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Loss {
    /// Absolute error; a leaf's value is the weighted median of its residuals (Friedman, 2001). Slopes of residuals
    /// below the width given are in proportion to them, which tells trees more than their sign.
    Absolute(f32),
    /// Logistic loss of targets 0 and 1.
    Logistic,
}

/// A sum of trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Booster {
    base: f32,
    trees: Vec<(Tree, Vec<f32>)>,
}

impl Booster {
    /// The sum of the trees for a row with these bins.
    pub(crate) fn predict(&self, row: &[u8]) -> f64 {
        f64::from(self.trees.iter().fold(self.base, |sum, (tree, values)| sum + values[tree.leaf(row)]))
    }

    /// Trains on the targets `y` with the weights `w`, one each by row.
    pub(crate) fn train(matrix: &Matrix, y: &[f32], w: &[f32], loss: Loss, boosting: &Boosting) -> Self {
        let base = match loss {
            Loss::Absolute(_) => median(y.iter().zip(w).map(|(y, w)| (f64::from(*y), f64::from(*w)))),
            Loss::Logistic => {
                let (good, all) = y.iter().zip(w).fold((1.0, 2.0), |s, (y, w)| (s.0 + y * w, s.1 + w));
                (good / (all - good)).ln()
            }
        };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(boosting.seed);
        let mut sum = vec![base; y.len()];
        let (mut g, mut h) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        let mut order: Vec<u32> = (0..y.len() as u32).collect();
        let size = ((y.len() as f32 * boosting.sample) as usize).max(1);
        let mut booster = Booster { base, trees: Vec::with_capacity(boosting.rounds) };
        for _ in 0..boosting.rounds {
            for i in 0..y.len() {
                (g[i], h[i]) = match loss {
                    Loss::Absolute(width) => (w[i] * ((y[i] - sum[i]) / width).clamp(-1.0, 1.0), w[i]),
                    Loss::Logistic => {
                        let p = 1.0 / (1.0 + (-sum[i]).exp());
                        (w[i] * (y[i] - p), w[i] * (p * (1.0 - p)).max(1e-4))
                    }
                };
            }
            order.shuffle(&mut rng);
            let mut rows = order[..size].to_vec();
            rows.sort_unstable();
            let (tree, leaves) = Tree::grow(matrix, rows, &g, &h, &boosting.growth, &mut rng);
            let value = |rows: &Vec<u32>| match loss {
                Loss::Absolute(_) => {
                    let residual = |r: &u32| f64::from(y[*r as usize] - sum[*r as usize]);
                    boosting.rate * median(rows.iter().map(|r| (residual(r), f64::from(w[*r as usize]))))
                }
                Loss::Logistic => {
                    let (g, h) =
                        rows.iter().fold((0.0, 0.0), |s, r| (s.0 + g[*r as usize], s.1 + h[*r as usize]));
                    boosting.rate * g / (h + boosting.growth.ridge)
                }
            };
            let values: Vec<f32> = leaves.iter().map(value).collect();
            for (row, sum) in sum.iter_mut().enumerate() {
                *sum += values[tree.leaf_of(matrix, row)];
            }
            booster.trees.push((tree, values));
        }
        booster
    }
}

fn median(pairs: impl Iterator<Item = (f64, f64)>) -> f32 {
    weighted_quantile(&mut pairs.collect::<Vec<_>>(), 0.5).unwrap_or(0.0) as f32
}
