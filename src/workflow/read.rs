//! A workflow file as somebody wrote it: lenient, every part with its line, and with its comments.

use crate::data::yaml::{self, Place, Scalar, Style};
use crate::data::{Node, Problem, decode};

use super::{Uses, Workflow};

/// A file that is YAML; whether it is a workflow is for its reader to find out.
#[derive(Debug, Clone)]
pub struct Document {
    /// The tree.
    pub node: Node,
    text: String,
    /// Byte offset of every line.
    starts: Vec<usize>,
    scalars: Vec<Scalar>,
}

/// A job in a file.
#[derive(Debug, Clone, Copy)]
pub struct JobNode<'a> {
    /// Its id.
    pub id: &'a str,
    /// The key, for its place.
    pub key: &'a Node,
    /// What it consists of.
    pub node: &'a Node,
}

/// A step in a file.
#[derive(Debug, Clone, Copy)]
pub struct StepNode<'a> {
    /// The job that it belongs to.
    pub job: JobNode<'a>,
    /// Its place among the job's steps, from 0.
    pub index: usize,
    /// What it consists of.
    pub node: &'a Node,
}

/// A `uses:` in a file.
#[derive(Debug, Clone, Copy)]
pub struct UsesNode<'a> {
    /// The job that it belongs to.
    pub job: JobNode<'a>,
    /// The index of its step; none when the job itself calls a workflow.
    pub step: Option<usize>,
    /// The value, for its place.
    pub node: &'a Node,
    /// The text of the value.
    pub text: &'a str,
    /// The comment behind it, without `#` and blanks.
    pub comment: Option<&'a str>,
}

/// Reads a file.
///
/// # Errors
/// When it is no YAML.
pub fn document(text: &str) -> Result<Document, Problem> {
    let (node, scalars) = yaml::parse_with_scalars(text)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let starts = line_starts(&text);
    Ok(Document { node, text, starts, scalars })
}

