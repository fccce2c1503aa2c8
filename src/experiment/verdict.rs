//! Is the treatment faster? Asked after every run, with one error probability for all of the answers.

use serde::{Deserialize, Serialize};

use super::outcome::{Counts, Outcome};
use super::plan::Plan;
use super::trial::Trial;
use crate::stats::Refusal;
use crate::stats::sequential::Boundary;

/// What can be said by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The treatment is faster: the boundary was crossed.
    Faster,
    /// The treatment is slower: the boundary was crossed.
    Slower,
    /// The horizon is reached without a crossing: no difference was shown, which is not proof that there is none.
    NotShown,
    /// It goes on.
    Undecided,
}

/// One look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The number of counted runs.
    pub run: u32,
    /// The statistic, negative when the treatment is faster; nothing when the runs can't be compared yet.
    pub statistic: Option<f64>,
    /// The magnitude that decides; nothing when none can at this look.
    pub boundary: Option<f64>,
}

/// The speed-up with its repeated confidence interval: 0.1 is a tenth less time, a negative value more time.
///
/// The interval holds at every look at once, and leaves out 0 exactly when the boundary is crossed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SpeedUp {
    /// The estimate, a share of the control's duration.
    pub estimate: f64,
    /// The lower end; nothing when the runs so far exclude no slow-down.
    pub lower: Option<f64>,
    /// The upper end; nothing when the runs so far exclude no speed-up.
    pub upper: Option<f64>,
    /// The confidence level of the whole sequence of intervals, from 0 to 1.
    pub level: f64,
}

/// The verdict by now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What can be said.
    pub decision: Decision,
    /// Counted runs at the look that this is about: the deciding one, or the last.
    pub run: u32,
    /// Counted runs at which the experiment ends.
    pub horizon: u32,
    /// Runs with a usable duration at that look, per arm.
    pub durations: Counts,
    /// Counted runs that came after the decision, or beyond the horizon, and don't matter any more.
    pub unused: u32,
    /// The speed-up at that look; nothing before the first look or when nothing can be compared.
    pub speed_up: Option<SpeedUp>,
    /// All looks up to that one.
    pub looks: Vec<Look>,
}

/// The verdict on `outcomes` under `plan`. The order of the outcomes does not matter: they are read by run number.
///
/// # Errors
/// A [`Refusal`] when the plan is out of range.
pub fn verdict(plan: &Plan, outcomes: &[Outcome]) -> Result<Verdict, Refusal> {
    let boundary = plan.verdict_boundary()?;
    let mut trial = Trial::new(outcomes, plan.horizon);
    let mut looks = Vec::new();
    let mut decision = Decision::Undecided;
    let mut run = trial.len();
    for k in plan.first_look as usize..=trial.len() {
        let statistic = trial.statistic(k, 0.0);
        let critical = critical(plan, &boundary, k);
        looks.push(Look { run: k as u32, statistic, boundary: critical.is_finite().then_some(critical) });
        if let Some(found) = decide(statistic, critical) {
            (decision, run) = (found, k);
            break;
        }
    }
    if decision == Decision::Undecided && run == plan.horizon as usize {
        decision = Decision::NotShown;
    }
    Ok(Verdict {
        decision,
        run: run as u32,
        horizon: plan.horizon,
        durations: trial.usable(run),
        unused: (outcomes.len() - run) as u32,
        speed_up: speed_up(plan, &boundary, &mut trial, run),
        looks,
    })
}

/// The speed-up and its interval at every look from the first to the deciding or last one, for a plot.
///
/// # Errors
/// A [`Refusal`] when the plan is out of range.
pub fn intervals(plan: &Plan, outcomes: &[Outcome]) -> Result<Vec<(u32, SpeedUp)>, Refusal> {
    let boundary = plan.verdict_boundary()?;
    let last = verdict(plan, outcomes)?.run as usize;
    let mut trial = Trial::new(outcomes, plan.horizon);
    let at = |k| speed_up(plan, &boundary, &mut trial, k).map(|s| (k as u32, s));
    Ok((plan.first_look as usize..=last).filter_map(at).collect())
}

