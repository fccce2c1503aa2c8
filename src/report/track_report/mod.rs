//! What `wfgen track report` tells of a period.

mod human;
mod markdown;

use serde_json::{Value, json};

use super::text::{self, Of, count, counted, dollars, seconds};
use super::{Report, html};
use crate::insight::cost::Cost;
use crate::insight::prices::Price;
use crate::insight::summary::TrackReport;

/// What is said of made-up runs, wherever they are shown.
const SIMULATED: &str = "made up by `wfgen track simulate`";

impl TrackReport {
    /// Names are told with their repository where there are several.
    pub(super) fn several(&self) -> bool {
        self.repositories.len() > 1
    }

    pub(super) fn name(&self, repository: &str, name: &str) -> String {
        if self.several() { format!("{repository} {name}") } else { name.to_owned() }
    }

    pub(super) fn title(&self) -> String {
        match self.repositories.as_slice() {
            [] => "no repository".to_owned(),
            [one] => one.clone(),
            many => format!("{} repositories", many.len()),
        }
    }

    pub(super) fn span(&self) -> String {
        let day = |at: jiff::Timestamp| at.strftime("%Y-%m-%d").to_string();
        let days = counted(u64::from(self.period.days), "day");
        format!("{days}, {} to {} (UTC)", day(self.period.since), day(self.period.until))
    }

    pub(super) fn simulated_note(&self) -> Option<String> {
        let n = self.simulated;
        (n > 0).then(|| format!("{} of {} {SIMULATED}", count(n), counted(self.overall.runs, "run")))
    }

    /// What is said of everything together: a name, a value, and how it changed.
    fn facts(&self) -> Vec<(&'static str, String, Option<String>)> {
        let all = &self.overall;
        let mut facts = vec![(
            "success",
            text::rate(&all.success),
            Some(text::change_sentence(&all.success_change, Of::Success)),
        )];
        let duration = match (all.duration.median, all.duration.p90) {
            (Some(median), p90) => {
                let p90 = p90.map_or_else(
                    || format!("p90 {}", text::not_enough(all.duration.n, all.duration.need.1, "runs")),
                    |p90| format!("p90 {}", text::quantile(&p90)),
                );
                format!("median {}, {p90}, n = {}", text::quantile(&median), count(all.duration.n))
            }
            (None, _) => text::not_enough(all.duration.n, all.duration.need.0, "successful runs"),
        };
        facts.push(("duration", duration, Some(text::change_sentence(&all.duration_change, Of::Time))));
        if let Some(median) = all.queue.median {
            let p90 = all.queue.p90.map(|p90| format!(", p90 {}", seconds(p90.value))).unwrap_or_default();
            let queue = format!("median {}{p90}, n = {}", text::quantile(&median), count(all.queue.n));
            facts.push(("queue", queue, Some(text::change_sentence(&all.queue_change, Of::Time))));
        }
        if let Some(cost) = &self.cost {
            let minutes = format!(
                "{} for {} billed minutes of {}, {} of it for jobs that did not succeed",
                dollars(cost.usd),
                count(cost.billed_minutes),
                counted(cost.jobs, "job"),
                dollars(cost.usd_unsuccessful)
            );
            facts.push(("cost", minutes, Some(before(cost))));
        }
        facts
    }
}

/// What the period before cost.
pub(super) fn before(cost: &Cost) -> String {
    match cost.usd_before {
        Some(usd) => format!("{} in the period before", dollars(usd)),
        None => "no job is known of the period before".to_owned(),
    }
}

/// A runner's labels, or that there are none.
pub(super) fn runner(labels: &str) -> String {
    if labels.is_empty() { "(no labels known)".to_owned() } else { labels.to_owned() }
}

/// A price in a cell.
pub(super) fn price(price: Price) -> String {
    match price {
        Price::List { usd_a_minute, .. } => format!("${usd_a_minute:.3}"),
        Price::Given { usd_a_minute } => format!("${usd_a_minute:.3} (given)"),
        Price::SelfHosted => "self-hosted".to_owned(),
        Price::Unknown => "not known".to_owned(),
    }
}

impl Report for TrackReport {
    fn human(&self) -> String {
        self.at_terminal()
    }

    fn json(&self) -> Value {
        let mut value = json!({ "schema": "wfgen.track-report/1" });
        if let (Value::Object(to), Ok(Value::Object(from))) = (&mut value, serde_json::to_value(self)) {
            to.extend(from);
        }
        value
    }

    fn markdown(&self) -> Option<String> {
        Some(self.as_markdown())
    }

    fn html(&self) -> Option<String> {
        html::track::page(self).ok()
    }
}
