//! What `predict recommend` tells: what to change.

use serde_json::{Value, json};

use super::text::{
    FAINT, GOOD, HEADING, NOTICE, count, counted, cut, dollars, markdown_plain, not_enough, percent, seconds,
    styled,
};
use super::{Report, plain};
use crate::advice::recommend::{Advice, Evidence, Experiment, Kind, NotYet, Proposal, Unit};
use crate::advice::saving::{Basis, Saving};
use crate::insight::numbers::Estimate;

/// How many lines of what is missing a terminal is told; JSON has all.
const SHOWN: usize = 6;
/// What a terminal shows of a patch; JSON has all, and `--apply` writes it.
const WIDE: usize = 120;
/// How a patch is headed.
const PATCH: &str = "patch";

/// Text as a code span of Markdown, where nothing in it is markup.
pub(super) fn code(text: &str) -> String {
    let text = plain(text);
    // A fence longer than any run of backticks in the text.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("`{text}`") } else { format!("{fence} {text} {fence}") }
}

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
        Basis::Possible => possible(saving),
    }
}

/// `up to 57 min, $0.34 a month`, with what it can cost at most.
fn possible(saving: &Saving) -> String {
    let (minutes, usd) = (&saving.minutes, &saving.usd);
    let most = [
        (minutes.high > 0.0).then(|| format!("up to {} min", whole(minutes.high))),
        (usd.high > 0.0).then(|| format!("up to {}", dollars(usd.high))),
        (usd.low < 0.0).then(|| format!("costs up to {}", dollars(-usd.low))),
    ];
    format!("{} a month", most.into_iter().flatten().collect::<Vec<_>>().join(", "))
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
            facts.push((PATCH, patch.to_string()));
        }
        facts.push(("proof", proof(&self.experiment)));
        facts
    }
}

impl Advice {
    fn head(&self) -> String {
        let (runs, days) = (counted(self.runs, "run"), counted(self.days.round() as u64, "day"));
        let found = counted(self.proposals.len() as u64, "proposal");
        if self.runs == 0 {
            let since = self.since.strftime("%Y-%m-%d");
            return format!("{}: {found}: no run of these workflows since {since}", plain(&self.repository));
        }
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
                text += &format!(
                    "     {what:<9}{}\n",
                    if what == PATCH { cut(&told, WIDE) } else { plain(&told) }
                );
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
            let title = markdown_plain(&proposal.title).replace("\\`", "");
            text += &format!("\n{}. **{title}**\n   - saves: {}\n", i + 1, saving(&proposal.saving));
            for (what, told) in proposal.facts() {
                let told = if what == PATCH { code(&told) } else { markdown_plain(&told) };
                text += &format!("   - {what}: {told}\n");
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn advice() -> Advice {
        let e = |value, low, high| Estimate { value, low, high };
        let proposal = Proposal {
            id: "timeout/ci/test".into(),
            kind: Kind::Timeout,
            workflow: "ci".into(),
            job: Some("test".into()),
            title: "Stop `ci/te\u{1b}[31mst` after 10 minutes".into(),
            evidence: vec![Evidence {
                what: "cut".into(),
                value: 0.1,
                interval: Some((0.05, 0.2)),
                unit: Unit::Share,
                n: 120,
            }],
            saving: Saving {
                minutes: e(237.0, 77.0, 728.0),
                usd: e(1.42, 0.46, 4.37),
                basis: Basis::Measured,
            },
            sooner_s: None,
            risk: "none".into(),
            patch: Some(json!({ "jobs": { "ci/test": { "steps": { "a`b": { "run": "x".repeat(300) } } } } })),
            by_hand: None,
            experiment: Experiment::None { because: "rare".into() },
        };
        Advice {
            repository: "o/r".into(),
            since: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            days: 90.0,
            runs: 300,
            unknown: 0,
            simulated: 0,
            proposals: vec![proposal],
            not_yet: vec![NotYet {
                kind: Kind::Split,
                about: "ci/e2e".into(),
                have: 7,
                need: 20,
                what: "runs of the tests",
            }],
            notes: Vec::new(),
        }
    }

    #[test]
    fn a_terminal_is_told_the_saving_with_its_interval_and_no_control_characters_of_others() {
        let text = advice().human();
        assert!(text.contains("237 min (77 to 728), $1.42 ($0.46 to $4.37) a month"), "{text}");
        assert!(text.contains("cut: 10.0 % (5.0 % to 20.0 %, n = 120)"), "{text}");
        assert!(text.contains("splitting, ci/e2e: not enough data yet: 7 of 20 runs of the tests"), "{text}");
        assert!(!text.contains("te\u{1b}[31mst"));
        assert!(text.lines().all(|line| line.chars().count() < 160), "{text}");
    }

    #[test]
    fn json_has_the_whole_patch_and_markdown_keeps_it_together() {
        let advice = advice();
        let json = advice.json();
        assert_eq!(json["schema"], "wfgen.predict-recommend/1");
        assert_eq!(Some(&json["proposals"][0]["patch"]), advice.proposals[0].patch.as_ref());
        let markdown = advice.markdown().unwrap();
        assert!(markdown.contains("- patch: `` {\"jobs\""), "{markdown}");
    }

    #[test]
    fn what_can_cost_is_said_to_cost() {
        let e = |low, high| Estimate { value: 0.0, low, high };
        let told = |minutes, usd| saving(&Saving { minutes, usd, basis: Basis::Possible });
        assert_eq!(told(e(0.0, 832.0), e(-5.0, 0.0)), "up to 832 min, costs up to $5.00 a month");
        assert_eq!(told(e(0.0, 0.0), e(0.5, 1.0)), "up to $1.00 a month");
    }
}
