//! Errors and warnings for people: what failed, where (with the line shown), why, and what to do.

use std::fmt;
use std::path::Path;

use serde::Serialize;

/// A result whose error a person can act on.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure this is; the exit code follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The command line or the configuration is wrong (exit 2).
    Usage,
    /// There is nothing to work on, or too little data to say (exit 3).
    Nothing,
    /// An input is invalid: a manifest, a component, a rule, a workflow (exit 4).
    Invalid,
    /// The environment failed: I/O, a lock, the network (exit 5).
    Environment,
    /// wfgen itself is wrong (exit 70).
    Bug,
    /// Stopped by the user (exit 130).
    Interrupted,
}

impl Kind {
    /// The process exit code for this kind of failure.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Usage => 2,
            Kind::Nothing => 3,
            Kind::Invalid => 4,
            Kind::Environment => 5,
            Kind::Bug => 70,
            Kind::Interrupted => 130,
        }
    }
}

/// A place in a file: 1-based line and column, with the text of the line when it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file, relative to the checkout where there is one.
    pub file: String,
    /// 1-based line; 0 when only the file is known.
    pub line: u32,
    /// 1-based column; 0 when only the line is known.
    pub column: u32,
    /// The text of that line, for showing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl Location {
    /// A place that is a whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Location { file: file.into(), line: 0, column: 0, source: None }
    }

    /// A place in a file, with the line's text taken from `text`.
    pub fn at(file: impl Into<String>, line: u32, column: u32, text: &str) -> Self {
        let source = line.checked_sub(1).and_then(|n| text.lines().nth(n as usize)).map(str::to_owned);
        Location { file: file.into(), line, column, source }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// One thing to tell a person: an error or a warning with its place and its hints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What happened, one sentence without a full stop.
    pub message: String,
    /// Where, if it has a place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// A diagnostic with a message only.
    pub fn new(message: impl Into<String>) -> Self {
        Diagnostic { message: message.into(), location: None, hints: Vec::new() }
    }

    /// Says where it happened.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.location {
            Some(location) => write!(f, "{location}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// A failure that ends the command: one or more diagnostics of one kind.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", .diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// What to print, most important first; never empty.
    pub diagnostics: Vec<Diagnostic>,
}

impl Error {
    /// An error with one diagnostic.
    pub fn new(kind: Kind, diagnostic: Diagnostic) -> Self {
        Error { kind, diagnostics: vec![diagnostic] }
    }

    /// The command line or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Error::new(Kind::Usage, Diagnostic::new(message))
    }

    /// There is nothing to work on.
    pub fn nothing(message: impl Into<String>) -> Self {
        Error::new(Kind::Nothing, Diagnostic::new(message))
    }

    /// An input is invalid.
    pub fn invalid(message: impl Into<String>) -> Self {
        Error::new(Kind::Invalid, Diagnostic::new(message))
    }

    /// The environment failed.
    pub fn environment(message: impl Into<String>) -> Self {
        Error::new(Kind::Environment, Diagnostic::new(message))
    }

    /// wfgen itself is wrong.
    pub fn bug(message: impl Into<String>) -> Self {
        Error::new(Kind::Bug, Diagnostic::new(message).hint("this is a bug in wfgen: please report it"))
    }

    /// An I/O failure on a path.
    pub fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Error::environment(format!("cannot {doing} `{}`: {error}", path.display()))
    }

    /// Says where the (last) diagnostic happened.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        if let Some(last) = self.diagnostics.last_mut() {
            last.location = Some(location);
        }
        self
    }

    /// Adds what to do to the (last) diagnostic.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(last) = self.diagnostics.last_mut() {
            last.hints.push(hint.into());
        }
        self
    }
}

/// The closest of `known` to `word`, if it is close enough to be what was meant.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|k| (strsim::osa_distance(word, k), k))
        .filter(|(distance, k)| *distance <= 1 + k.chars().count().min(word.chars().count()) / 4)
        .min()
        .map(|(_, k)| k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_suggested_and_a_far_one_is_not() {
        assert_eq!(did_you_mean("permisions", ["permissions", "provides"]), Some("permissions"));
        assert_eq!(did_you_mean("zebra", ["permissions", "provides"]), None);
    }
}
