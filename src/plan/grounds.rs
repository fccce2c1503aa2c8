//! What a job is as it is because of: the facts and settings that its inputs took, with where each was read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::inputs::View;
use super::setting::{Origin, Setting};
use crate::library::Component;

/// A fact, or a setting of the user's, that an input took.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// The project that the fact is of; none for the repository.
    pub project: Option<String>,
    /// The name of the fact; with the input in parentheses where a rule passed on a part of it.
    pub fact: String,
    /// The value; null when it isn't known.
    pub value: Value,
    /// `file:line`, when known.
    pub place: Option<String>,
    /// Every file and line that says so.
    pub lines: Vec<(String, u32)>,
}

/// The grounds of the inputs of one component. A fact that isn't known is one too: it would change the job.
pub(super) fn of(component: &Component, settings: &BTreeMap<String, Setting>, view: View<'_>) -> Vec<Ground> {
    let ground = |(name, setting): (&String, &Setting)| {
        let input = component.inputs.get(name)?;
        let (fact, place) = match &setting.origin {
            Origin::Fact { name, place } => (name.clone(), place.clone()),
            Origin::Config => (format!("wfgen.toml ({name})"), None),
            Origin::Default => (input.fact.clone()?, None),
            Origin::Rule { .. } | Origin::Component { .. } | Origin::Plan => return None,
        };
        let is_default = setting.origin == Origin::Default;
        let known = view.fact(&fact);
        let whole = known.map(|fact| &fact.value);
        let evidence = known.filter(|_| !is_default).map_or(&[][..], |fact| &fact.evidence);
        let part = !is_default && whole.is_some_and(|whole| *whole != setting.value);
        let own = view.project.filter(|project| {
            setting.origin == Origin::Config || whole.is_none() || project.facts.get(&fact).is_some()
        });
        Some(Ground {
            project: own.map(|project| project.id.clone()),
            fact: if part { format!("{fact} ({name})") } else { fact },
            value: if is_default { Value::Null } else { setting.value.clone() },
            place,
            lines: evidence.iter().filter_map(|e| Some((e.file.clone(), e.line?))).collect(),
        })
    };
    settings.iter().filter_map(ground).collect()
}
