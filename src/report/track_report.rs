//! What `wfgen track report` tells of a period.

use std::fmt::Write;

use anstyle::Style;
use serde_json::{Value, json};

use super::text::{
    self, Align, Columns, FAINT, GOOD, HEADING, NOTICE, Of, count, counted, cut, dollars, markdown_plain,
    markdown_table, percent, seconds, styled,
};
use super::{Report, html};
use crate::insight::numbers::Rate;
use crate::insight::summary::{Group, JobLine, TrackReport};

/// The widest name of a workflow, job or step in a table.
const NAME: usize = 32;
/// How many workflows a terminal is told of; JSON has all.
const SHOWN: usize = 15;

/// What is said of made-up runs, wherever they are shown.
const SIMULATED: &str = "made up by `wfgen track simulate`";

impl TrackReport {
    /// Names are told with their repository where there are several.
    pub(super) fn several(&self) -> bool {
        self.repositories.len() > 1
    }

    pub(super) fn name(&self, repository: &str, name: &str) -> String {
        if self.several() { format!("{repository} {name}") } else { name.to_owned() }
    }

    pub(super) fn title(&self) -> String {
        match self.repositories.as_slice() {
            [] => "no repository".to_owned(),
            [one] => one.clone(),
            many => format!("{} repositories", many.len()),
        }
    }

    pub(super) fn span(&self) -> String {
        let day = |at: jiff::Timestamp| at.strftime("%Y-%m-%d").to_string();
        let days = counted(u64::from(self.period.days), "day");
        format!("{days}, {} to {} (UTC)", day(self.period.since), day(self.period.until))
    }

    pub(super) fn simulated_note(&self) -> Option<String> {
        let n = self.simulated;
        (n > 0).then(|| format!("{} of {} {SIMULATED}", count(n), counted(self.overall.runs, "run")))
    }

