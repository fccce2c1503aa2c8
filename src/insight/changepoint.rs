//! Where the level of a series changed.

use super::numbers::{MAD_TO_SIGMA, autocorrelation, mad, median, sorted};

/// The starts of all segments but the first, by PELT (Killick, Fearnhead and Eckley, JASA 107, 2012) with the
/// squared error about each segment's mean as its cost: exact, and linear in time where changes keep coming.
/// Segments have at least `shortest` values; `penalty` is what a further segment has to save.
pub fn pelt(values: &[f64], penalty: f64, shortest: usize) -> Vec<usize> {
    let (n, shortest) = (values.len(), shortest.max(1));
    if n < 2 * shortest {
        return Vec::new();
    }
    // Sums about a value of the series keep differences of large numbers exact enough.
    let origin = values[0];
    let mut sums = vec![(0.0, 0.0); n + 1];
    for (i, value) in values.iter().enumerate() {
        let v = value - origin;
        sums[i + 1] = (sums[i].0 + v, sums[i].1 + v * v);
    }
    let cost = |from: usize, to: usize| {
        let (sum, square) = (sums[to].0 - sums[from].0, sums[to].1 - sums[from].1);
        (square - sum * sum / (to - from) as f64).max(0.0)
    };
    let mut best = vec![f64::INFINITY; n + 1];
    let mut last = vec![0; n + 1];
    best[0] = -penalty;
    let mut candidates = vec![0];
    for to in shortest..=n {
        let costs: Vec<(usize, f64)> =
            candidates.iter().map(|&from| (from, best[from] + cost(from, to))).collect();
        if let Some(&(from, least)) = costs.iter().min_by(|a, b| a.1.total_cmp(&b.1)) {
            best[to] = least + penalty;
            last[to] = from;
        }
        candidates = costs.iter().filter(|(_, cost)| *cost <= best[to]).map(|(from, _)| *from).collect();
        // The next value can be the end of a segment that starts here.
        if to + 1 >= 2 * shortest {
            candidates.push(to + 1 - shortest);
        }
    }
    let mut starts = Vec::new();
    let mut at = last[n];
    while at > 0 {
        starts.push(at);
        at = last[at];
    }
    starts.reverse();
    starts
}

/// A series cut into levels.
#[derive(Debug, Clone)]
pub struct Levels {
    /// The start of each segment; the first is 0.
    pub starts: Vec<usize>,
    /// The median of each segment.
    pub levels: Vec<f64>,
    /// The deviation about the levels: robust, in the unit of the values.
    pub sigma: f64,
    /// By how much dependence between neighbours widens the variance of a mean.
    pub inflation: f64,
}

/// Outliers are clipped at so many deviations from the median of their neighbours.
const CLIP: f64 = 3.0;
/// The levels of a series, with a penalty of `weight * ln(n)` times the variance, which dependence between
/// neighbours raises. Spikes do not make a level.
pub fn levels(values: &[f64], weight: f64, shortest: usize) -> Levels {
    let n = values.len();
    let differences: Vec<f64> = values.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    let rough = median(differences).unwrap_or(0.0) * MAD_TO_SIGMA / std::f64::consts::SQRT_2;
    let smallest = values.iter().fold(0.0, |most: f64, v| most.max(v.abs())) * 1e-9 + f64::MIN_POSITIVE;
    let rough = rough.max(smallest);
    let neighbours = shortest.clamp(2, 3);
    let clipped = clip(values, rough, neighbours);
    let penalty = |sigma: f64, inflation: f64| weight * (n.max(2) as f64).ln() * sigma * sigma * inflation;
    let first = measure(values, pelt(&clipped, penalty(rough, 1.0), shortest));
    let sigma = first.sigma.max(rough);
    let starts = pelt(&clip(values, sigma, neighbours), penalty(sigma, first.inflation), shortest);
    let mut levels = measure(values, starts);
    levels.sigma = levels.sigma.max(smallest);
    levels
}

