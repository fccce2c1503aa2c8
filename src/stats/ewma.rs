//! Exponential smoothing.

/// The exponentially weighted mean of values in time order with smoothing `alpha` (0 to 1): the newest weighs `alpha`.
pub fn ewma(values: impl IntoIterator<Item = f64>, alpha: f64) -> Option<f64> {
    values.into_iter().fold(None, |level, value| Some(level.map_or(value, |l| l + alpha * (value - l))))
}

/// Simple exponential smoothing, ETS(A,N,N): the level after the last value, with the smoothing that has the least
/// squared one-step error over the values (Hyndman et al., *Forecasting with Exponential Smoothing*, 2008).
pub fn ets(values: &[f64]) -> Option<f64> {
    let (first, rest) = values.split_first()?;
    let mut best = (f64::INFINITY, *first);
    for step in 1..=19 {
        let alpha = f64::from(step) * 0.05;
        let (mut level, mut loss) = (*first, 0.0);
        for value in rest {
            let error = value - level;
            loss += error * error;
            level += alpha * error;
        }
        if loss < best.0 {
            best = (loss, level);
        }
    }
    Some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ewma_weighs_the_newest_by_alpha() {
        assert_eq!(ewma([0.0, 10.0], 0.2), Some(2.0));
        assert_eq!(ewma([], 0.2), None);
    }

    #[test]
    fn ets_follows_a_walk_and_averages_noise() {
        let steps: Vec<f64> = (0..40).map(f64::from).collect();
        assert!(ets(&steps).is_some_and(|level| level > 38.0));
        let noise: Vec<f64> = (0..40).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert!(ets(&noise).is_some_and(|level| level.abs() < 0.5));
    }
}
