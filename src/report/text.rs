//! Numbers, columns and sparklines as text: every number with its unit.

use anstyle::{AnsiColor, Style};

use super::plain;
use crate::insight::numbers::{Estimate, Rate};
use crate::insight::sketch::Quantile;
use crate::insight::summary::{Change, Spread};

/// A heading.
pub const HEADING: Style = Style::new().bold();
/// Something that got better, or is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Something that got worse, or is broken.
pub const BAD: Style = AnsiColor::Red.on_default();
/// Something to look at.
pub const NOTICE: Style = AnsiColor::Yellow.on_default();
/// What can be skipped when reading.
pub const FAINT: Style = Style::new().dimmed();

/// Text in a style.
pub fn styled(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// A duration with two units at most: `4.2 s`, `42 s`, `6m 12s`, `1h 05m`, `2d 03h`.
pub fn seconds(seconds: f64) -> String {
    let rounded = seconds.round() as u64;
    match rounded {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{rounded} s"),
        60..3_600 => format!("{}m {:02}s", rounded / 60, rounded % 60),
        3_600..86_400 => format!("{}h {:02}m", rounded / 3_600, rounded % 3_600 / 60),
        _ => format!("{}d {:02}h", rounded / 86_400, rounded % 86_400 / 3_600),
    }
}

/// A share as `93.4 %`.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A change of a share or a ratio less one, as `+12 %`.
pub fn signed(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 9.95 { format!("{percent:+.1} %") } else { format!("{percent:+.0} %") }
}

/// A whole number with thousands apart.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 run`, `2 runs`.
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

/// US dollars.
pub fn dollars(usd: f64) -> String {
    match usd {
        _ if usd >= 1_000.0 => format!("${}", count(usd.round() as u64)),
        _ if usd > 0.0 && usd < 0.1 => format!("${usd:.3}"),
        _ => format!("${usd:.2}"),
    }
}

/// What is said instead of a number below its minimum.
pub fn not_enough(have: u64, need: u64, what: &str) -> String {
    format!("not enough data yet: {have} of {need} {what}")
}

/// `93.4 % (90.6 to 95.4 %, n = 408)`.
pub fn rate(rate: &Rate) -> String {
    match rate.rate {
        Some(value) => format!(
            "{} ({:.1} to {:.1} %, n = {})",
            percent(value),
            rate.low * 100.0,
            rate.high * 100.0,
            count(rate.n)
        ),
        None => "no verdict yet".to_owned(),
    }
}

/// A quantile with what is known of its interval: `6m 12s (6m 01s to 6m 30s)`.
pub fn quantile(quantile: &Quantile) -> String {
    match (quantile.low, quantile.high) {
        (Some(low), Some(high)) => {
            format!("{} ({} to {})", seconds(quantile.value), seconds(low), seconds(high))
        }
        (Some(low), None) => format!("{} (at least {})", seconds(quantile.value), seconds(low)),
        (None, Some(high)) => format!("{} (at most {})", seconds(quantile.value), seconds(high)),
        (None, None) => seconds(quantile.value),
    }
}

/// A median with its interval, or what is missing.
pub fn median(spread: &Spread) -> String {
    spread.median.map_or_else(|| format!("{} of {}", spread.n, spread.need.0), |q| quantile(&q))
}

/// A median in a few characters, or what is missing.
pub fn middle(spread: &Spread) -> String {
    short(spread.median, spread.n, spread.need.0)
}

/// What nine of ten stay under in a few characters, or what is missing.
pub fn p90(spread: &Spread) -> String {
    short(spread.p90, spread.n, spread.need.1)
}

fn short(quantile: Option<Quantile>, n: u64, need: u64) -> String {
    match quantile {
        Some(quantile) => seconds(quantile.value),
        None if n == 0 => "-".to_owned(),
        None => format!("{n} of {need}"),
    }
}

/// What a change is a change of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A rate, where more is better: a difference in points.
    Success,
    /// A duration, where less is better: a factor.
    Time,
}

impl Of {
    /// The change as shares of one: of a factor what it is over one.
    fn shares(self, change: &Estimate) -> (f64, f64, f64) {
        let off = if self == Of::Time { 1.0 } else { 0.0 };
        (change.value - off, change.low - off, change.high - off)
    }

    fn unit(self) -> &'static str {
        if self == Of::Time { "%" } else { "points" }
    }
}

/// A change in a few characters, with the style that says whether it is for the better.
pub fn change(change: &Change, of: Of) -> (String, Style) {
    match change {
        Change::NotEnough { have, need } => (format!("{have} of {need}"), FAINT),
        Change::Measured { change, clear, .. } => {
            let (value, low, high) = of.shares(change);
            let better = (value > 0.0) == (of == Of::Success);
            let style = if !clear {
                FAINT
            } else if better {
                GOOD
            } else {
                BAD
            };
            let mark = if !clear {
                "~"
            } else if value > 0.0 {
                "▲"
            } else {
                "▼"
            };
            let span = format!("({:+.0} to {:+.0})", low * 100.0, high * 100.0);
            let digits = usize::from(value.abs() < 0.0995);
            (format!("{mark} {:+.digits$} {} {span}", value * 100.0, of.unit()), style)
        }
    }
}

