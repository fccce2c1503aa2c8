//! What `predict` said.

use std::fmt::Write;

use anstyle::Style;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Report, plain};
use crate::prediction::backtest::{Backtest, Level, Method, Own};
use crate::prediction::{Confidence, ENOUGH, Forecast, Interval, Reason};
use crate::units::{count, duration, percent};

const NAME: Style = Style::new().bold();
const ASIDE: Style = Style::new().dimmed();

/// Forecasts of coming runs.
#[derive(Debug)]
pub struct Forecasted {
    /// Whose.
    pub repository: String,
    /// The event that starts them.
    pub event: String,
    /// When they start.
    pub at: Timestamp,
    /// By workflow.
    pub said: Vec<Said>,
    /// The history is made up.
    pub simulated: bool,
}

/// The forecast for a workflow.
#[derive(Debug)]
pub struct Said {
    /// The workflow.
    pub workflow: String,
    /// What is said of it.
    pub forecast: Forecast,
}

fn word(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    }
}

fn span(interval: Interval) -> String {
    format!("{} to {}", duration(interval.low_s), duration(interval.high_s))
}

fn because(reason: &Reason) -> String {
    match reason {
        Reason::TooFewRuns { n, needed } => format!("not enough data yet: {n} of {needed} successful runs"),
        Reason::Unchecked { share } => {
            format!("only {} of the known runs were predicted before they ran", percent(*share))
        }
        Reason::Expert { name, weight, value_s } => {
            format!("{name} says {} and has {} of the weight", duration(*value_s), percent(*weight))
        }
        Reason::Recent { n, median_s, spread } if *spread > 1.0 => format!(
            "the last {} took {} in the middle, but spread widely",
            count(*n as u64, "successful run"),
            duration(*median_s)
        ),
        Reason::Recent { n, median_s, spread } => format!(
            "the last {} took {} in the middle, give or take {}",
            count(*n as u64, "successful run"),
            duration(*median_s),
            percent(*spread)
        ),
        Reason::Similar { n, median_s } => {
            format!("the last {n} with the same event and sort of branch: {}", duration(*median_s))
        }
        Reason::SameBranch { n, median_s } => format!("the last {n} on this branch: {}", duration(*median_s)),
    }
}

impl Said {
    fn human(&self, text: &mut String) {
        let f = &self.forecast;
        let name = plain(&self.workflow);
        let Some(value) = f.value_s.filter(|_| f.enough_data || f.n > 0) else {
            let _ = writeln!(text, "{NAME}{name}{NAME:#}: not enough data yet: {} of {ENOUGH} runs", f.n);
            return;
        };
        let _ = writeln!(
            text,
            "{NAME}{name}{NAME:#}: {} ({} confidence: {} to be within 25 %)",
            duration(value),
            word(f.confidence),
            percent(f.within_25_probability)
        );
        if !f.enough_data {
            let _ = writeln!(
                text,
                "  not enough data yet: {} of {ENOUGH} runs, so this is little more than a guess",
                f.n
            );
        }
        if let Some([half, nine]) = f.intervals() {
            let _ = writeln!(text, "  half of such runs take {}, nine of ten {}", span(half), span(nine));
        }
        let _ = writeln!(text, "  succeeds with a probability of {}", percent(f.success_probability));
        for reason in f.reasons.iter().filter(|reason| !matches!(reason, Reason::TooFewRuns { .. })) {
            let _ = writeln!(text, "  {ASIDE}{}{ASIDE:#}", because(reason));
        }
    }
}

impl Report for Forecasted {
    fn human(&self) -> String {
        let mut text = String::new();
        if self.simulated {
            text.push_str("From a made-up history\n");
        }
        self.said.iter().for_each(|said| said.human(&mut text));
        text
    }

