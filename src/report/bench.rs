//! What `wfgen track bench` says of the newest results.

use std::fmt::Write;

use anstyle::Style;
use serde::Serialize;
use serde_json::{Value, json};

use super::Report;
use super::text::{
    self, Align, BAD, Columns, FAINT, GOOD, HEADING, NOTICE, counted, cut, markdown_plain, markdown_table,
    styled,
};
use crate::insight::bench::{Reason, Rule, Series, Status, Verdict, judge};

/// The verdicts on every series, those that ask for something first.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    /// The rule they were judged by.
    pub rule: Rule,
    /// The verdicts.
    pub benchmarks: Vec<Verdict>,
}

/// How many benchmarks without news a terminal is told of.
const STEADY: usize = 20;

impl BenchReport {
    /// Judges every series.
    pub fn new(series: &[Series], rule: Rule) -> Self {
        let mut benchmarks: Vec<Verdict> = series.iter().map(|series| judge(series, &rule)).collect();
        benchmarks.sort_by(|a, b| {
            let order = |v: &Verdict| match v.status {
                Status::Regression => usize::from(!v.confirmed()),
                Status::Improvement => 2,
                Status::Steady => 3,
                Status::NotEnough { .. } => 4,
            };
            order(a).cmp(&order(b)).then(size(b).total_cmp(&size(a))).then_with(|| a.name.cmp(&b.name))
        });
        BenchReport { rule, benchmarks }
    }

    /// Whether any benchmark regressed, or is suspected of it: the command's answer is "no" then (exit code 1).
    pub fn regressed(&self) -> bool {
        self.benchmarks.iter().any(|verdict| verdict.status == Status::Regression)
    }

    /// Whether the regression of any benchmark is confirmed.
    pub fn confirmed(&self) -> bool {
        self.benchmarks.iter().any(|verdict| verdict.status == Status::Regression && verdict.confirmed())
    }

    /// Whether nothing could be said of any (exit code 3).
    pub fn nothing_to_say(&self) -> bool {
        self.benchmarks.iter().all(|verdict| matches!(verdict.status, Status::NotEnough { .. }))
    }

    fn title(&self) -> String {
        let count = |status: Status, confirmed: bool| {
            let alike = |v: &&Verdict| v.status == status && v.confirmed() == confirmed;
            self.benchmarks.iter().filter(alike).count() as u64
        };
        let part = |status: Status, name: &str| match count(status, false) {
            0 => counted(count(status, true), name),
            suspected => format!("{} (and {suspected} suspected)", counted(count(status, true), name)),
        };
        let (worse, better) =
            (part(Status::Regression, "regression"), part(Status::Improvement, "improvement"));
        format!("{}: {worse}, {better}", counted(self.benchmarks.len() as u64, "benchmark"))
    }
}

/// How large a change is, either way.
fn size(verdict: &Verdict) -> f64 {
    verdict.change.as_ref().map_or(0.0, |change| change.ratio.value.abs().ln().abs())
}

/// A value with its unit; nanoseconds and seconds in the unit that fits.
pub(super) fn value(value: f64, unit: &str) -> String {
    let seconds = match unit {
        "ns" | "ns/op" | "ns/iter" => Some(value * 1e-9),
        "us" | "µs" => Some(value * 1e-6),
        "ms" => Some(value * 1e-3),
        "s" | "sec" | "seconds" => Some(value),
        _ => None,
    };
    let unit = super::plain(unit);
    let digits = |value: f64| {
        let before = value.abs().log10().floor().clamp(0.0, 3.0) as usize;
        format!("{value:.*}", 3 - before)
    };
    match seconds {
        Some(s) if s.abs() >= 1.0 => format!("{} s", digits(s)),
        Some(s) if s.abs() >= 1e-3 => format!("{} ms", digits(s * 1e3)),
        Some(s) if s.abs() >= 1e-6 => format!("{} µs", digits(s * 1e6)),
        Some(s) => format!("{} ns", digits(s * 1e9)),
        None if value.abs() >= 1e4 => format!("{} {unit}", text::count(value.abs().round() as u64)),
        None => format!("{} {unit}", digits(value)),
    }
}

