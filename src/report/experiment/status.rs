//! How an experiment stands.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::experiment::Decision;
use crate::experiment::definition::{Definition, variable};
use crate::experiment::guardrail::{Guardrail, Safety};
use crate::experiment::outcome::{Excluded, Exclusion};
use crate::experiment::sample_ratio::SampleRatio;
use crate::experiment::secondary::Secondary;
use crate::experiment::verdict::{SpeedUp, Verdict};
use crate::report::html::experiment::{Page, page};
use crate::report::{Report, plain};
use crate::units::percent;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = Style::new().bold();

/// How an experiment stands.
#[derive(Debug)]
pub struct Status {
    /// Its id.
    pub id: String,
    /// What it is.
    pub definition: Definition,
    /// Is the treatment faster?
    pub verdict: Verdict,
    /// The speed-up with its interval at every look.
    pub intervals: Vec<(u32, SpeedUp)>,
    /// Does it fail more often?
    pub guardrail: Guardrail,
    /// Do the arms have the size that they should?
    pub sample_ratio: SampleRatio,
    /// What else was compared.
    pub secondary: Vec<Secondary>,
    /// Runs that don't count, and why.
    pub excluded: Vec<Excluded>,
    /// The share of the treatment in percent, as the newest run saw it.
    pub share: Option<u8>,
}

impl Status {
    /// The verdict in a sentence.
    fn headline(&self) -> (String, Style) {
        let (run, horizon) = (self.verdict.run, self.verdict.horizon);
        if self.guardrail.safety == Safety::Harmed {
            let harm = format!(
                "harmful: the treatment fails more often (after {} of {horizon} runs): stop it",
                self.guardrail.run
            );
            return (harm, BAD);
        }
        if self.sample_ratio.mismatch {
            return ("no verdict: the arms don't have the sizes that they should".to_owned(), BAD);
        }
        match self.verdict.decision {
            Decision::Faster => {
                (format!("the treatment is faster, decided after {run} of {horizon} runs"), GOOD)
            }
            Decision::Slower => {
                (format!("the treatment is slower, decided after {run} of {horizon} runs"), BAD)
            }
            Decision::NotShown => {
                (format!("no difference was shown in {run} runs, which is no proof that there is none"), OPEN)
            }
            Decision::Undecided => (format!("undecided after {run} of {horizon} runs"), OPEN),
        }
    }

    fn effect(&self) -> String {
        let Some(speed_up) = &self.verdict.speed_up else {
            return "no estimate yet: both arms need a few successful runs".to_owned();
        };
        let end = |end: Option<f64>| end.map_or_else(|| "open".to_owned(), percent);
        format!(
            "{} less time ({} interval: {} to {}, n = {} + {})",
            percent(speed_up.estimate),
            percent(speed_up.level),
            end(speed_up.lower),
            end(speed_up.upper),
            self.verdict.durations.control,
            self.verdict.durations.treatment
        )
    }

    fn safety(&self) -> String {
        let g = &self.guardrail;
        let difference =
            g.difference.map_or_else(|| "an unknown number of".to_owned(), |d| format!("{:+.1}", d * 100.0));
        match g.safety {
            Safety::Harmed => format!("harmed: the success rate differs by {difference} points"),
            Safety::SafeWithin => format!(
                "safe within {}: the success rate differs by {difference} points",
                percent(g.shown_within.unwrap_or(g.margin))
            ),
            Safety::Unproven => format!(
                "unproven: the success rate differs by {difference} points, and a loss of {:.0} is not excluded yet",
                g.margin * 100.0
            ),
        }
    }

    /// What would end it.
    fn ahead(&self) -> Option<String> {
        let horizon = self.verdict.horizon;
        let left = horizon.saturating_sub(self.verdict.run);
        let look = self.verdict.looks.last();
        let boundary = look.and_then(|look| Some((look.statistic?.abs(), look.boundary?)));
        (self.verdict.decision == Decision::Undecided).then(|| match boundary {
            Some((now, needed)) => format!(
                "it ends when the statistic reaches {needed:.2} (now {now:.2}), or in {left} runs at {horizon}"
            ),
            None => format!("it ends in at most {left} runs, at {horizon}"),
        })
    }

    /// What the person who runs it could set now: the next share, or none at all.
    fn next(&self) -> Option<String> {
        let set = |share: u8| format!("`gh variable set {} --body {share}`", variable(&self.id));
        let share = self.share.unwrap_or(0);
        if self.guardrail.safety == Safety::Harmed && share > 0 {
            return Some(format!("no run gets the treatment any more after {}", set(0)));
        }
        let next = self.definition.ramp.iter().copied().filter(|next| *next > share).min()?;
        (self.verdict.decision == Decision::Undecided).then(|| match share {
            0 => format!("no run has the treatment by now: {}", set(next)),
            share => format!("{share} % of the runs have the treatment; the next step is {}", set(next)),
        })
    }

    fn left_out(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for excluded in self.excluded.iter().filter(|e| e.reason != Exclusion::NoArm) {
            let reason = serde_json::to_value(excluded.reason).unwrap_or_default();
            *counts.entry(reason.as_str().unwrap_or_default().replace('-', " ")).or_insert(0) += 1;
        }
        counts
    }

