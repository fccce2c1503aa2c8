//! A Brownian motion that is watched between barriers: its density inside of them, look by look.
//!
//! The density is carried from look to look by numerical integration (Armitage, McPherson and Rowe, JRSS A 132, 1969;
//! Jennison and Turnbull, *Group Sequential Methods*, 2000, chapter 19), with Gauss-Legendre panels that are narrow
//! against the increments, so that its error is that of rounding for any number of looks.

use std::sync::LazyLock;

use super::normal;
use super::sequential::Sides;

/// Beyond this many standard deviations a normal density is zero in double precision.
const REACH: f64 = 8.5;

/// The score process at the last look, inside the continuation region: nodes with density times weight.
pub(super) struct State {
    sides: Sides,
    drift: f64,
    time: f64,
    nodes: Vec<f64>,
    mass: Vec<f64>,
}

impl State {
    /// The process at information 0: one point.
    pub(super) fn start(sides: Sides, drift: f64) -> Self {
        State { sides, drift, time: 0.0, nodes: vec![0.0], mass: vec![1.0] }
    }

    /// P(no crossing so far, then above `c` and below `-c`) at information `t`.
    pub(super) fn tails(&self, t: f64, c: f64) -> (f64, f64) {
        let sd = (t - self.time).sqrt();
        let shift = self.drift * (t - self.time);
        let edge = c * t.sqrt();
        let mut tails = (0.0, 0.0);
        if c == f64::INFINITY {
            return tails;
        }
        for (x, m) in self.nodes.iter().zip(&self.mass) {
            tails.0 += m * normal::sf((edge - x - shift) / sd);
            tails.1 += m * normal::cdf((-edge - x - shift) / sd);
        }
        tails
    }

    /// The critical value whose upper tail at information `t` is `target`.
    ///
    /// The logarithm of the tail is concave in the critical value, so Newton's method converges from either side.
    pub(super) fn solve(&self, t: f64, target: f64) -> f64 {
        if target < 1e-300 {
            return f64::INFINITY;
        }
        let sd = (t - self.time).sqrt();
        let goal = target.ln();
        let mut c = normal::upper_quantile(target);
        for _ in 0..100 {
            let edge = c * t.sqrt();
            let (mut tail, mut density) = (0.0, 0.0);
            for (x, m) in self.nodes.iter().zip(&self.mass) {
                let z = (edge - x) / sd;
                tail += m * normal::sf(z);
                density += m * normal::pdf(z);
            }
            if tail <= 0.0 {
                c -= 0.5;
                continue;
            }
            let step = (tail.ln() - goal) * tail / (density * t.sqrt() / sd);
            c += step.clamp(-2.0, 2.0);
            if step.abs() < 1e-13 * (1.0 + c.abs()) {
                break;
            }
        }
        c
    }

    /// Moves to information `t`, keeping what lies inside `c`; `next` is the information time after that.
    pub(super) fn advance(&mut self, t: f64, c: f64, next: Option<f64>) {
        let Some(next) = next else { return };
        let increment = t - self.time;
        let sd = increment.sqrt();
        let spread = REACH * t.sqrt();
        let centre = self.drift * t;
        let top = (c * t.sqrt()).min(centre + spread);
        let bottom = match self.sides {
            Sides::Two => (-c * t.sqrt()).max(centre - spread),
            Sides::One => (centre - spread).min(top - 1e-9),
        };
        let scale = sd.min((next - t).sqrt());
        let (nodes, weights) = panels(bottom.min(top), top, 4.0 * scale);
        let shift = self.drift * increment;
        let mut from = 0;
        let mass = nodes
            .iter()
            .zip(&weights)
            .map(|(&y, &w)| {
                // Both node lists rise: only the part of the old one that can reach `y` counts.
                while from < self.nodes.len() && y - self.nodes[from] - shift > REACH * sd {
                    from += 1;
                }
                let mut density = 0.0;
                for (x, m) in self.nodes[from..].iter().zip(&self.mass[from..]) {
                    let z = (y - x - shift) / sd;
                    if z < -REACH {
                        break;
                    }
                    density += m * (-0.5 * z * z).exp();
                }
                w * density / (sd * std::f64::consts::TAU.sqrt())
            })
            .collect();
        self.nodes = nodes;
        self.mass = mass;
        self.time = t;
    }
}

/// Nodes and weights of a composite Gauss-Legendre rule on `[a, b]` with panels of at most `width`.
fn panels(a: f64, b: f64, width: f64) -> (Vec<f64>, Vec<f64>) {
    let count = ((b - a) / width).ceil().max(1.0);
    let half = (b - a) / count / 2.0;
    let mut nodes = Vec::with_capacity(count as usize * ORDER);
    let mut weights = Vec::with_capacity(nodes.capacity());
    for panel in 0..count as usize {
        let centre = a + (2.0 * panel as f64 + 1.0) * half;
        for (x, w) in LEGENDRE.iter() {
            nodes.push(centre + half * x);
            weights.push(half * w);
        }
    }
    (nodes, weights)
}

/// Points per panel.
const ORDER: usize = 16;

/// The nodes and weights of the Gauss-Legendre rule of [`ORDER`] points on [-1, 1], nodes rising.
pub(crate) static LEGENDRE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| {
    let n = ORDER as f64;
    let point = |i: usize| {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..20 {
            let (mut p, mut before) = (1.0, 0.0);
            for j in 1..=ORDER {
                let j = j as f64;
                (p, before) = (((2.0 * j - 1.0) * x * p - (j - 1.0) * before) / j, p);
            }
            slope = n * (x * p - before) / (x * x - 1.0);
            x -= p / slope;
        }
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..ORDER).rev().map(point).collect()
});
