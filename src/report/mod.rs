//! Reports: what a command found out, and how it is said in each format.

pub mod accuracy;
pub mod analyze;
pub mod annotations;
pub mod anomalies;
pub mod bench;
pub mod diagnostic;
pub mod diff;
pub mod experiment;
pub mod failures;
pub mod fetched;
pub mod generate;
pub mod html;
pub mod plan;
pub mod predict;
pub mod recommend;
pub mod sarif;
pub mod schedule;
pub mod text;
pub mod track;
pub mod track_report;

use serde_json::Value;

use crate::error::Diagnostic;

/// The formats a report can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text for a person at a terminal.
    #[default]
    Human,
    /// One JSON value with a `schema` key that only grows.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub Actions annotations (`::error file=...`).
    Github,
    /// Markdown, for a step summary or a comment.
    Markdown,
    /// One self-contained page.
    Html,
}

/// What a command found out. Every method is pure: a report can be rendered any number of times.
pub trait Report {
    /// Text for a person; styled with ANSI sequences that [`crate::ui`] strips when nobody wants them.
    fn human(&self) -> String;

    /// The JSON value, with its `"schema": "wfgen.<name>/<major>"`.
    fn json(&self) -> Value;

    /// One JSON value a line instead, where a command was asked about several things.
    fn json_lines(&self) -> Option<Vec<Value>> {
        None
    }

    /// SARIF 2.1.0, where findings have places.
    fn sarif(&self) -> Option<Value> {
        None
    }

    /// GitHub annotations, where findings have places.
    fn github(&self) -> Option<String> {
        None
    }

    /// Markdown, where somebody would paste it.
    fn markdown(&self) -> Option<String> {
        None
    }

    /// One self-contained page, where charts say more.
    fn html(&self) -> Option<String> {
        None
    }
}

/// Something that was found at a place, for the formats that all look alike.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'e> {
    /// Which rule found it.
    pub rule: &'e str,
    /// An error, else a warning.
    pub error: bool,
    /// What was found.
    pub message: &'e str,
    /// What to do about it.
    pub help: Option<&'e str>,
    /// Where.
    pub location: &'e crate::error::Location,
}

/// What a command gives back: what to print, and the exit code.
pub struct Outcome {
    /// What to print on stdout.
    pub report: Box<dyn Report>,
    /// 0 done, 1 the answer is "no", 3 nothing to work on; failures are [`crate::Error`]s instead.
    pub code: u8,
    /// What to say on stderr.
    pub warnings: Vec<Diagnostic>,
}

impl Outcome {
    /// Done, exit code 0.
    pub fn done(report: impl Report + 'static) -> Self {
        Outcome { report: Box::new(report), code: 0, warnings: Vec::new() }
    }

    /// Done, and the answer is "no" (exit code 1) when `no` holds.
    pub fn answer(report: impl Report + 'static, no: bool) -> Self {
        Outcome { report: Box::new(report), code: u8::from(no), warnings: Vec::new() }
    }
}

/// Renders a report in a format.
///
/// # Errors
/// When the report has no such format.
pub fn render(report: &dyn Report, format: Format) -> crate::Result<String> {
    let text = match format {
        Format::Human => Some(report.human()),
        Format::Json => Some(match report.json_lines() {
            Some(values) => values.iter().map(|value| format!("{value}\n")).collect(),
            None => format!("{}\n", report.json()),
        }),
        Format::Sarif => report.sarif().map(|value| format!("{value:#}\n")),
        Format::Github => report.github(),
        Format::Markdown => report.markdown(),
        Format::Html => report.html(),
    };
    text.ok_or_else(|| {
        crate::Error::usage(format!("this command has no {format:?} format").to_lowercase())
            .hint("`--format human` and `--format json` always work")
    })
}

/// Text of a repository for a terminal: control characters, which could steer it, are shown instead of sent.
pub fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}
