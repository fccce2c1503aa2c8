//! Makes the runs of an experiment up, or replays real ones with a made-up assignment.
//!
//! The model of a duration is log-normal with a given coefficient of variation. A covariate explains a given part of
//! the variance of its logarithm; the weekday explains 5 %, a linear trend 5 %, the pull request 10 % (about three
//! consecutive runs each); the rest is independent. A few runs are outliers by a heavy-tailed factor.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::assign::Arm;
use super::outcome::Outcome;
use super::power::{PowerQuestion, Scenario};

/// Runs on a weekday.
const RUNS_PER_DAY: u32 = 8;
/// Part of the variance of the log duration that the weekday explains.
const WEEKDAY: f64 = 0.05;
/// The same for the trend, and for it in the scenario that stresses it.
const TREND: (f64, f64) = (0.05, 0.30);
/// The same for the pull request.
const PULL_REQUEST: f64 = 0.10;
/// The chance that the next run belongs to another pull request.
const NEXT_PULL_REQUEST: f64 = 1.0 / 3.0;
/// The part of what the covariate leaves that weekday, trend and pull request may take together.
const STRUCTURE: f64 = 0.9;
/// The share of outliers, and the same in the scenario that stresses it.
const OUTLIERS: (f64, f64) = (0.03, 0.10);
/// An outlier takes at least so many times as long ...
const OUTLIER_LEAST: f64 = 1.3;
/// ... plus a Pareto (Lomax) variable of this shape ...
const OUTLIER_SHAPE: f64 = 1.5;
/// ... but at most so many times as long.
const OUTLIER_MOST: f64 = 10.0;
/// The autocorrelation of the rest in the scenario that stresses it.
const AUTOCORRELATION: f64 = 0.6;
/// The factor of the level jump.
const JUMP: f64 = 1.3;
/// The factor on the spread of a treated run's own part (not of what it shares with its day and pull request).
const SPREAD: f64 = 1.6;
/// Seconds of a typical run.
const TYPICAL: f64 = 600.0;

/// Parts of the variance of the log duration, adding up to `total`.
pub(super) struct Variance {
    /// All of it.
    pub(super) total: f64,
    covariate: f64,
    weekday: f64,
    trend: f64,
    pull_request: f64,
    rest: f64,
}

impl Variance {
    pub(super) fn of(question: &PowerQuestion) -> Self {
        let total = (1.0 + question.cv * question.cv).ln();
        let left = 1.0 - question.r2;
        let (weekday, trend, pull_request) = match question.scenario {
            Scenario::Clean => (0.0, 0.0, 0.0),
            Scenario::Trend => (WEEKDAY, TREND.1, PULL_REQUEST),
            _ => (WEEKDAY, TREND.0, PULL_REQUEST),
        };
        let wanted = weekday + trend + pull_request;
        let fit = if wanted > STRUCTURE * left { STRUCTURE * left / wanted } else { 1.0 };
        Variance {
            total,
            covariate: question.r2 * total,
            weekday: weekday * fit * total,
            trend: trend * fit * total,
            pull_request: pull_request * fit * total,
            rest: (left - wanted * fit) * total,
        }
    }
}

/// The share of outliers in a scenario.
pub(super) fn outliers(scenario: Scenario) -> f64 {
    match scenario {
        Scenario::Clean => 0.0,
        Scenario::Outliers => OUTLIERS.1,
        _ => OUTLIERS.0,
    }
}

/// The factor of an outlier at quantile `u` of its distribution.
pub(super) fn outlier_factor(u: f64) -> f64 {
    (OUTLIER_LEAST + (1.0 - u).powf(-1.0 / OUTLIER_SHAPE) - 1.0).min(OUTLIER_MOST)
}

/// A stream of random numbers that depends on the seed and the number of the simulation only.
pub(super) struct Draw {
    rng: Xoshiro256PlusPlus,
    spare: Option<f64>,
}

impl Draw {
    pub(super) fn new(seed: u64, simulation: u64) -> Self {
        let mixed = seed ^ simulation.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Draw { rng: Xoshiro256PlusPlus::seed_from_u64(mixed), spare: None }
    }

    /// Uniform on [0, 1).
    fn uniform(&mut self) -> f64 {
        self.rng.random::<f64>()
    }

    fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Uniform below `n`.
    fn below(&mut self, n: usize) -> usize {
        self.rng.random_range(0..n)
    }

    /// Standard normal, by the polar method of Marsaglia.
    fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        loop {
            let (a, b) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = a * a + b * b;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * s.ln() / s).sqrt();
                self.spare = Some(b * factor);
                return a * factor;
            }
        }
    }
}

