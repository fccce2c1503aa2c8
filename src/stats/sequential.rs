//! Group-sequential boundaries for any number of looks at any information times.
//!
//! The score process is a Brownian motion observed at the information times; the boundary of each look spends what the
//! spending function allows (Lan and DeMets, Biometrika 70, 1983).

use serde::Serialize;

use super::brownian::State;
use super::{Refusal, normal, refusal};

/// How the error probability is spent over the information time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spending {
    /// Little early, nearly everything at the end: close to a fixed test (Lan and DeMets 1983).
    OBrienFleming,
    /// Evenly: stops earlier, at a price at the end (Lan and DeMets 1983).
    Pocock,
    /// `alpha * t^rho` (Kim and DeMets 1987).
    Power(f64),
    /// `alpha * (1 - exp(-gamma t)) / (1 - exp(-gamma))` (Hwang, Shih and DeCani 1990).
    Gamma(f64),
}

impl Spending {
    /// What may be spent by information time `t` out of a one-sided `alpha`.
    pub fn spent(self, alpha: f64, t: f64) -> f64 {
        if t >= 1.0 {
            return alpha;
        }
        match self {
            Spending::OBrienFleming => 2.0 * normal::sf(normal::upper_quantile(alpha / 2.0) / t.sqrt()),
            Spending::Pocock => alpha * (1.0 + (std::f64::consts::E - 1.0) * t).ln(),
            Spending::Power(rho) => alpha * t.powf(rho),
            Spending::Gamma(0.0) => alpha * t,
            Spending::Gamma(gamma) => alpha * (-gamma * t).exp_m1() / (-gamma).exp_m1(),
        }
    }
}

/// Whether the boundary stops for a large statistic only, or for a large or a small one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sides {
    /// Only a large statistic stops.
    One,
    /// A statistic that is large in either direction stops; each direction spends half of the error probability.
    Two,
}

/// Critical values of a sequential test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Boundary {
    /// One or two sided.
    pub sides: Sides,
    /// The information time of each look, rising, at most 1.
    pub information: Vec<f64>,
    /// The critical value of the z statistic at each look; infinite where nothing can be spent yet.
    pub critical: Vec<f64>,
    /// The error probability spent by each look, over both sides.
    pub spent: Vec<f64>,
}

/// The probability of crossing a boundary, look by look.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Crossing {
    /// P(first crossing is at this look, upwards).
    pub upper: Vec<f64>,
    /// P(first crossing is at this look, downwards).
    pub lower: Vec<f64>,
}

impl Crossing {
    /// P(crossing at any look, in any direction).
    pub fn total(&self) -> f64 {
        self.upper.iter().sum::<f64>() + self.lower.iter().sum::<f64>()
    }
}

/// The boundary that spends `alpha` (over all sides) by `spending` at the looks with the given information times.
///
/// # Errors
/// [`Refusal`] unless alpha lies in (0, 0.5] and the information times rise, by more than a millionth each, to at
/// most 1.
pub fn boundary(
    spending: Spending,
    alpha: f64,
    sides: Sides,
    information: &[f64],
) -> Result<Boundary, Refusal> {
    check(alpha, information)?;
    let share = match sides {
        Sides::One => 1.0,
        Sides::Two => 2.0,
    };
    let mut state = State::start(sides, 0.0);
    let mut before = 0.0;
    let mut critical = Vec::with_capacity(information.len());
    let mut spent = Vec::with_capacity(information.len());
    for (k, &t) in information.iter().enumerate() {
        let now = spending.spent(alpha / share, t);
        let c = state.solve(t, now - before);
        state.advance(t, c, information.get(k + 1).copied());
        before = now;
        critical.push(c);
        spent.push(now * share);
    }
    Ok(Boundary { sides, information: information.to_vec(), critical, spent })
}

/// The boundary `c * t^(shape - 1/2)` of Wang and Tsiatis (1987) with total error `alpha`: shape 0 is the classical
/// O'Brien-Fleming design, shape 1/2 the classical Pocock design.
///
/// # Errors
/// As [`boundary`].
pub fn classical(shape: f64, alpha: f64, sides: Sides, information: &[f64]) -> Result<Boundary, Refusal> {
    check(alpha, information)?;
    let with = |c: f64| Boundary {
        sides,
        information: information.to_vec(),
        critical: information.iter().map(|t| c * t.powf(shape - 0.5)).collect(),
        spent: Vec::new(),
    };
    let (mut low, mut high) = (0.0, 20.0);
    while high - low > 1e-13 {
        let c = f64::midpoint(low, high);
        if with(c).crossing(0.0).total() > alpha { low = c } else { high = c }
    }
    let mut found = with(f64::midpoint(low, high));
    let crossing = found.crossing(0.0);
    let mut total = 0.0;
    for (up, down) in crossing.upper.iter().zip(&crossing.lower) {
        total += up + down;
        found.spent.push(total);
    }
    Ok(found)
}

