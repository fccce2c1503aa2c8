//! What `wfgen analyze` found out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::characteristics::{Characteristics, Evidence, Fact, Facts, Project, Role};
use crate::error::Error;

/// One checkout.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// As it was typed.
    pub path: String,
    /// What it is, or why it can't be looked at.
    pub result: Result<Characteristics, Error>,
}

/// All checkouts that were asked for.
#[derive(Debug, Clone)]
pub struct Report {
    /// In the order they were typed.
    pub analyses: Vec<Analysis>,
}

/// Why a fact is what it is, for one project or the repository.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The id of the project, or `repository`.
    pub subject: String,
    /// The fact.
    pub fact: Fact,
    /// The text of each line of evidence.
    pub lines: Vec<Option<String>>,
    /// The text of each line that was refused.
    pub refused_lines: Vec<Option<String>>,
}

/// Why a fact is what it is, wherever it is known.
#[derive(Debug, Clone)]
pub struct Explanations {
    /// The fact's name.
    pub name: String,
    /// What it means.
    pub about: Option<String>,
    /// One for each project that has it.
    pub explanations: Vec<Explanation>,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const WARN: Style = AnsiColor::Yellow.on_default();

/// More members or noise than this are counted and not listed.
const LISTED: usize = 8;

impl Analysis {
    fn json(&self) -> Value {
        match &self.result {
            Ok(found) => json!({
                "schema": "wfgen.characteristics/1",
                "path": self.path,
                "facts": found.facts,
                "projects": found.projects,
                "warnings": found.warnings,
            }),
            Err(error) => json!({
                "schema": "wfgen.characteristics/1",
                "path": self.path,
                "error": { "kind": error.kind, "diagnostics": error.diagnostics },
            }),
        }
    }

