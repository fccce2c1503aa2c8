//! What `predict accuracy` tells: how close predictions came.

use anstyle::Style;
use serde_json::{Value, json};

use super::Report;
use super::text::{
    Align, BAD, Columns, FAINT, GOOD, HEADING, NOTICE, count, counted, cut, markdown_plain, markdown_table,
    not_enough, percent, rate, signed, sparkline, styled,
};
use crate::advice::accuracy::{Accuracy, Band, ConfidenceClass, Scores};

/// The widest name of a workflow in a table.
const NAME: usize = 32;
/// How many workflows and weeks a terminal is told of; JSON has all.
const SHOWN: usize = 12;

const COLUMNS: [(&str, Align); 7] = [
    ("", Align::Left),
    ("good or better", Align::Right),
    ("n", Align::Right),
    ("excellent", Align::Right),
    ("error", Align::Right),
    ("90 % held", Align::Right),
    ("band", Align::Left),
];

fn word(band: Band) -> (&'static str, Style) {
    match band {
        Band::Target => ("on target", GOOD),
        Band::Warning => ("warning", NOTICE),
        Band::Critical => ("critical", BAD),
        Band::NotEnough => ("too few", FAINT),
    }
}

fn sure(class: ConfidenceClass) -> &'static str {
    match class {
        ConfidenceClass::High => "high (above 70 %)",
        ConfidenceClass::Medium => "medium (50 to 70 %)",
        ConfidenceClass::Low => "low (up to 50 %)",
    }
}

impl Accuracy {
    fn line(name: &str, scores: &Scores) -> Vec<(String, Style)> {
        let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), percent);
        let (band, style) = word(scores.band);
        let excellent = (scores.n > 0).then(|| scores.excellent as f64 / scores.n as f64);
        let plain = Style::new();
        vec![
            (cut(name, NAME), plain),
            (share(scores.good_or_better.rate), plain),
            (count(scores.n), plain),
            (share(excellent), plain),
            (share(scores.median_error), plain),
            (share(scores.coverage_90.rate), plain),
            (band.to_owned(), style),
        ]
    }

    fn lines(&self) -> Vec<Vec<(String, Style)>> {
        let mut by_n: Vec<_> = self.workflows.iter().collect();
        by_n.sort_by(|a, b| b.1.n.cmp(&a.1.n).then_with(|| a.0.cmp(&b.0)));
        let workflows = by_n.iter().take(SHOWN).map(|(name, scores)| Self::line(name, scores));
        workflows.collect()
    }

    fn verdict(&self) -> String {
        let o = &self.overall;
        if self.band == Band::NotEnough {
            return not_enough(o.n, self.minimum, "compared predictions");
        }
        format!("{} within 25 %", rate(&o.good_or_better))
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let o = &self.overall;
        let mut facts = Vec::new();
        if let (Some(error), Some(bias)) = (o.median_error, o.bias) {
            facts
                .push(("error", format!("median {}, off by {} in the middle", percent(error), signed(bias))));
        }
        if o.n > 0 {
            facts.push(("90 % interval", format!("held {}", rate(&o.coverage_90))));
            facts.push(("50 % interval", format!("held {}", rate(&o.coverage_50))));
        }
        if let Some(success) = o.success {
            let text = format!(
                "expected {}, came {}, Brier {:.3}",
                percent(success.expected),
                rate(&success.came),
                success.brier
            );
            facts.push(("success", text));
        }
        for (class, hit) in self.confidence.iter().filter(|(_, hit)| hit.n > 0) {
            facts.push(("confidence", format!("{}: {}", sure(*class), rate(hit))));
        }
        facts
    }

    fn told(&self) -> String {
        let o = &self.overall;
        let (target, critical) = (percent(self.bands.target), percent(self.bands.critical));
        format!(
            "{} made, {} open; target {target}, critical below {critical}",
            counted(o.made, "prediction"),
            count(o.open)
        )
    }
}

