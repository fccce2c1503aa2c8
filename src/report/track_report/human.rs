//! The report at a terminal.

use std::fmt::Write;

use anstyle::Style;

use super::{price, runner};
use crate::insight::numbers::Rate;
use crate::insight::summary::TrackReport;
use crate::report::text::{
    self, Align, Columns, FAINT, GOOD, HEADING, NOTICE, Of, count, counted, cut, dollars, percent, seconds,
    styled,
};

/// The widest name of a workflow, job or step in a table.
const NAME: usize = 32;
/// How many workflows a terminal is told of; JSON has all.
const SHOWN: usize = 15;

impl TrackReport {
    /// The whole of it.
    pub(super) fn at_terminal(&self) -> String {
        let mut out = String::new();
        let of = counted(self.workflows.len() as u64, "workflow");
        let title = styled(&crate::report::plain(&self.title()), HEADING);
        let runs = counted(self.overall.runs, "run");
        let _ = writeln!(out, "{title}  {runs} of {of} in {}", self.span());
        if let Some(note) = self.simulated_note() {
            let _ = writeln!(out, "{}", styled(&note, NOTICE));
        }
        if self.overall.runs == 0 {
            let _ = writeln!(out, "No run in this period.");
            return out;
        }
        out.push('\n');
        for (name, value, note) in self.facts() {
            let _ = writeln!(out, "  {name:<9} {value}");
            if let Some(note) = note {
                let _ = writeln!(out, "            {}", styled(&note, FAINT));
            }
        }
        self.human_workflows(&mut out);
        self.human_jobs(&mut out);
        self.human_flaky(&mut out);
        self.human_cost(&mut out);
        out
    }

    fn human_workflows(&self, out: &mut String) {
        out.push('\n');
        let mut table = Columns::new(&[
            ("Workflow", Align::Left),
            ("runs", Align::Right),
            ("success", Align::Right),
            ("median", Align::Right),
            ("p90", Align::Right),
            ("change", Align::Left),
            ("queue", Align::Right),
            ("over time", Align::Left),
        ]);
        for group in self.workflows.iter().take(SHOWN) {
            let (change, style) = text::change(&group.duration_change, Of::Time);
            table.row(vec![
                (cut(&self.name(&group.repository, &group.workflow), NAME), Style::new()),
                (count(group.runs), Style::new()),
                success(&group.success),
                (text::middle(&group.duration), Style::new()),
                (text::p90(&group.duration), Style::new()),
                (change, style),
                (text::middle(&group.queue), Style::new()),
                (text::sparkline(&group.spark), FAINT),
            ]);
        }
        out.push_str(&table.render());
        if self.workflows.len() > SHOWN {
            let rest = &self.workflows[SHOWN..];
            let runs = counted(rest.iter().map(|group| group.runs).sum(), "run");
            let more = format!("and {} more with {runs}", counted(rest.len() as u64, "workflow"));
            let _ = writeln!(out, "  {}", styled(&more, FAINT));
        }
        let missing = "durations: successful runs; change: median against the period before, with its 95 % interval; \
                       `7 of 20`: not enough data yet";
        let _ = writeln!(out, "  {}", styled(missing, FAINT));
    }

