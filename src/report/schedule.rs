//! What `predict schedule` tells: what is scheduled, and when it had better start.

use anstyle::Style;
use serde_json::{Value, json};

use super::recommend::code;
use super::text::{
    Align, Columns, FAINT, HEADING, NOTICE, count, counted, cut, dollars, markdown_plain, markdown_table,
    percent, seconds, styled,
};
use super::{Report, plain};
use crate::advice::schedule::{Entry, Impact, Move, Proposal, Reason, SOURCE, Skipped, Timetable, Why};

/// The widest name of a workflow in a table.
const NAME: usize = 28;

const COLUMNS: [(&str, Align); 6] = [
    ("workflow", Align::Left),
    ("cron", Align::Left),
    ("next (UTC)", Align::Left),
    ("takes", Align::Right),
    ("impact", Align::Left),
    ("runs beside", Align::Left),
];

fn word(impact: Impact) -> &'static str {
    match impact {
        Impact::Low => "low",
        Impact::Medium => "medium",
        Impact::High => "high",
    }
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Crowded { minute, late } => {
            let late = late.map_or_else(String::new, |(late, n)| {
                format!("; it started {} late in the middle (n = {})", seconds(late), count(n))
            });
            let when =
                if *minute == 0 { "everyone starts at the full hour" } else { "many start at half past" };
            format!("{when}, and GitHub is late when many start{late}")
        }
        Reason::Overlap { before, after, with } => {
            format!("{before} minutes a week beside {}, then {after}", plain(&with.join(", ")))
        }
        Reason::Hours { before, after, of } => {
            format!("{before} of {of} starts are against the hours asked for, then {after}")
        }
        Reason::Carbon { saving } => {
            let (low, high) = saving.grams_interval;
            format!(
                "{:.0} % less CO2e ({:.0} to {:.0} % by day, n = {} days): {:.0} g a month ({low:.0} to {high:.0} g by load)",
                saving.percent,
                saving.percent_interval.0,
                saving.percent_interval.1,
                saving.days,
                saving.grams_a_month
            )
        }
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::Invalid { because } => format!("can't be read: {}", plain(because)),
        Why::NeverSeen => "not enough data yet: 0 scheduled runs".to_owned(),
        Why::NotSure { confidence, asked, n } => format!(
            "left alone: its prediction is {} sure from {}, {} was asked for",
            percent(*confidence),
            counted(*n, "run"),
            percent(*asked)
        ),
    }
}

impl Move {
    fn told(&self) -> String {
        let local = match (&self.local_before, &self.local) {
            (Some(before), Some(after)) => format!("  ({before} to {after} by that clock)"),
            _ => String::new(),
        };
        format!("{} -> {}{local}", plain(&self.from), self.to)
    }
}

impl Proposal {
    fn facts(&self) -> Vec<(&'static str, String)> {
        let impact = format!(
            "{}: {} min, {} a month; confidence {} (n = {})",
            word(self.impact),
            count(self.minutes_a_month.round() as u64),
            dollars(self.usd_a_month),
            percent(self.confidence),
            count(self.n)
        );
        let change = match &self.by_hand {
            Some(by_hand) => ("by hand", by_hand.clone()),
            None => ("patch", self.patch.to_string()),
        };
        vec![("impact", impact), ("risk", self.risk.clone()), change]
    }
}

impl Timetable {
    fn head(&self) -> String {
        let entries = counted(self.entries.len() as u64, "schedule");
        let found = counted(self.proposals.len() as u64, "proposal");
        format!("{}: {found} for {entries}, clock of {}", plain(&self.repository), plain(&self.time_zone))
    }

    fn line(entry: &Entry) -> Vec<String> {
        let next =
            entry.next.map_or_else(|| "never".to_owned(), |at| at.strftime("%a %Y-%m-%d %H:%M").to_string());
        let beside = if entry.overlap > 0 {
            format!("{} ({} min a week)", cut(&entry.with.join(", "), NAME), entry.overlap)
        } else {
            "-".to_owned()
        };
        vec![
            cut(&entry.workflow, NAME),
            plain(&entry.cron),
            next,
            entry.duration_s.map_or_else(|| "-".to_owned(), seconds),
            entry.impact.map_or("-", word).to_owned(),
            beside,
        ]
    }