impl Report for Accuracy {
    fn human(&self) -> String {
        let (band, style) = word(self.band);
        let band =
            if self.band == Band::NotEnough { String::new() } else { format!("{} ", styled(band, style)) };
        let mut text = format!("{band}{}\n", styled(&self.verdict(), HEADING));
        for (what, told) in self.facts() {
            text += &format!("  {what:<14}{told}\n");
        }
        if self.workflows.len() > 1 {
            let mut columns = Columns::new(&COLUMNS);
            self.lines().into_iter().for_each(|line| columns.row(line));
            text += &format!("\n{}", columns.render());
        }
        let weeks = &self.weeks[self.weeks.len().saturating_sub(2 * SHOWN)..];
        if let ([first, .., last], true) = (weeks, self.overall.n > 0) {
            let shares: Vec<Option<f64>> = weeks.iter().map(|w| w.scores.good_or_better.rate).collect();
            text += &format!("\n  {} {} {}\n", first.start, sparkline(&shares), last.start);
        }
        text + &format!("\n{}\n", styled(&self.told(), FAINT))
    }

    fn json(&self) -> Value {
        let workflow = |(name, scores): &(String, Scores)| json!({ "workflow": name, "scores": scores });
        let class = |(class, hit): &(ConfidenceClass, _)| json!({ "class": class, "good_or_better": hit });
        json!({
            "schema": "wfgen.predict-accuracy/1",
            "band": self.band,
            "bands": self.bands,
            "minimum": self.minimum,
            "overall": self.overall,
            "workflows": self.workflows.iter().map(workflow).collect::<Vec<_>>(),
            "weeks": self.weeks,
            "confidence": self.confidence.iter().map(class).collect::<Vec<_>>(),
            "compared": self.compared,
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut text = format!("### Predictions: {}\n\n{}\n\n", word(self.band).0, self.verdict());
        for (what, told) in self.facts() {
            text += &format!("- {what}: {told}\n");
        }
        let cells = |line: Vec<(String, Style)>| line.iter().map(|(cell, _)| markdown_plain(cell)).collect();
        let rows: Vec<Vec<String>> = self.lines().into_iter().map(cells).collect();
        if !rows.is_empty() {
            text += &format!("\n{}", markdown_table(&COLUMNS, &rows));
        }
        Some(text + &format!("\n{}\n", self.told()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::accuracy::{Options, Stored, accuracy};
    use crate::runs::Conclusion;

    fn of(n: u32, actual: f64) -> Accuracy {
        let one = |i: u32| Stored {
            workflow: if i.is_multiple_of(2) { "CI" } else { "Docs" }.into(),
            made_at: "2026-01-05T00:00:00Z".parse().unwrap(),
            value_s: 100.0,
            interval_50_s: (90.0, 110.0),
            interval_90_s: (60.0, 140.0),
            success_probability: Some(0.9),
            confidence: 0.8,
            actual_s: Some(actual),
            conclusion: Some(Conclusion::Success),
        };
        accuracy(&(0..n).map(one).collect::<Vec<_>>(), &Options::default())
    }

    #[test]
    fn a_terminal_is_told_the_band_the_share_and_its_interval() {
        let text = of(40, 100.0).human();
        assert!(text.contains("on target"), "{text}");
        assert!(text.contains("100.0 % (91.2 to 100.0 %, n = 40) within 25 %"), "{text}");
        assert!(of(40, 500.0).human().contains("critical"));
    }

    #[test]
    fn below_the_minimum_it_says_how_much_is_missing() {
        let text = of(7, 100.0).human();
        let first = text.lines().next().unwrap_or_default();
        assert!(first.contains("not enough data yet: 7 of 20 compared predictions"), "{text}");
        assert!(!first.contains("too few"), "{text}");
        assert!(of(0, 1.0).human().contains("0 of 20"));
    }

    #[test]
    fn json_has_its_schema_and_every_comparison() {
        let json = of(4, 100.0).json();
        assert_eq!(json["schema"], "wfgen.predict-accuracy/1");
        assert_eq!(json["compared"].as_array().unwrap().len(), 4);
        assert_eq!(json["overall"]["excellent"], 4);
    }
}
