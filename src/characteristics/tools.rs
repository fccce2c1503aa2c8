//! Linters, formatters, type checkers and test runners, by the strongest evidence for each.

use serde_json::Value;

use super::evidence::{self, Hit};
use super::fact::{Fact, Facts};
use super::project::Subject;
use crate::library::pack::Tool;

pub(crate) fn establish(subject: &Subject<'_>, facts: &mut Facts) {
    let pack = subject.pack;
    for (name, tools) in [("project.linters", &pack.linters), ("project.formatters", &pack.formatters)] {
        let found = find(subject, facts, tools);
        if let Some(fact) = evidence::all(found.into_iter()) {
            facts.insert(name, fact);
        }
    }
    for (name, tools) in [("project.type-checker", &pack.type_checkers), ("project.test-runner", &pack.test_runners)] {
        let found = find(subject, facts, tools);
        if let Some(fact) = evidence::first(found.into_iter()) {
            facts.insert(name, fact);
        }
    }
}

/// One hit for each tool that is there.
fn find(subject: &Subject<'_>, facts: &Facts, tools: &[Tool]) -> Vec<Hit> {
    let scope = subject.scope(facts);
    let prove = |tool: &Tool| {
        let hits = tool.evidence.iter().flat_map(|source| evidence::look(source, &scope));
        let hit = hits.into_iter().find(|hit| !hit.broken)?;
        Some(Hit { value: Value::from(tool.name.as_str()), rivals: Vec::new(), ..hit })
    };
    tools.iter().filter_map(prove).collect()
}

/// A fact that is a list gets more items, a flag is or-ed, anything else stays.
pub(crate) fn unite(ours: &mut Fact, theirs: &Fact) {
    match (&mut ours.value, &theirs.value) {
        (Value::Array(items), Value::Array(more)) => {
            let before = items.len();
            for item in more {
                if !items.contains(item) {
                    items.push(item.clone());
                }
            }
            if items.len() > before {
                ours.evidence.extend(theirs.evidence.iter().cloned());
            }
        }
        (Value::Bool(flag), Value::Bool(more)) if *more && !*flag => *ours = theirs.clone(),
        _ => {}
    }
}
