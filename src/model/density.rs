//! A distribution of a duration on a logarithmic grid, and what is read from it: the best single value, intervals.

/// Width of a cell, in units of the natural logarithm: half a percent.
const STEP: f64 = 0.005;
/// Cells on each side of the centre: a factor of about 150.
const HALF: usize = 1000;
const CELLS: usize = 2 * HALF + 1;
/// Cells by which mass is spread to each side before intervals are grown.
const BLUR: usize = 12;
/// Share of the mass that is spread far and wide, because the next run can be unlike all before.
const TAIL: f64 = 0.03;
/// Scale of that tail, in units of the natural logarithm.
const TAIL_SCALE: f64 = 0.6;

/// How much a value is worth when the actual one lies within this share of it; within 25 % counts as 1.
const WORTH: [(f64, f64); 3] = [(0.25, 1.0), (0.10, 0.5), (0.15, 0.35)];

/// Mass by logarithm of the duration, around a centre.
#[derive(Debug, Clone)]
pub(crate) struct Density {
    centre: f64,
    mass: Vec<f64>,
}

/// The logarithms that lie within `share` of a prediction's logarithm `at`, as |prediction - actual| <= share x actual.
pub(crate) fn around(at: f64, share: f64) -> (f64, f64) {
    (at - share.ln_1p(), at - (-share).ln_1p())
}

impl Density {
    pub(crate) fn new(centre: f64) -> Self {
        Density { centre, mass: vec![0.0; CELLS] }
    }

    fn cell(&self, log: f64) -> usize {
        let offset = ((log - self.centre) / STEP).round() + HALF as f64;
        offset.clamp(0.0, (CELLS - 1) as f64) as usize
    }

    fn log(&self, cell: usize) -> f64 {
        self.centre + (cell as f64 - HALF as f64) * STEP
    }

    pub(crate) fn add(&mut self, log: f64, mass: f64) {
        let cell = self.cell(log);
        self.mass[cell] += mass;
    }

    /// Adds a two-sided exponential of this scale around `log`.
    pub(crate) fn add_laplace(&mut self, log: f64, scale: f64, mass: f64) {
        let weight = |cell: usize| (-(self.log(cell) - log).abs() / scale).exp();
        let weights: Vec<f64> = (0..CELLS).map(weight).collect();
        let total: f64 = weights.iter().sum();
        for (cell, weight) in self.mass.iter_mut().zip(weights) {
            *cell += mass * weight / total;
        }
    }

    fn sums(mass: &[f64]) -> Vec<f64> {
        let mut sums = Vec::with_capacity(mass.len() + 1);
        let mut sum = 0.0;
        sums.push(0.0);
        for m in mass {
            sum += m;
            sums.push(sum);
        }
        sums
    }

    /// The logarithm of the value that is worth most, and the probability that the actual value is within 25 % of it.
    pub(crate) fn best(&self) -> (f64, f64) {
        let sums = Self::sums(&self.mass);
        let total = sums[CELLS].max(f64::MIN_POSITIVE);
        let windows = WORTH.map(|(share, worth)| {
            let (low, high) = around(0.0, share);
            ((-low / STEP).floor() as usize, (high / STEP).floor() as usize, worth)
        });
        let within = |cell: usize, (down, up, worth): (usize, usize, f64)| {
            worth * (sums[(cell + up + 1).min(CELLS)] - sums[cell.saturating_sub(down)])
        };
        let worth = |cell: usize| windows.iter().map(|window| within(cell, *window)).sum::<f64>();
        let worths: Vec<f64> = (0..CELLS).map(worth).collect();
        let top = (0..CELLS).fold(0, |best, cell| if worths[cell] > worths[best] { cell } else { best });
        let near = |cell: &usize| worths[*cell] >= worths[top] * 0.998;
        let first = (0..top).rev().take_while(near).last().unwrap_or(top);
        let last = (top..CELLS).take_while(near).last().unwrap_or(top);
        let middle = (first + last) / 2;
        (self.log(middle), within(middle, windows[0]) / total)
    }

