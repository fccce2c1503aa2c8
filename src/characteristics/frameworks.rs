//! Frameworks, by the dependencies that prove them.

use serde_json::Value;

use super::evidence::matcher;
use super::fact::{Evidence, Fact, Facts, Refusal};
use super::project::Subject;
use crate::library::pack::{DependencyKind, Framework};

pub(crate) fn establish(subject: &Subject<'_>, facts: &mut Facts) {
    let own_name = facts.text("project.name").unwrap_or_default().to_owned();
    let mut found: Vec<(&Framework, Evidence)> = Vec::new();
    let mut refused = Vec::new();
    for framework in &subject.pack.frameworks {
        if names(framework, &own_name) || subject.manifest.aliases.iter().any(|alias| names(framework, alias))
        {
            // The repository of a framework never depends on itself, and is no application of it either.
            let evidence = subject.manifest.name.as_ref().map(|name| name.evidence.clone());
            let evidence = evidence.unwrap_or_else(|| subject.itself("manifest"));
            facts.insert("project.is-framework", Fact::new(framework.name.as_str(), evidence));
            continue;
        }
        let peer = |kind| matches!(kind, DependencyKind::Peer | DependencyKind::Optional);
        let mut uses = subject.manifest.dependencies.iter().filter(|d| names(framework, &d.name));
        match uses.clone().find(|d| !peer(d.kind)) {
            Some(dependency) => found.push((framework, dependency.evidence.clone())),
            None => {
                let optional =
                    "only an optional or peer dependency: it works with it, and is not built on it";
                refused.extend(uses.next().map(|dependency| Refusal {
                    value: Value::from(framework.name.as_str()),
                    evidence: dependency.evidence.clone(),
                    because: optional.to_owned(),
                }));
            }
        }
    }
    let superseded = |name: &str| {
        found
            .iter()
            .find(|(framework, _)| framework.supersedes.iter().any(|below| below == name))
            .map(|(f, _)| &f.name)
    };
    let (mut values, mut evidence) = (Vec::new(), Vec::new());
    for (framework, proof) in &found {
        match superseded(&framework.name) {
            None => {
                values.push(Value::from(framework.name.as_str()));
                evidence.push(proof.clone());
            }
            Some(above) => refused.push(Refusal {
                value: Value::from(framework.name.as_str()),
                evidence: proof.clone(),
                because: format!("{above} is built on it"),
            }),
        }
    }
    if !values.is_empty() || !refused.is_empty() {
        facts.insert("project.frameworks", Fact { refused, ..Fact::of(values, evidence) });
    }
}

fn names(framework: &Framework, name: &str) -> bool {
    framework.dependencies.iter().any(|pattern| match pattern.contains('*') {
        true => matcher(pattern).is_match(name),
        false => pattern == name,
    })
}
