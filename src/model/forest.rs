//! A random forest that answers with weights of past rows rather than with a mean: a conditional distribution
//! (Meinshausen, *Quantile Regression Forests*, 2006).

use rand::RngExt;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::matrix::Matrix;
use super::tree::{Growth, Tree};

/// How a forest is grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forestry {
    pub(crate) trees: usize,
    pub(crate) growth: Growth,
    pub(crate) seed: u64,
}

/// Trees with the rows that fell into each leaf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Forest {
    trees: Vec<(Tree, Leaves)>,
    /// Of each row that came later, its leaf in every tree.
    added: Vec<Vec<u16>>,
}

/// The rows of all leaves of a tree, leaf after leaf: two allocations rather than a thousand when a state is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Leaves {
    /// Where each leaf ends in `rows`.
    ends: Vec<u16>,
    rows: Vec<u16>,
}

impl Leaves {
    fn of(leaves: &[Vec<u32>]) -> Self {
        let mut packed = Leaves { ends: Vec::with_capacity(leaves.len()), rows: Vec::new() };
        for leaf in leaves {
            packed.rows.extend(leaf.iter().map(|row| *row as u16));
            packed.ends.push(packed.rows.len() as u16);
        }
        packed
    }

    fn rows(&self, leaf: usize) -> &[u16] {
        let start = if leaf == 0 { 0 } else { self.ends[leaf - 1] };
        &self.rows[usize::from(start)..usize::from(self.ends[leaf])]
    }
}

impl Forest {
    /// Grows trees on bootstrap samples of the rows. There must be fewer than 65,536 rows.
    pub(crate) fn grow(matrix: &Matrix, y: &[f32], w: &[f32], forestry: &Forestry) -> Self {
        let n = matrix.rows;
        let tree = |number: usize| {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(forestry.seed.wrapping_add(number as u64));
            let mut h = vec![0.0; n];
            for _ in 0..n {
                let row = rng.random_range(0..n);
                h[row] += w[row];
            }
            let g: Vec<f32> = y.iter().zip(&h).map(|(y, h)| y * h).collect();
            let rows = (0..n as u32).filter(|row| h[*row as usize] > 0.0).collect();
            let (tree, leaves) = Tree::grow(matrix, rows, &g, &h, &forestry.growth, &mut rng);
            (tree, Leaves::of(&leaves))
        };
        Forest { trees: (0..forestry.trees).into_par_iter().map(tree).collect(), added: Vec::new() }
    }

    /// Lets a row with these bins, which comes after all others, fall into the leaves; nothing is grown anew.
    pub(crate) fn add(&mut self, row: &[u8]) {
        self.added.push(self.trees.iter().map(|(tree, _)| tree.leaf(row) as u16).collect());
    }

    /// Adds up, by row, how strongly the trees tie each row they know (those they were grown on, then those added) to the
    /// row with these bins. Every tree gives a weight of 1, shared among the rows of its leaf by `prior`.
    pub(crate) fn weights(&self, row: &[u8], prior: &[f32]) -> Vec<f32> {
        let mut weights = vec![0.0; prior.len()];
        let grown = prior.len() - self.added.len();
        for (number, (tree, leaves)) in self.trees.iter().enumerate() {
            let at = tree.leaf(row);
            let added = (grown..).zip(&self.added).filter(|(_, leaves)| usize::from(leaves[number]) == at);
            let leaf = leaves.rows(at).iter().map(|row| usize::from(*row)).chain(added.map(|(row, _)| row));
            let total: f32 = leaf.clone().map(|row| prior[row]).sum();
            if total > 0.0 {
                for row in leaf {
                    weights[row] += prior[row] / total;
                }
            }
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix::Binning;
    use super::*;

    #[test]
    fn an_added_row_counts_where_it_falls() {
        let rows: Vec<Vec<f32>> = (0..40).map(|i| vec![(i % 2) as f32]).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let y: Vec<f32> = (0..40).map(|i| (i % 2) as f32).collect();
        let binning = Binning::learn(&rows, &[]);
        let growth =
            Growth { leaves: usize::MAX, min_rows: 3, columns: 1, draw_each_split: true, ridge: 0.0 };
        let forestry = Forestry { trees: 10, growth, seed: 7 };
        let mut forest = Forest::grow(&binning.matrix(&rows), &y, &[1.0; 40], &forestry);
        forest.add(&binning.row(&[1.0]));
        let prior = [1.0; 41];
        let ones = forest.weights(&binning.row(&[1.0]), &prior);
        let zeros = forest.weights(&binning.row(&[0.0]), &prior);
        assert!(ones[40] > 0.3 && zeros[40] == 0.0, "{} {}", ones[40], zeros[40]);
        assert!((ones.iter().sum::<f32>() - 10.0).abs() < 1e-3, "every tree gives a weight of 1");
    }
}
