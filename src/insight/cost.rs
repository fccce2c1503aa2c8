//! What the minutes cost: by runner, by workflow, by day.

use std::collections::HashMap;

use serde::Serialize;

use super::JobRow;
use super::prices::{AS_OF, Price, Prices, SOURCE};
use crate::runs::Conclusion;

/// What a period cost.
#[derive(Debug, Clone, Serialize)]
pub struct Cost {
    /// US dollars at list price, or the prices given.
    pub usd: f64,
    /// The same of the period before; nothing where no job of it is known.
    pub usd_before: Option<f64>,
    /// How many jobs ran.
    pub jobs: u64,
    /// The minutes they ran.
    pub minutes: f64,
    /// The minutes that GitHub bills: each job's rounded up.
    pub billed_minutes: u64,
    /// US dollars for jobs that did not succeed.
    pub usd_unsuccessful: f64,
    /// By runner, most expensive first.
    pub runners: Vec<RunnerCost>,
    /// Where the list prices are from.
    pub source: &'static str,
    /// Since when they hold.
    pub as_of: &'static str,
    /// What the sum does not say.
    pub notes: Vec<String>,
}

/// What the jobs with one set of labels cost.
#[derive(Debug, Clone, Serialize)]
pub struct RunnerCost {
    /// The labels, joined by commas.
    pub labels: String,
    /// How the price is known.
    pub price: Price,
    /// How many jobs ran.
    pub jobs: u64,
    /// The minutes they ran.
    pub minutes: f64,
    /// Each job's minutes rounded up.
    pub billed_minutes: u64,
    /// US dollars.
    pub usd: f64,
    /// US dollars by bin of the period.
    pub by_bin: Vec<f64>,
}

/// Adds up jobs.
#[derive(Debug)]
pub struct Meter {
    prices: Prices,
    runners: HashMap<Box<str>, RunnerCost>,
    usd_before: Option<f64>,
    usd_unsuccessful: f64,
    bins: usize,
}

/// Dynamic labels could be endless: beyond so many, the rest is one line.
const MOST_RUNNERS: usize = 500;

impl Meter {
    /// A meter for a period of so many bins.
    pub fn new(prices: Prices, bins: usize) -> Self {
        Meter { prices, runners: HashMap::new(), usd_before: None, usd_unsuccessful: 0.0, bins }
    }

    /// Takes a job of a bin of the period, or of the period before; gives what it cost in US dollars.
    pub fn add(&mut self, row: &JobRow, bin: Option<usize>) -> f64 {
        let Some(seconds) = row.duration.filter(|s| *s > 0.0 && s.is_finite()) else { return 0.0 };
        if row.conclusion == Some(Conclusion::Skipped) {
            return 0.0;
        }
        let billed = (seconds / 60.0).ceil();
        let Some(bin) = bin else {
            let usd = self.prices.of(&row.labels).usd_a_minute() * billed;
            *self.usd_before.get_or_insert(0.0) += usd;
            return usd;
        };
        let known = self.runners.contains_key(&*row.labels) || self.runners.len() < MOST_RUNNERS;
        let labels: &str = if known { &row.labels } else { "(other labels)" };
        if !self.runners.contains_key(labels) {
            let price = self.prices.of(labels);
            let by_bin = vec![0.0; self.bins];
            let labels = labels.to_owned();
            let line =
                RunnerCost { labels, price, jobs: 0, minutes: 0.0, billed_minutes: 0, usd: 0.0, by_bin };
            self.runners.insert(line.labels.as_str().into(), line);
        }
        let Some(line) = self.runners.get_mut(labels) else { return 0.0 };
        let usd = line.price.usd_a_minute() * billed;
        line.jobs += 1;
        line.minutes += seconds / 60.0;
        line.billed_minutes += billed as u64;
        line.usd += usd;
        if let Some(of_bin) = line.by_bin.get_mut(bin) {
            *of_bin += usd;
        }
        if row.conclusion != Some(Conclusion::Success) {
            self.usd_unsuccessful += usd;
        }
        usd
    }

    /// What it came to; nothing without jobs.
    pub fn finish(self) -> Option<Cost> {
        if self.runners.is_empty() {
            return None;
        }
        let mut runners: Vec<RunnerCost> = self.runners.into_values().collect();
        let order = |a: &RunnerCost, b: &RunnerCost| {
            b.usd
                .total_cmp(&a.usd)
                .then(b.billed_minutes.cmp(&a.billed_minutes))
                .then(a.labels.cmp(&b.labels))
        };
        runners.sort_by(order);
        let minutes_of = |price: Price| -> f64 {
            runners.iter().filter(|line| line.price == price).map(|line| line.minutes).sum()
        };
        let mut notes = Vec::new();
        if runners.iter().any(|line| matches!(line.price, Price::List { .. })) {
            notes.push(
                "list prices; a public repository pays nothing for standard runners, and a plan's included minutes \
                 are not taken off"
                    .to_owned(),
            );
        }
        let own = minutes_of(Price::SelfHosted);
        if own > 0.0 {
            notes.push(format!(
                "{own:.0} minutes on self-hosted runners count as 0: GitHub does not bill them"
            ));
        }
        let unknown = minutes_of(Price::Unknown);
        if unknown > 0.0 {
            notes.push(format!(
                "{unknown:.0} minutes on runners whose price is not known count as 0: `--price LABEL=USD` says it"
            ));
        }
        Some(Cost {
            usd: runners.iter().map(|line| line.usd).sum(),
            usd_before: self.usd_before,
            jobs: runners.iter().map(|line| line.jobs).sum(),
            minutes: runners.iter().map(|line| line.minutes).sum(),
            billed_minutes: runners.iter().map(|line| line.billed_minutes).sum(),
            usd_unsuccessful: self.usd_unsuccessful,
            runners,
            source: SOURCE,
            as_of: AS_OF,
            notes,
        })
    }
}