/// The run and direction of the first crossing: the fast path of a simulation. It skips the looks that can't cross, and
/// those after a run without a usable duration, which leaves the statistic as it is.
pub(super) fn first_crossing(
    plan: &Plan,
    boundary: &Boundary,
    trial: &mut Trial,
) -> Option<(usize, Decision)> {
    let mut last: Option<(u32, Option<f64>)> = None;
    (plan.first_look as usize..=trial.len()).find_map(|k| {
        let critical = critical(plan, boundary, k);
        if trial.reach(k) < critical {
            return None;
        }
        let usable = trial.usable(k).total();
        let statistic = match last {
            Some((before, statistic)) if before == usable => statistic,
            _ => trial.statistic(k, 0.0),
        };
        last = Some((usable, statistic));
        decide(statistic, critical).map(|d| (k, d))
    })
}

/// The critical value after `k` runs.
fn critical(plan: &Plan, boundary: &Boundary, k: usize) -> f64 {
    boundary.critical.get(k - plan.first_look as usize).copied().unwrap_or(f64::INFINITY)
}

fn decide(statistic: Option<f64>, critical: f64) -> Option<Decision> {
    match statistic {
        Some(z) if z <= -critical => Some(Decision::Faster),
        Some(z) if z >= critical => Some(Decision::Slower),
        _ => None,
    }
}

/// The effects whose hypothesis is not rejected at look `k`, around the one whose statistic is zero.
///
/// The statistic falls as the hypothetical effect rises. Zero itself is inside exactly when the decision is open.
fn speed_up(plan: &Plan, boundary: &Boundary, trial: &mut Trial, k: usize) -> Option<SpeedUp> {
    if k < plan.first_look as usize {
        return None;
    }
    let critical = critical(plan, boundary, k);
    let at_zero = trial.statistic(k, 0.0)?;
    let step = (trial.scale() * 2.0 / (k as f64).sqrt()).clamp(1e-12, 1.0);
    let mut above = |effect: f64, level: f64| trial.statistic(k, effect).unwrap_or(0.0) > level;
    // The statistic is a step function: the estimate is the middle of the step at zero, so that no arm is favoured.
    let mut edge = |level: f64| {
        let upwards = above(0.0, level);
        bracket(&mut above, 0.0, step, upwards, level).map(|(low, high)| f64::midpoint(low, high))
    };
    let estimate = match (edge(ZERO), edge(-ZERO)) {
        (Some(first), Some(last)) => f64::midpoint(first, last),
        (first, last) => first.or(last)?,
    };
    let decided = decide(Some(at_zero), critical);
    let tolerance = step * PRECISION;
    let lower = match decided {
        // Zero is rejected and lies below: the end is between it and the estimate.
        Some(Decision::Slower) => Some(bisect(&mut above, 0.0, estimate, critical, tolerance)),
        _ => bracket(&mut above, estimate.min(0.0), step, false, critical),
    };
    let upper = match decided {
        Some(Decision::Faster) => Some(bisect(&mut above, estimate, 0.0, -critical, tolerance)),
        _ => bracket(&mut above, estimate.max(0.0), step, true, -critical),
    };
    let share = |log: f64| -log.exp_m1();
    Some(SpeedUp {
        estimate: share(estimate),
        lower: upper.map(|(inside, _)| share(inside)),
        upper: lower.map(|(_, inside)| share(inside)),
        level: 1.0 - plan.alpha,
    })
}

/// The largest effect, on the scale of the logarithm, that is searched for: a factor of a million.
const LARGEST: f64 = 14.0;
/// A statistic of this magnitude is zero.
const ZERO: f64 = 1e-9;
/// The precision of the ends of an interval, as a share of the standard error.
const PRECISION: f64 = 1e-4;

/// Goes from `start` upwards or downwards until the statistic passes `level`, then narrows the bracket.
///
/// Upwards the statistic starts above the level, downwards below. Nothing when it does not pass it at all.
fn bracket(
    above: &mut impl FnMut(f64, f64) -> bool,
    start: f64,
    step: f64,
    upwards: bool,
    level: f64,
) -> Option<(f64, f64)> {
    let (mut inner, mut stride) = (start, step);
    loop {
        let outer = if upwards { inner + stride } else { inner - stride };
        if outer.abs() > LARGEST {
            return None;
        }
        if above(outer, level) != upwards {
            return Some(bisect(above, inner.min(outer), inner.max(outer), level, step * PRECISION));
        }
        inner = outer;
        stride *= 2.0;
    }
}

/// Narrows the bracket of the place where the statistic falls below `level`.
fn bisect(
    above: &mut impl FnMut(f64, f64) -> bool,
    low: f64,
    high: f64,
    level: f64,
    tolerance: f64,
) -> (f64, f64) {
    let (mut low, mut high) = (low, high);
    while high - low > tolerance {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if above(middle, level) { low = middle } else { high = middle }
    }
    (low, high)
}
