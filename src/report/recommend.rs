//! What `predict recommend` tells: what to change.

use serde_json::{Value, json};

use super::text::{
    FAINT, GOOD, HEADING, NOTICE, count, counted, dollars, markdown_plain, not_enough, percent, seconds,
    styled,
};
use super::{Report, plain};
use crate::advice::recommend::{Advice, Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::saving::{Basis, Saving};
use crate::insight::numbers::Estimate;

/// How many lines of what is missing a terminal is told; JSON has all.
const SHOWN: usize = 6;

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => seconds(value),
        Unit::Share => percent(value),
        Unit::Count => count(value.max(0.0).round() as u64),
    }
}

fn evidence(one: &Evidence) -> String {
    let value = number(one.value, one.unit);
    let bounds = one.interval.map_or_else(String::new, |(low, high)| {
        format!("{} to {}, ", number(low, one.unit), number(high, one.unit))
    });
    format!("{}: {value} ({bounds}n = {})", one.what, count(one.n))
}

/// `120 min (80 to 170)`.
fn minutes(e: &Estimate) -> String {
    format!("{} min ({} to {})", whole(e.value), whole(e.low), whole(e.high))
}

fn whole(value: f64) -> String {
    let sign = if value <= -0.5 { "-" } else { "" };
    format!("{sign}{}", count(value.abs().round() as u64))
}

fn money(e: &Estimate) -> String {
    let signed = |usd: f64| if usd < 0.0 { format!("-{}", dollars(-usd)) } else { dollars(usd) };
    format!("{} ({} to {})", signed(e.value), signed(e.low), signed(e.high))
}

fn saving(saving: &Saving) -> String {
    let is_priced = saving.usd.value != 0.0 || saving.usd.high != 0.0;
    let money = if is_priced { format!(", {}", money(&saving.usd)) } else { String::new() };
    match saving.basis {
        Basis::Measured => format!("{}{money} a month", minutes(&saving.minutes)),
        Basis::Possible if saving.minutes.high > 0.0 => {
            let most = if is_priced { format!(", {}", dollars(saving.usd.high)) } else { String::new() };
            format!("up to {} min{most} a month", whole(saving.minutes.high))
        }
        Basis::Possible => format!("up to {} a month", dollars(saving.usd.high)),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Timeout => "timeouts",
        Kind::Concurrency => "concurrency",
        Kind::MatrixLegs => "matrix legs",
        Kind::FailFast => "fail-fast",
        Kind::CacheMiss | Kind::CacheUnused => "caches",
        Kind::Split => "splitting",
        Kind::Merge => "merging",
        Kind::Runner => "runners",
        Kind::Schedule => "schedules",
        Kind::PathFilter => "path filters",
    }
}

fn proof(experiment: &Experiment) -> String {
    match experiment {
        Experiment::Definition { hypothesis, .. } => format!("an experiment: {hypothesis}"),
        Experiment::None { because } => format!("none: {because}"),
    }
}

impl Proposal {
    /// What is told of it, line by line.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts: Vec<(&str, String)> =
            self.evidence.iter().map(|one| ("because", evidence(one))).collect();
        if let Some(sooner) = &self.sooner_s {
            let range =
                format!("{} ({} to {})", seconds(sooner.value), seconds(sooner.low), seconds(sooner.high));
            facts.push(("sooner", format!("a run ends {range} earlier")));
        }
        facts.push(("risk", self.risk.clone()));
        if let Some(by_hand) = &self.by_hand {
            facts.push(("by hand", by_hand.clone()));
        }
        if let Some(patch) = &self.patch {
            facts.push(("patch", patch.to_string()));
        }
        facts.push(("proof", proof(&self.experiment)));
        facts
    }
}

impl Advice {
    fn head(&self) -> String {
        let (runs, days) = (counted(self.runs, "run"), counted(self.days.round() as u64, "day"));
        let found = counted(self.proposals.len() as u64, "proposal");
        format!("{}: {found} from {runs} in {days}", plain(&self.repository))
    }

    fn missing(&self) -> Vec<String> {
        let line = |one: &NotYet| {
            format!("{}, {}: {}", kind(one.kind), plain(&one.about), not_enough(one.have, one.need, one.what))
        };
        self.not_yet.iter().map(line).collect()
    }

    fn told(&self) -> Vec<String> {
        let mut told = self.notes.clone();
        if self.simulated > 0 {
            told.push(format!("{} made up by `wfgen track simulate`", counted(self.simulated, "run")));
        }
        told
    }
}

impl Report for Advice {
    fn human(&self) -> String {
        let mut text = format!("{}\n", styled(&self.head(), HEADING));
        for (i, proposal) in self.proposals.iter().enumerate() {
            let saved = saving(&proposal.saving);
            let style = if proposal.saving.basis == Basis::Measured { GOOD } else { NOTICE };
            text += &format!("\n{:>3}. {}\n", i + 1, styled(&plain(&proposal.title), HEADING));
            text += &format!("     {:<9}{}\n", "saves", styled(&saved, style));
            for (what, told) in proposal.facts() {
                text += &format!("     {what:<9}{}\n", plain(&told));
            }
        }
        let missing = self.missing();
        if !missing.is_empty() {
            text.push('\n');
        }
        for line in missing.iter().take(SHOWN) {
            text += &format!("  {}\n", styled(line, FAINT));
        }
        if let Some(more) = missing.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            text += &format!("  {}\n", styled(&format!("and {more} more of the kind"), FAINT));
        }
        text.push('\n');
        for note in self.told() {
            text += &format!("{}\n", styled(&note, FAINT));
        }
        text
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.predict-recommend/1",
            "repository": self.repository,
            "since": self.since,
            "until": self.until,
            "days": self.days,
            "runs": self.runs,
            "unknown": self.unknown,
            "simulated": self.simulated,
            "proposals": self.proposals,
            "not_yet": self.not_yet,
            "notes": self.notes,
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut text = format!("### {}\n", markdown_plain(&self.head()));
        for (i, proposal) in self.proposals.iter().enumerate() {
            let title = markdown_plain(&proposal.title.replace('`', ""));
            text += &format!("\n{}. **{title}**\n   - saves: {}\n", i + 1, saving(&proposal.saving));
            for (what, told) in proposal.facts() {
                text += &format!("   - {what}: {}\n", markdown_plain(&told));
            }
        }
        for line in self.missing() {
            text += &format!("\n{}\n", markdown_plain(&line));
        }
        for note in self.told() {
            text += &format!("\n{}\n", markdown_plain(&note));
        }
        Some(text)
    }
}
