//! Evidence: from a place that a pack names to values with the line they were read on.
//!
//! One file per kind. A kind finds raw hits; what every kind has in common (filter, map, constant, confidence) is here.

mod ci;
mod dependency;
mod fact;
mod file;
mod glob;
mod line;
mod regex;
mod syntax;
mod tree;

use std::borrow::Cow;

use serde_json::Value;

use super::fact::{Evidence, Fact, Facts, Refusal};
use super::manifests::Dependency;
use super::paths;
use super::tree::{Absent, Format, Tree};
use crate::library::pack::{FactSpec, Names, Source, Upwards};

pub(crate) use ci::{is_of_one_version, run_on_changes};
pub(crate) use glob::{Matcher, Simple, matcher};
pub(crate) use regex::{Expression, Line, pattern};

/// What evidence is searched in: a project, or the whole checkout.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) tree: &'a Tree<'a>,
    /// The project's directory.
    pub(crate) dir: &'a str,
    /// The directory of its workspace root; its own when it has none.
    pub(crate) top: &'a str,
    /// The manifest that `.` stands for.
    pub(crate) manifest: Option<&'a str>,
    pub(crate) dependencies: &'a [Dependency],
    /// What is known so far.
    pub(crate) facts: &'a Facts,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    pub(crate) value: Value,
    pub(crate) evidence: Evidence,
    pub(crate) confidence: f64,
    /// The file is there and can't be read.
    pub(crate) broken: bool,
    /// What contradicts it with equal strength.
    pub(crate) rivals: Vec<Refusal>,
}

impl Hit {
    fn new(value: impl Into<Value>, evidence: Evidence) -> Self {
        Hit { value: value.into(), evidence, confidence: 1.0, broken: false, rivals: Vec::new() }
    }

    fn broken(file: String, reader: &str) -> Self {
        Hit { broken: true, ..Hit::new(Value::Null, Evidence::file(file, reader)) }
    }
}

/// Everything that one place says.
pub(crate) fn look(source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    if let Some(sources) = &source.one_of {
        return one_of(sources, scope);
    }
    let found =
        if source.json.is_some() || source.toml.is_some() || source.yaml.is_some() || source.xml.is_some() {
            tree::find(source, scope)
        } else if let Some(names) = &source.file {
            file::find(names, source, scope)
        } else if let Some(globs) = &source.glob {
            glob::find(globs, scope)
        } else if let Some(names) = &source.line {
            line::find(names, source, scope)
        } else if let Some(expression) = &source.regex {
            regex::find(expression, source, scope)
        } else if is_of_workflows(source) {
            ci::find(source, scope)
        } else if let Some(language) = &source.tree_sitter {
            syntax::find(language, source, scope)
        } else if let Some(names) = &source.dependency {
            dependency::find(names, scope)
        } else if let Some(name) = &source.fact {
            fact::find(name, source, scope)
        } else {
            Vec::new()
        };
    let is_there = |hit: &Hit| {
        !source.exists || hit.broken || text(&hit.value).is_some_and(|path| scope.tree.has(&path))
    };
    found.into_iter().flat_map(|hit| refine(hit, source)).filter(is_there).collect()
}

/// Whether a place can say anything in a checkout: what it is about may be nowhere in it.
pub(crate) fn can_say(source: &Source, tree: &Tree<'_>) -> bool {
    if let Some(sources) = &source.one_of {
        return sources.iter().any(|source| can_say(source, tree));
    }
    let files = [&source.json, &source.toml, &source.yaml, &source.xml, &source.file, &source.line];
    let of_regex = source.files.as_ref().filter(|_| source.regex.is_some());
    match files.into_iter().flatten().next().or(of_regex) {
        Some(names) => names.iter().any(|name| name == "." || tree.can_have(name)),
        None => !is_of_workflows(source) || tree.workflows().next().is_some(),
    }
}

fn is_of_workflows(source: &Source) -> bool {
    source.ci.is_some() || source.ci_at.is_some() || source.ci_axis.is_some()
}

/// Filter, map and constant: what a place says becomes what it means.
fn refine(mut hit: Hit, source: &Source) -> Option<Hit> {
    if hit.broken {
        return Some(hit);
    }
    if let Some(expression) = &source.matches {
        let expression = pattern(expression);
        let keep = |text: &str| expression.said(text).map(str::to_owned);
        hit.value = match &hit.value {
            Value::Array(items) => {
                let kept: Vec<Value> =
                    items.iter().filter_map(|i| Some(Value::String(keep(&text(i)?)?))).collect();
                if kept.is_empty() {
                    return None;
                }
                Value::Array(kept)
            }
            other => Value::String(keep(&text(other)?)?),
        };
    }
    if let Some(map) = &source.map {
        hit.value = map.get(text(&hit.value)?.as_ref())?.clone();
    }
    if let Some(value) = &source.value {
        hit.value = value.clone();
    }
    hit.confidence = source.confidence.unwrap_or(hit.confidence);
    Some(hit)
}

