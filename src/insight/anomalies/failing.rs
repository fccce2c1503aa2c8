//! Failures that come more often.

use super::{Candidate, Kept, Kind};
use crate::insight::numbers::{Estimate, Rate, difference};

/// The log-likelihood ratio from which a change counts. The generalised likelihood ratio of a Bernoulli sequence
/// (Lai, Sequential Analysis, 1995; a CUSUM whose rates are estimated) is scanned over every place of the change, so
/// this is above the 3.3 that a single place would need at 1 %.
const THRESHOLD: f64 = 7.0;
/// The least runs since the change, and before it.
const LEAST: (usize, usize) = (8, 20);
/// The least rise of the failure rate.
const RISE: f64 = 0.1;

/// The log-likelihood of `k` in `n` at its own rate.
fn likelihood(k: f64, n: f64) -> f64 {
    let term = |x: f64| if x > 0.0 { x * (x / n).ln() } else { 0.0 };
    term(k) + term(n - k)
}

/// The rise of the failure rate that the newest runs are part of, if there is one.
pub(super) fn find(runs: &[Kept]) -> Option<Candidate> {
    let n = runs.len();
    let mut failures = vec![0_u32; n + 1];
    for (i, run) in runs.iter().enumerate() {
        failures[i + 1] = failures[i] + u32::from(!run.ok);
    }
    let total = f64::from(failures[n]);
    let whole = likelihood(total, n as f64);
    let at = |start: usize| {
        let (k, m) = (f64::from(failures[n] - failures[start]), (n - start) as f64);
        let rises = k / m > (total - k) / start as f64;
        if rises { likelihood(k, m) + likelihood(total - k, start as f64) - whole } else { 0.0 }
    };
    let places = LEAST.1..(n + 1).saturating_sub(LEAST.0);
    let (start, ratio) = places.map(|start| (start, at(start))).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let rate =
        |from: usize, to: usize| Rate::new(u64::from(failures[to] - failures[from]), (to - from) as u64);
    let (before, since) = (rate(0, start), rate(start, n));
    let size = difference(before, since)?;
    (ratio >= THRESHOLD && size.value >= RISE).then(|| Candidate {
        kind: Kind::RisingFailures,
        size,
        expected: Estimate { value: before.rate.unwrap_or_default(), low: before.low, high: before.high },
        observed: since.rate.unwrap_or_default(),
        n: (before.n, since.n),
        first: runs[start].first(),
        told: runs[n - 1].started,
        worse: true,
    })
}