    fn left(&self) -> Vec<String> {
        let line =
            |one: &Skipped| format!("{} {}: {}", plain(&one.workflow), plain(&one.cron), why(&one.why));
        let carbon =
            self.proposals.iter().flat_map(|proposal| &proposal.moves).flat_map(|moved| &moved.reasons);
        let mut left: Vec<String> = self.skipped.iter().map(line).chain(self.notes.iter().cloned()).collect();
        if carbon.into_iter().any(|reason| matches!(reason, Reason::Carbon { .. })) {
            left.push(format!("source: {SOURCE}"));
        }
        left
    }
}

impl Report for Timetable {
    fn human(&self) -> String {
        let mut text = format!("{}\n", styled(&self.head(), HEADING));
        if !self.entries.is_empty() {
            let mut columns = Columns::new(&COLUMNS);
            for entry in &self.entries {
                let style = if entry.overlap > 0 { NOTICE } else { Style::new() };
                let cell = |(i, cell)| (cell, if i == 5 { style } else { Style::new() });
                columns.row(Self::line(entry).into_iter().enumerate().map(cell).collect());
            }
            text += &format!("\n{}", columns.render());
        }
        for (i, proposal) in self.proposals.iter().enumerate() {
            text += &format!("\n{:>3}. {}\n", i + 1, styled(&plain(&proposal.workflow), HEADING));
            for moved in &proposal.moves {
                text += &format!("     {}\n", moved.told());
                for one in &moved.reasons {
                    text += &format!("     {:<9}{}\n", "because", reason(one));
                }
            }
            for (what, told) in proposal.facts() {
                text += &format!("     {what:<9}{}\n", plain(&told));
            }
        }
        let left = self.left();
        if !left.is_empty() {
            text.push('\n');
        }
        for line in left {
            text += &format!("{}\n", styled(&line, FAINT));
        }
        text
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.predict-schedule/1",
            "repository": self.repository,
            "time_zone": self.time_zone,
            "min_confidence": self.min_confidence,
            "entries": self.entries,
            "proposals": self.proposals,
            "skipped": self.skipped,
            "notes": self.notes,
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut text = format!("### {}\n", markdown_plain(&self.head()));
        let cells = |entry| Self::line(entry).iter().map(|cell| markdown_plain(cell)).collect();
        let rows: Vec<Vec<String>> = self.entries.iter().map(cells).collect();
        if !rows.is_empty() {
            text += &format!("\n{}", markdown_table(&COLUMNS, &rows));
        }
        for (i, proposal) in self.proposals.iter().enumerate() {
            text += &format!("\n{}. **{}**\n", i + 1, markdown_plain(&proposal.workflow));
            for moved in &proposal.moves {
                text += &format!("   - {}\n", markdown_plain(&moved.told()));
                for one in &moved.reasons {
                    text += &format!("   - because: {}\n", markdown_plain(&reason(one)));
                }
            }
            for (what, told) in proposal.facts() {
                let told = if what == "patch" { code(&told) } else { markdown_plain(&told) };
                text += &format!("   - {what}: {told}\n");
            }
        }
        for line in self.left() {
            text += &format!("\n{}\n", markdown_plain(&line));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::schedule::{Options, schedule};
    use crate::advice::{Checkout, Workflow, checkout};

    fn timetable() -> Timetable {
        let cron = checkout::Cron { expression: "0 3 * * *".into(), time_zone: None };
        let workflow = Workflow { file_stem: "night|ly".into(), crons: vec![cron], ..Workflow::default() };
        let load = crate::advice::schedule::Load {
            workflow: "night|ly".into(),
            duration_s: 600.0,
            high_s: 900.0,
            confidence: 0.8,
            n: 40,
            minutes: 10.0,
            usd: 0.06,
            kwh: 0.003,
            late: Some((720.0, 40)),
        };
        let checkout = Checkout { default_branch: None, workflows: vec![workflow] };
        let now = "2026-01-05T00:00:00Z".parse().unwrap();
        schedule(&checkout, &[load], &Options::new("o/r", now))
    }

    #[test]
    fn a_terminal_is_told_what_is_scheduled_and_what_to_change() {
        let text = timetable().human();
        assert!(text.contains("Mon 2026-01-05 03:00  10m 00s  medium"), "{text}");
        assert!(text.contains("it started 12m 00s late in the middle (n = 40)"), "{text}");
    }

    #[test]
    fn json_has_its_schema_and_markdown_no_cell_that_ends_early() {
        let table = timetable();
        assert_eq!(table.json()["schema"], "wfgen.predict-schedule/1");
        assert_eq!(table.json()["proposals"][0]["patch"], table.proposals[0].patch);
        assert!(table.markdown().unwrap().contains("night\\|ly"));
    }
}
