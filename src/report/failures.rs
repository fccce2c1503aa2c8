//! What `wfgen track failures` tells.

use std::fmt::Write;

use anstyle::Style;
use serde_json::{Value, json};

use super::Report;
use super::text::{
    Align, BAD, Columns, FAINT, HEADING, NOTICE, count, counted, cut, markdown_plain, markdown_table,
    seconds, styled,
};
use crate::insight::failures::{Diagnosis, Evidence, Failure, FailureReport, Recovery};

/// The widest evidence on a terminal.
const EVIDENCE: usize = 110;

fn evidence(diagnosis: &Diagnosis) -> String {
    match &diagnosis.evidence {
        Some(Evidence::Log { line, text }) => format!("line {line}: {text}"),
        Some(Evidence::Step { name }) => format!("the step `{name}` failed"),
        Some(Evidence::Conclusion { how }) => how.clone(),
        None => "nothing says: `--log` reads the job's log".to_owned(),
    }
}

/// What a recovery has come to in this history.
fn record(recovery: &Recovery) -> String {
    if recovery.tried == 0 {
        return "not tried in this history".to_owned();
    }
    format!("helped {} of {}", count(recovery.helped), counted(recovery.tried, "time"))
}

fn recovery(recovery: &Recovery) -> String {
    format!("{} ({:.0} %, {})", recovery.advice, recovery.chance * 100.0, record(recovery))
}

fn place(failure: &Failure) -> String {
    let commit = failure.commit.as_deref().unwrap_or("");
    let commit: String = super::plain(commit).chars().take(9).collect();
    let commit = if commit.is_empty() { commit } else { format!(", commit {commit}") };
    let attempt = if failure.attempt > 1 { format!(" attempt {}", failure.attempt) } else { String::new() };
    format!("run {}{attempt}{commit}, {}", failure.run, failure.started.strftime("%Y-%m-%d %H:%M"))
}

impl FailureReport {
    /// Whether there is nothing to tell (exit code 3).
    pub fn nothing_to_say(&self) -> bool {
        self.total == 0 && self.logs.is_empty()
    }

    fn title(&self) -> String {
        let failed = counted(self.total, "failed or cancelled job");
        if self.since == jiff::Timestamp::MIN {
            failed
        } else {
            format!("{failed} since {}", self.since.strftime("%Y-%m-%d"))
        }
    }

    /// The failures that nothing can be said of, and what would change that.
    fn unknown(&self) -> Option<String> {
        let runs = Some(self.without_jobs).filter(|runs| *runs > 0)?;
        let runs = counted(runs, "failed run");
        Some(format!(
            "{runs} without any job in the history: `wfgen track fetch` reads jobs, or import a page of them"
        ))
    }

    fn human_classes(&self, out: &mut String) {
        let columns = [
            ("Class", Align::Left),
            ("failures", Align::Right),
            ("time", Align::Right),
            ("what helps most", Align::Left),
            ("chance", Align::Right),
            ("in this history", Align::Left),
        ];
        let mut table = Columns::new(&columns);
        for class in &self.classes {
            let best = class.recoveries.first();
            table.row(vec![
                (class.class.words().to_owned(), Style::new()),
                (count(class.failures), Style::new()),
                (seconds(class.seconds), FAINT),
                (best.map_or(String::new(), |r| r.action.words().to_owned()), NOTICE),
                (best.map_or(String::new(), |r| format!("{:.0} %", r.chance * 100.0)), Style::new()),
                (best.map_or(String::new(), record), FAINT),
            ]);
        }
        let _ = write!(out, "\n{}", table.render());
        let what = "chance: this history's share of successes, drawn towards an assumed one with the weight of 4 observations";
        let _ = writeln!(out, "  {}", styled(what, FAINT));
    }
}

impl Report for FailureReport {
    fn human(&self) -> String {
        let mut out = format!("{}\n", styled(&self.title(), HEADING));
        if !self.classes.is_empty() {
            self.human_classes(&mut out);
        }
        let mut one = |name: String, place: String, diagnosis: &Diagnosis, recoveries: &[Recovery]| {
            let _ = writeln!(out, "\n  {name}  {}", styled(diagnosis.class.words(), BAD));
            let _ = writeln!(out, "    {}", cut(&evidence(diagnosis), EVIDENCE));
            for (i, fits) in recoveries.iter().take(2).enumerate() {
                let style = if i == 0 { Style::new() } else { FAINT };
                let _ = writeln!(out, "    {}", styled(&format!("{}. {}", i + 1, recovery(fits)), style));
            }
            if !place.is_empty() {
                let _ = writeln!(out, "    {}", styled(&place, FAINT));
            }
        };
        for failure in &self.failures {
            let name =
                super::plain(&format!("{} {} / {}", failure.repository, failure.workflow, failure.job));
            one(name, place(failure), &failure.diagnosis, &failure.recoveries);
        }
        for log in &self.logs {
            one(super::plain(&log.job), String::new(), &log.diagnosis, &log.recoveries);
        }
        if let Some(unknown) = self.unknown() {
            let _ = writeln!(out, "\n  {}", styled(&unknown, NOTICE));
        }
        out
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.track-failures/1",
            "since": self.since,
            "total": self.total,
            "without_jobs": self.without_jobs,
            "classes": self.classes,
            "failures": self.failures,
            "logs": self.logs,
        })
    }

    fn markdown(&self) -> Option<String> {
        let mut out = format!("## {}\n\n", self.title());
        let columns = [
            ("Class", Align::Left),
            ("Failures", Align::Right),
            ("Time", Align::Right),
            ("What helps most", Align::Left),
        ];
        let best = |recoveries: &[Recovery]| recoveries.first().map_or(String::new(), recovery);
        let rows: Vec<_> = self
            .classes
            .iter()
            .map(|class| {
                let words = class.class.words().to_owned();
                vec![
                    words,
                    count(class.failures),
                    seconds(class.seconds),
                    markdown_plain(&best(&class.recoveries)),
                ]
            })
            .collect();
        out += &markdown_table(&columns, &rows);
        let columns =
            [("Job", Align::Left), ("Class", Align::Left), ("Evidence", Align::Left), ("Run", Align::Left)];
        let row = |job: &str, diagnosis: &Diagnosis, place: String| {
            let evidence = markdown_plain(&cut(&evidence(diagnosis), 2 * EVIDENCE));
            vec![markdown_plain(job), diagnosis.class.words().to_owned(), evidence, place]
        };
        let of_jobs = self.failures.iter().map(|f| row(&f.job, &f.diagnosis, markdown_plain(&place(f))));
        let of_logs = self.logs.iter().map(|log| row(&log.job, &log.diagnosis, String::new()));
        let rows: Vec<_> = of_jobs.chain(of_logs).collect();
        if !rows.is_empty() {
            let _ = write!(out, "\n{}", markdown_table(&columns, &rows));
        }
        if let Some(unknown) = self.unknown() {
            let _ = writeln!(out, "\n{unknown}");
        }
        Some(out)
    }
}
