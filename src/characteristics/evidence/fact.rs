//! `fact`: another fact of the same project. Gives its value.

use serde_json::Value;

use super::{Hit, Scope, Source};

pub(super) fn find(name: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let Some(fact) = scope.facts.get(name).filter(|fact| fact.confidence > 0.0) else {
        return Vec::new();
    };
    let wanted = source.is.as_ref().is_none_or(|wanted| match &fact.value {
        Value::Array(items) => items.contains(wanted),
        value => value == wanted,
    });
    let evidence = fact.evidence.first().filter(|_| wanted);
    evidence
        .map(|evidence| Hit { confidence: fact.confidence, ..Hit::new(fact.value.clone(), evidence.clone()) })
        .into_iter()
        .collect()
}
