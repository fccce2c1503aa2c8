//! The charts of a report, each with the table that says the same in words.

use jiff::Timestamp;
use serde::Serialize;

use super::svg::{Plot, axis_seconds, decimal_grid, escape, seconds_grid};
use crate::insight::summary::{Band, Group, Point, Share, TrackReport};
use crate::report::text::{count, percent, seconds};

/// A picture and its table.
#[derive(Debug, Serialize)]
pub struct Chart {
    /// The `<svg>`.
    pub svg: String,
    /// What its colours mean: a class and words.
    pub legend: Vec<(String, String)>,
    /// What the picture leaves out, if anything.
    pub note: Option<String>,
    /// The headings of the table.
    pub columns: Vec<String>,
    /// The rows of the table.
    pub rows: Vec<Vec<String>>,
}

/// How high charts are, in pixels.
const HEIGHT: u32 = 200;

fn day(at: Timestamp) -> String {
    at.strftime("%b %-d").to_string()
}

fn full_day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The part of a period that has runs: what the time axis shows.
#[derive(Debug, Clone)]
pub struct Span {
    /// The first moment.
    since: Timestamp,
    /// The first moment after it.
    until: Timestamp,
    /// The bins, with their starts and their length in days.
    bins: Vec<(usize, Timestamp)>,
    bin_days: u32,
}

impl Span {
    /// From the first bin with a run to the last.
    pub fn of(report: &TrackReport) -> Self {
        let period = &report.period;
        let ran = |i: &usize| report.bins[*i].runs > 0 || report.bins[*i].jobs > 0;
        let first = (0..report.bins.len()).find(ran).unwrap_or(0);
        let last = (0..report.bins.len()).rfind(ran).unwrap_or(report.bins.len().saturating_sub(1));
        let until = if last + 1 == period.bins { period.until } else { period.bin_start(last + 1) };
        let bins = (first..=last).map(|i| (i, period.bin_start(i))).collect();
        Span { since: period.bin_start(first), until, bins, bin_days: period.bin_days }
    }

    /// Where a moment is on the time axis.
    fn share(&self, at: Timestamp) -> f64 {
        let (from, to) = (self.since.as_second() as f64, self.until.as_second() as f64);
        ((at.as_second() as f64 - from) / (to - from).max(1.0)).clamp(0.0, 1.0)
    }

    fn seconds(&self) -> f64 {
        (self.until.as_second() - self.since.as_second()) as f64
    }
}

fn time_axis(plot: &mut Plot, span: &Span) {
    let format = match span.seconds() / 86_400.0 {
        days if days > 300.0 => "%b %Y",
        days if days < 3.0 => "%b %-d %H:%M",
        _ => "%b %-d",
    };
    for x in [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0] {
        let second = span.since.as_second() as f64 + x * span.seconds();
        if let Ok(at) = Timestamp::from_second(second as i64) {
            plot.tick(x, &at.strftime(format).to_string());
        }
    }
}

fn words(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn legend(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|(class, text)| ((*class).to_owned(), (*text).to_owned())).collect()
}