impl Boundary {
    /// The probabilities of crossing when the z statistic at information 1 has mean `drift`.
    pub fn crossing(&self, drift: f64) -> Crossing {
        let mut state = State::start(self.sides, drift);
        let mut crossing = Crossing { upper: Vec::new(), lower: Vec::new() };
        for (k, (&t, &c)) in self.information.iter().zip(&self.critical).enumerate() {
            let (up, down) = state.tails(t, c);
            crossing.upper.push(up);
            crossing.lower.push(if self.sides == Sides::Two { down } else { 0.0 });
            state.advance(t, c, self.information.get(k + 1).copied());
        }
        crossing
    }

    /// The power against a mean of `drift` at information 1: the probability of crossing at all.
    pub fn power(&self, drift: f64) -> f64 {
        self.crossing(drift).total()
    }

    /// The drift at which the power is `power`, or nothing when no drift below 40 has it.
    pub fn drift_for(&self, power: f64) -> Option<f64> {
        let (mut low, mut high) = (0.0, 40.0);
        if self.power(high) < power || self.power(low) > power {
            return None;
        }
        while high - low > 1e-8 {
            let middle = f64::midpoint(low, high);
            if self.power(middle) < power { low = middle } else { high = middle }
        }
        Some(f64::midpoint(low, high))
    }

    /// The expected information time at the end, under a mean of `drift` at information 1.
    pub fn expected_information(&self, drift: f64) -> f64 {
        let crossing = self.crossing(drift);
        let last = self.information.last().copied().unwrap_or(0.0);
        let saved = self.information.iter().zip(crossing.upper.iter().zip(&crossing.lower));
        last - saved.map(|(t, (up, down))| (last - t) * (up + down)).sum::<f64>()
    }
}

fn check(alpha: f64, information: &[f64]) -> Result<(), Refusal> {
    if !(alpha > 0.0 && alpha <= 0.5) {
        return Err(Refusal::OutOfRange { what: "the error probability" });
    }
    refusal::finite(information)?;
    let mut before = 0.0;
    for &t in information {
        if t - before < 1e-6 || t > 1.0 + 1e-12 {
            return Err(Refusal::OutOfRange { what: "an information time" });
        }
        before = t;
    }
    if information.is_empty() { Err(Refusal::TooFew { needed: 1, got: 0 }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_run(first: u32, horizon: u32) -> Vec<f64> {
        (first..=horizon).map(|k| f64::from(k) / f64::from(horizon)).collect()
    }

    #[test]
    fn a_single_look_is_the_fixed_test() {
        let b = boundary(Spending::OBrienFleming, 0.05, Sides::Two, &[1.0]).unwrap();
        assert!((b.critical[0] - 1.959_963_984_540_054).abs() < 1e-12);
    }

    #[test]
    fn a_boundary_spends_exactly_what_it_says_with_many_looks_too() {
        for (first, horizon) in [(1, 5), (10, 100), (10, 1000)] {
            for sides in [Sides::One, Sides::Two] {
                let b = boundary(Spending::Pocock, 0.05, sides, &every_run(first, horizon)).unwrap();
                let spent = b.crossing(0.0).total();
                assert!((spent - 0.05).abs() < 1e-9, "{sides:?} {horizon}: {spent}");
            }
        }
    }

    #[test]
    fn tiny_early_looks_are_infinite_rather_than_wrong() {
        let b = boundary(Spending::OBrienFleming, 0.05, Sides::Two, &[1e-3, 0.5, 1.0]).unwrap();
        assert_eq!(b.critical[0], f64::INFINITY);
        assert!(b.critical[1].is_finite());
    }

    #[test]
    fn looks_that_do_not_rise_are_refused() {
        for wrong in [&[][..], &[0.5, 0.5], &[0.5, 0.4], &[f64::NAN], &[0.0, 1.0], &[0.5, 1.5]] {
            assert!(boundary(Spending::Pocock, 0.05, Sides::Two, wrong).is_err(), "{wrong:?}");
        }
        assert!(boundary(Spending::Pocock, 0.0, Sides::Two, &[1.0]).is_err());
    }
}
