//! Feature values reduced to at most 64 bins a column, so that a split is a set of bins and fits a machine word.

use serde::{Deserialize, Serialize};

/// Bins of a column, with bin 0 for missing values.
const BINS: usize = 64;

/// How one column is binned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Column {
    /// Ascending upper edges: bin `i + 1` holds values up to and including `edges[i]`.
    Amount(Vec<f32>),
    /// Ascending names: bin `i + 1` is `names[i]`; a name that is not there counts as missing.
    Category(Vec<f32>),
}

/// How all columns are binned: learned from rows, then used for any row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Binning {
    columns: Vec<Column>,
}

impl Binning {
    /// Learns edges at quantiles of the rows' values, and the most frequent names of the columns in `categories`.
    pub(crate) fn learn(rows: &[&[f32]], categories: &[usize]) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let column = |at: usize| {
            let mut values: Vec<f32> = rows.iter().map(|row| row[at]).filter(|v| !v.is_nan()).collect();
            values.sort_by(f32::total_cmp);
            if categories.contains(&at) { frequent(&values) } else { Column::Amount(edges(&values)) }
        };
        Binning { columns: (0..width).map(column).collect() }
    }

    /// The bins of one row.
    pub(crate) fn row(&self, values: &[f32]) -> Vec<u8> {
        self.columns.iter().zip(values).map(|(column, value)| column.bin(*value)).collect()
    }

    /// The bins of many rows.
    pub(crate) fn matrix(&self, rows: &[&[f32]]) -> Matrix {
        let column =
            |(at, column): (usize, &Column)| rows.iter().map(|row| column.bin(row[at])).collect::<Vec<u8>>();
        Matrix {
            columns: self.columns.iter().enumerate().map(column).collect(),
            category: self.columns.iter().map(|c| matches!(c, Column::Category(_))).collect(),
            rows: rows.len(),
        }
    }
}

impl Column {
    fn bin(&self, value: f32) -> u8 {
        match self {
            _ if value.is_nan() => 0,
            Column::Amount(edges) => edges.partition_point(|edge| *edge < value).min(BINS - 2) as u8 + 1,
            Column::Category(names) => {
                names.binary_search_by(|name| name.total_cmp(&value)).map_or(0, |at| at as u8 + 1)
            }
        }
    }
}

/// Edges half-way between neighbouring quantiles; the last bin is open.
fn edges(sorted: &[f32]) -> Vec<f32> {
    let mut distinct = sorted.to_vec();
    distinct.dedup();
    let mut edges = Vec::new();
    if distinct.len() < BINS {
        edges.extend(distinct.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])));
    } else {
        for i in 1..BINS - 1 {
            let at = i * sorted.len() / (BINS - 1);
            edges.push(0.5 * (sorted[at - 1] + sorted[at]));
        }
        edges.dedup();
    }
    edges
}

fn frequent(sorted: &[f32]) -> Column {
    let mut counts: Vec<(usize, f32)> = Vec::new();
    for value in sorted {
        match counts.last_mut() {
            Some((count, name)) if *name == *value => *count += 1,
            _ => counts.push((1, *value)),
        }
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)));
    let mut names: Vec<f32> = counts.into_iter().take(BINS - 1).map(|(_, name)| name).collect();
    names.sort_by(f32::total_cmp);
    Column::Category(names)
}

/// Binned rows, column by column.
#[derive(Debug, Clone)]
pub(crate) struct Matrix {
    pub(crate) columns: Vec<Vec<u8>>,
    pub(crate) category: Vec<bool>,
    pub(crate) rows: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_values_and_unknown_names_have_a_bin_of_their_own() {
        let rows: Vec<Vec<f32>> = (0..200).map(|i| vec![i as f32, (i % 3) as f32]).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let binning = Binning::learn(&rows, &[1]);
        assert_eq!(binning.row(&[f32::NAN, 7.0]), [0, 0]);
        let low = binning.row(&[-5.0, 0.0]);
        let high = binning.row(&[500.0, 2.0]);
        assert_eq!(low, [1, 1]);
        assert!(high[0] as usize >= BINS - 3 && (high[0] as usize) < BINS);
        assert_eq!(high[1], 3);
    }

    #[test]
    fn bins_keep_the_order_of_the_values() {
        let rows: Vec<Vec<f32>> = (0..500).map(|i| vec![((i * 37) % 101) as f32]).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let binning = Binning::learn(&rows, &[]);
        let bins: Vec<u8> = (0..101).map(|i| binning.row(&[i as f32])[0]).collect();
        assert!(bins.is_sorted());
        assert!(bins[100] > 40);
    }
}
