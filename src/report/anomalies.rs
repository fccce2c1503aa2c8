//! What `wfgen track anomalies` tells.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Report;
use super::text::{
    self, BAD, FAINT, GOOD, HEADING, count, counted, markdown_plain, percent, seconds, signed, styled,
};
use crate::insight::anomalies::{Anomaly, Found, Kind};

fn word(anomaly: &Anomaly) -> &'static str {
    match (anomaly.kind, anomaly.worse) {
        (Kind::RisingFailures, _) => "fails more often",
        (Kind::LevelShift, true) => "slower since",
        (Kind::LevelShift, false) => "faster since",
        (Kind::Drift, true) => "gets slower",
        (Kind::Drift, false) => "gets faster",
        (Kind::Run, true) => "slow run",
        (Kind::Run, false) => "fast run",
    }
}

/// How large it is, with the interval and what it rests on.
fn size(anomaly: &Anomaly) -> String {
    let (size, expected) = (&anomaly.size, &anomaly.expected);
    let ratio = |value: f64| match value {
        value if value >= 3.0 => format!("{value:.1} times"),
        value => signed(value - 1.0),
    };
    let rests = format!("n = {} and {}", count(anomaly.n.0), count(anomaly.n.1));
    match anomaly.kind {
        Kind::RisingFailures => format!(
            "{} of the runs fail, {} before: {:+.0} points ({:+.0} to {:+.0}), {rests}",
            percent(anomaly.observed),
            percent(expected.value),
            size.value * 100.0,
            size.low * 100.0,
            size.high * 100.0
        ),
        Kind::LevelShift => format!(
            "{} -> {}: {} ({} to {}), {rests}",
            seconds(expected.value),
            seconds(anomaly.observed),
            ratio(size.value),
            ratio(size.low),
            ratio(size.high)
        ),
        Kind::Drift => format!(
            "{} -> {} over {}: {} ({} to {})",
            seconds(expected.value),
            seconds(anomaly.observed),
            counted(anomaly.n.1, "run"),
            ratio(size.value),
            ratio(size.low),
            ratio(size.high)
        ),
        Kind::Run => format!(
            "{} where {} to {} was expected, n = {}",
            seconds(anomaly.observed),
            seconds(expected.low),
            seconds(expected.high),
            count(anomaly.n.0)
        ),
    }
}

/// The run it began with, and its commit.
fn first(anomaly: &Anomaly) -> String {
    let first = &anomaly.first;
    let attempt = if first.attempt > 1 { format!(" attempt {}", first.attempt) } else { String::new() };
    let commit = first.commit.as_deref().map_or(String::new(), |commit| {
        format!(", commit {}", super::plain(commit).chars().take(9).collect::<String>())
    });
    format!("run {}{attempt}{commit}, {}", first.run, first.started.strftime("%Y-%m-%d %H:%M"))
}

impl Found {
    fn title(&self) -> String {
        let many = match self.anomalies.len() {
            0 => "nothing out of the ordinary".to_owned(),
            1 => "1 anomaly".to_owned(),
            n => format!("{n} anomalies"),
        };
        let of = counted(self.workflows, "workflow");
        format!("{many} in {} of {of}", counted(self.runs, "run"))
    }

    /// Whether no workflow had enough runs to look at (exit code 3).
    pub fn nothing_to_say(&self) -> bool {
        self.workflows == 0
    }
}

impl Report for Found {
    fn human(&self) -> String {
        let mut out = format!("{}\n", styled(&self.title(), HEADING));
        for anomaly in &self.anomalies {
            let style = if anomaly.worse { BAD } else { GOOD };
            let name = super::plain(&format!("{} {}", anomaly.repository, anomaly.workflow));
            let _ = writeln!(out, "\n  {name}  {}", styled(word(anomaly), style));
            let _ = writeln!(out, "    {}", size(anomaly));
            let _ = writeln!(out, "    {}", styled(&first(anomaly), FAINT));
        }
        for (workflow, have) in &self.too_few {
            let few = text::not_enough(*have, self.minimum, "runs");
            let _ = writeln!(out, "{}", styled(&format!("  {}: {few}", super::plain(workflow)), FAINT));
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.track-anomalies/1",
            "anomalies": self.anomalies,
            "workflows": self.workflows,
            "runs": self.runs,
            "too_few": self.too_few,
            "minimum": self.minimum,
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut out = format!("## {}\n\n", self.title());
        for anomaly in &self.anomalies {
            let name = markdown_plain(&format!("{} {}", anomaly.repository, anomaly.workflow));
            let (size, first) = (markdown_plain(&size(anomaly)), markdown_plain(&first(anomaly)));
            let _ = writeln!(out, "- **{name}** {}: {size} ({first})", word(anomaly));
        }
        Some(out)
    }
}
