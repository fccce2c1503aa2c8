//! Cutting a stream of JSON into records without reading it whole: values that follow each other (JSON Lines, pages), lists
//! of them at any depth, and the runs inside a page's `workflow_runs`. What is inside a record is serde_json's business.

use std::io::{self, BufRead, ErrorKind};

use super::LONGEST_RECORD;

/// Cuts a stream of JSON into records.
pub(super) struct Splitter<R> {
    input: R,
    cutter: Cutter,
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(input: R) -> Self {
        Splitter { input, cutter: Cutter { line: 1, ..Cutter::default() } }
    }

    /// The next record and the line it begins in, `None` at the end. It need not be valid.
    pub(super) fn record(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        self.cutter.record.clear();
        loop {
            let chunk = match self.input.fill_buf() {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                chunk => chunk?,
            };
            if chunk.is_empty() {
                let rest = self.cutter.end();
                return Ok(rest.then_some((self.cutter.began, &self.cutter.record)));
            }
            let (used, found) = self.cutter.take_all(chunk);
            self.input.consume(used);
            if found {
                return Ok(Some((self.cutter.began, &self.cutter.record)));
            }
            if self.cutter.record.len() > LONGEST_RECORD {
                let what =
                    format!("the record that begins in line {} is longer than 64 MiB", self.cutter.began);
                return Err(io::Error::new(ErrorKind::InvalidData, what));
            }
        }
    }
}

/// What the records are inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// `[`...`]`
    List,
    /// The list of runs of a page.
    Page,
    /// What follows that list until the page's `}`, with the number of brackets open in it.
    Rest(u64),
}

/// The state between two bytes.
#[derive(Default)]
struct Cutter {
    inside: Vec<Inside>,
    record: Vec<u8>,
    /// How many brackets of the record are open.
    depth: u64,
    in_string: bool,
    escaped: bool,
    /// Where the newest text at depth 1 begins in `record`, and where it ended.
    key: (usize, usize),
    line: u64,
    began: u64,
    after_newline: bool,
    /// The first value stood in one line, so what stands at the start of a line begins a record, even if the one before
    /// it is broken.
    lines: Option<bool>,
}

/// What a byte did.
enum Step {
    More,
    /// A record ended with this byte.
    Ended,
    /// A record ended before this byte, which belongs to what follows.
    EndedBefore,
}

impl Cutter {
    /// Takes bytes up to the end of a record: how many, and whether one ended.
    fn take_all(&mut self, bytes: &[u8]) -> (usize, bool) {
        for (at, byte) in bytes.iter().enumerate() {
            let step = self.take(*byte);
            if let Step::EndedBefore = step {
                return (at, true);
            }
            self.line += u64::from(*byte == b'\n');
            self.after_newline = *byte == b'\n';
            if let Step::Ended = step {
                return (at + 1, true);
            }
        }
        (bytes.len(), false)
    }

    /// The input is over: whether a record without an end is left.
    fn end(&mut self) -> bool {
        let broken = self.depth > 0 || !self.inside.is_empty();
        (self.depth, self.in_string) = (0, false);
        self.inside.clear();
        if broken && self.record.is_empty() {
            self.begin(b'{');
        }
        !self.record.is_empty()
    }

    fn begin(&mut self, byte: u8) {
        if self.record.is_empty() {
            self.began = self.line;
        }
        self.record.push(byte);
    }

    fn take(&mut self, byte: u8) -> Step {
        let open = self.depth > 0 || !self.inside.is_empty();
        if byte == b'{' && self.after_newline && open && self.lines == Some(true) {
            self.after_newline = false;
            self.end();
            return Step::EndedBefore;
        }
        match self.inside.last() {
            Some(Inside::Rest(_)) => self.skip(byte),
            _ if self.depth > 0 => self.within(byte),
            _ => self.between(byte),
        }
    }

    /// A byte of a record.
    fn within(&mut self, byte: u8) -> Step {
        self.record.push(byte);
        if self.in_string {
            if self.text(byte) && self.depth == 1 {
                self.key.1 = self.record.len() - 1;
            }
            return Step::More;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if self.depth == 1 {
                    self.key = (self.record.len(), self.record.len());
                }
            }
            b'[' if self.depth == 1 && self.opens_runs() => {
                self.record.clear();
                self.depth = 0;
                self.inside.push(Inside::Page);
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth -= 1;
                if self.depth == 0 {
                    self.first_value_ended();
                    return Step::Ended;
                }
            }
            _ => {}
        }
        Step::More
    }

    /// Whether the `[` just taken is the value of `workflow_runs`.
    fn opens_runs(&self) -> bool {
        let (start, end) = self.key;
        let after = self.record.get(end + 1..self.record.len() - 1).unwrap_or_default();
        self.record.get(start..end) == Some(b"workflow_runs") && after.trim_ascii() == b":"
    }

    /// A byte outside of any record.
    fn between(&mut self, byte: u8) -> Step {
        let scalar = !self.record.is_empty();
        match (byte, self.inside.last()) {
            (b'{' | b'[' | b']', _) if scalar => return Step::EndedBefore,
            (b'{', _) => {
                self.begin(byte);
                (self.depth, self.key) = (1, (0, 0));
            }
            (b'[', _) => self.inside.push(Inside::List),
            (b']', Some(Inside::List)) => drop(self.inside.pop()),
            (b']', Some(Inside::Page)) => {
                self.inside.pop();
                self.inside.push(Inside::Rest(0));
            }
            (b',' | b' ' | b'\t' | b'\r' | b'\n', _) if scalar => return Step::Ended,
            (b',' | b' ' | b'\t' | b'\r' | b'\n', _) => {}
            _ => self.begin(byte),
        }
        Step::More
    }

    /// A byte of a page after its runs.
    fn skip(&mut self, byte: u8) -> Step {
        if self.in_string {
            self.text(byte);
            return Step::More;
        }
        let Some(Inside::Rest(open)) = self.inside.last_mut() else { return Step::More };
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => *open += 1,
            b'}' | b']' if *open > 0 => *open -= 1,
            b'}' | b']' => {
                self.inside.pop();
                self.first_value_ended();
            }
            _ => {}
        }
        Step::More
    }

    /// A byte of a text: whether it ends it.
    fn text(&mut self, byte: u8) -> bool {
        match (self.escaped, byte) {
            (true, _) => self.escaped = false,
            (false, b'\\') => self.escaped = true,
            (false, b'"') => self.in_string = false,
            _ => {}
        }
        !self.in_string
    }

    fn first_value_ended(&mut self) {
        if self.inside.is_empty() && self.lines.is_none() {
            self.lines = Some(self.line == 1);
        }
    }
}
