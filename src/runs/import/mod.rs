//! Runs from files: what the REST API or `gh` gave, a CSV with named columns, JSON Lines, our own export; gzipped or not.
//! What a file is follows from its content. It is read as a stream: memory is bounded by its largest record.
//!
//! A record that can't be read is skipped with a warning that says where it is; a file without any record is an error.

pub mod fields;
mod gh;
mod json;
pub mod rest;
mod split;
mod table;

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

use crate::error::{Diagnostic, Error, Location, Result};
use crate::runs::record::Run;

/// No record that means anything is longer, in bytes.
const LONGEST_RECORD: usize = 64 << 20;

/// How many warnings are kept word by word; the others are counted.
const MOST_WARNINGS: usize = 20;

/// A file that is being read: an iterator over its runs. An error ends it.
///
/// The same run can come more than once, such as once per job; [`crate::history::History::record`] joins them.
pub struct Import {
    name: String,
    repository: Option<String>,
    source: Source,
    waiting: VecDeque<Run>,
    warnings: Vec<Diagnostic>,
    read: u64,
    skipped: u64,
    ended: bool,
}

enum Source {
    Json(split::Splitter<Box<dyn BufRead + Send>>),
    Table(Box<table::Table<Box<dyn BufRead + Send>>>),
}

/// One record of a source: what it says, or why it can't be read.
struct Record {
    /// The 1-based line it begins in.
    line: u64,
    runs: Result<Vec<Run>, fields::Bad>,
}

impl Import {
    /// Begins to read `input`, which errors call `name`. `repository` is for records that don't say theirs.
    ///
    /// # Errors
    /// When the input can't be read, is empty, or is none of the formats.
    pub fn new(name: &str, input: impl Read + Send + 'static, repository: Option<&str>) -> Result<Import> {
        let mut plain = unpacked(input).map_err(|e| unreadable(name, 0, &e))?;
        let start = plain.fill_buf().map_err(|e| unreadable(name, 0, &e))?;
        let byte_order_mark = start.starts_with(b"\xef\xbb\xbf");
        let first = start.iter().skip(if byte_order_mark { 3 } else { 0 }).find(|b| !b.is_ascii_whitespace());
        let (first, wide) =
            (first.copied(), start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff"));
        if wide {
            return Err(Error::invalid(format!("`{name}` is UTF-16, not UTF-8")).hint(
                "PowerShell's `>` does this: use `| Out-File -Encoding utf8`, or run the command in another shell",
            ));
        }
        if byte_order_mark {
            plain.consume(3);
        }
        let mut warnings = Vec::new();
        let source = match first {
            None => return Err(Error::invalid(format!("`{name}` is empty"))),
            Some(b'{' | b'[') => Source::Json(split::Splitter::new(plain)),
            Some(_) => {
                let given = repository.is_some();
                Source::Table(Box::new(table::Table::new(name, plain, given, &mut warnings)?))
            }
        };
        Ok(Import {
            name: name.to_owned(),
            repository: repository.map(str::to_owned),
            source,
            waiting: VecDeque::new(),
            warnings,
            read: 0,
            skipped: 0,
            ended: false,
        })
    }

    /// What to tell: the first skipped records and ignored columns. Complete once the iterator has ended.
    pub fn warnings(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// How many records were skipped so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The next record, `None` at the end.
    fn record(&mut self) -> io::Result<Option<Record>> {
        match &mut self.source {
            Source::Json(splitter) => Ok(splitter
                .record()?
                .map(|(line, text)| Record { line, runs: json::runs(text, self.repository.as_deref()) })),
            Source::Table(table) => table.record(self.repository.as_deref()),
        }
    }

    fn skip(&mut self, line: u64, bad: &fields::Bad) {
        self.skipped += 1;
        if self.skipped as usize <= MOST_WARNINGS {
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            let place = Location { file: self.name.clone(), line, column: 0, source: None };
            let number = self.read;
            self.warnings.push(Diagnostic::new(format!("record {number} is skipped: {bad}")).at(place));
        }
    }

    /// A file in which nothing could be read is the wrong file.
    fn end(&mut self) -> Option<Result<Run>> {
        self.ended = true;
        if self.skipped > 0 && self.skipped == self.read {
            let mut error = Error::invalid(format!("`{}` has no run that can be read", self.name)).hint(
                "what can be read: pages of GitHub's REST API, `gh run list --json ...`, CSV with named columns, JSON Lines",
            );
            error.diagnostics.append(&mut self.warnings);
            return Some(Err(error));
        }
        if self.skipped as usize > MOST_WARNINGS {
            let more = self.skipped as usize - MOST_WARNINGS;
            let what = format!("{more} more records are skipped");
            self.warnings.push(Diagnostic::new(what).at(Location::file(self.name.clone())));
        }
        None
    }
}

impl Iterator for Import {
    type Item = Result<Run>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.waiting.is_empty() && !self.ended {
            match self.record() {
                Ok(None) => return self.end(),
                Ok(Some(record)) => {
                    self.read += 1;
                    match record.runs {
                        Ok(runs) => self.waiting.extend(runs),
                        Err(bad) => self.skip(record.line, &bad),
                    }
                }
                Err(e) => {
                    self.ended = true;
                    return Some(Err(unreadable(&self.name, self.read, &e)));
                }
            }
        }
        self.waiting.pop_front().map(Ok)
    }
}

/// The input without gzip around it, which its first two bytes tell.
fn unpacked(input: impl Read + Send + 'static) -> io::Result<Box<dyn BufRead + Send>> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    Ok(match input.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(input))),
        false => Box::new(input),
    })
}

fn unreadable(name: &str, read: u64, error: &io::Error) -> Error {
    let what = match error.kind() {
        ErrorKind::UnexpectedEof => "it ends in the middle of its gzip stream".to_owned(),
        _ => error.to_string(),
    };
    let error = Error::invalid(format!("cannot read `{name}` any further after record {read}: {what}"));
    match read {
        0 => error,
        _ => error.hint("what came before was read; reading it again from a whole file repeats nothing"),
    }
}
