//! Confidence sequences for the mean of values between 0 and 1, by predictable bets.
//!
//! Waudby-Smith and Ramdas, *Estimating means of bounded random variables by betting*, JRSS B 86, 2024.

use super::{Interval, Refusal, finite, refusal};

/// The confidence sequence of the mean of values in [0, 1] by the predictable plug-in empirical Bernstein method
/// (Waudby-Smith and Ramdas 2024, theorem 2), after each value.
///
/// # Errors
/// [`Refusal::NotFinite`], or [`Refusal::OutOfRange`] for a value outside of [0, 1] or alpha outside of (0, 1).
pub fn empirical_bernstein(values: &[f64], alpha: f64) -> Result<Vec<Interval>, Refusal> {
    let log = plug_in_check(values, alpha)?;
    let (mut bets, mut weighted, mut cost) = (0.0, 0.0, 0.0);
    let mut state = PlugIn::default();
    Ok(values
        .iter()
        .map(|&x| {
            let bet = state.bet(log).min(0.5);
            let psi = -(-bet).ln_1p() - bet;
            // Around the plain mean of the values before, from 0 on: any guess made before the value is valid.
            let before = if state.n > 0.0 { state.sum / state.n } else { 0.0 };
            cost += (x - before).powi(2) * psi;
            bets += bet;
            weighted += bet * x;
            state.take(x);
            let (centre, half) = (weighted / bets, (log + cost) / bets);
            Interval { lower: (centre - half).max(0.0), upper: (centre + half).min(1.0) }
        })
        .collect())
}

/// The hedged betting confidence sequence of the mean of values in [0, 1] on a grid of `breaks` + 1 candidates
/// (Waudby-Smith and Ramdas 2024, theorem 3), after each value.
///
/// # Errors
/// As [`empirical_bernstein`], and for no breaks.
pub fn betting(values: &[f64], alpha: f64, breaks: u32) -> Result<Vec<Interval>, Refusal> {
    let log = plug_in_check(values, alpha)?;
    if breaks == 0 {
        return Err(Refusal::OutOfRange { what: "the number of breaks" });
    }
    let step = 1.0 / f64::from(breaks);
    let grid: Vec<f64> = (0..=breaks).map(|i| f64::from(i) * step).collect();
    let mut wealth = vec![(0.0_f64, 0.0_f64); grid.len()];
    let mut state = PlugIn::default();
    Ok(values
        .iter()
        .map(|&x| {
            let bet = state.bet(log);
            state.take(x);
            for (m, (up, down)) in grid.iter().zip(wealth.iter_mut()) {
                *up += (bet.min(0.5 / m) * (x - m)).ln_1p();
                *down += (-bet.min(0.5 / (1.0 - m)) * (x - m)).ln_1p();
            }
            let limit = -(alpha / 2.0).ln();
            let kept = |i: &usize| wealth[*i].0.max(wealth[*i].1) < limit;
            let first = (0..grid.len()).find(kept).map_or(0.0, |i| (grid[i] - step).max(0.0));
            let last = (0..grid.len()).rev().find(kept).map_or(1.0, |i| (grid[i] + step).min(1.0));
            Interval { lower: first, upper: last }
        })
        .collect())
}

fn plug_in_check(values: &[f64], alpha: f64) -> Result<f64, Refusal> {
    finite(values)?;
    if !values.iter().all(|x| (0.0..=1.0).contains(x)) {
        return Err(Refusal::OutOfRange { what: "a value (0 to 1)" });
    }
    Ok((2.0 / refusal::probability(alpha, "alpha")?).ln())
}

/// Running mean and variance, shrunk to 1/2 and 1/4 by one imaginary value.
#[derive(Default)]
struct PlugIn {
    n: f64,
    sum: f64,
    squares: f64,
}

impl PlugIn {
    fn mean(&self) -> f64 {
        (0.5 + self.sum) / (self.n + 1.0)
    }

    fn variance(&self) -> f64 {
        (0.25 + self.squares) / (self.n + 1.0)
    }

    /// The bet on the next value.
    fn bet(&self, log: f64) -> f64 {
        let t = self.n + 1.0;
        (2.0 * log / (self.variance() * t * t.ln_1p())).sqrt()
    }

    fn take(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += (x - self.mean()).powi(2);
    }
}
