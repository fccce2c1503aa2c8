//! Does the treatment fail more often? Asked after every run; "safe" needs as much proof as "harmed".

use serde::Serialize;

use super::assign::Arm;
use super::outcome::{Counts, Outcome};
use super::plan::Plan;
use crate::stats::proportion::{Proportion, newcombe};
use crate::stats::proportion_tests::pooled_z;
use crate::stats::sequential::Boundary;
use crate::stats::{Interval, Refusal};

/// What is known about harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Safety {
    /// The treatment fails more often: stop, and roll back.
    Harmed,
    /// The loss of success rate is shown to be smaller than the margin.
    SafeWithin,
    /// Neither is shown.
    Unproven,
}

/// The state of the guardrail.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Guardrail {
    /// What is known about harm.
    pub safety: Safety,
    /// Counted runs at the look that this is about: the one of the alarm, or the last.
    pub run: u32,
    /// Runs per arm at that look.
    pub runs: Counts,
    /// Successful runs per arm at that look.
    pub successes: Counts,
    /// Success rate of the treatment less that of the control; nothing while an arm has no run.
    pub difference: Option<f64>,
    /// The repeated one-sided bounds of that difference: each holds at every look at once.
    pub interval: Option<Interval>,
    /// The loss of success rate that is excluded by now, as a share; nothing while an arm has too few runs.
    pub shown_within: Option<f64>,
    /// The loss of success rate that the plan allows.
    pub margin: f64,
    /// The statistic at that look, negative when the treatment fails more often; nothing when all succeed or all fail.
    pub statistic: Option<f64>,
    /// The magnitude that raises the alarm at that look; nothing while an arm has too few runs.
    pub boundary: Option<f64>,
}

/// The guardrail on `outcomes` under `plan`. The order of the outcomes does not matter: they are read by run number.
///
/// # Errors
/// A [`Refusal`] when the plan is out of range.
pub fn guardrail(plan: &Plan, outcomes: &[Outcome]) -> Result<Guardrail, Refusal> {
    let mut order: Vec<&Outcome> = outcomes.iter().collect();
    order.sort_by_key(|o| (o.run_number, o.stratum, o.arm, o.success));
    order.truncate(plan.horizon as usize);
    let alarm = plan.harm_boundary()?;
    let mut tally = Tally::default();
    for o in order {
        tally.add(o.arm, o.success);
        if tally.alarm(plan, &alarm) {
            break;
        }
    }
    tally.report(plan, &alarm)
}

/// Counts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    runs: Counts,
    successes: Counts,
}

impl Tally {
    /// Counts a run.
    pub(super) fn add(&mut self, arm: Arm, success: bool) {
        self.runs.add(arm);
        if success {
            self.successes.add(arm);
        }
    }

    /// Whether the counts raise the alarm.
    pub(super) fn alarm(&self, plan: &Plan, boundary: &Boundary) -> bool {
        let critical = self.critical(plan, boundary);
        critical.zip(self.statistic()).is_some_and(|(critical, z)| z <= -critical)
    }

    fn arms(&self) -> Option<(Proportion, Proportion)> {
        let arm = |successes: u32, runs: u32| Proportion::new(successes.into(), runs.into()).ok();
        arm(self.successes.control, self.runs.control).zip(arm(self.successes.treatment, self.runs.treatment))
    }

    /// The pooled z statistic with the permutation variance, which is n / (n - 1) times the usual one: the "n - 1" test
    /// that Campbell (Statistics in Medicine 26, 2007) recommends for small samples.
    fn statistic(&self) -> Option<f64> {
        let n = f64::from(self.runs.total());
        let z = self.arms().and_then(|(control, treatment)| pooled_z(control, treatment).ok());
        z.map(|z| z * ((n - 1.0) / n).sqrt())
    }

    /// The critical value of `boundary` by now; nothing while an arm has too few runs.
    fn critical(&self, plan: &Plan, boundary: &Boundary) -> Option<f64> {
        let enough = self.runs.control.min(self.runs.treatment) >= plan.min_per_arm;
        let look = self.runs.total().checked_sub(2 * plan.min_per_arm)?;
        boundary.critical.get(look as usize).copied().filter(|c| enough && c.is_finite())
    }

    fn report(&self, plan: &Plan, alarm: &Boundary) -> Result<Guardrail, Refusal> {
        let proof = plan.safety_boundary()?;
        let arms = self.arms();
        let interval = self.critical(plan, &proof).zip(arms).map(|(z, (c, t))| newcombe(c, t, z));
        let shown_within = interval.map(|i| (-i.lower).max(0.0));
        let safety = if self.alarm(plan, alarm) {
            Safety::Harmed
        } else if shown_within.is_some_and(|loss| loss < plan.margin) {
            Safety::SafeWithin
        } else {
            Safety::Unproven
        };
        Ok(Guardrail {
            safety,
            run: self.runs.total(),
            runs: self.runs,
            successes: self.successes,
            difference: arms.map(|(c, t)| t.rate() - c.rate()),
            interval,
            shown_within,
            margin: plan.margin,
            statistic: self.statistic(),
            boundary: self.critical(plan, alarm),
        })
    }
}