impl Document {
    /// The jobs in the order of the file.
    pub fn jobs(&self) -> impl Iterator<Item = JobNode<'_>> {
        let jobs = self.node.get("jobs").map(Node::entries).unwrap_or_default();
        jobs.iter().filter_map(|(key, node)| Some(JobNode { id: key.as_str()?, key, node }))
    }

    /// The steps of all jobs in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = StepNode<'_>> {
        self.jobs().flat_map(JobNode::steps)
    }

    /// Every `uses:`, of jobs and of steps, in the order of the file.
    pub fn uses(&self) -> impl Iterator<Item = UsesNode<'_>> {
        self.jobs().flat_map(move |job| {
            let of_steps = job.steps().filter_map(move |step| self.uses_of(job, Some(step.index), step.node));
            self.uses_of(job, None, job.node).into_iter().chain(of_steps)
        })
    }

    fn uses_of<'a>(&'a self, job: JobNode<'a>, step: Option<usize>, node: &'a Node) -> Option<UsesNode<'a>> {
        let node = node.get("uses")?;
        Some(UsesNode { job, step, node, text: node.as_str()?, comment: self.comment(node.line) })
    }

    /// The text of a line (1-based) without its end; empty when there is no such line.
    pub fn line(&self, line: u32) -> &str {
        let Some(start) = (line as usize).checked_sub(1).and_then(|n| self.starts.get(n)) else {
            return "";
        };
        let end = self.starts.get(line as usize).copied().unwrap_or(self.text.len());
        self.text[*start..end].trim_end_matches(['\r', '\n'])
    }

    /// How many lines there are.
    pub fn lines(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The comment on a line (1-based), without its `#` and blanks; a `#` in a string or a script is none.
    pub fn comment(&self, line: u32) -> Option<&str> {
        let start = self.offset((line, 1));
        let end = start + self.line(line).len();
        let before = self.scalars.partition_point(|scalar| scalar.start.0 <= line);
        let from = match before.checked_sub(1).map(|last| self.scalars[last]) {
            Some(Scalar { style: Style::Block { end: over }, start: header }) if line > header.0 => {
                let last_line = line == over.0 && self.offset(over) >= self.text.len();
                if line < over.0 || last_line {
                    return None;
                }
                start
            }
            Some(Scalar { style: Style::Quoted, start: quote }) => {
                self.closing_quote(self.offset(quote)).max(start)
            }
            Some(scalar) if scalar.start.0 == line => self.offset(scalar.start),
            _ => start,
        };
        let mut blank = from == start;
        for (at, c) in self.text.get(from..end)?.char_indices() {
            if c == '#' && blank {
                return Some(self.text[from + at + 1..end].trim());
            }
            blank = matches!(c, ' ' | '\t');
        }
        None
    }

    /// Where a place is in the text; the end of the line when it has no such column.
    fn offset(&self, (line, column): Place) -> usize {
        let Some(start) = (line as usize).checked_sub(1).and_then(|n| self.starts.get(n)) else {
            return self.text.len();
        };
        let text = self.line(line);
        start + text.char_indices().nth(column as usize - 1).map_or(text.len(), |(at, _)| at)
    }

    /// The offset of the quote that ends the text whose first quote is given.
    fn closing_quote(&self, open: usize) -> usize {
        let text = &self.text.as_bytes()[open.min(self.text.len())..];
        let quote = text.first().copied().unwrap_or(b'"');
        let mut at = 1;
        while at < text.len() {
            let doubled = quote == b'\'' && text.get(at + 1) == Some(&b'\'');
            match text[at] {
                b'\\' if quote == b'"' => at += 1,
                byte if byte == quote && doubled => at += 1,
                byte if byte == quote => break,
                _ => {}
            }
            at += 1;
        }
        (open + at).min(self.text.len())
    }

    /// The lines of comment right above a line (1-based), without their `#`.
    pub fn comments_above(&self, line: u32) -> Vec<&str> {
        let mut above: Vec<&str> = (1..line)
            .rev()
            .map_while(|line| self.comment(line).filter(|_| self.line(line).trim_start().starts_with('#')))
            .collect();
        above.reverse();
        above
    }

    /// The lines of comment at the top of the file, without their `#`.
    pub fn header(&self) -> Vec<&str> {
        (1..=self.lines())
            .map_while(|line| self.comment(line).filter(|_| self.line(line).starts_with('#')))
            .collect()
    }

    /// The typed workflow, with the comments that the model knows: versions of actions, reasons of permissions, and
    /// what stands above jobs and steps.
    ///
    /// # Errors
    /// The first thing that the model doesn't know.
    pub fn workflow(&self) -> Result<Workflow, Problem> {
        let mut workflow: Workflow = decode::decode(&self.node)?;
        if let Some(permissions) = &mut workflow.permissions {
            self.explain(&self.node, permissions);
        }
        let jobs = self.node.get("jobs").map(Node::entries).unwrap_or_default();
        for (job, (key, node)) in workflow.jobs.values_mut().zip(jobs) {
            job.comment = owned(self.comments_above(key.line));
            if let Some(permissions) = &mut job.permissions {
                self.explain(node, permissions);
            }
            self.add_version(job.uses.as_mut(), node);
            let steps = node.get("steps").map(Node::items).unwrap_or_default();
            for (step, node) in job.steps.iter_mut().zip(steps) {
                step.comment = owned(self.comments_above(node.line));
                self.add_version(step.uses.as_mut(), node);
            }
        }
        Ok(workflow)
    }

    fn explain(&self, node: &Node, permissions: &mut super::Permissions) {
        let scopes = node.get("permissions").map(Node::entries).unwrap_or_default();
        for (permission, (key, _)) in permissions.0.values_mut().zip(scopes) {
            if permission.because.is_none() {
                permission.because = self.comment(key.line).map(str::to_owned);
            }
        }
    }

    fn add_version(&self, uses: Option<&mut Uses>, node: &Node) {
        if let (Some(uses), Some(value)) = (uses, node.get("uses")) {
            uses.comment = self.comment(value.line).map(str::to_owned);
        }
    }
}

impl<'a> JobNode<'a> {
    /// The steps of the job.
    pub fn steps(self) -> impl Iterator<Item = StepNode<'a>> {
        let steps = self.node.get("steps").map(Node::items).unwrap_or_default();
        steps.iter().enumerate().map(move |(index, node)| StepNode { job: self, index, node })
    }
}

impl UsesNode<'_> {
    /// The value with the version from the comment.
    ///
    /// # Errors
    /// What is wrong with the value, as one sentence.
    pub fn parse(&self) -> Result<Uses, String> {
        let uses = Uses::parse(self.text)?;
        Ok(Uses { comment: self.comment.map(str::to_owned), ..uses })
    }
}

fn owned(lines: Vec<&str>) -> Vec<String> {
    lines.into_iter().map(str::to_owned).collect()
}

/// Where lines start: after `\n`, `\r\n` or a lone `\r`, as YAML counts them.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let breaks = memchr::memchr2_iter(b'\n', b'\r', bytes);
    let ends = breaks.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'));
    let mut starts: Vec<usize> = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
    starts.pop_if(|start| *start == text.len() && *start > 0);
    starts
}