    fn json(&self) -> Value {
        let said: Vec<Value> = self
            .said
            .iter()
            .map(|said| {
                let mut value = json!(said.forecast);
                value["workflow"] = json!(said.workflow);
                value["why"] = json!(said.forecast.reasons.iter().map(because).collect::<Vec<_>>());
                value
            })
            .collect();
        json!({
            "schema": "wfgen.predict-duration/1",
            "repository": self.repository,
            "event": self.event,
            "at": self.at.to_string(),
            "simulated": self.simulated,
            "predictions": said,
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut text = String::from(
            "| workflow | predicted | nine of ten take | succeeds | confidence |\n|---|---|---|---|---|\n",
        );
        for Said { workflow, forecast: f } in &self.said {
            let value = f.value_s.map_or_else(|| "unknown".to_owned(), duration);
            let nine = f.interval_90.map_or_else(|| "unknown".to_owned(), span);
            let _ = writeln!(
                text,
                "| {} | {value} | {nine} | {} | {} |",
                plain(workflow).replace('|', "\\|"),
                percent(f.success_probability),
                word(f.confidence)
            );
        }
        Some(text)
    }
}

/// How good predictions would have been.
#[derive(Debug)]
pub struct Backtested {
    /// Of runs or jobs.
    pub level: Level,
    /// What was measured.
    pub result: Backtest,
}

const HEAD: [&str; 7] = ["method", "n", "<=25 %", "<=10 %", "median APE", "macro <=25 %", "MAE"];

fn cells(method: &Method) -> [String; 7] {
    [
        method.method.to_owned(),
        method.n.to_string(),
        percent(method.within_25),
        percent(method.within_10),
        percent(method.median_ape),
        method.macro_within_25.map_or_else(|| "-".to_owned(), percent),
        duration(method.mae_s),
    ]
}

impl Backtested {
    fn own(&self) -> Option<&Own> {
        self.result.methods.iter().find_map(|method| method.own.as_ref())
    }
}

impl Report for Backtested {
    fn human(&self) -> String {
        let what = if self.level == Level::Runs { "run" } else { "job" };
        let mut text = format!(
            "{} in {} with predictions; each is predicted from those that had ended before it started\n\n",
            count(self.result.runs as u64, what),
            count(self.result.series as u64, "series").replace("seriess", "series")
        );
        let rows: Vec<[String; 7]> =
            std::iter::once(HEAD.map(str::to_owned)).chain(self.result.methods.iter().map(cells)).collect();
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
        for row in &rows {
            let line: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(
                    |(at, (cell, width))| {
                        if at == 0 { format!("{cell:width$}") } else { format!("{cell:>width$}") }
                    },
                )
                .collect();
            let _ = writeln!(text, "{}", line.join("  ").trim_end());
        }
        if let Some(own) = self.own() {
            let _ = writeln!(
                text,
                "\n90 % intervals hold {} of the durations (worst tenth of the series {}) and are {} of the prediction wide; \
                 50 % intervals hold {}",
                percent(own.coverage_90),
                own.worst_decile_coverage_90.map_or_else(|| "unknown".to_owned(), percent),
                percent(own.width_90),
                percent(own.coverage_50)
            );
            let _ = writeln!(
                text,
                "success: Brier score {:.3}, calibration error {:.3}, over {}",
                own.brier,
                own.calibration_error,
                count(own.outcomes as u64, "outcome")
            );
            for class in own.confidence.iter().filter(|class| class.n > 0) {
                let _ = writeln!(
                    text,
                    "{} confidence: {} of {} within 25 %, {} promised",
                    word(class.confidence),
                    percent(class.hit_rate),
                    class.n,
                    percent(class.promised)
                );
            }
        }
        text
    }

    fn json(&self) -> Value {
        let mut value = json!(self.result);
        value["schema"] = json!("wfgen.predict-backtest/1");
        value["level"] = json!(self.level);
        value
    }

    fn markdown(&self) -> Option<String> {
        let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), "---|".repeat(HEAD.len()));
        for method in &self.result.methods {
            let _ = writeln!(text, "| {} |", cells(method).join(" | "));
        }
        Some(text)
    }
}
