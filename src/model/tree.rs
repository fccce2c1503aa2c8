//! A regression tree over binned columns, grown best split first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use super::matrix::Matrix;

/// How a tree is grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    /// Leaves at most.
    pub(crate) leaves: usize,
    /// Rows that a leaf has at least.
    pub(crate) min_rows: usize,
    /// Columns tried at a split.
    pub(crate) columns: usize,
    /// Whether the columns are drawn anew for every split rather than once for the tree.
    pub(crate) draw_each_split: bool,
    /// Added to the curvature of a leaf: pulls splits away from tiny leaves.
    pub(crate) ridge: f32,
}

/// Where a node leads: bins whose bit is set go to `left`, the others to the node after `left`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Node {
    /// [`LEAF`] for a leaf, whose number is in `left`.
    column: u8,
    left: u16,
    bins: u64,
}

const LEAF: u8 = u8::MAX;

/// Which leaf a row belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

struct Candidate {
    gain: f32,
    node: usize,
    column: u8,
    bins: u64,
    rows: Vec<u32>,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Candidate {}
impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then(other.node.cmp(&self.node))
    }
}

impl Tree {
    /// The number of the leaf that a row with these bins falls into.
    pub(crate) fn leaf(&self, row: &[u8]) -> usize {
        self.descend(|column| row[column])
    }

    /// The number of the leaf that a row of the matrix falls into.
    pub(crate) fn leaf_of(&self, matrix: &Matrix, row: usize) -> usize {
        self.descend(|column| matrix.columns[column][row])
    }

    fn descend(&self, bin: impl Fn(usize) -> u8) -> usize {
        let mut at = 0;
        loop {
            let node = &self.nodes[at];
            if node.column == LEAF {
                return usize::from(node.left);
            }
            let right = node.bins >> bin(usize::from(node.column)) & 1 == 0;
            at = usize::from(node.left) + usize::from(right);
        }
    }

    /// Grows a tree on `rows` that separates the slopes `g` weighed by the curvatures `h` (both by row), and gives it
    /// with the rows of each leaf.
    pub(crate) fn grow(
        matrix: &Matrix,
        rows: Vec<u32>,
        g: &[f32],
        h: &[f32],
        growth: &Growth,
        rng: &mut Xoshiro256PlusPlus,
    ) -> (Tree, Vec<Vec<u32>>) {
        let mut columns: Vec<u8> = (0..matrix.columns.len() as u8).collect();
        columns.shuffle(rng);
        let mut nodes = vec![Node { column: LEAF, left: 0, bins: 0 }];
        let mut heap = BinaryHeap::new();
        let mut done: Vec<(usize, Vec<u32>)> = Vec::new();
        let mut open = |node: usize, rows: Vec<u32>, heap: &mut BinaryHeap<Candidate>, done: &mut Vec<_>| {
            let few = growth.columns.min(columns.len());
            let tried =
                if growth.draw_each_split { &*columns.partial_shuffle(rng, few).0 } else { &columns[..few] };
            match best_split(matrix, &rows, g, h, tried, growth) {
                Some((gain, column, bins)) => heap.push(Candidate { gain, node, column, bins, rows }),
                None => done.push((node, rows)),
            }
        };
        open(0, rows, &mut heap, &mut done);
        while heap.len() + done.len() < growth.leaves.min(30_000) {
            let Some(best) = heap.pop() else { break };
            let column = &matrix.columns[usize::from(best.column)];
            let (left, right): (Vec<u32>, Vec<u32>) =
                best.rows.iter().partition(|row| best.bins >> column[**row as usize] & 1 == 1);
            let at = nodes.len();
            nodes[best.node] = Node { column: best.column, left: at as u16, bins: best.bins };
            nodes.extend([Node { column: LEAF, left: 0, bins: 0 }; 2]);
            open(at, left, &mut heap, &mut done);
            open(at + 1, right, &mut heap, &mut done);
        }
        done.extend(heap.into_iter().map(|candidate| (candidate.node, candidate.rows)));
        done.sort_by_key(|leaf| leaf.0);
        for (number, (node, _)) in done.iter().enumerate() {
            nodes[*node].left = number as u16;
        }
        (Tree { nodes }, done.into_iter().map(|leaf| leaf.1).collect())
    }
}

/// Slopes, curvatures and rows of a bin.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    g: f32,
    h: f32,
    rows: u32,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.g += other.g;
        self.h += other.h;
        self.rows += other.rows;
    }
}

/// Sums by bin; a column has at most 64 of them.
type Histogram = [Sum; 64];

/// The split of `rows` with the greatest gain: gain, column, and the bins that go left.
fn best_split(
    matrix: &Matrix,
    rows: &[u32],
    g: &[f32],
    h: &[f32],
    columns: &[u8],
    growth: &Growth,
) -> Option<(f32, u8, u64)> {
    if rows.len() < 2 * growth.min_rows {
        return None;
    }
    let parts: Vec<(u32, f32, f32)> =
        rows.iter().map(|row| (*row, g[*row as usize], h[*row as usize])).collect();
    let mut total = Sum { rows: rows.len() as u32, ..Sum::default() };
    for part in &parts {
        total.g += part.1;
        total.h += part.2;
    }
    let mut best: Option<(f32, u8, u64)> = None;
    let mut histograms = [[Sum::default(); 64]; 2];
    for pair in columns.chunks(2) {
        let used = fill(&mut histograms, matrix, &parts, pair);
        for ((&number, sums), used) in pair.iter().zip(&histograms).zip(used) {
            let is_category = matrix.category[usize::from(number)];
            let least = best.map_or(0.0, |best| best.0);
            if let Some((gain, bins)) = better_split(sums, used, is_category, total, least, growth) {
                best = Some((gain, number, bins));
            }
        }
    }
    // Empty bins of an amount go with their lower neighbour's side, so that unseen values between are split alike.
    best.map(|(gain, number, bins)| {
        if matrix.category[usize::from(number)] {
            return (gain, number, bins);
        }
        let filled = u64::MAX >> bins.leading_zeros();
        (gain, number, if bins & 1 == 1 { filled } else { filled & !1 })
    })
}

