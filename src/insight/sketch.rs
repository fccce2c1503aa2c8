//! Quantiles of any number of seconds in little memory.

use serde::Serialize;

use super::numbers::quantile_ranks;

/// Each bin is this much wider than the one before, so that a bin's middle is within 1 % of all in it.
const GROWTH: f64 = 1.02;
/// Below this many seconds everything is the first bin.
const SMALLEST: f64 = 0.01;
/// The last bin holds everything from here on: over two years.
const LAST: usize = 1_150;

/// A histogram of positive numbers with bins of equal relative width (Masson, Rim and Lee, DDSketch, VLDB 2019):
/// every quantile is within 1 % of the truth.
#[derive(Debug, Clone, Default)]
pub struct Sketch {
    first: usize,
    bins: Vec<u32>,
    count: u64,
    sum: f64,
}

impl Sketch {
    /// Adds a number of seconds; what is no number or negative is left out.
    pub fn add(&mut self, seconds: f64) {
        if !seconds.is_finite() || seconds < 0.0 {
            return;
        }
        let bin = ((seconds.max(SMALLEST) / SMALLEST).ln() / GROWTH.ln()).round() as usize;
        let bin = bin.min(LAST);
        if self.bins.is_empty() {
            self.first = bin;
        }
        if bin < self.first {
            let more = self.first - bin;
            self.bins.splice(0..0, std::iter::repeat_n(0, more));
            self.first = bin;
        }
        if self.bins.len() <= bin - self.first {
            self.bins.resize(bin - self.first + 1, 0);
        }
        self.bins[bin - self.first] += 1;
        self.count += 1;
        self.sum += seconds;
    }

    /// How many were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum in seconds.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The value of the 1-based rank.
    fn at(&self, rank: u64) -> f64 {
        let mut seen = 0;
        for (bin, count) in self.bins.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank {
                return SMALLEST * GROWTH.powi((self.first + bin) as i32);
            }
        }
        0.0
    }

    /// The quantile, with the interval of its order statistics.
    pub fn quantile(&self, q: f64) -> Option<Quantile> {
        if self.count == 0 {
            return None;
        }
        let rank = ((self.count as f64 * q).ceil() as u64).clamp(1, self.count);
        let (low, high) = quantile_ranks(self.count, q);
        Some(Quantile {
            value: self.at(rank),
            low: low.map(|rank| self.at(rank)),
            high: high.map(|rank| self.at(rank)),
        })
    }
}

/// A quantile in seconds with its 95 % interval, as far as the sample bounds it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantile {
    /// The quantile of the sample, seconds.
    pub value: f64,
    /// The lower end of the interval; none when the sample is too small to say.
    pub low: Option<f64>,
    /// The upper end of the interval; none when the sample is too small to say.
    pub high: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_within_one_percent_of_the_truth() {
        let mut sketch = Sketch::default();
        let values: Vec<f64> = (1..=10_000).map(|i| f64::from(i * 7919 % 10_007) * 0.37).collect();
        values.iter().for_each(|v| sketch.add(*v));
        let mut sorted = values.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        for q in [0.05, 0.25, 0.5, 0.9, 0.99] {
            let truth = sorted[(10_000.0 * q) as usize - 1];
            let got = sketch.quantile(q).unwrap().value;
            assert!((got / truth - 1.0).abs() <= 0.0101, "{q}: {got} {truth}");
        }
        assert_eq!(sketch.count(), 10_000);
    }

    #[test]
    fn nonsense_is_left_out_and_extremes_are_kept() {
        let mut sketch = Sketch::default();
        for value in [f64::NAN, -1.0, f64::INFINITY] {
            sketch.add(value);
        }
        assert_eq!(sketch.count(), 0);
        sketch.add(0.0);
        sketch.add(1e300);
        assert_eq!(sketch.count(), 2);
    }
}