    fn human(&self) -> String {
        let mut out = String::new();
        let path = plain(&self.path);
        match &self.result {
            Err(error) => {
                let _ = writeln!(out, "{BOLD}{path}{BOLD:#}\n  {WARN}{}{WARN:#}", plain(&error.to_string()));
            }
            Ok(found) => {
                let slug = found.facts.text("repository.slug").map(plain);
                let _ = writeln!(out, "{BOLD}{}{BOLD:#}", slug.unwrap_or(path));
                repository(&found.facts, &mut out);
                projects(&found.projects, &mut out);
            }
        }
        out
    }
}

/// A line of a name and what is known; nothing when nothing is.
fn row(out: &mut String, name: &str, value: Option<String>, evidence: &str) {
    if let Some(value) = value.filter(|value| !value.is_empty()) {
        // The path of a lock file is its own evidence.
        let evidence = if evidence.trim() == value { "" } else { evidence };
        let _ = writeln!(out, "  {name:<12} {value}{DIM}{evidence}{DIM:#}");
    }
}

fn repository(facts: &Facts, out: &mut String) {
    row(out, "languages", facts.value("repository.languages").map(shares), "");
    let workflows = facts.value("repository.workflows").and_then(Value::as_array).map_or(0, Vec::len);
    let count = (workflows > 0).then(|| format!("{workflows} on GitHub Actions"));
    row(out, "workflows", count, "");
    for (name, label) in [
        ("repository.updates", "updates"),
        ("repository.release", "releases"),
        ("security.iac", "infrastructure"),
    ] {
        row(out, label, facts.value(name).map(short), &place(facts.get(name)));
    }
    let certain = |secret: &&Value| secret["confidence"].as_f64().is_none_or(|confidence| confidence >= 0.5);
    for secret in
        facts.value("security.secrets").and_then(Value::as_array).into_iter().flatten().filter(certain)
    {
        let at = format!("{}:{}", secret["file"].as_str().unwrap_or_default(), secret["line"]);
        let kind = secret["kind"].as_str().unwrap_or_default();
        let _ = writeln!(out, "  {WARN}{:<12} {} in {}{WARN:#}", "secret", plain(kind), plain(&at));
    }
}

/// `Rust 92%, Shell 8%`.
fn shares(languages: &Value) -> String {
    let bytes = |amount: &Value| amount["bytes"].as_u64().unwrap_or(0);
    let Some(map) = languages.as_object() else {
        return String::new();
    };
    let total: u64 = map.values().map(bytes).sum();
    let mut amounts: Vec<(&String, u64)> = map.iter().map(|(name, amount)| (name, bytes(amount))).collect();
    amounts.sort_by_key(|(name, bytes)| (std::cmp::Reverse(*bytes), (*name).clone()));
    let shown: Vec<String> = amounts
        .iter()
        .map(|(name, bytes)| (name, bytes * 100 / total.max(1)))
        .take_while(|(_, share)| *share > 0)
        .take(5)
        .map(|(name, share)| format!("{name} {share}%"))
        .collect();
    shown.join(", ")
}

fn projects(projects: &[Project], out: &mut String) {
    let drivers: Vec<&Project> = projects.iter().filter(|p| p.role == Role::Driver).collect();
    let mut members: BTreeMap<&str, Vec<&Project>> = BTreeMap::new();
    for project in projects {
        if let Some(workspace) = &project.workspace {
            members.entry(workspace).or_default().push(project);
        }
    }
    let of = |driver: &&Project| project(driver, members.get(driver.id.as_str()).map_or(&[], Vec::as_slice));
    out.extend(drivers.par_iter().map(of).collect::<Vec<String>>());
    if drivers.is_empty() {
        let _ = writeln!(out, "\n  no project was recognised");
    }
    let noise: Vec<&Project> = projects.iter().filter(|p| matches!(p.role, Role::Noise { .. })).collect();
    if !noise.is_empty() {
        let shown: Vec<String> = noise.iter().take(LISTED).map(|p| plain(&p.path)).collect();
        let more = noise.len().saturating_sub(LISTED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(
            out,
            "\n  {DIM}left out: {}{more} (examples, fixtures, code of others){DIM:#}",
            shown.join(", ")
        );
    }
}

/// The facts that a person looks for first, with where they were found.
const ROWS: [(&str, &str); 16] = [
    ("project.manager", "manager"),
    ("project.lockfile", "lock file"),
    ("rust.msrv", "oldest"),
    ("rust.toolchain", "toolchain"),
    ("python.versions", "versions"),
    ("node.versions", "versions"),
    ("go.versions", "versions"),
    ("java.versions", "versions"),
    ("project.frameworks", "frameworks"),
    ("project.test-runner", "test runner"),
    ("project.tests", "tests"),
    ("project.linters", "linters"),
    ("project.formatters", "formatters"),
    ("project.type-checker", "types"),
    ("project.services", "services"),
    ("project.tasks", "tasks"),
];

fn project(project: &Project, members: &[&Project]) -> String {
    let mut out = String::new();
    let name = project.name.as_deref().map(plain).unwrap_or_default();
    let kind = project.facts.value("project.kind").map(short).unwrap_or_default();
    let place_of = if project.path == "." { String::new() } else { format!(" in {}", plain(&project.path)) };
    let kind = if kind.is_empty() { String::new() } else { format!(" ({kind})") };
    let _ = writeln!(
        out,
        "\n{GOOD}{}{GOOD:#} {BOLD}{name}{BOLD:#}{place_of}{DIM}{kind}{DIM:#}",
        plain(&project.pack)
    );
    for (fact, label) in ROWS {
        let known = project.facts.get(fact);
        let unsure = known.is_some_and(|fact| fact.confidence <= 0.5);
        let mut value = known.map(|fact| short(&fact.value));
        if unsure {
            value = value.map(|value| format!("{value} {WARN}(unsure: --explain {fact}){WARN:#}"));
        }
        row(&mut out, label, value, &place(known));
    }
    if !members.is_empty() {
        let shown: Vec<String> = members.iter().take(LISTED).map(|p| plain(&p.path)).collect();
        let more = if members.len() > LISTED { ", ..." } else { "" };
        row(&mut out, "members", Some(format!("{}: {}{more}", members.len(), shown.join(", "))), "");
    }
    let needs = project.depends_on.iter().map(|id| plain(id)).collect::<Vec<_>>().join(", ");
    row(&mut out, "needs", Some(needs), "");
    out
}

/// `  pyproject.toml:12`.
fn place(fact: Option<&Fact>) -> String {
    fact.and_then(|fact| fact.evidence.first())
        .map(|evidence| format!("  {}", at(evidence)))
        .unwrap_or_default()
}

fn at(evidence: &Evidence) -> String {
    match evidence.line {
        Some(line) => format!("{}:{line}", plain(&evidence.file)),
        None => plain(&evidence.file),
    }
}

/// A value in a few words.
fn short(value: &Value) -> String {
    let name = |item: &Value| match item {
        Value::Object(map) => map.get("name").and_then(Value::as_str).map_or_else(|| item.to_string(), plain),
        other => short(other),
    };
    match value {
        Value::Null => "unknown".to_owned(),
        Value::String(text) => plain(text),
        Value::Array(items) => items.iter().map(name).collect::<Vec<_>>().join(", "),
        Value::Object(map) => match (map.get("kinds"), map.get("count")) {
            (Some(kinds), Some(count)) => {
                let more = if map.get("more") == Some(&Value::Bool(true)) { "at least " } else { "" };
                format!("{} ({more}{count})", short(kinds))
            }
            _ => {
                map.iter().map(|(k, v)| format!("{}: {}", plain(k), short(v))).collect::<Vec<_>>().join(", ")
            }
        },
        other => other.to_string(),
    }
}

/// Text of a repository without anything that a terminal would obey.
fn plain(text: &str) -> String {
    match text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        true => text.to_owned(),
        false => text.replace(char::is_control, "\u{fffd}"),
    }
}

impl super::Report for Report {
    fn human(&self) -> String {
        self.analyses.iter().map(Analysis::human).collect::<Vec<_>>().join("\n")
    }

