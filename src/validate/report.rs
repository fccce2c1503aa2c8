//! Collects findings about one file, with their places.

use super::exemptions;
use super::{CHECKS, Finding, Severity};
use crate::data::{Node, Problem};
use crate::error::Location;

/// Lines of the file, 1-based and inclusive.
pub(super) type Lines = (u32, u32);

/// The findings so far, and the text they are about.
pub(super) struct Report<'t> {
    file: &'t str,
    text: &'t str,
    /// Offsets of the line starts.
    starts: Vec<usize>,
    findings: Vec<(Finding, Lines)>,
    /// The lines in which a comment can exempt the next finding.
    scope: Option<Lines>,
}

impl<'t> Report<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        let starts =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|n| n + 1)).collect();
        Report { file, text, starts, findings: Vec::new(), scope: None }
    }

    /// Comments in these lines exempt what is found from here on; `None`: only those in a finding's own line.
    pub(super) fn set_scope(&mut self, lines: Option<Lines>) {
        self.scope = lines;
    }

    /// The number of the last line.
    pub(super) fn last_line(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The text of a line, without its end.
    pub(super) fn line(&self, line: u32) -> &'t str {
        let Some(index) = (line as usize).checked_sub(1) else {
            return "";
        };
        let Some(&start) = self.starts.get(index) else {
            return "";
        };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text[start..end].trim_end_matches(['\n', '\r'])
    }

    /// The comment behind a value, without `#` and blanks around it.
    pub(super) fn comment_after(&self, node: &Node) -> Option<&'t str> {
        let line = self.line(node.line);
        let value =
            line.char_indices().nth(node.column.saturating_sub(1) as usize).map_or(line.len(), |(n, _)| n);
        let hash = line[value..].find(" #").or_else(|| line[value..].find("\t#"))?;
        Some(line[value + hash + 2..].trim())
    }

    /// Something that makes GitHub refuse the file, or that is unsafe.
    pub(super) fn error(
        &mut self,
        check: &'static str,
        at: &Node,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(check, Severity::Error, at.line, at.column, message.into())
    }

    /// Something that should be better.
    pub(super) fn warning(
        &mut self,
        check: &'static str,
        at: &Node,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(check, Severity::Warning, at.line, at.column, message.into())
    }

    /// An error inside a scalar, at a byte offset of its text.
    pub(super) fn error_inside(
        &mut self,
        check: &'static str,
        at: &Node,
        offset: usize,
        message: impl Into<String>,
    ) -> &mut Finding {
        let (line, column) = self.inside(at, offset);
        self.add(check, Severity::Error, line, column, message.into())
    }

    /// A warning inside a scalar, at a byte offset of its text.
    pub(super) fn warning_inside(
        &mut self,
        check: &'static str,
        at: &Node,
        offset: usize,
        message: impl Into<String>,
    ) -> &mut Finding {
        let (line, column) = self.inside(at, offset);
        self.add(check, Severity::Warning, line, column, message.into())
    }

    /// Where a byte of a scalar's text is in the file, as far as its style tells.
    fn inside(&self, at: &Node, offset: usize) -> (u32, u32) {
        let Some(value) = at.as_str().filter(|value| value.is_char_boundary(offset)) else {
            return (at.line, at.column);
        };
        let line = self.line(at.line);
        let head = line.chars().nth(at.column.saturating_sub(1) as usize);
        let before = &value[..offset];
        match head {
            Some('|') => {
                let down = before.matches('\n').count() as u32;
                let row = at.line + 1 + down;
                let inside = before.rsplit('\n').next().map_or(0, |s| s.chars().count()) as u32;
                let indent = self.line(row).chars().take_while(|c| *c == ' ').count() as u32;
                (row, indent + inside + 1)
            }
            Some('\'' | '"') if !value.contains('\n') => {
                (at.line, at.column + 1 + before.chars().count() as u32)
            }
            Some('>') => (at.line, at.column),
            _ if !value.contains('\n') && line.contains(value) => {
                (at.line, at.column + before.chars().count() as u32)
            }
            _ => (at.line, at.column),
        }
    }

    /// The text can't be read as YAML.
    pub(super) fn unreadable(&mut self, problem: &Problem) {
        let (line, column) = (problem.line, problem.column);
        self.add(
            "yaml",
            Severity::Error,
            line,
            column,
            format!("this is not readable YAML: {}", problem.message),
        );
    }

    /// Anchors that nothing refers to, which actionlint refuses.
    pub(super) fn anchors(&mut self) {
        for (name, line, column) in exemptions::unused_anchors(self.text) {
            let message = format!("nothing refers to the anchor `&{name}`");
            self.add("yaml", Severity::Warning, line, column, message);
        }
    }

    fn add(
        &mut self,
        check: &'static str,
        severity: Severity,
        line: u32,
        column: u32,
        message: String,
    ) -> &mut Finding {
        debug_assert!(CHECKS.iter().any(|known| known.id == check), "`{check}` is not in the catalogue");
        let source = (line > 0).then(|| self.line(line).to_owned());
        let location = Location { file: self.file.to_owned(), line, column, source };
        let finding = Finding { check, severity, message, location, help: None };
        let index = self.findings.len();
        self.findings.push((finding, self.scope.unwrap_or((line, line))));
        &mut self.findings[index].0
    }

    /// The findings in the order of their lines, without those that a comment exempts.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        let exempted = exemptions::read(self.text);
        if !exempted.is_empty() {
            self.findings.retain(|(finding, lines)| !exemptions::apply(&exempted, finding, *lines));
        }
        let mut findings: Vec<Finding> = self.findings.into_iter().map(|(finding, _)| finding).collect();
        findings.sort_by_key(|finding| (finding.location.line, finding.location.column, finding.check));
        findings.dedup();
        findings
    }
}

/// Says what to do about a finding.
impl Finding {
    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}