/// A change as a sentence.
pub fn change_sentence(change: &Change, of: Of) -> String {
    match change {
        Change::NotEnough { have, need } => {
            format!("change to the period before: {}", not_enough(*have, *need, "runs"))
        }
        Change::Measured { change, clear, .. } => {
            let (value, low, high) = of.shares(change);
            let word = match (of, value > 0.0) {
                _ if !clear => "no clear change",
                (Of::Success, true) => "better",
                (Of::Success, false) => "worse",
                (Of::Time, true) => "longer",
                (Of::Time, false) => "shorter",
            };
            let unit = of.unit();
            format!(
                "{word}: {:+.1} {unit} ({:+.1} to {:+.1}) to the period before",
                value * 100.0,
                low * 100.0,
                high * 100.0
            )
        }
    }
}

/// Values as a line of eight levels; a gap is a space.
pub fn sparkline(values: &[Option<f64>]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let known = || values.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let level = |value: f64| {
        let share = if high > low { (value - low) / (high - low) } else { 0.4 };
        LEVELS[((share * 7.0).round() as usize).min(7)]
    };
    values.iter().map(|value| value.map_or(' ', level)).collect()
}

/// Text cut to so many characters.
pub fn cut(text: &str, most: usize) -> String {
    let text = plain(text);
    if text.chars().count() <= most {
        return text;
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Aligned columns for a terminal.
#[derive(Debug)]
pub struct Columns {
    aligns: Vec<Align>,
    rows: Vec<Vec<(String, Style)>>,
}

impl Columns {
    /// Columns with their headings.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let style = |i| if i == 0 { HEADING } else { FAINT };
        let heading =
            columns.iter().enumerate().map(|(i, (name, _))| ((*name).to_owned(), style(i))).collect();
        Columns { aligns: columns.iter().map(|(_, align)| *align).collect(), rows: vec![heading] }
    }

    /// Adds a row of styled cells.
    pub fn row(&mut self, cells: Vec<(String, Style)>) {
        self.rows.push(cells);
    }

    /// The rows, indented by two.
    pub fn render(&self) -> String {
        let width = |i: usize| {
            self.rows.iter().filter_map(|r| r.get(i)).map(|c| c.0.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.aligns.len()).map(width).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::from(" ");
            for (i, (text, style)) in row.iter().enumerate() {
                let pad = " ".repeat(widths[i].saturating_sub(text.chars().count()));
                let text = if text.trim().is_empty() { text.clone() } else { styled(text, *style) };
                line.push(' ');
                match self.aligns[i] {
                    Align::Left => line.extend([text, pad]),
                    Align::Right => line.extend([pad, text]),
                }
                line.push(' ');
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// A Markdown table; the headings' alignment is theirs.
pub fn markdown_table(columns: &[(&str, Align)], rows: &[Vec<String>]) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = line(&mut columns.iter().map(|(name, _)| (*name).to_owned()));
    out += &line(&mut columns.iter().map(|(_, a)| if *a == Align::Left { "---" } else { "---:" }.to_owned()));
    for row in rows {
        out += &line(&mut row.iter().cloned());
    }
    out
}

/// Text of a repository inside Markdown: nothing in it is markup, a mention or a cell's end.
pub fn markdown_plain(text: &str) -> String {
    let mut out = String::new();
    for c in plain(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A zero-width space keeps a mention from notifying somebody.
            '@' => out.push_str("@\u{200b}"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_units_that_fit() {
        let cases = [
            (0.0, "0.0 s"),
            (9.96, "10 s"),
            (59.6, "1m 00s"),
            (372.0, "6m 12s"),
            (3_900.0, "1h 05m"),
            (97_200.0, "1d 03h"),
        ];
        for (value, text) in cases {
            assert_eq!(seconds(value), text);
        }
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_sparkline_spans_its_values_and_keeps_gaps() {
        assert_eq!(sparkline(&[Some(1.0), None, Some(8.0)]), "▁ █");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn columns_are_aligned_whatever_their_style() {
        let mut columns = Columns::new(&[("name", Align::Left), ("n", Align::Right)]);
        columns.row(vec![("a".into(), GOOD), ("10".into(), Style::new())]);
        columns.row(vec![("longer".into(), BAD), ("9".into(), Style::new())]);
        let stripped: String = columns.render().replace("\u{1b}[32m", "").replace("\u{1b}[31m", "");
        let stripped = stripped.replace("\u{1b}[0m", "").replace("\u{1b}[2m", "").replace("\u{1b}[1m", "");
        assert_eq!(stripped, "  name     n\n  a       10\n  longer   9\n");
    }

    #[test]
    fn names_are_no_markdown() {
        assert_eq!(markdown_plain("<b>|@all`"), "&lt;b&gt;\\|@\u{200b}all\\`");
    }
}