    fn facts(&self) -> Vec<(&'static str, String, Option<String>)> {
        let all = &self.overall;
        let mut facts = vec![(
            "success",
            text::rate(&all.success),
            Some(text::change_sentence(&all.success_change, Of::Success)),
        )];
        let duration = match (all.duration.median, all.duration.p90) {
            (Some(median), p90) => {
                let p90 = p90.map_or_else(
                    || format!("p90 {}", text::not_enough(all.duration.n, all.duration.need.1, "runs")),
                    |p90| format!("p90 {}", text::quantile(&p90)),
                );
                format!("median {}, {p90}, n = {}", text::quantile(&median), count(all.duration.n))
            }
            (None, _) => text::not_enough(all.duration.n, all.duration.need.0, "successful runs"),
        };
        facts.push(("duration", duration, Some(text::change_sentence(&all.duration_change, Of::Time))));
        if let Some(median) = all.queue.median {
            let p90 = all.queue.p90.map(|p90| format!(", p90 {}", seconds(p90.value))).unwrap_or_default();
            let queue = format!("median {}{p90}, n = {}", text::quantile(&median), count(all.queue.n));
            facts.push(("queue", queue, Some(text::change_sentence(&all.queue_change, Of::Time))));
        }
        if let Some(cost) = &self.cost {
            let minutes = format!(
                "{} for {} billed minutes of {}, {} of it for jobs that did not succeed",
                dollars(cost.usd),
                count(cost.billed_minutes),
                counted(cost.jobs, "job"),
                dollars(cost.usd_unsuccessful)
            );
            facts.push(("cost", minutes, Some(format!("{} in the period before", dollars(cost.usd_before)))));
        }
        facts
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
            let queue = if group.queue.n == 0 {
                "-".into()
            } else {
                text::short(group.queue.median, group.queue.n, group.queue.need.0)
            };
            table.row(vec![
                (cut(&self.name(&group.repository, &group.workflow), NAME), Style::new()),
                (count(group.runs), Style::new()),
                success(&group.success),
                (text::short(group.duration.median, group.duration.n, group.duration.need.0), Style::new()),
                (text::short(group.duration.p90, group.duration.n, group.duration.need.1), Style::new()),
                (change, style),
                (queue, Style::new()),
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
            let queue = if job.queue.n == 0 {
                "-".into()
            } else {
                text::short(job.queue.median, job.queue.n, job.queue.need.0)
            };
            table.row(vec![
                (cut(&job.job, NAME), Style::new()),
                (cut(&self.name(&job.repository, &job.workflow), 24), FAINT),
                (text::short(job.duration.median, job.duration.n, job.duration.need.0), Style::new()),
                (text::short(job.duration.p90, job.duration.n, job.duration.need.1), Style::new()),
                success(&job.success),
                (queue, Style::new()),
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
                (text::short(step.duration.median, step.duration.n, step.duration.need.0), Style::new()),
                (text::short(step.duration.p90, step.duration.n, step.duration.need.1), Style::new()),
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

    fn markdown_jobs(&self, out: &mut String) {
        let name = |job: &JobLine| {
            let workflow = markdown_plain(&self.name(&job.repository, &job.workflow));
            vec![markdown_plain(&job.job), workflow]
        };
        if !self.slowest_jobs.is_empty() {
            let columns = [
                ("Slowest jobs", Align::Left),
                ("Workflow", Align::Left),
                ("Median", Align::Right),
                ("p90", Align::Right),
                ("Success", Align::Right),
                ("Total", Align::Right),
            ];
            let row = |job: &JobLine| {
                let mut row = name(job);
                row.extend([
                    text::median(&job.duration),
                    text::short(job.duration.p90, job.duration.n, job.duration.need.1),
                    text::rate(&job.success),
                    seconds(job.total),
                ]);
                row
            };
            let rows: Vec<_> = self.slowest_jobs.iter().map(row).collect();
            let _ = write!(out, "\n{}", markdown_table(&columns, &rows));
        }
        if !self.slowest_steps.is_empty() {
            let columns = [
                ("Slowest steps", Align::Left),
                ("Job", Align::Left),
                ("Median", Align::Right),
                ("p90", Align::Right),
                ("Total", Align::Right),
            ];
            let rows: Vec<_> = self
                .slowest_steps
                .iter()
                .map(|step| {
                    vec![
                        markdown_plain(&step.step),
                        markdown_plain(&step.job),
                        text::median(&step.duration),
                        text::short(step.duration.p90, step.duration.n, step.duration.need.1),
                        seconds(step.total),
                    ]
                })
                .collect();
            let _ = write!(out, "\n{}", markdown_table(&columns, &rows));
        }
        if !self.flaky.is_empty() {
            let columns = [
                ("Flaky jobs", Align::Left),
                ("Workflow", Align::Left),
                ("Of commits", Align::Right),
                ("Wasted", Align::Right),
                ("Last", Align::Left),
            ];
            let rows: Vec<_> = self
                .flaky
                .iter()
                .map(|job| {
                    vec![
                        markdown_plain(&job.job),
                        markdown_plain(&self.name(&job.repository, &job.workflow)),
                        text::rate(&job.rate),
                        seconds(job.wasted),
                        job.last.strftime("%Y-%m-%d").to_string(),
                    ]
                })
                .collect();
            let _ = write!(out, "\n{}", markdown_table(&columns, &rows));
        }
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

/// A runner's labels, or that there are none.
pub(super) fn runner(labels: &str) -> String {
    if labels.is_empty() { "(no labels known)".to_owned() } else { labels.to_owned() }
}

/// A price in a cell.
pub(super) fn price(price: crate::insight::prices::Price) -> String {
    use crate::insight::prices::Price;
    match price {
        Price::List { usd_a_minute, .. } => format!("${usd_a_minute:.3}"),
        Price::Given { usd_a_minute } => format!("${usd_a_minute:.3} (given)"),
        Price::SelfHosted => "self-hosted".to_owned(),
        Price::Unknown => "not known".to_owned(),
    }
}

impl Report for TrackReport {
    fn human(&self) -> String {
        let mut out = String::new();
        let of = counted(self.workflows.len() as u64, "workflow");
        let title = styled(&super::plain(&self.title()), HEADING);
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

    fn json(&self) -> Value {
        let mut value = json!({ "schema": "wfgen.track-report/1" });
        if let (Value::Object(to), Ok(Value::Object(from))) = (&mut value, serde_json::to_value(self)) {
            to.extend(from);
        }
        value
    }

    fn markdown(&self) -> Option<String> {
        let mut out = format!("## {}: workflow runs\n\n", markdown_plain(&self.title()));
        let runs = counted(self.overall.runs, "run");
        let _ = writeln!(out, "{runs} in {}\n", self.span());
        if let Some(note) = self.simulated_note() {
            let _ = writeln!(out, "> [!WARNING]\n> {note}\n");
        }
        if self.overall.runs == 0 {
            return Some(out);
        }
        for (name, value, note) in self.facts() {
            let note = note.map(|note| format!("; {note}")).unwrap_or_default();
            let _ = writeln!(out, "- **{name}**: {value}{note}");
        }
        let columns = [
            ("Workflow", Align::Left),
            ("Runs", Align::Right),
            ("Success", Align::Right),
            ("Median", Align::Right),
            ("p90", Align::Right),
            ("Change", Align::Left),
            ("Over time", Align::Left),
        ];
        let row = |group: &Group| {
            vec![
                markdown_plain(&self.name(&group.repository, &group.workflow)),
                count(group.runs),
                text::rate(&group.success),
                text::median(&group.duration),
                text::short(group.duration.p90, group.duration.n, group.duration.need.1),
                text::change(&group.duration_change, Of::Time).0,
                format!("`{}`", text::sparkline(&group.spark)),
            ]
        };
        let rows: Vec<_> = self.workflows.iter().map(row).collect();
        let _ = write!(out, "\n{}", markdown_table(&columns, &rows));
        self.markdown_jobs(&mut out);
        if let Some(cost) = &self.cost {
            let notes = cost.notes.join("; ");
            let _ = writeln!(out, "\nCost: {notes}. [Prices]({}) of {}.", cost.source, cost.as_of);
        }
        Some(out)
    }

    fn html(&self) -> Option<String> {
        html::track::page(self).ok()
    }
}
