//! A plot as SVG that is as wide as its page: text keeps its size, and only the geometry stretches.
//!
//! Curves live in a nested `<svg>` of 1000 by 1000 units without a fixed aspect ratio, with strokes that do not scale;
//! a dot is a stroke of no length with a round end, which no stretching makes an ellipse. Labels have percentages.

use std::fmt::Write;

/// Text inside HTML or SVG, in content or in a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not allowed, and overrides of the direction make a name look like another.
            c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {}
            c => out.push(c),
        }
    }
    out
}

/// The size of the stretched units.
pub const UNITS: f64 = 1_000.0;
/// Above the plot, for half the label of the highest grid line, in pixels.
const TOP: u32 = 8;
/// Below the plot, for the labels of the time axis, in pixels.
const BOTTOM: u32 = 20;

/// A plot that is being drawn.
#[derive(Debug)]
pub struct Plot {
    id: String,
    title: String,
    text: String,
    height: u32,
    stretched: String,
    labels: String,
}

impl Plot {
    /// A plot with an id of its own on the page, what it shows, and what can be seen in it.
    pub fn new(id: &str, title: &str, text: &str, height: u32) -> Self {
        Plot {
            id: escape(id),
            title: escape(title),
            text: escape(text),
            height,
            stretched: String::new(),
            labels: String::new(),
        }
    }

    /// A horizontal line at `y` (0 at the bottom, 1 at the top) with its label in the padding left of it.
    pub fn grid(&mut self, y: f64, label: &str) {
        let at = UNITS * (1.0 - y);
        let class = if y <= 0.0 { "axis" } else { "grid" };
        let _ = write!(self.stretched, r#"<path class="{class}" d="M0 {at:.1}H{UNITS}"/>"#);
        if y > 0.0 {
            let plot = f64::from(self.height - TOP - BOTTOM);
            let pixel = f64::from(TOP) + plot * (1.0 - y) + 4.0;
            let label = escape(label);
            let _ = write!(self.labels, r#"<text x="-8" y="{pixel:.1}" text-anchor="end">{label}</text>"#);
        }
    }

    /// A label of the horizontal axis at `x` (0 left, 1 right).
    pub fn tick(&mut self, x: f64, label: &str) {
        let anchor = if x < 0.1 {
            "start"
        } else if x > 0.9 {
            "end"
        } else {
            "middle"
        };
        let (x, y) = (x * 100.0, self.height - 5);
        let _ = write!(
            self.labels,
            r#"<text x="{x:.1}%" y="{y}" text-anchor="{anchor}">{}</text>"#,
            escape(label)
        );
    }

    /// A curve through points in shares of the plot.
    pub fn curve(&mut self, class: &str, points: &[(f64, f64)]) {
        let _ = write!(self.stretched, r#"<path class="{class}" d="{}"/>"#, path(points.iter().copied()));
    }

    /// The area between a lower and an upper curve.
    pub fn area(&mut self, class: &str, low: &[(f64, f64)], high: &[(f64, f64)]) {
        let around = high.iter().chain(low.iter().rev()).copied();
        let _ = write!(self.stretched, r#"<path class="{class}" d="{}Z"/>"#, path(around));
    }

    /// Dots at points in shares of the plot.
    pub fn dots(&mut self, class: &str, points: impl Iterator<Item = (f64, f64)>) {
        let mut d = String::new();
        for (x, y) in points {
            let _ = write!(d, "M{:.1} {:.1}h0", x * UNITS, UNITS * (1.0 - y));
        }
        if !d.is_empty() {
            let _ = write!(self.stretched, r#"<path class="{class}" d="{d}"/>"#);
        }
    }

    /// A bar from one height to another, with what it stands for.
    pub fn bar(&mut self, class: &str, x: f64, width: f64, from: f64, to: f64, text: &str) {
        let (left, top) = (x * UNITS, UNITS * (1.0 - to));
        let (width, height) = (width * UNITS, (to - from) * UNITS);
        let _ = write!(
            self.stretched,
            r#"<rect class="{class}" x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{height:.1}"><title>{}</title></rect>"#,
            escape(text)
        );
    }

    /// The picture.
    pub fn finish(self) -> String {
        let Plot { id, title, text, height, stretched, labels } = self;
        let plot = height - TOP - BOTTOM;
        format!(
            r#"<svg class="plot axes" role="img" aria-labelledby="{id}-t {id}-d" width="100%" height="{height}"><title id="{id}-t">{title}</title><desc id="{id}-d">{text}</desc><svg class="stretch" y="{TOP}" width="100%" height="{plot}" viewBox="0 0 {UNITS} {UNITS}" preserveAspectRatio="none">{stretched}</svg>{labels}</svg>"#
        )
    }
}

fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut d = String::new();
    for (x, y) in points {
        let word = if d.is_empty() { 'M' } else { 'L' };
        let _ = write!(d, "{word}{:.1} {:.1}", x * UNITS, UNITS * (1.0 - y));
    }
    d
}

/// Steps of an axis of seconds that people count in.
const SECONDS: [f64; 20] = [
    0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0,
    7_200.0, 14_400.0, 43_200.0, 86_400.0,
];

/// The grid of an axis of seconds from nothing to at least `most`: values, the last of which is the axis's end.
pub fn seconds_grid(most: f64) -> Vec<f64> {
    let step = SECONDS
        .into_iter()
        .find(|step| most / step <= 4.0)
        .unwrap_or((most / 4.0 / 86_400.0).ceil() * 86_400.0);
    grid(step, most)
}

/// The grid of an axis of any unit, with steps of 1, 2 or 5 times a power of ten.
pub fn decimal_grid(most: f64) -> Vec<f64> {
    let most = if most > 0.0 { most } else { 1.0 };
    let power = 10_f64.powf((most / 4.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| most / step <= 4.0);
    grid(step.unwrap_or(most / 4.0), most)
}

fn grid(step: f64, most: f64) -> Vec<f64> {
    let steps = (most / step).ceil().clamp(1.0, 8.0) as u32;
    (0..=steps).map(|i| f64::from(i) * step).collect()
}

/// A number of seconds on an axis, where all are round.
pub fn axis_seconds(seconds: f64) -> String {
    match seconds {
        _ if seconds < 60.0 => format!("{seconds} s"),
        _ if seconds < 3_600.0 => format!("{} min", (seconds / 6.0).round() / 10.0),
        _ if seconds < 172_800.0 => format!("{} h", (seconds / 360.0).round() / 10.0),
        _ => format!("{} d", (seconds / 8_640.0).round() / 10.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_name_is_markup() {
        assert_eq!(
            escape("<script>alert('\"&\u{1b}')</script>"),
            "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;"
        );
    }

    #[test]
    fn grids_end_above_the_highest_value_in_few_round_steps() {
        for most in [0.03, 1.0, 59.0, 61.0, 372.0, 3_599.0, 90_000.0, 9e6] {
            for grid in [seconds_grid(most), decimal_grid(most)] {
                assert!(grid.len() <= 9 && grid.len() >= 2, "{most}: {grid:?}");
                assert!(*grid.last().unwrap() >= most * 0.999, "{most}: {grid:?}");
            }
        }
        assert_eq!(seconds_grid(372.0), [0.0, 120.0, 240.0, 360.0, 480.0]);
        assert_eq!(axis_seconds(90.0), "1.5 min");
    }
}