/// Durations over time: single runs, the median, and the bands that hold half and nine of ten.
pub fn durations(id: &str, group: &Group, span: &Span) -> Option<Chart> {
    let usual = group.durations.iter().map(|band| band.q95.min(3.0 * band.q75)).fold(0.0, f64::max);
    let highest = group.points.iter().map(|point| point.seconds).fold(0.0, f64::max);
    let most = if usual > 0.0 { highest.min(usual * 1.25) } else { highest } * 1.05;
    if most <= 0.0 {
        return None;
    }
    let grid = seconds_grid(most);
    let top = grid.last().copied()?;
    let text =
        group.duration.median.map_or(String::new(), |m| format!("The median is {}.", seconds(m.value)));
    let mut plot = Plot::new(id, &format!("Duration of {} over time", group.workflow), &text, HEIGHT);
    let x = |at: Timestamp| span.share(at);
    let y = |value: f64| (value / top).min(1.0);
    let line = |of: &dyn Fn(&Band) -> f64| -> Vec<(f64, f64)> {
        group.durations.iter().map(|band| (x(band.at), y(of(band)))).collect()
    };
    plot.area("b90", &line(&|b| b.q05), &line(&|b| b.q95));
    plot.area("b50", &line(&|b| b.q25), &line(&|b| b.q75));
    grid.iter().for_each(|value| plot.grid(value / top, &axis_seconds(*value)));
    let dots = |ok: bool| {
        let of = group.points.iter().filter(move |point| point.ok == ok);
        of.map(|point: &Point| (x(point.at), y(point.seconds)))
    };
    plot.dots("dot", dots(true));
    plot.dots("ring", dots(false));
    plot.dots("hole", dots(false));
    plot.curve("median", &line(&|b| b.median));
    time_axis(&mut plot, span);
    let beyond = group.points.iter().filter(|point| point.seconds > top).count() as u64;
    let note = (beyond > 0).then(|| {
        format!(
            "{} above {} at the upper edge; the longest took {}",
            runs(beyond),
            axis_seconds(top),
            seconds(highest)
        )
    });
    let row = |band: &Band| {
        vec![
            full_day(band.at),
            seconds(band.median),
            format!("{} to {}", seconds(band.q25), seconds(band.q75)),
            format!("{} to {}", seconds(band.q05), seconds(band.q95)),
            count(band.n),
        ]
    };
    Some(Chart {
        svg: plot.finish(),
        legend: legend(&[
            ("median", "median"),
            ("b50", "half of the runs"),
            ("b90", "nine of ten"),
            ("dot", "succeeded"),
            ("ring", "failed"),
        ]),
        note,
        columns: words(&["Around", "Median", "Half between", "Nine of ten between", "Runs"]),
        rows: group.durations.iter().map(row).collect(),
    })
}

fn runs(n: u64) -> String {
    crate::report::text::counted(n, "run")
}

/// The success rate over time with its interval.
pub fn successes(id: &str, group: &Group, span: &Span) -> Option<Chart> {
    let lowest = group.successes.iter().map(|share| share.success.low).fold(f64::INFINITY, f64::min);
    if !lowest.is_finite() {
        return None;
    }
    let floor = (lowest * 5.0).floor().clamp(0.0, 4.0) / 5.0;
    let of = if group.workflow.is_empty() { "all workflows" } else { &group.workflow };
    let text = format!("Overall {}.", crate::report::text::rate(&group.success));
    let mut plot = Plot::new(id, &format!("Success rate of {of} over time"), &text, HEIGHT);
    let y = |rate: f64| (rate - floor) / (1.0 - floor);
    let line = |of: &dyn Fn(&Share) -> f64| -> Vec<(f64, f64)> {
        group.successes.iter().map(|s| (span.share(s.at), y(of(s)))).collect()
    };
    plot.area("g90", &line(&|s| s.success.low), &line(&|s| s.success.high));
    let step = if floor >= 0.6 { 0.1 } else { 0.2 };
    let steps = ((1.0 - floor) / step).round() as u32;
    for i in 0..=steps {
        let rate = floor + f64::from(i) * step;
        plot.grid(y(rate), &format!("{:.0} %", rate * 100.0));
    }
    plot.curve("good", &line(&|s| s.success.rate.unwrap_or_default()));
    time_axis(&mut plot, span);
    let row = |s: &Share| {
        let rate = &s.success;
        let value = rate.rate.map_or_else(|| "-".to_owned(), percent);
        vec![full_day(s.at), value, format!("{} to {}", percent(rate.low), percent(rate.high)), count(rate.n)]
    };
    Some(Chart {
        svg: plot.finish(),
        legend: legend(&[("good", "success rate"), ("g90", "95 % interval")]),
        note: (floor > 0.0).then(|| format!("the axis starts at {:.0} %", floor * 100.0)),
        columns: words(&["Around", "Success rate", "95 % interval", "Runs"]),
        rows: group.successes.iter().map(row).collect(),
    })
}

/// One colour of stacked bars.
#[derive(Debug)]
pub struct Stack {
    /// Its class in the style sheet.
    pub class: String,
    /// What it stands for.
    pub name: String,
    /// Its value in each bin.
    pub values: Vec<f64>,
}

/// What stacked bars count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// US dollars.
    Dollars,
}

