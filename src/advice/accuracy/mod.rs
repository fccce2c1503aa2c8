//! How close stored predictions came: classes, interval coverage and probabilities, overall, by workflow, over weeks.
//!
//! Durations are compared where the run succeeded, since that is what was predicted; probabilities where it succeeded
//! or failed. Every share has its number of runs and the 95 % interval of Wilson (1927).

mod bands;
mod value;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::insight::numbers::{Rate, median};
use crate::runs::Conclusion;
pub use bands::{Band, Bands};
pub use value::{Accuracy, Class, Compared, ConfidenceClass, Judged, Scores, Week};

/// A prediction as it was stored, with what became of the run.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The workflow's name.
    pub workflow: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// The predicted duration in seconds.
    pub value_s: f64,
    /// The interval in seconds that should hold half of the outcomes.
    pub interval_50_s: (f64, f64),
    /// The interval in seconds that should hold nine tenths of the outcomes.
    pub interval_90_s: (f64, f64),
    /// The probability that the run succeeds.
    pub success_probability: Option<f64>,
    /// How sure the model was, from 0 to 1.
    pub confidence: f64,
    /// How long the run took in seconds; none while it has not arrived.
    pub actual_s: Option<f64>,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
}

/// What to say of predictions.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Target and critical shares.
    pub bands: Bands,
    /// The least number of compared predictions for a band.
    pub minimum: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options { bands: Bands::default(), minimum: 20 }
    }
}

/// The confidence above which a class begins, as `predict duration` names them.
const CONFIDENCE: [(ConfidenceClass, f64, f64); 3] = [
    (ConfidenceClass::High, 0.7, f64::INFINITY),
    (ConfidenceClass::Medium, 0.5, 0.7),
    (ConfidenceClass::Low, f64::NEG_INFINITY, 0.5),
];

/// How close the predictions came, in any order.
pub fn accuracy(stored: &[Stored], options: &Options) -> Accuracy {
    let mut order: Vec<&Stored> = stored.iter().collect();
    order.sort_by(|a, b| {
        let close = a.value_s.total_cmp(&b.value_s);
        a.made_at.cmp(&b.made_at).then_with(|| a.workflow.cmp(&b.workflow)).then(close)
    });
    let mut by_workflow: BTreeMap<&str, Vec<&Stored>> = BTreeMap::new();
    let mut by_week: BTreeMap<Date, Vec<&Stored>> = BTreeMap::new();
    for one in &order {
        by_workflow.entry(&one.workflow).or_default().push(one);
        by_week.entry(monday(one.made_at)).or_default().push(one);
    }
    let overall = scores(&order, options);
    let workflows = by_workflow.into_iter().map(|(name, of)| (name.to_owned(), scores(&of, options)));
    let weeks = by_week.into_iter().map(|(start, of)| Week { start, scores: scores(&of, options) });
    let of_class = |(class, above, most): (ConfidenceClass, f64, f64)| {
        let of = order.iter().filter(|one| one.confidence > above && one.confidence <= most);
        let close: Vec<bool> = of.filter_map(|one| Some(one.compared()?.class <= Class::Good)).collect();
        (class, rate(close.iter().copied()))
    };
    Accuracy {
        bands: options.bands,
        minimum: options.minimum,
        band: overall.band,
        workflows: workflows.collect(),
        weeks: weeks.collect(),
        confidence: CONFIDENCE.into_iter().map(of_class).collect(),
        compared: order.iter().filter_map(|one| one.compared()).collect(),
        overall,
    }
}

impl Stored {
    /// The comparison, where there is one.
    fn compared(&self) -> Option<Compared> {
        let actual_s = self.actual_s.filter(|s| *s > 0.0 && self.conclusion == Some(Conclusion::Success))?;
        let error = (self.value_s - actual_s) / actual_s;
        let holds = |(low, high): (f64, f64)| low <= actual_s && actual_s <= high;
        Some(Compared {
            workflow: self.workflow.clone(),
            made_at: self.made_at,
            value_s: self.value_s,
            actual_s,
            error,
            class: Class::of(error.abs()),
            in_50: holds(self.interval_50_s),
            in_90: holds(self.interval_90_s),
            confidence: self.confidence,
        })
    }

    /// The probability of success and whether it came.
    fn judged(&self) -> Option<(f64, bool)> {
        let p = self.success_probability.filter(|p| (0.0..=1.0).contains(p))?;
        let conclusion = self.conclusion.filter(|conclusion| conclusion.is_verdict())?;
        Some((p, conclusion == Conclusion::Success))
    }
}

fn scores(of: &[&Stored], options: &Options) -> Scores {
    let compared: Vec<Compared> = of.iter().filter_map(|one| one.compared()).collect();
    let judged: Vec<(f64, bool)> = of.iter().filter_map(|one| one.judged()).collect();
    let count = |class| compared.iter().filter(|one| one.class == class).count() as u64;
    let good_or_better = rate(compared.iter().map(|one| one.class <= Class::Good));
    let n = judged.len() as f64;
    let brier = judged.iter().map(|(p, came)| (p - f64::from(u8::from(*came))).powi(2)).sum::<f64>() / n;
    let expected = judged.iter().map(|(p, _)| p).sum::<f64>() / n;
    Scores {
        made: of.len() as u64,
        open: of.iter().filter(|one| one.conclusion.is_none()).count() as u64,
        n: compared.len() as u64,
        excellent: count(Class::Excellent),
        good: count(Class::Good),
        fair: count(Class::Fair),
        poor: count(Class::Poor),
        good_or_better,
        median_error: median(compared.iter().map(|one| one.error.abs())),
        bias: median(compared.iter().map(|one| one.error)),
        coverage_50: rate(compared.iter().map(|one| one.in_50)),
        coverage_90: rate(compared.iter().map(|one| one.in_90)),
        success: (!judged.is_empty()).then(|| Judged {
            brier,
            expected,
            came: rate(judged.iter().map(|(_, came)| *came)),
        }),
        band: options.bands.of(&good_or_better, options.minimum),
    }
}

fn rate(held: impl Iterator<Item = bool>) -> Rate {
    let (ok, n) = held.fold((0, 0), |(ok, n), held| (ok + u64::from(held), n + 1));
    Rate::new(ok, n)
}

/// The Monday of the week of a moment, in UTC.
fn monday(at: Timestamp) -> Date {
    let day = at.to_zoned(TimeZone::UTC).date();
    let since = i64::from(day.weekday().since(Weekday::Monday));
    day.checked_sub(jiff::Span::new().days(since)).unwrap_or(day)
}

#[cfg(test)]
mod tests;
