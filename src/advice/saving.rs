//! What a change saves: runner minutes and US dollars a month, with an interval.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::insight::numbers::Estimate;
use crate::stats::special::chi_squared_sf;

/// The days of a month: a twelfth of a Gregorian year.
pub const MONTH: f64 = 365.2425 / 12.0;

const DAY: f64 = 86_400.0;
const ALPHA: f64 = 0.05;

/// Where a saving is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// What the change would have saved was measured in the history; the interval is for chance.
    Measured,
    /// Only what it can save at most is known. The interval is what is possible and the value its middle: an experiment
    /// finds out.
    Possible,
}

/// Runner minutes and US dollars a month; negative when a change costs them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Saving {
    /// Runner minutes a month with the 95 % interval.
    pub minutes: Estimate,
    /// US dollars a month with the 95 % interval; 0 where the price of the runner is not known.
    pub usd: Estimate,
    /// Where it is known from.
    pub basis: Basis,
}

/// Adds up what would have been saved, by day: what happens on a day hangs together.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    by_day: BTreeMap<i64, f64>,
    seconds: f64,
    usd: f64,
    /// How many times something would have been saved.
    pub times: u64,
}

impl Tally {
    /// Takes seconds of a runner that would have been saved at a time (Unix seconds), and the US dollars a minute.
    pub fn add(&mut self, at: f64, seconds: f64, usd_a_minute: f64) {
        self.add_usd(at, seconds, seconds / 60.0 * usd_a_minute);
    }

    /// The same with the US dollars in all.
    pub fn add_usd(&mut self, at: f64, seconds: f64, usd: f64) {
        if seconds <= 0.0 || !seconds.is_finite() {
            return;
        }
        *self.by_day.entry((at / DAY).floor() as i64).or_default() += seconds / 60.0;
        self.seconds += seconds;
        self.usd += usd;
        self.times += 1;
    }

    /// Takes what another has added up.
    pub fn join(&mut self, other: &Tally) {
        for (day, minutes) in &other.by_day {
            *self.by_day.entry(*day).or_default() += minutes;
        }
        self.seconds += other.seconds;
        self.usd += other.usd;
        self.times += other.times;
    }

    /// The minutes in all.
    pub fn minutes(&self) -> f64 {
        self.seconds / 60.0
    }

    /// What it comes to a month, seen over so many days, with the interval of a compound Poisson sum. `heaviest` is the
    /// least weight in minutes that a day not yet seen is given, and `usd_a_minute` the price where nothing was saved.
    pub fn a_month(&self, days: f64, heaviest: f64, usd_a_minute: f64) -> Saving {
        let weights: Vec<f64> = self.by_day.values().copied().collect();
        let scale = MONTH / days;
        let minutes = scaled(weighted_poisson(&weights, heaviest), scale);
        let price = if self.seconds > 0.0 { self.usd / self.minutes() } else { usd_a_minute };
        Saving { minutes, usd: scaled(minutes, price), basis: Basis::Measured }
    }

    /// What it can come to a month at most, seen over so many days.
    pub fn at_most(&self, days: f64) -> Saving {
        let whole = self.a_month(days, 0.0, 0.0);
        let up_to = |most: f64| Estimate { value: most / 2.0, low: 0.0, high: most };
        Saving { minutes: up_to(whole.minutes.high), usd: up_to(whole.usd.high), basis: Basis::Possible }
    }
}

/// An estimate times a factor.
pub fn scaled(estimate: Estimate, factor: f64) -> Estimate {
    let (low, high) = (estimate.low * factor, estimate.high * factor);
    // Adding zero takes the sign off a zero.
    Estimate { value: estimate.value * factor + 0.0, low: low.min(high) + 0.0, high: low.max(high) + 0.0 }
}

/// The 95 % interval of a sum of weights whose number is Poisson distributed: the gamma interval of Fay and Feuer,
/// Statistics in Medicine 16 (1997) 791-801.
fn weighted_poisson(weights: &[f64], heaviest: f64) -> Estimate {
    // A sum of nothing would be a negative zero.
    let (sum, variance) = weights.iter().fold((0.0, 0.0), |(s, v), w| (s + w, v + w * w));
    let most = weights.iter().copied().fold(heaviest, f64::max);
    let low = if sum > 0.0 {
        variance / (2.0 * sum) * chi_squared_quantile(2.0 * sum * sum / variance, ALPHA / 2.0)
    } else {
        0.0
    };
    let (shifted, spread) = (sum + most, variance + most * most);
    let high = if shifted > 0.0 {
        spread / (2.0 * shifted) * chi_squared_quantile(2.0 * shifted * shifted / spread, 1.0 - ALPHA / 2.0)
    } else {
        0.0
    };
    Estimate { value: sum, low, high }
}

/// The `p` quantile of the chi-squared distribution, by bisection.
fn chi_squared_quantile(df: f64, p: f64) -> f64 {
    let (mut low, mut high) = (0.0, df + 1.0);
    while chi_squared_sf(df, high) > 1.0 - p {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if chi_squared_sf(df, middle) > 1.0 - p { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::advice::dice::Dice;

    #[test]
    fn the_interval_holds_the_mean_as_often_as_it_says() {
        let mut dice = Dice::new(9);
        // Events on some of a hundred days, of very different weights: 95 % is promised, and more is no fault.
        for (chance, spread) in [(0.05, 0.3), (0.2, 0.8), (0.6, 0.5)] {
            let mean = 100.0 * chance * (0.5_f64 * spread * spread).exp();
            let mut holds = |_: &u32| {
                let seen = (0..100).filter(|_| dice.chance(chance)).count();
                let days: Vec<f64> = (0..seen).map(|_| dice.around(1.0, spread)).collect();
                let e = weighted_poisson(&days, 1.0);
                e.low <= mean && mean <= e.high
            };
            let held = (0..1000).filter(&mut holds).count();
            assert!(held >= 935, "{held} of 1000 at {chance}");
        }
    }

    #[test]
    fn equal_weights_have_the_exact_poisson_interval() {
        // Garwood's interval of 10 events: 4.7954 to 18.3904; of none: 0 to 3.6889.
        let ten = weighted_poisson(&[1.0; 10], 0.0);
        assert!((ten.low - 4.7954).abs() < 1e-3 && (ten.high - 18.3904).abs() < 1e-3, "{ten:?}");
        let none = weighted_poisson(&[], 1.0);
        assert!(none.low == 0.0 && (none.high - 3.6889).abs() < 1e-3, "{none:?}");
    }

    #[test]
    fn what_happens_on_one_day_counts_once_for_the_interval() {
        let (mut burst, mut spread) = (Tally::default(), Tally::default());
        for i in 0..20_u32 {
            burst.add(1e9, 600.0, 0.006);
            spread.add(1e9 + f64::from(i) * DAY, 600.0, 0.006);
        }
        let (burst, spread) = (burst.a_month(30.0, 0.0, 0.0), spread.a_month(30.0, 0.0, 0.0));
        assert!((burst.minutes.value - spread.minutes.value).abs() < 1e-9);
        assert!(burst.minutes.high > 2.0 * spread.minutes.high);
        assert!((spread.usd.value - spread.minutes.value * 0.006).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_value(weights in proptest::collection::vec(0.01_f64..1e4, 0..40)) {
            let e = weighted_poisson(&weights, 0.0);
            prop_assert!(e.low <= e.value && e.value <= e.high && e.low >= 0.0 && e.high.is_finite());
        }
    }
}
