//! The error rates of the verdict and of the guardrail, by simulation.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bound::bound;
use super::guardrail::Tally;
use super::plan::Plan;
use super::simulator::{Draw, experiment};
use super::trial::Trial;
use super::verdict::{Decision, first_crossing};
use crate::stats::Refusal;
use crate::stats::sequential::Boundary;

/// What the simulated runs are like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// Weekday, trend and pull request explain a little; 3 % of the runs are outliers.
    #[default]
    Base,
    /// No weekday, trend, pull request or outlier.
    Clean,
    /// The unexplained part is autocorrelated (0.6).
    Autocorrelated,
    /// The trend explains 30 % of the variance.
    Trend,
    /// From some run in the middle on everything takes 30 % longer.
    LevelJump,
    /// The treatment spreads 1.6 times as wide.
    Heteroscedastic,
    /// 10 % of the runs are outliers.
    Outliers,
    /// 70 % of the runs succeed, unless the question says otherwise.
    LowSuccess,
    /// The arm is a coin for every run (mode B) instead of permuted blocks.
    HashAssignment,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Scenario; 9] = [
        Scenario::Base,
        Scenario::Clean,
        Scenario::Autocorrelated,
        Scenario::Trend,
        Scenario::LevelJump,
        Scenario::Heteroscedastic,
        Scenario::Outliers,
        Scenario::LowSuccess,
        Scenario::HashAssignment,
    ];
}

/// What to simulate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PowerQuestion {
    /// The coefficient of variation of the durations: 0.3 is a standard deviation of 30 % of the mean.
    pub cv: f64,
    /// The control's success rate; nothing for that of the scenario (0.9, or 0.7, or 1 for clean and replayed runs).
    pub success_rate: Option<f64>,
    /// The treatment's success rate, if it is another one.
    pub treatment_success_rate: Option<f64>,
    /// The part of the variance of the log duration that is known before the run, from 0 to 0.95.
    pub r2: f64,
    /// Real durations in seconds, oldest first, to replay random windows of instead of the model.
    pub replay: Option<Vec<f64>>,
    /// The true speed-up: 0.1 is a tenth less time, 0 no difference, negative a slow-down.
    pub effect: f64,
    /// Runs per experiment.
    pub horizon: u32,
    /// Experiments to simulate.
    pub simulations: u32,
    /// The same seed gives the same answer.
    pub seed: u64,
    /// What the runs are like.
    pub scenario: Scenario,
}

impl Default for PowerQuestion {
    /// False positives of 100 runs at a coefficient of variation of 0.3 with half of the variance known.
    fn default() -> Self {
        PowerQuestion {
            cv: 0.3,
            success_rate: None,
            treatment_success_rate: None,
            r2: 0.5,
            replay: None,
            effect: 0.0,
            horizon: 100,
            simulations: 8000,
            seed: 1,
            scenario: Scenario::Base,
        }
    }
}

impl PowerQuestion {
    /// The control's success rate.
    pub fn success_rate(&self) -> f64 {
        self.success_rate.unwrap_or(match self.scenario {
            Scenario::LowSuccess => 0.7,
            Scenario::Clean => 1.0,
            _ if self.replay.is_some() => 1.0,
            _ => 0.9,
        })
    }

    fn check(&self) -> Result<(), Refusal> {
        let wrong = |what| Err(Refusal::OutOfRange { what });
        if !(self.cv > 0.0 && self.cv <= 10.0) {
            return wrong("the coefficient of variation (above 0, at most 10)");
        }
        if !(0.0..=0.95).contains(&self.r2) {
            return wrong("R² (0 to 0.95)");
        }
        let rates = [Some(self.success_rate()), self.treatment_success_rate];
        if !rates.into_iter().flatten().all(|r| (0.0..=1.0).contains(&r)) {
            return wrong("a success rate (0 to 1)");
        }
        if !(self.effect < 1.0 && self.effect > -100.0) {
            return wrong("the effect (a share below 1)");
        }
        if self.simulations == 0 || self.simulations > 10_000_000 {
            return wrong("the number of simulations (1 to 10,000,000)");
        }
        if let Some(durations) = &self.replay {
            if durations.len() < self.horizon as usize {
                return Err(Refusal::TooFew { needed: self.horizon as usize, got: durations.len() });
            }
            if !durations.iter().all(|d| d.is_finite() && *d > 0.0) {
                return wrong("a replayed duration (above 0)");
            }
        }
        Ok(())
    }
}