    /// The distribution spread a little and given a tail, normalised, to grow intervals in.
    fn spread(&self, at: f64) -> Vec<f64> {
        let sums = Self::sums(&self.mass);
        let total = sums[CELLS].max(f64::MIN_POSITIVE);
        let mut wide = Density::new(self.centre);
        for cell in 0..CELLS {
            let (low, high) = (cell.saturating_sub(BLUR), (cell + BLUR + 1).min(CELLS));
            wide.mass[cell] = (sums[high] - sums[low]) / (high - low) as f64 / total * (1.0 - TAIL);
        }
        wide.add_laplace(at, TAIL_SCALE, TAIL);
        wide.mass
    }

    /// The nested family of intervals that grow from the logarithm `at` towards the denser side.
    pub(crate) fn nested(&self, at: f64) -> Nested {
        let mass = self.spread(at);
        let start = self.cell(at);
        let (mut low, mut high, mut sum) = (start, start, mass[start]);
        let mut steps = vec![(low as u16, high as u16, sum)];
        while low > 0 || high + 1 < CELLS {
            let left = if low > 0 { mass[low - 1] } else { -1.0 };
            let right = if high + 1 < CELLS { mass[high + 1] } else { -1.0 };
            if left > right {
                low -= 1;
                sum += left;
            } else {
                high += 1;
                sum += right;
            }
            steps.push((low as u16, high as u16, sum));
        }
        Nested { centre: self.centre, steps, total: sum }
    }
}

/// Intervals that contain one another, each with its mass.
#[derive(Debug, Clone)]
pub(crate) struct Nested {
    centre: f64,
    steps: Vec<(u16, u16, f64)>,
    total: f64,
}

impl Nested {
    /// The mass of the smallest interval that contains the logarithm: how surprising it is, from 0 to 1.
    pub(crate) fn surprise(&self, log: f64) -> f64 {
        let cell = (((log - self.centre) / STEP).round() + HALF as f64).clamp(0.0, (CELLS - 1) as f64) as u16;
        let at = self.steps.partition_point(|(low, high, _)| cell < *low || cell > *high);
        self.steps.get(at).map_or(1.0, |step| step.2 / self.total)
    }

    /// The ends, as logarithms, of the smallest interval with at least this mass.
    pub(crate) fn interval(&self, mass: f64) -> (f64, f64) {
        let at = self.steps.partition_point(|step| step.2 / self.total < mass).min(self.steps.len() - 1);
        let end = |cell: u16, side: f64| self.centre + (f64::from(cell) - HALF as f64 + side) * STEP;
        (end(self.steps[at].0, -0.5), end(self.steps[at].1, 0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_value_of_two_humps_lies_on_the_heavier_one() {
        let mut density = Density::new(5.0);
        for i in 0..10 {
            density.add(4.0 + f64::from(i) * 0.01, 1.0);
            density.add(6.0 + f64::from(i) * 0.01, 1.5);
        }
        let (at, probability) = density.best();
        assert!((at - 6.045).abs() < 0.06, "{at}");
        assert!((probability - 0.6).abs() < 1e-9);
    }

    #[test]
    fn within_a_share_is_relative_to_the_actual_value() {
        let (low, high) = around(100.0_f64.ln(), 0.25);
        assert!((low.exp() - 80.0).abs() < 1e-9 && (high.exp() - 400.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_surprise_is_the_mass_of_the_interval_that_just_reaches_it() {
        let mut density = Density::new(5.0);
        density.add_laplace(5.0, 0.2, 1.0);
        let nested = density.nested(5.0);
        for mass in [0.5, 0.9, 0.99] {
            let (low, high) = nested.interval(mass);
            assert!((nested.surprise(high - 0.004) - mass).abs() < 0.02);
            assert!(nested.surprise(low - 0.1) > mass && nested.surprise(high + 0.1) > mass);
        }
        let (low, high) = nested.interval(0.5);
        assert!(low < 5.0 && high > 5.0 && high - low < 0.4);
    }
}
