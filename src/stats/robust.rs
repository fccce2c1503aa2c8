//! Location and spread that a few outliers cannot move.

use super::quantile::median;

/// Makes the median absolute deviation of normal values their standard deviation: 1 / the normal quantile at 3/4.
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// Median and median absolute deviation, the latter in units of a standard deviation; `None` without values.
pub fn location_and_spread(values: &[f64]) -> Option<(f64, f64)> {
    let centre = median(&mut values.to_vec())?;
    let mut distances: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
    Some((centre, MAD_TO_SIGMA * median(&mut distances)?))
}

/// The standard deviation of the noise around a level that may jump: from the differences of neighbours, which a jump
/// spoils only once. `None` with fewer than two values.
pub fn noise(values: &[f64]) -> Option<f64> {
    let mut steps: Vec<f64> = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    Some(MAD_TO_SIGMA * median(&mut steps)? / std::f64::consts::SQRT_2)
}

/// Values pulled back to at most `width` spreads from the median of the `2 * reach + 1` values around each.
pub fn clip_to_neighbours(values: &[f64], reach: usize, width: f64) -> Vec<f64> {
    let spread = noise(values).unwrap_or(0.0);
    let clipped = |at: usize| {
        let around = &values[at.saturating_sub(reach)..(at + reach + 1).min(values.len())];
        let centre = median(&mut around.to_vec()).unwrap_or(values[at]);
        values[at].clamp(centre - width * spread, centre + width * spread)
    };
    (0..values.len()).map(clipped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outlier_moves_neither_location_nor_spread() {
        let plain = location_and_spread(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(plain, Some((3.0, MAD_TO_SIGMA)));
        assert_eq!(location_and_spread(&[1.0, 2.0, 3.0, 4.0, 5000.0]), plain);
        assert_eq!(location_and_spread(&[]), None);
    }

    #[test]
    fn the_noise_of_a_series_that_jumps_once_is_the_noise_around_its_levels() {
        let values: Vec<f64> =
            (0..100).map(|i| if i < 50 { 0.0 } else { 100.0 } + [0.0, 1.0, 0.0, -1.0][i % 4]).collect();
        assert!(noise(&values).is_some_and(|n| (0.5..2.0).contains(&n)));
    }

    #[test]
    fn a_spike_is_clipped_and_a_lasting_step_is_not() {
        let mut values: Vec<f64> =
            (0..40).map(|i| if i < 20 { 10.0 } else { 20.0 } + f64::from(i % 2)).collect();
        values[5] = 500.0;
        let clipped = clip_to_neighbours(&values, 3, 4.0);
        assert!(clipped[5] < 20.0);
        assert_eq!(clipped[30], values[30]);
    }
}
