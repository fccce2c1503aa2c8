//! Made-up runs with known properties.

use jiff::{SignedDuration, Timestamp};
use wfgen::runs::{Conclusion, Job, Run, Status, Step};

/// A small generator of numbers (xorshift64*), so that every test sees the same history.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Of the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform().max(1e-300), self.uniform());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}

pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn after(start: Timestamp, seconds: f64) -> Timestamp {
    start + SignedDuration::from_secs_f64(seconds)
}

/// A job that was queued at `created`.
pub fn job(id: u64, name: &str, created: Timestamp, queued: f64, seconds: f64, end: Conclusion) -> Job {
    let started = after(created, queued);
    let steps = [("Set up job", 0.02), ("Build", 0.4), ("Test", 0.58)];
    let mut at = started;
    let steps = steps
        .iter()
        .zip(1..)
        .map(|((step, share), number)| {
            let from = at;
            at = after(at, seconds * share);
            let conclusion = Some(if *step == "Test" { end } else { Conclusion::Success });
            Step { number, name: (*step).into(), conclusion, started: Some(from), completed: Some(at) }
        })
        .collect();
    Job {
        id,
        name: name.into(),
        status: Status::Completed,
        conclusion: Some(end),
        created: Some(created),
        started: Some(started),
        completed: Some(after(started, seconds)),
        labels: vec!["ubuntu-24.04".into()],
        runner: Some("GitHub Actions 7".into()),
        steps,
    }
}

/// A run of one job or more, which all start when it does.
pub fn run(id: u64, attempt: u32, workflow: &str, start: Timestamp, commit: &str, jobs: Vec<Job>) -> Run {
    let failed = jobs.iter().any(|job| job.conclusion == Some(Conclusion::Failure));
    Run {
        repository: "acme/shop".into(),
        id,
        attempt,
        workflow: workflow.into(),
        path: None,
        number: Some(id),
        title: None,
        event: "push".into(),
        branch: Some("main".into()),
        commit: Some(commit.into()),
        actor: None,
        created: start,
        started: Some(start),
        updated: jobs.iter().filter_map(|job| job.completed).max(),
        status: Status::Completed,
        conclusion: Some(if failed { Conclusion::Failure } else { Conclusion::Success }),
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs,
    }
}

/// Sixty days that end at 2026-03-31: `CI` with a slow flaky leg on Windows, 20 % slower in the last 30 days, and a
/// workflow whose name is an attack.
pub fn shop() -> Vec<Run> {
    let mut random = Random::new(7);
    let mut runs = Vec::new();
    let first = time("2026-01-30T00:00:00Z");
    for i in 0..600_u64 {
        let start = after(first, i as f64 * 8_640.0 + random.uniform() * 4_000.0);
        let commit = format!("{:016x}{:024x}", i.wrapping_mul(0x9E37_79B9_7F4A_7C15), i);
        let slower = if i >= 300 { 1.2 } else { 1.0 };
        let mut leg = |id: u64, name: &str, typical: f64, end| {
            let seconds = typical * slower * (0.08 * random.normal()).exp();
            let queued = 3.0 + 20.0 * random.uniform().powi(4);
            job(id, name, start, queued, seconds, end)
        };
        let broken = if i % 12 == 5 { Conclusion::Failure } else { Conclusion::Success };
        let flake = if i % 25 == 3 { Conclusion::Failure } else { Conclusion::Success };
        let mut windows = leg(i * 10 + 3, "Test (windows)", 610.0, flake);
        windows.labels = vec!["windows-2025".into()];
        let jobs = vec![
            leg(i * 10 + 1, "Lint", 45.0, Conclusion::Success),
            leg(i * 10 + 2, "Test (linux)", 300.0, broken),
            windows,
        ];
        runs.push(run(i, 1, "CI", start, &commit, jobs));
        if flake == Conclusion::Failure && broken == Conclusion::Success {
            let again = after(start, 1_500.0);
            let mut windows =
                job(i * 10 + 4, "Test (windows)", again, 4.0, 600.0 * slower, Conclusion::Success);
            windows.labels = vec!["windows-2025".into()];
            runs.push(run(i, 2, "CI", again, &commit, vec![windows]));
        }
        if i % 6 == 0 {
            let seconds = 90.0 * (0.3 * random.normal()).exp();
            let jobs = vec![job(i * 10 + 5, "publish </td>", start, 2.0, seconds, Conclusion::Success)];
            runs.push(run(10_000 + i, 1, "<script>alert('x')</script>", start, &commit, jobs));
        }
        if i % 50 == 0 {
            let jobs = vec![job(i * 10 + 6, "nightly", start, 2.0, 1_800.0, Conclusion::Success)];
            runs.push(run(20_000 + i, 1, "Nightly", start, &commit, jobs));
        }
    }
    runs
}

/// A report without the sequences that colour it.
pub fn unstyled(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '\u{1b}' => inside = true,
            'm' if inside => inside = false,
            _ if inside => {}
            c => out.push(c),
        }
    }
    out
}
