//! The terminal: stdout is data, stderr is talk.

use std::io::{self, Write};

use annotate_snippets::Level;
use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use crate::error::{Diagnostic, Error};
use crate::report::diagnostic::render;

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
        let out = io::stdout().lock();
        let written = match AutoStream::choice(&out) {
            // Taken in one: a stream without colours writes piece by piece, from line to line.
            ColorChoice::Never => { out }.write_all(strip_str(text).to_string().as_bytes()),
            choice => AutoStream::new(out, choice).write_all(text.as_bytes()),
        };
        match written {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Data that is too long to be held, on stdout.
    pub fn stream(&self) -> Stream {
        Stream { out: io::BufWriter::new(io::stdout().lock()), closed: false }
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

/// Stdout for data that is too long to be held. It knows whether its reader has gone.
#[derive(Debug)]
pub struct Stream {
    out: io::BufWriter<io::StdoutLock<'static>>,
    closed: bool,
}

impl Stream {
    /// Whether nobody reads any more: whoever wrote failed by that alone.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn seen<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.closed |= result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::BrokenPipe);
        result
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.out.write(bytes);
        self.seen(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.out.flush();
        self.seen(result)
    }
}

/// Writes to stderr. Nobody can be told when that fails.
fn talk(text: &str) {
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