    fn json(&self) -> Value {
        self.analyses.first().map_or(Value::Null, Analysis::json)
    }

    fn json_lines(&self) -> Option<Vec<Value>> {
        (self.analyses.len() != 1).then(|| self.analyses.iter().map(Analysis::json).collect())
    }
}

impl Explanation {
    fn human(&self, out: &mut String) {
        let value = match &self.fact.value {
            Value::String(text) => plain(text),
            other => plain(&other.to_string()),
        };
        let _ = writeln!(out, "\n{GOOD}{}{GOOD:#}  {BOLD}{value}{BOLD:#}", plain(&self.subject));
        let _ = writeln!(out, "  {DIM}confidence {:.2}{DIM:#}", self.fact.confidence);
        for (evidence, line) in self.fact.evidence.iter().zip(&self.lines) {
            shown(out, "because", evidence, line.as_ref());
        }
        for (refusal, line) in self.fact.refused.iter().zip(&self.refused_lines) {
            let value = plain(&refusal.value.to_string());
            let _ = writeln!(out, "  {WARN}refused{WARN:#} {value}: {}", plain(&refusal.because));
            shown(out, "       ", &refusal.evidence, line.as_ref());
        }
    }
}

/// The place of evidence, and its line.
fn shown(out: &mut String, label: &str, evidence: &Evidence, line: Option<&String>) {
    let _ = writeln!(out, "  {label} {}  {DIM}{}{DIM:#}", at(evidence), plain(&evidence.reader));
    if let (Some(text), Some(number)) = (line, evidence.line) {
        let _ = writeln!(out, "    {DIM}{number:>5} |{DIM:#} {}", plain(text));
    }
}

impl super::Report for Explanations {
    fn human(&self) -> String {
        let mut out = format!("{BOLD}{}{BOLD:#}", plain(&self.name));
        if let Some(about) = &self.about {
            let _ = write!(out, ": {about}");
        }
        out.push('\n');
        for explanation in &self.explanations {
            explanation.human(&mut out);
        }
        out
    }

    fn json(&self) -> Value {
        let of = |e: &Explanation| json!({ "subject": e.subject, "fact": e.fact, "lines": e.lines });
        json!({
            "schema": "wfgen.explanation/1",
            "name": self.name,
            "about": self.about,
            "explanations": self.explanations.iter().map(of).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_repository_can_command_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{9b}1m\nc\r"), "a\u{fffd}[31mb\u{fffd}1m\u{fffd}c\u{fffd}");
    }

    #[test]
    fn shares_are_whole_percents_and_tiny_ones_are_left_out() {
        let languages =
            json!({"Shell": {"bytes": 9, "files": 1}, "Rust": {"bytes": 990, "files": 3}, "C": {"bytes": 1}});
        assert_eq!(shares(&languages), "Rust 99%");
    }
}