    fn human_jobs(&self, out: &mut String) {
        if self.slowest_jobs.is_empty() {
            return;
        }
        out.push('\n');
        let mut table = Columns::new(&[
            ("Slowest jobs", Align::Left),
            ("workflow", Align::Left),
            ("median", Align::Right),
            ("p90", Align::Right),
            ("success", Align::Right),
            ("queue", Align::Right),
            ("total", Align::Right),
        ]);
        for job in &self.slowest_jobs {
            table.row(vec![
                (cut(&job.job, NAME), Style::new()),
                (cut(&self.name(&job.repository, &job.workflow), 24), FAINT),
                (text::middle(&job.duration), Style::new()),
                (text::p90(&job.duration), Style::new()),
                success(&job.success),
                (text::middle(&job.queue), Style::new()),
                (seconds(job.total), FAINT),
            ]);
        }
        out.push_str(&table.render());
        if self.slowest_steps.is_empty() {
            return;
        }
        out.push('\n');
        let columns = [
            ("Slowest steps", Align::Left),
            ("job", Align::Left),
            ("median", Align::Right),
            ("p90", Align::Right),
            ("total", Align::Right),
        ];
        let mut table = Columns::new(&columns);
        for step in &self.slowest_steps {
            table.row(vec![
                (cut(&step.step, NAME), Style::new()),
                (cut(&step.job, 24), FAINT),
                (text::middle(&step.duration), Style::new()),
                (text::p90(&step.duration), Style::new()),
                (seconds(step.total), FAINT),
            ]);
        }
        out.push_str(&table.render());
    }

    fn human_flaky(&self, out: &mut String) {
        if self.flaky.is_empty() {
            return;
        }
        out.push('\n');
        let columns = [
            ("Flaky jobs", Align::Left),
            ("workflow", Align::Left),
            ("of commits", Align::Right),
            ("", Align::Left),
            ("wasted", Align::Right),
            ("last", Align::Left),
        ];
        let mut table = Columns::new(&columns);
        for job in &self.flaky {
            let commit = job.commit.as_deref().map_or(String::new(), |c| format!(" on {}", cut(c, 9)));
            let commit = commit.replace('…', "");
            table.row(vec![
                (cut(&job.job, NAME), Style::new()),
                (cut(&self.name(&job.repository, &job.workflow), 24), FAINT),
                (percent(job.rate.rate.unwrap_or(0.0)), NOTICE),
                (interval(&job.rate), FAINT),
                (seconds(job.wasted), Style::new()),
                (format!("{}{commit}", job.last.strftime("%Y-%m-%d")), FAINT),
            ]);
        }
        out.push_str(&table.render());
        let what = "flaky: it failed, then succeeded on the same commit; share of the commits with a verdict";
        let _ = writeln!(out, "  {}", styled(what, FAINT));
    }

    fn human_cost(&self, out: &mut String) {
        let Some(cost) = &self.cost else { return };
        out.push('\n');
        let columns = [
            ("Cost by runner", Align::Left),
            ("jobs", Align::Right),
            ("minutes", Align::Right),
            ("billed", Align::Right),
            ("a minute", Align::Right),
            ("cost", Align::Right),
        ];
        let mut table = Columns::new(&columns);
        for line in cost.runners.iter().take(10) {
            table.row(vec![
                (cut(&runner(&line.labels), NAME), Style::new()),
                (count(line.jobs), Style::new()),
                (count(line.minutes.round() as u64), Style::new()),
                (count(line.billed_minutes), Style::new()),
                (price(line.price), FAINT),
                (dollars(line.usd), Style::new()),
            ]);
        }
        out.push_str(&table.render());
        for note in &cost.notes {
            let _ = writeln!(out, "  {}", styled(note, FAINT));
        }
        let _ = writeln!(out, "  {}", styled(&format!("prices of {}: {}", cost.as_of, cost.source), FAINT));
    }
}

/// A success rate's cell, in the colour of how well that is.
fn success(rate: &Rate) -> (String, Style) {
    match rate.rate {
        None => ("-".to_owned(), FAINT),
        Some(value) => {
            // Only what the interval bears out is called good or bad.
            let style = if rate.low >= 0.9 {
                GOOD
            } else if rate.high < 0.8 {
                text::BAD
            } else {
                Style::new()
            };
            let (low, high) = (rate.low * 100.0, rate.high * 100.0);
            (format!("{:.0} % ({low:.0} to {high:.0})", value * 100.0), style)
        }
    }
}

fn interval(rate: &Rate) -> String {
    format!("({:.1} to {:.1} %, n = {})", rate.low * 100.0, rate.high * 100.0, count(rate.n))
}