/// What the simulations found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PowerAnswer {
    /// Without an effect: the share of experiments with a verdict in either direction (false positives). With one: the
    /// share with the right verdict (power).
    pub rejection_rate: f64,
    /// The Monte-Carlo standard error of that rate.
    pub standard_error: f64,
    /// Experiments simulated.
    pub simulations: u32,
    /// The share of verdicts "faster".
    pub faster: f64,
    /// The share of verdicts "slower".
    pub slower: f64,
    /// The mean run at which an experiment ended; the horizon for those without a verdict.
    pub mean_stop: f64,
    /// The median of the same.
    pub median_stop: u32,
    /// The share of experiments that the guardrail stopped as harmful.
    pub harmed: f64,
    /// Its Monte-Carlo standard error.
    pub harmed_standard_error: f64,
    /// The median run of the guardrail's stop over all experiments; nothing when fewer than half are stopped.
    pub harmed_median_stop: Option<u32>,
    /// What no test of the same runs can exceed on average (local asymptotic bound, one look at the horizon, noise and
    /// covariate known); nothing for replayed runs, for arms that spread differently, or without an effect.
    pub bound: Option<f64>,
}

/// Simulates experiments with a look after every run.
///
/// # Errors
/// A [`Refusal`] that names what is out of range, or how many durations a replay needs.
pub fn power(question: &PowerQuestion) -> Result<PowerAnswer, Refusal> {
    question.check()?;
    let plan = Plan::with_horizon(question.horizon);
    let verdict = plan.verdict_boundary()?;
    let alarm = plan.harm_boundary()?;
    let stops: Vec<Stops> = (0..question.simulations)
        .into_par_iter()
        .map(|i| simulate(question, &plan, &verdict, &alarm, u64::from(i)))
        .collect();
    let share =
        |f: &dyn Fn(&Stops) -> bool| stops.iter().filter(|s| f(s)).count() as f64 / stops.len() as f64;
    let (faster, slower) = (share(&|s| s.is(Decision::Faster)), share(&|s| s.is(Decision::Slower)));
    let rejection_rate = match question.effect {
        0.0 => faster + slower,
        e if e > 0.0 => faster,
        _ => slower,
    };
    let error = |p: f64| (p * (1.0 - p) / stops.len() as f64).sqrt();
    let harmed = share(&|s| s.harmed.is_some());
    let ends: Vec<u32> = stops.iter().map(|s| s.verdict.map_or(question.horizon, |(run, _)| run)).collect();
    let alarms: Vec<u32> = stops.iter().map(|s| s.harmed.unwrap_or(u32::MAX)).collect();
    Ok(PowerAnswer {
        rejection_rate,
        standard_error: error(rejection_rate),
        simulations: question.simulations,
        faster,
        slower,
        mean_stop: ends.iter().map(|&e| f64::from(e)).sum::<f64>() / ends.len() as f64,
        median_stop: middle(ends),
        harmed,
        harmed_standard_error: error(harmed),
        harmed_median_stop: Some(middle(alarms)).filter(|&m| m < u32::MAX),
        bound: bound(question),
    })
}

/// Where one experiment stopped.
struct Stops {
    verdict: Option<(u32, Decision)>,
    harmed: Option<u32>,
}

impl Stops {
    fn is(&self, decision: Decision) -> bool {
        self.verdict.is_some_and(|(_, d)| d == decision)
    }
}

fn simulate(q: &PowerQuestion, plan: &Plan, verdict: &Boundary, alarm: &Boundary, i: u64) -> Stops {
    let outcomes = experiment(q, &mut Draw::new(q.seed, i));
    let mut trial = Trial::new(&outcomes, q.horizon);
    let crossing = first_crossing(plan, verdict, &mut trial).map(|(run, d)| (run as u32, d));
    let mut tally = Tally::default();
    let harmed = outcomes.iter().position(|o| {
        tally.add(o.arm, o.success);
        tally.alarm(plan, alarm)
    });
    Stops { verdict: crossing, harmed: harmed.map(|run| run as u32 + 1) }
}

/// The upper of the middle values.
fn middle(mut values: Vec<u32>) -> u32 {
    let half = values.len() / 2;
    *values.select_nth_unstable(half).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::verdict::verdict as verdict_of;

    #[test]
    fn a_simulated_stop_is_the_verdict_on_the_stored_runs_to_the_last_bit() {
        let question = PowerQuestion { effect: 0.12, horizon: 60, ..PowerQuestion::default() };
        let plan = Plan::with_horizon(question.horizon);
        let (boundary, alarm) = (plan.verdict_boundary().unwrap(), plan.harm_boundary().unwrap());
        let mut decided = 0;
        for i in 0..8 {
            let outcomes = experiment(&question, &mut Draw::new(question.seed, i));
            let simulated = simulate(&question, &plan, &boundary, &alarm, i).verdict;
            let stored = verdict_of(&plan, &outcomes).unwrap();
            match simulated {
                Some((run, decision)) => assert_eq!((stored.run, stored.decision), (run, decision)),
                None => assert_eq!(stored.decision, Decision::NotShown),
            }
            // The statistic does not depend on what comes after the look, nor on what was computed before it.
            let mut fresh = Trial::new(&outcomes[..stored.run as usize], question.horizon);
            let last = stored.looks.last().unwrap().statistic.map(f64::to_bits);
            assert_eq!(fresh.statistic(stored.run as usize, 0.0).map(f64::to_bits), last);
            decided += u32::from(simulated.is_some());
        }
        assert!((1..8).contains(&decided), "both ways are tried: {decided} of 8");
    }
}
