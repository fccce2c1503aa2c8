//! The report as Markdown.

use std::fmt::Write;

use crate::insight::summary::{Group, JobLine, TrackReport};
use crate::report::text::{self, Align, Of, count, counted, markdown_plain, markdown_table, seconds};

impl TrackReport {
    /// The whole of it.
    pub(super) fn as_markdown(&self) -> String {
        let mut out = format!("## {}: workflow runs\n\n", markdown_plain(&self.title()));
        let runs = counted(self.overall.runs, "run");
        let _ = writeln!(out, "{runs} in {}\n", self.span());
        if let Some(note) = self.simulated_note() {
            let _ = writeln!(out, "> [!WARNING]\n> {note}\n");
        }
        if self.overall.runs == 0 {
            return out;
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
                text::p90(&group.duration),
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
        out
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
                    text::p90(&job.duration),
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
                        text::p90(&step.duration),
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
