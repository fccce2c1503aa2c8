//! Quantiles, plain and weighted.

/// The median of `values`, which are reordered; `None` when there are none.
pub fn median(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let middle = *middle;
    if n % 2 == 1 {
        return Some(middle);
    }
    let left = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Some(0.5 * (left + middle))
}

/// The quantile `q` (0 to 1) of ascending values, interpolated between neighbours (type 7 of Hyndman and Fan, 1996);
/// `None` when there are none.
pub fn quantile_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let low = position.floor() as usize;
    let high = (low + 1).min(last);
    Some(sorted[low] + (position - low as f64) * (sorted[high] - sorted[low]))
}

/// The quantile `q` (0 to 1) of unordered values, as [`quantile_sorted`].
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_sorted(&sorted, q)
}

/// The smallest value that has at least the share `q` of the weight at or below it; `None` without weight.
/// `pairs` are `(value, weight)` and are sorted by value.
pub fn weighted_quantile(pairs: &mut [(f64, f64)], q: f64) -> Option<f64> {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    weighted_quantile_sorted(pairs, q)
}

/// As [`weighted_quantile`], for pairs that are in ascending order already.
pub fn weighted_quantile_sorted(pairs: &[(f64, f64)], q: f64) -> Option<f64> {
    let total: f64 = pairs.iter().map(|pair| pair.1).sum();
    if total <= 0.0 {
        return None;
    }
    let goal = q.clamp(0.0, 1.0) * total;
    let mut sum = 0.0;
    for (value, weight) in pairs {
        sum += weight;
        if sum >= goal && *weight > 0.0 {
            return Some(*value);
        }
    }
    pairs.iter().rev().find(|pair| pair.1 > 0.0).map(|pair| pair.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_the_mean_of_the_middle_two() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut []), None);
    }

    #[test]
    fn quantiles_interpolate_as_r_does_by_default() {
        let values = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&values, 0.1), Some(1.3));
        assert_eq!(quantile(&values, 1.0), Some(4.0));
    }

    #[test]
    fn a_weighted_quantile_with_equal_weights_is_an_observed_value() {
        let mut pairs = [(3.0, 1.0), (1.0, 1.0), (2.0, 1.0)];
        assert_eq!(weighted_quantile(&mut pairs, 0.5), Some(2.0));
        assert_eq!(weighted_quantile(&mut [(1.0, 9.0), (5.0, 1.0)], 0.5), Some(1.0));
        assert_eq!(weighted_quantile(&mut [(1.0, 0.0)], 0.5), None);
    }
}
