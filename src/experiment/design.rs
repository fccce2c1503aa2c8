//! What an experiment can find, before its first run: from the spread of the history.

use serde::Serialize;

use super::assign::{Arm, Assignment};
use super::outcome::Outcome;
use super::plan::Plan;
use super::trial::Trial;
use crate::stats::Refusal;
use crate::stats::scores::NormalScores;
use crate::stats::sequential::Boundary;

/// Fewer successful runs than this say too little about the spread.
pub const LEAST_HISTORY: usize = 30;
/// Older runs than this many don't say more about the next.
const RECENT: usize = 200;
/// A spread of the log duration up to this is rounding.
const LEAST_SPREAD: f64 = 1e-9;
/// The chance of finding the smallest effect that a design promises.
const POWER: f64 = 0.80;

/// A past successful run.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Seconds.
    pub duration: f64,
    /// What was known before it, as in the experiment.
    pub covariates: Vec<f64>,
}

/// What an experiment can find.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Design {
    /// Runs at which it ends.
    pub horizon: u32,
    /// Past runs that this rests on.
    pub history: usize,
    /// The robust spread of the log duration that the covariates and the trend leave.
    pub residual_sd: f64,
    /// The success rate that was assumed.
    pub success_rate: f64,
    /// The chance of finding the smallest effect.
    pub power: f64,
    /// The smallest speed-up that is found with that chance, as a share; nothing when the horizon is too short for any.
    pub smallest_effect: Option<f64>,
    /// The run at which an experiment with that effect ends on average.
    pub expected_stop: Option<f64>,
    /// The chance of finding a speed-up of 5, 10, 15, 20, 30 %.
    pub chances: Vec<Chance>,
}

/// The chance of finding an effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chance {
    /// The true speed-up, as a share.
    pub effect: f64,
    /// The chance of a verdict "faster" by the horizon.
    pub power: f64,
    /// The run at which such an experiment ends on average.
    pub expected_stop: f64,
}

/// What an experiment under `plan` can find, going by the past runs (oldest first) and the success rate.
///
/// # Errors
/// [`Refusal::TooFew`] below [`LEAST_HISTORY`] runs, [`Refusal::NoVariation`] when all residuals are equal,
/// [`Refusal::OutOfRange`] for a success rate outside of (0, 1] or a plan out of range.
pub fn design(
    plan: &Plan,
    assignment: Assignment,
    history: &[Past],
    success_rate: f64,
) -> Result<Design, Refusal> {
    let boundary = plan.verdict_boundary()?;
    if !(success_rate > 0.0 && success_rate <= 1.0) {
        return Err(Refusal::OutOfRange { what: "the success rate (above 0, at most 1)" });
    }
    let past: Vec<&Past> = history.iter().filter(|p| p.duration.is_finite() && p.duration > 0.0).collect();
    if past.len() < LEAST_HISTORY {
        return Err(Refusal::TooFew { needed: LEAST_HISTORY, got: past.len() });
    }
    let recent = &past[past.len().saturating_sub(RECENT)..];
    let (residuals, residual_sd) = residuals(recent);
    if residual_sd <= LEAST_SPREAD {
        return Err(Refusal::NoVariation);
    }
    let mut ease = Ease { residuals, scorer: NormalScores::default() };
    let runs = information(plan, assignment, success_rate);
    let mut drift = |effect: f64| ease.of((1.0 - effect).ln()) * runs.sqrt() / 2.0;
    let needed = boundary.drift_for(POWER).ok_or(Refusal::NoSolution)?;
    let smallest_effect = smallest(&mut drift, needed);
    let stop = |drift: f64| boundary.expected_information(drift) * f64::from(plan.horizon);
    Ok(Design {
        horizon: plan.horizon,
        history: recent.len(),
        residual_sd,
        success_rate,
        power: POWER,
        smallest_effect,
        expected_stop: smallest_effect.map(|_| stop(needed)),
        chances: [0.05, 0.10, 0.15, 0.20, 0.30]
            .map(|effect| chance(&boundary, effect, drift(effect), plan.horizon))
            .to_vec(),
    })
}

fn chance(boundary: &Boundary, effect: f64, drift: f64, horizon: u32) -> Chance {
    Chance {
        effect,
        power: boundary.crossing(drift).upper.iter().sum(),
        expected_stop: boundary.expected_information(drift) * f64::from(horizon),
    }
}

/// The residuals of the past runs in log seconds, as the verdict takes them, with their robust scale.
fn residuals(past: &[&Past]) -> (Vec<f64>, f64) {
    let outcome = |(i, past): (usize, &&Past)| Outcome {
        run_number: i as u64,
        arm: Arm::Control,
        stratum: 0,
        success: true,
        duration: Some(past.duration),
        queue: None,
        covariates: past.covariates.clone(),
    };
    let outcomes: Vec<Outcome> = past.iter().enumerate().map(outcome).collect();
    let mut trial = Trial::new(&outcomes, outcomes.len() as u32);
    trial.statistic(outcomes.len(), 0.0);
    (trial.last_residuals().to_vec(), trial.scale())
}

/// The number of usable runs that the horizon is worth.
///
/// A block with m usable runs informs about its m - 1 differences: a third of them per run of a full block.
fn information(plan: &Plan, assignment: Assignment, success_rate: f64) -> f64 {
    let horizon = f64::from(plan.horizon);
    match assignment {
        Assignment::Blocks => {
            let differences = 4.0 * success_rate - 1.0 + (1.0 - success_rate).powi(4);
            horizon * differences / 3.0
        }
        Assignment::Endings => horizon * success_rate - 1.0,
    }
}

/// How easy a shift is to see among the residuals.
struct Ease {
    residuals: Vec<f64>,
    scorer: NormalScores,
}

impl Ease {
    /// The difference of the mean normal scores between the residuals and a copy of them moved by `shift`, in standard
    /// deviations of the scores. Times √n / 2 it is the mean of the statistic.
    fn of(&mut self, shift: f64) -> f64 {
        let n = self.residuals.len();
        let moved = self.residuals.iter().map(|r| r + shift);
        let both: Vec<f64> = self.residuals.iter().copied().chain(moved).collect();
        let mut scores = Vec::new();
        self.scorer.of(&both, &mut scores);
        let spread = scores.iter().map(|s| s * s).sum::<f64>() / (2 * n - 1) as f64;
        let difference = scores[..n].iter().sum::<f64>() - scores[n..].iter().sum::<f64>();
        difference / n as f64 / spread.sqrt()
    }
}

/// The smallest speed-up, to a ten-thousandth, whose drift is as needed.
fn smallest(drift: &mut impl FnMut(f64) -> f64, needed: f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, 0.99);
    if drift(high) < needed {
        return None;
    }
    while high - low > 1e-4 {
        let middle = f64::midpoint(low, high);
        if drift(middle) < needed { low = middle } else { high = middle }
    }
    Some(high)
}