/// The arms of `n` runs: permuted blocks of four, or independent coins.
fn arms(draw: &mut Draw, n: usize, blocks: bool) -> Vec<Arm> {
    const ARRANGEMENTS: [[u8; 4]; 6] =
        [[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0]];
    let arm = |treated: bool| if treated { Arm::Treatment } else { Arm::Control };
    if !blocks {
        return (0..n).map(|_| arm(draw.chance(0.5))).collect();
    }
    let mut arms = Vec::with_capacity(n + 3);
    while arms.len() < n {
        let arrangement = ARRANGEMENTS[draw.below(6)];
        arms.extend(arrangement.map(|t| arm(t == 1)));
    }
    arms.truncate(n);
    arms
}

/// One simulated experiment: `horizon` runs with their arms.
pub(super) fn experiment(question: &PowerQuestion, draw: &mut Draw) -> Vec<Outcome> {
    let n = question.horizon as usize;
    let blocks = question.scenario != Scenario::HashAssignment;
    let arms = arms(draw, n, blocks);
    let (logs, known) = match &question.replay {
        Some(durations) => (window(durations, n, draw), None),
        None => {
            let (logs, known) = made_up(question, &arms, draw);
            (logs, Some(known))
        }
    };
    let effect = (1.0 - question.effect).ln();
    let rate = |arm: Arm| match arm {
        Arm::Control => question.success_rate(),
        Arm::Treatment => question.treatment_success_rate.unwrap_or(question.success_rate()),
    };
    let outcome = |(i, arm): (usize, &Arm)| {
        let success = draw.chance(rate(*arm));
        let log = logs[i] + if *arm == Arm::Treatment { effect } else { 0.0 };
        Outcome {
            run_number: i as u64,
            arm: *arm,
            stratum: if blocks { i as u64 / 4 } else { 0 },
            success,
            duration: success.then(|| log.exp()),
            queue: None,
            covariates: known.as_ref().map_or_else(Vec::new, |k| vec![k[i]]),
        }
    };
    arms.iter().enumerate().map(outcome).collect()
}

/// The logarithms of a random window of `n` consecutive durations.
fn window(durations: &[f64], n: usize, draw: &mut Draw) -> Vec<f64> {
    let start = draw.below(durations.len() + 1 - n);
    durations[start..start + n].iter().map(|d| d.ln()).collect()
}

/// Log durations of the model, with the covariate.
fn made_up(question: &PowerQuestion, arms: &[Arm], draw: &mut Draw) -> (Vec<f64>, Vec<f64>) {
    let scenario = question.scenario;
    let variance = Variance::of(question);
    let n = arms.len() as f64;
    let weekdays: [f64; 5] = std::array::from_fn(|_| draw.normal() * variance.weekday.sqrt());
    let slope = (3.0 * variance.trend).sqrt() * if draw.chance(0.5) { 1.0 } else { -1.0 };
    let jump = (0.3 + 0.4 * draw.uniform()) * n;
    let (mut pull_request, mut rest) = (0.0, draw.normal());
    let mut known = Vec::with_capacity(arms.len());
    let logs = arms.iter().enumerate().map(|(i, arm)| {
        if i == 0 || draw.chance(NEXT_PULL_REQUEST) {
            pull_request = draw.normal() * variance.pull_request.sqrt();
        }
        let noise = draw.normal();
        rest = if scenario == Scenario::Autocorrelated {
            AUTOCORRELATION * rest + (1.0 - AUTOCORRELATION * AUTOCORRELATION).sqrt() * noise
        } else {
            noise
        };
        let covariate = draw.normal();
        known.push(covariate);
        let mut own = covariate * variance.covariate.sqrt() + rest * variance.rest.sqrt();
        if scenario == Scenario::Heteroscedastic && *arm == Arm::Treatment {
            own *= SPREAD;
        }
        let shared = weekdays[i / RUNS_PER_DAY as usize % 5] + pull_request;
        let mut log = TYPICAL.ln() + slope * (2.0 * i as f64 / n - 1.0) + shared + own;
        if scenario == Scenario::LevelJump && i as f64 >= jump {
            log += JUMP.ln();
        }
        if draw.chance(outliers(scenario)) {
            log += outlier_factor(draw.uniform()).ln();
        }
        log
    });
    let logs = logs.collect();
    (logs, known)
}

/// The residual variance of the log duration when the covariate is known, without the outliers.
impl Variance {
    pub(super) fn residual(&self) -> f64 {
        self.total - self.covariate
    }
}
