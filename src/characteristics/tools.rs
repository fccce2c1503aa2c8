//! Linters, formatters, type checkers and test runners, by the strongest evidence for each.

use serde_json::Value;

use super::evidence::{self, Hit};
use super::fact::Facts;
use super::project::Subject;
use crate::library::pack::Tool;

pub(crate) fn establish(subject: &Subject<'_>, facts: &mut Facts) {
    let (pack, speaking) = (subject.pack, subject.speaking);
    for (name, tools, speaking) in [
        ("project.linters", &pack.linters, &speaking.linters),
        ("project.formatters", &pack.formatters, &speaking.formatters),
    ] {
        let found = find(subject, facts, tools, speaking);
        if let Some(fact) = evidence::all(found.into_iter()) {
            facts.insert(name, fact);
        }
    }
    for (name, tools, speaking) in [
        ("project.type-checker", &pack.type_checkers, &speaking.type_checkers),
        ("project.test-runner", &pack.test_runners, &speaking.test_runners),
    ] {
        let found = find(subject, facts, tools, speaking);
        if let Some(fact) = evidence::first(found.into_iter()) {
            facts.insert(name, fact);
        }
    }
}

/// One hit for each tool that is there, of those that can be.
fn find(subject: &Subject<'_>, facts: &Facts, tools: &[Tool], can_be: &[bool]) -> Vec<Hit> {
    let scope = subject.scope(facts);
    let prove = |tool: &Tool| {
        let hits = tool.evidence.iter().flat_map(|source| evidence::look(source, &scope));
        let hit = hits.into_iter().find(|hit| !hit.broken)?;
        Some(Hit { value: Value::from(tool.name.as_str()), rivals: Vec::new(), ..hit })
    };
    tools.iter().zip(can_be).filter(|(_, can_be)| **can_be).filter_map(|(tool, _)| prove(tool)).collect()
}