    /// The secondary metrics, a line each.
    fn beside(&self) -> Vec<String> {
        let line = |metric: &Secondary| match (metric.shift, metric.adjusted) {
            (Some(shift), Some(p)) => {
                let differs = if metric.differs { "differs" } else { "no difference shown" };
                let p = if p < 0.001 { "below 0.001".to_owned() } else { format!("{p:.3}") };
                format!("{}: {differs} (shift {shift:+.3}, corrected p {p})", metric.name)
            }
            _ => format!("{}: not enough data yet", metric.name),
        };
        self.secondary.iter().map(line).collect()
    }

    /// The interval over the runs: one line for each of at most a dozen looks.
    fn plot(&self) -> String {
        const WIDTH: usize = 56;
        const RANGE: f64 = 0.5;
        let mut text = String::new();
        let step = self.intervals.len().div_ceil(12).max(1);
        let shown: Vec<_> = self.intervals.iter().rev().step_by(step).collect();
        if shown.is_empty() {
            return text;
        }
        let column = |share: f64| {
            let place = (share + RANGE) / (2.0 * RANGE) * (WIDTH - 1) as f64;
            place.clamp(0.0, (WIDTH - 1) as f64).round() as usize
        };
        for (run, speed_up) in shown.into_iter().rev() {
            let (from, to) =
                (column(speed_up.lower.unwrap_or(-RANGE)), column(speed_up.upper.unwrap_or(RANGE)));
            let line: String = (0..WIDTH)
                .map(|at| match at {
                    at if at == column(speed_up.estimate) => '●',
                    at if at == column(0.0) => '│',
                    at if at >= from && at <= to => '─',
                    _ => ' ',
                })
                .collect();
            let _ = writeln!(text, "  {run:>5} {line}");
        }
        let _ = writeln!(text, "        -50 %{:^46}+50 %", "speed-up");
        text
    }
}

impl Report for Status {
    fn human(&self) -> String {
        let (headline, style) = self.headline();
        let mut text = format!("{}: {style}{headline}{style:#}\n", self.id);
        let _ = writeln!(text, "  {}", plain(&self.definition.hypothesis));
        let _ = writeln!(text, "  {}", self.effect());
        let _ = writeln!(text, "  {}", self.safety());
        let s = &self.sample_ratio;
        let _ = writeln!(
            text,
            "  {} + {} runs started (control + treatment), {} + {} completed",
            s.started.control, s.started.treatment, s.completed.control, s.completed.treatment
        );
        for (reason, n) in self.left_out() {
            let _ = writeln!(text, "  {n} left out: {reason}");
        }
        for line in self.beside() {
            let _ = writeln!(text, "  {line}");
        }
        if let Some(ahead) = self.ahead() {
            let _ = writeln!(text, "  {ahead}");
        }
        text.push_str(&self.plot());
        if let Some(next) = self.next() {
            let _ = writeln!(text, "  {next}");
        }
        text
    }

    fn json(&self) -> Value {
        let intervals: Vec<Value> = self
            .intervals
            .iter()
            .map(|(run, speed_up)| json!({ "run": run, "speed-up": speed_up }))
            .collect();
        json!({
            "schema": "wfgen.experiment-status/1",
            "id": self.id,
            "definition": self.definition,
            "headline": self.headline().0,
            "verdict": self.verdict,
            "guardrail": self.guardrail,
            "sample-ratio": self.sample_ratio,
            "secondary": self.secondary,
            "intervals": intervals,
            "excluded": self.excluded,
            "share": self.share,
            "next": self.next(),
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut text = format!("**Experiment {}**: {}\n\n", self.id, self.headline().0);
        let _ = writeln!(text, "| | |\n|---|---|");
        let _ = writeln!(text, "| hypothesis | {} |", self.definition.hypothesis.replace('|', "\\|"));
        let _ = writeln!(text, "| duration | {} |", self.effect());
        let _ = writeln!(text, "| success | {} |", self.safety());
        let _ = writeln!(text, "| looks | run {} of {} |", self.verdict.run, self.verdict.horizon);
        if let Some(ahead) = self.ahead() {
            let _ = writeln!(text, "| ahead | {ahead} |");
        }
        if let Some(next) = self.next() {
            let _ = writeln!(text, "| next | {next} |");
        }
        Some(text)
    }

    fn html(&self) -> Option<String> {
        let v = &self.verdict;
        let estimate = v.speed_up.map_or_else(|| "no estimate yet".to_owned(), |s| percent(s.estimate));
        let tiles = vec![
            ["Verdict".to_owned(), format!("{:?}", v.decision).to_lowercase(), self.headline().0],
            ["Less time".to_owned(), estimate, self.effect()],
            ["Success".to_owned(), format!("{:?}", self.guardrail.safety).to_lowercase(), self.safety()],
            ["Runs".to_owned(), format!("{} of {}", v.run, v.horizon), self.ahead().unwrap_or_default()],
        ];
        let mut lines = self.beside();
        lines.extend(self.left_out().into_iter().map(|(reason, n)| format!("{n} runs left out: {reason}")));
        let shown = Page {
            id: &self.id,
            hypothesis: &self.definition.hypothesis,
            tiles,
            lines,
            intervals: &self.intervals,
            horizon: v.horizon,
        };
        page(&shown).ok()
    }
}
