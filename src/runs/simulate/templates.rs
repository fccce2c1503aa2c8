//! The made-up repository's workflows.

use super::dice::Dice;

/// Why a job fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Compile,
    Test,
    Lint,
    Dependency,
    Network,
    Runner,
    Timeout,
}

/// What a step is for, as far as faults care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Setup,
    Checkout,
    Install,
    Build,
    Lint,
    Test,
    Publish,
}

impl Fault {
    /// Those that a change brings, the likely ones more than once.
    pub(super) const OF_A_CHANGE: [Fault; 4] = [Fault::Test, Fault::Test, Fault::Compile, Fault::Lint];
    /// Those that come and go.
    pub(super) const OF_THE_WORLD: [Fault; 4] =
        [Fault::Network, Fault::Runner, Fault::Dependency, Fault::Timeout];

    /// The step that it breaks.
    pub(super) fn step(self) -> Kind {
        match self {
            Fault::Compile => Kind::Build,
            Fault::Test | Fault::Timeout => Kind::Test,
            Fault::Lint => Kind::Lint,
            Fault::Dependency => Kind::Install,
            Fault::Network => Kind::Checkout,
            Fault::Runner => Kind::Setup,
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct StepTemplate {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) median_s: f64,
    pub(super) sigma: f64,
    pub(super) cached: bool,
}

#[derive(Debug, Clone)]
pub(super) struct JobTemplate {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// It waits for all jobs of lower stages.
    pub(super) stage: u32,
    /// How often its tests fail for no reason.
    pub(super) flaky: f64,
    pub(super) limit_s: f64,
    pub(super) steps: Vec<StepTemplate>,
    /// What its duration grows by in a hundred days.
    drift: f64,
    /// From this day on it takes so many times as long.
    shift: (f64, f64),
}

impl JobTemplate {
    pub(super) fn meets(&self, fault: Fault) -> bool {
        self.steps.iter().any(|step| step.kind == fault.step())
    }

    /// What its duration is multiplied with on a day.
    pub(super) fn level(&self, day: f64) -> f64 {
        let shift = if day >= self.shift.0 { self.shift.1 } else { 1.0 };
        shift * (1.0 + self.drift * (day / 100.0).min(5.0))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Workflow {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    pub(super) events: &'static [&'static str],
    /// The share of those events that start it, as path filters do.
    pub(super) share: f64,
    pub(super) jobs: Vec<JobTemplate>,
    /// How many runs it had.
    pub(super) number: u64,
}

/// The workflows; the dice decide when their level shifts come.
pub(super) fn workflows(dice: &mut Dice) -> Vec<Workflow> {
    use Kind::{Build, Lint, Publish, Test};
    let mut job = |name, label, stage, flaky, steps: &[(&'static str, Kind, f64)]| {
        let shift_day = 20.0 + dice.exponential(60.0);
        let factors = [0.7, 0.85, 1.2, 1.35];
        let shifts = dice.chance(0.4);
        let factor = dice.pick(&factors);
        JobTemplate {
            name,
            label,
            stage,
            flaky,
            limit_s: 1800.0,
            steps: with_setup(steps),
            drift: 0.1 * (dice.uniform() - 0.3),
            shift: if shifts { (shift_day, factor) } else { (f64::INFINITY, 1.0) },
        }
    };
    let ci = vec![
        job("Lint", "ubuntu-24.04", 0, 0.0, &[("Check formatting", Lint, 6.0), ("Lint", Lint, 38.0)]),
        job("Test (ubuntu)", "ubuntu-24.04", 0, 0.004, &[("Build", Build, 95.0), ("Test", Test, 120.0)]),
        job("Test (windows)", "windows-2025", 0, 0.01, &[("Build", Build, 170.0), ("Test", Test, 190.0)]),
        job("Test (macos)", "macos-15", 0, 0.006, &[("Build", Build, 80.0), ("Test", Test, 105.0)]),
        job(
            "Integration",
            "ubuntu-24.04",
            1,
            0.05,
            &[("Build", Build, 90.0), ("Integration tests", Test, 240.0)],
        ),
    ];
    let nightly =
        vec![job("Fuzz", "ubuntu-24.04", 0, 0.02, &[("Build", Build, 150.0), ("Fuzz", Test, 1500.0)])];
    let docs =
        vec![job("Pages", "ubuntu-24.04", 0, 0.0, &[("Build", Build, 42.0), ("Publish", Publish, 14.0)])];
    let audit = vec![job("Audit", "ubuntu-24.04", 0, 0.0, &[("Audit", Lint, 21.0)])];
    let workflow = |name, path, events, share, jobs| Workflow { name, path, events, share, jobs, number: 0 };
    vec![
        workflow("CI", ".github/workflows/ci.yml", &["push", "pull_request"], 1.0, ci),
        workflow("Nightly", ".github/workflows/nightly.yml", &["schedule"], 1.0, nightly),
        workflow("Docs", ".github/workflows/docs.yml", &["push"], 0.6, docs),
        workflow("Audit", ".github/workflows/audit.yml", &["push", "pull_request", "schedule"], 0.3, audit),
    ]
}

fn with_setup(steps: &[(&'static str, Kind, f64)]) -> Vec<StepTemplate> {
    let first = [
        ("Set up job", Kind::Setup, 2.0, 0.3),
        ("Check out", Kind::Checkout, 3.0, 0.4),
        ("Install dependencies", Kind::Install, 24.0, 0.25),
    ];
    let own = steps.iter().map(|(name, kind, median_s)| (*name, *kind, *median_s, 0.09));
    let template = |(name, kind, median_s, sigma)| StepTemplate {
        name,
        kind,
        median_s,
        sigma,
        cached: kind == Kind::Install,
    };
    first.into_iter().chain(own).map(template).collect()
}
