//! The page of an experiment.

use minijinja::{AutoEscape, Environment, context};

use super::svg::Plot;
use crate::error::{Error, Result};
use crate::experiment::verdict::SpeedUp;

/// How high the chart is, in pixels.
const HEIGHT: u32 = 260;

/// What the page says.
#[derive(Debug)]
pub struct Page<'a> {
    /// The experiment's id.
    pub id: &'a str,
    /// What is believed.
    pub hypothesis: &'a str,
    /// Name, value and what is behind it.
    pub tiles: Vec<[String; 3]>,
    /// The rest of the story.
    pub lines: Vec<String>,
    /// The speed-up at each look.
    pub intervals: &'a [(u32, SpeedUp)],
    /// The run at which it ends.
    pub horizon: u32,
}

/// Renders the page.
///
/// # Errors
/// None that a report can cause: the template is part of the program.
pub fn page(page: &Page<'_>) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let rendered = environment.template_from_str(include_str!("experiment.html")).and_then(|template| {
        template.render(context! {
            id => page.id,
            hypothesis => page.hypothesis,
            style => include_str!("page.css"),
            tiles => page.tiles.clone(),
            lines => page.lines.clone(),
            svg => chart(page),
        })
    });
    rendered.map_err(|error| Error::bug(format!("the page of the experiment: {error}")))
}

/// The interval over the runs; none before the first estimate.
fn chart(page: &Page<'_>) -> Option<String> {
    let last = page.intervals.last()?;
    let range = page.intervals.iter().map(|(_, s)| s.estimate.abs()).fold(0.3, f64::max).min(1.0);
    let x = |run: u32| f64::from(run) / f64::from(page.horizon.max(1));
    let y = |share: f64| ((share + range) / (2.0 * range)).clamp(0.0, 1.0);
    let text = format!("After {} runs the estimate is {:+.1} %.", last.0, last.1.estimate * 100.0);
    let mut plot = Plot::new("speed-up", "Speed-up over the runs", &text, HEIGHT);
    let points = |of: &dyn Fn(&SpeedUp) -> f64| -> Vec<(f64, f64)> {
        page.intervals.iter().map(|(run, speed_up)| (x(*run), y(of(speed_up)))).collect()
    };
    plot.area("b90", &points(&|s| s.lower.unwrap_or(-range)), &points(&|s| s.upper.unwrap_or(range)));
    for share in [-range, -range / 2.0, 0.0, range / 2.0, range] {
        plot.grid(y(share), &format!("{:+.0} %", share * 100.0));
    }
    plot.curve("median", &points(&|s| s.estimate));
    plot.curve("axis", &[(0.0, y(0.0)), (1.0, y(0.0))]);
    for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
        plot.tick(part, &format!("run {:.0}", part * f64::from(page.horizon)));
    }
    Some(plot.finish())
}