/// Sums up one or two columns by bin, and says which bins occur. Two at a time, since an addition waits for the one
/// before it.
fn fill(
    histograms: &mut [Histogram; 2],
    matrix: &Matrix,
    parts: &[(u32, f32, f32)],
    pair: &[u8],
) -> [u64; 2] {
    let column = |at: usize| matrix.columns[usize::from(pair[at.min(pair.len() - 1)])].as_slice();
    let (a, b) = (column(0), column(1));
    let bin = |column: &[u8], row: u32| usize::from(column[row as usize] & 63);
    let mut used = [0_u64; 2];
    for &(row, ..) in parts {
        used[0] |= 1 << bin(a, row);
        used[1] |= 1 << bin(b, row);
    }
    // Only the bins that occur are cleared: most nodes are small.
    for (sums, mut rest) in histograms.iter_mut().zip(used) {
        while rest != 0 {
            sums[rest.trailing_zeros() as usize] = Sum::default();
            rest &= rest - 1;
        }
    }
    let [first, second] = histograms;
    for &(row, g, h) in parts {
        first[bin(a, row)].add(Sum { g, h, rows: 1 });
        second[bin(b, row)].add(Sum { g, h, rows: 1 });
    }
    used
}

/// The split of one column with the greatest gain, if that is more than `least`: the gain, and the bins that go left.
fn better_split(
    sums: &Histogram,
    used: u64,
    is_category: bool,
    total: Sum,
    least: f32,
    growth: &Growth,
) -> Option<(f32, u64)> {
    if used.count_ones() < 2 {
        return None;
    }
    let score = |g: f32, h: f32| g * g / (h + growth.ridge);
    let floor = score(total.g, total.h) + 1e-6;
    let missing = if used & 1 == 1 { sums[0] } else { Sum::default() };
    let (mut order, mut filled) = ([0_u8; 64], 0);
    let mut rest = used & !1;
    while rest != 0 {
        order[filled] = rest.trailing_zeros() as u8;
        filled += 1;
        rest &= rest - 1;
    }
    if is_category {
        let mean = |bin: &u8| sums[usize::from(*bin)].g / (sums[usize::from(*bin)].h + growth.ridge);
        order[..filled].sort_by(|a, b| mean(a).total_cmp(&mean(b)).then(a.cmp(b)));
    }
    let mut best = None;
    let mut most = least;
    let ways = if missing.rows > 0 { &[false, true][..] } else { &[false] };
    for &missing_left in ways {
        let (mut left, mut bins) = if missing_left { (missing, 1_u64) } else { (Sum::default(), 0) };
        // Without a missing value on the right, taking every bin to the left is no split.
        let last = filled.saturating_sub(usize::from(missing.rows == 0 || missing_left));
        for &bin in &order[..last] {
            left.add(sums[usize::from(bin)]);
            bins |= 1 << bin;
            let right = total.rows - left.rows;
            if (left.rows as usize) < growth.min_rows || (right as usize) < growth.min_rows {
                continue;
            }
            let gain = score(left.g, left.h) + score(total.g - left.g, total.h - left.h) - floor;
            if gain > most {
                most = gain;
                best = Some((gain, bins));
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::matrix::Binning;
    use super::*;
    use rand::SeedableRng;

    fn grow(rows: &[Vec<f32>], categories: &[usize], targets: &[f32]) -> (Binning, Tree, Vec<f32>) {
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let binning = Binning::learn(&rows, categories);
        let growth = Growth { leaves: 4, min_rows: 5, columns: 8, draw_each_split: false, ridge: 0.0 };
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let all = (0..rows.len() as u32).collect();
        let ones = vec![1.0; rows.len()];
        let (tree, leaves) = Tree::grow(&binning.matrix(&rows), all, targets, &ones, &growth, &mut rng);
        let mean =
            |rows: &Vec<u32>| rows.iter().map(|r| targets[*r as usize]).sum::<f32>() / rows.len() as f32;
        (binning, tree, leaves.iter().map(mean).collect())
    }

    #[test]
    fn missing_values_go_where_they_fit_best() {
        let rows: Vec<Vec<f32>> =
            (0..90).map(|i| vec![if i % 3 == 0 { f32::NAN } else { (i % 3) as f32 }]).collect();
        let targets: Vec<f32> = (0..90).map(|i| if i % 3 == 1 { 0.0 } else { 5.0 }).collect();
        let (binning, tree, means) = grow(&rows, &[], &targets);
        let predict = |value: f32| means[tree.leaf(&binning.row(&[value]))];
        assert_eq!((predict(f32::NAN), predict(1.0), predict(2.0)), (5.0, 0.0, 5.0));
    }

    #[test]
    fn categories_split_by_their_effect_and_not_by_their_order() {
        let rows: Vec<Vec<f32>> = (0..100).map(|i| vec![(i % 5) as f32]).collect();
        let targets: Vec<f32> = (0..100).map(|i| [3.0, 0.0, 3.0, 0.0, 3.0][i % 5]).collect();
        let (binning, tree, means) = grow(&rows, &[0], &targets);
        let predict = |value: f32| means[tree.leaf(&binning.row(&[value]))];
        assert_eq!((predict(0.0), predict(1.0), predict(4.0)), (3.0, 0.0, 3.0));
    }
}