/// Clips each value about the median of its neighbours on both sides: a step keeps its place through a running median.
/// Where a window is even, as at the ends, both middles count, so that the first value of a new level is not half of it.
fn clip(values: &[f64], sigma: f64, neighbours: usize) -> Vec<f64> {
    let clipped = |(i, value): (usize, &f64)| {
        let window = &values[i.saturating_sub(neighbours)..(i + neighbours + 1).min(values.len())];
        let window = sorted(window.iter().copied());
        let (Some(low), Some(high)) =
            (window.get((window.len().max(1) - 1) / 2), window.get(window.len() / 2))
        else {
            return *value;
        };
        value.clamp(low - CLIP * sigma, high + CLIP * sigma)
    };
    values.iter().enumerate().map(clipped).collect()
}

/// The levels of given segments, and the spread about them.
fn measure(values: &[f64], mut starts: Vec<usize>) -> Levels {
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([values.len()]);
    let segments: Vec<&[f64]> = starts.iter().zip(ends).map(|(from, to)| &values[*from..to]).collect();
    let levels: Vec<f64> = segments.iter().map(|s| median(s.iter().copied()).unwrap_or_default()).collect();
    let residuals: Vec<f64> =
        segments.iter().zip(&levels).flat_map(|(s, level)| s.iter().map(move |v| v - level)).collect();
    let (n, k) = (values.len() as f64, segments.len() as f64);
    let freedom = (n / (n - k).max(1.0)).sqrt();
    let sigma = mad(&residuals, 0.0).unwrap_or(0.0) * freedom;
    let dependence = autocorrelation(&residuals).clamp(0.0, 0.8);
    Levels { starts, levels, sigma, inflation: (1.0 + dependence) / (1.0 - dependence) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The best segmentation by trying all of them.
    fn exhaustive(values: &[f64], penalty: f64, shortest: usize) -> f64 {
        let n = values.len();
        let cost = |s: &[f64]| {
            let mean = s.iter().sum::<f64>() / s.len() as f64;
            s.iter().map(|v| (v - mean).powi(2)).sum::<f64>()
        };
        let mut best = vec![f64::INFINITY; n + 1];
        best[0] = -penalty;
        for to in shortest..=n {
            for from in 0..=to - shortest {
                best[to] = best[to].min(best[from] + cost(&values[from..to]) + penalty);
            }
        }
        best[n]
    }

    #[test]
    fn pelt_is_as_good_as_trying_every_segmentation() {
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / 65_536.0 / 256.0
        };
        for round in 0..200 {
            let n = 4 + round % 37;
            let values: Vec<f64> =
                (0..n).map(|i| next() + if i > n / 2 { f64::from(round as u32 % 5) } else { 0.0 }).collect();
            for shortest in [1, 2, 3] {
                let starts = pelt(&values, 0.5, shortest);
                let mut bounds = vec![0];
                bounds.extend(&starts);
                bounds.push(n);
                let total: f64 = bounds
                    .windows(2)
                    .map(|w| {
                        assert!(w[1] - w[0] >= shortest, "{starts:?}");
                        let s = &values[w[0]..w[1]];
                        let mean = s.iter().sum::<f64>() / s.len() as f64;
                        s.iter().map(|v| (v - mean).powi(2)).sum::<f64>() + 0.5
                    })
                    .sum();
                let best = exhaustive(&values, 0.5, shortest) + 0.5;
                assert!(
                    n < 2 * shortest || (total - 0.5 - best + 0.5).abs() < 1e-9,
                    "{total} {best} {starts:?}"
                );
            }
        }
    }

    #[test]
    fn a_step_has_its_place_and_a_spike_is_none() {
        let mut values: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 5) * 0.1).collect();
        values[10] += 30.0;
        values[25..].iter_mut().for_each(|v| *v += 2.0);
        let levels = levels(&values, 3.0, 3);
        assert_eq!(levels.starts, [0, 25]);
        assert!((levels.levels[1] - levels.levels[0] - 2.0).abs() < 0.11);
    }

    #[test]
    fn the_newest_few_can_be_a_level_in_a_series_without_noise() {
        for new in 2..6 {
            let mut values = vec![100.0; 30];
            values.iter_mut().rev().take(new).for_each(|v| *v = 108.0);
            let levels = levels(&values, 3.0, 2);
            assert_eq!((levels.starts, levels.levels), (vec![0, 30 - new], vec![100.0, 108.0]));
        }
    }

    #[test]
    fn constant_and_short_series_have_one_level() {
        for values in [vec![], vec![5.0], vec![5.0; 100]] {
            assert_eq!(levels(&values, 3.0, 3).starts, [0]);
        }
    }
}
