//! The terminal: stdout is data, stderr is talk.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use crate::error::{Diagnostic, Error};

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// Errors only (`-q`).
    Quiet,
    /// Errors, warnings and what was done.
    #[default]
    Normal,
    /// And why (`-v`).
    Verbose,
}

/// The one place that writes to the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ui {
    /// How much is said on stderr.
    pub verbosity: Verbosity,
}

impl Ui {
    /// Data, on stdout.
    ///
    /// # Errors
    /// When stdout can't be written; a closed pipe is no error.
    pub fn data(&self, text: &str) -> io::Result<()> {
        match anstream::stdout().lock().write_all(text.as_bytes()) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// What was done, on stderr.
    pub fn status(&self, text: &str) {
        if self.verbosity >= Verbosity::Normal {
            talk(&format!("{text}\n"));
        }
    }

    /// Why, on stderr, for those who asked.
    pub fn detail(&self, text: &str) {
        if self.verbosity >= Verbosity::Verbose {
            talk(&format!("{text}\n"));
        }
    }

    /// A warning, on stderr.
    pub fn warning(&self, diagnostic: &Diagnostic) {
        if self.verbosity >= Verbosity::Normal {
            talk(&render(&Level::WARNING, diagnostic));
        }
    }

    /// An error, on stderr.
    pub fn error(&self, error: &Error) {
        for diagnostic in &error.diagnostics {
            talk(&render(&Level::ERROR, diagnostic));
        }
    }
}

/// Writes to stderr. Nobody can be told when that fails.
fn talk(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// A diagnostic as text, with the line it is about.
pub fn render(level: &Level<'_>, diagnostic: &Diagnostic) -> String {
    let title = level.clone().primary_title(diagnostic.message.as_str());
    let mut group = Group::with_title(title);
    if let Some(location) = &diagnostic.location {
        group = match &location.source {
            Some(source) => {
                let start = source
                    .char_indices()
                    .nth(location.column.saturating_sub(1) as usize)
                    .map_or(source.len(), |(offset, _)| offset);
                let end =
                    source[start..].find(char::is_whitespace).map_or(source.len(), |n| start + n.max(1));
                group.element(
                    Snippet::source(source.as_str())
                        .line_start(location.line as usize)
                        .path(location.file.as_str())
                        .annotation(AnnotationKind::Primary.span(start..end)),
                )
            }
            None if location.line > 0 => {
                group.element(Origin::path(location.file.as_str()).line(location.line as usize))
            }
            None => group.element(Origin::path(location.file.as_str())),
        };
    }
    for hint in &diagnostic.hints {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    format!("{}\n", Renderer::styled().render(&[group]))
}