/// A scalar as text.
pub(crate) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
        _ => None,
    }
}

/// Places of equal strength: when they disagree, the first stands with half the confidence and names its rivals.
fn one_of(sources: &[Source], scope: &Scope<'_>) -> Vec<Hit> {
    let mut hits = sources.iter().flat_map(|source| look(source, scope));
    let Some(mut first) = hits.find(|hit| !hit.broken) else {
        return sources.iter().flat_map(|source| look(source, scope)).take(1).collect();
    };
    for rival in hits.filter(|hit| !hit.broken && hit.value != first.value) {
        first.confidence = first.confidence.min(0.5);
        let (ours, theirs) = (&first.evidence.file, &rival.evidence.file);
        let because =
            format!("ambiguous: `{ours}` and `{theirs}` are both there and nothing decides between them");
        first.rivals.push(Refusal { value: rival.value, evidence: rival.evidence, because });
    }
    vec![first]
}

/// Establishes a fact from the places that can say it.
pub(crate) fn establish(spec: &FactSpec, scope: &Scope<'_>) -> Option<Fact> {
    if spec.all.is_empty() {
        first(spec.first.iter().flat_map(|source| look(source, scope)))
    } else {
        all(spec.all.iter().flat_map(|source| look(source, scope)))
    }
}

/// The first hit wins; what agrees with it is more evidence, what doesn't is refused.
pub(crate) fn first(hits: impl Iterator<Item = Hit>) -> Option<Fact> {
    let mut fact: Option<Fact> = None;
    let mut broken: Option<Evidence> = None;
    for hit in hits {
        if hit.broken {
            broken.get_or_insert(hit.evidence);
            continue;
        }
        match &mut fact {
            None => {
                let mut new = Fact::new(hit.value, hit.evidence).confidence(hit.confidence);
                new.refused = hit.rivals;
                fact = Some(new);
            }
            Some(fact) if fact.value == hit.value => {
                if !fact.evidence.contains(&hit.evidence) {
                    fact.evidence.push(hit.evidence);
                }
            }
            Some(fact) => {
                let because = format!("`{}` says it with stronger evidence", fact.evidence[0].file);
                fact.refused.push(Refusal { value: hit.value, evidence: hit.evidence, because });
                fact.refused.extend(hit.rivals);
            }
        }
    }
    match (fact, broken) {
        (Some(fact), Some(evidence)) => Some(fact.refusing(Value::Null, evidence, "the file can't be read")),
        (None, Some(evidence)) => Some(Fact::unreadable(evidence)),
        (fact, None) => fact,
    }
}

/// Every hit adds to a list without repetition; lists are taken apart.
pub(crate) fn all(hits: impl Iterator<Item = Hit>) -> Option<Fact> {
    let mut values: Vec<Value> = Vec::new();
    let mut evidence = Vec::new();
    let mut confidence: f64 = 1.0;
    let mut broken = None;
    for hit in hits {
        if hit.broken {
            broken.get_or_insert(hit.evidence);
            continue;
        }
        let new = match hit.value {
            Value::Array(items) => items,
            value => vec![value],
        };
        for value in new {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        confidence = confidence.min(hit.confidence);
        if !evidence.contains(&hit.evidence) {
            evidence.push(hit.evidence);
        }
    }
    match (values.is_empty(), broken) {
        (true, None) => None,
        (true, Some(evidence)) => Some(Fact::unreadable(evidence)),
        (false, _) => Some(Fact::of(values, evidence).confidence(confidence)),
    }
}

/// The paths a name can mean, nearest directory first: `.` is the manifest.
fn places(names: &Names, upwards: Option<Upwards>, scope: &Scope<'_>) -> Vec<String> {
    let top = match upwards {
        None => scope.dir,
        Some(Upwards::Workspace) => scope.top,
        Some(Upwards::Checkout) => ".",
    };
    // Nearly no name that a pack asks for is anywhere in the tree.
    let names: Vec<&str> = names.iter().filter(|name| *name == "." || scope.tree.can_have(name)).collect();
    let mut found = Vec::new();
    if names.is_empty() {
        return found;
    }
    for dir in paths::upwards(scope.dir, top) {
        for name in &names {
            let path = match (*name, scope.manifest) {
                (".", Some(manifest)) => Some(manifest.to_owned()).filter(|path| scope.tree.has(path)),
                _ => scope.tree.file_in(dir, name),
            };
            found.extend(path);
        }
        if !found.is_empty() {
            break;
        }
    }
    found
}