/// The change as a sentence: how much, since when, and how sure.
fn sentence(verdict: &Verdict) -> String {
    let Some(change) = &verdict.change else { return String::new() };
    let percent = |ratio: f64| text::signed(ratio - 1.0);
    let ratio = &change.ratio;
    let size = format!("{} ({} to {})", percent(ratio.value), percent(ratio.low), percent(ratio.high));
    let commit =
        |word: &str| change.commit.as_deref().map_or(String::new(), |c| format!(" {word} {}", short(c)));
    let results = change.results;
    match change.reason {
        Reason::Shift => format!("{size}: a new level since {results} results{}", commit("at")),
        Reason::Onset => {
            let since = commit("since");
            format!(
                "{size}: the newest {results} results are on another level{since}; run it again to confirm"
            )
        }
        Reason::Jump => {
            let at = commit("at");
            format!("{size}: the newest alone is out of range{at}; run it again to confirm")
        }
    }
}

fn short(commit: &str) -> String {
    super::plain(commit).chars().take(9).collect()
}

fn expected(verdict: &Verdict) -> String {
    match (&verdict.expected, verdict.status) {
        (_, Status::NotEnough { have, need }) => text::not_enough(have as u64, need as u64, "results"),
        (Some(e), _) => format!("{} to {}", value(e.low, &verdict.unit), value(e.high, &verdict.unit)),
        (None, _) => String::new(),
    }
}

fn word(verdict: &Verdict) -> (&'static str, Style) {
    match verdict.status {
        Status::Regression if verdict.confirmed() => ("regression", BAD),
        Status::Regression => ("suspected regression", NOTICE),
        Status::Improvement if verdict.confirmed() => ("improvement", GOOD),
        Status::Improvement => ("suspected improvement", FAINT),
        Status::Steady => ("steady", FAINT),
        Status::NotEnough { .. } => ("too few", FAINT),
    }
}

fn spark(verdict: &Verdict) -> String {
    text::sparkline(&verdict.recent.iter().copied().map(Some).collect::<Vec<_>>())
}

impl Report for BenchReport {
    fn human(&self) -> String {
        let mut out = format!("{}\n", styled(&self.title(), HEADING));
        for verdict in self.benchmarks.iter().filter(|verdict| verdict.change.is_some()) {
            let (what, style) = word(verdict);
            let _ = writeln!(out, "\n  {}  {}", styled(what, style), super::plain(&verdict.name));
            if let Some(change) = &verdict.change {
                let (before, now) = (value(change.before, &verdict.unit), value(change.now, &verdict.unit));
                let _ = writeln!(out, "    {before} -> {now}, {}", sentence(verdict));
            }
            let _ = writeln!(out, "    {}  n = {}", spark(verdict), verdict.n);
        }
        let steady: Vec<&Verdict> =
            self.benchmarks.iter().filter(|verdict| verdict.change.is_none()).collect();
        if !steady.is_empty() {
            let columns = [
                ("Without a change", Align::Left),
                ("newest", Align::Right),
                ("expected", Align::Left),
                ("n", Align::Right),
                ("", Align::Left),
            ];
            let mut table = Columns::new(&columns);
            for verdict in steady.iter().take(STEADY) {
                table.row(vec![
                    (cut(&verdict.name, 44), Style::new()),
                    (value(verdict.newest, &verdict.unit), Style::new()),
                    (expected(verdict), FAINT),
                    (verdict.n.to_string(), FAINT),
                    (spark(verdict), FAINT),
                ]);
            }
            let _ = write!(out, "\n{}", table.render());
            if steady.len() > STEADY {
                let _ = writeln!(out, "  {}", styled(&format!("and {} more", steady.len() - STEADY), FAINT));
            }
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.track-bench/1",
            "regression": self.regressed(),
            "confirmed": self.confirmed(),
            "rule": self.rule,
            "benchmarks": self.benchmarks,
        })
    }

    fn markdown(&self) -> Option<String> {
        let columns = [
            ("Benchmark", Align::Left),
            ("", Align::Left),
            ("Newest", Align::Right),
            ("Expected", Align::Left),
            ("Change", Align::Left),
        ];
        let row = |verdict: &Verdict| {
            vec![
                markdown_plain(&verdict.name),
                word(verdict).0.to_owned(),
                markdown_plain(&value(verdict.newest, &verdict.unit)),
                markdown_plain(&expected(verdict)),
                markdown_plain(&sentence(verdict)),
            ]
        };
        let rows: Vec<_> = self.benchmarks.iter().map(row).collect();
        Some(format!("## {}\n\n{}", self.title(), markdown_table(&columns, &rows)))
    }
}