impl Unit {
    fn say(self, value: f64) -> String {
        match self {
            Unit::Seconds => seconds(value),
            Unit::Dollars => crate::report::text::dollars(value),
        }
    }
}

/// Bars over time, one on the other.
pub fn stacked(id: &str, title: &str, span: &Span, stacks: &[Stack], unit: Unit) -> Option<Chart> {
    let total = |bin: usize| stacks.iter().map(|stack| stack.values[bin]).sum::<f64>();
    let most = span.bins.iter().map(|(bin, _)| total(*bin)).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let grid = if unit == Unit::Seconds { seconds_grid(most) } else { decimal_grid(most) };
    let top = grid.last().copied()?;
    let names: Vec<&str> = stacks.iter().map(|stack| stack.name.as_str()).collect();
    let text = format!("{}; at most {}.", names.join(", "), unit.say(most));
    let mut plot = Plot::new(id, title, &text, HEIGHT);
    for value in &grid {
        let label = if unit == Unit::Seconds { axis_seconds(*value) } else { unit.say(*value) };
        plot.grid(value / top, &label);
    }
    let width = 1.0 / span.bins.len() as f64;
    for (place, (bin, start)) in span.bins.iter().enumerate() {
        let mut from = 0.0;
        for stack in stacks.iter().filter(|stack| stack.values[*bin] > 0.0) {
            let to = from + stack.values[*bin] / top;
            let text = format!("{}: {} {}", day(*start), stack.name, unit.say(stack.values[*bin]));
            plot.bar(&stack.class, (place as f64 + 0.1) * width, width * 0.8, from, to, &text);
            from = to;
        }
    }
    time_axis(&mut plot, span);
    let row = |(bin, start): &(usize, Timestamp)| {
        let mut row = vec![full_day(*start)];
        row.extend(stacks.iter().map(|stack| unit.say(stack.values[*bin])));
        row
    };
    let mut columns = words(&[if span.bin_days == 1 { "Day" } else { "From" }]);
    columns.extend(stacks.iter().map(|stack| stack.name.clone()));
    Some(Chart {
        svg: plot.finish(),
        legend: stacks.iter().map(|stack| (stack.class.clone(), stack.name.clone())).collect(),
        note: None,
        columns,
        rows: span.bins.iter().filter(|(bin, _)| total(*bin) > 0.0).map(row).collect(),
    })
}

/// One horizontal bar: what it is, where it belongs, its value and how that is said.
#[derive(Debug)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// Where it belongs.
    pub of: String,
    /// How long the bar is.
    pub value: f64,
    /// What is written at its end.
    pub said: String,
}

/// Horizontal bars under their names, longest first.
pub fn bars(id: &str, title: &str, lines: &[Line]) -> Option<Chart> {
    let most = lines.iter().map(|line| line.value).fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    const ROW: usize = 38;
    let height = lines.len() * ROW;
    let mut body = String::new();
    for (i, line) in lines.iter().enumerate() {
        let y = i * ROW;
        // A name and a value share a line of 300 pixels on a phone.
        let name = crate::report::text::cut(&line.name, 26);
        body += &format!(
            r#"<g><title>{full}</title><text class="name" x="0" y="{text}">{name}</text><text x="100%" y="{text}" text-anchor="end">{said}</text><rect class="rail" x="0" y="{bar}" width="100%" height="8" rx="4"/><rect class="s0" x="0" y="{bar}" width="{width:.2}%" height="8" rx="4"/></g>"#,
            full = escape(&format!("{} ({}): {}", line.name, line.of, line.said)),
            text = y + 16,
            bar = y + 22,
            name = escape(&name),
            said = escape(&line.said),
            width = 100.0 * line.value / most,
        );
    }
    let (id, title) = (escape(id), escape(title));
    let svg = format!(
        r#"<svg class="plot" role="img" aria-labelledby="{id}-t" width="100%" height="{height}"><title id="{id}-t">{title}</title>{body}</svg>"#
    );
    Some(Chart {
        svg,
        legend: Vec::new(),
        note: None,
        columns: words(&["Name", "Of", "Value"]),
        rows: lines.iter().map(|line| vec![line.name.clone(), line.of.clone(), line.said.clone()]).collect(),
    })
}
