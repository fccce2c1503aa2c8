//! Releases that a project can't be tested on, since a tool that it is tested with does not run there.

use std::cmp::Ordering;

use serde_json::Value;

use super::ranges::is_within;
use super::{by_number, ended};
use crate::characteristics::fact::{Evidence, Fact, Facts, Refusal};
use crate::library::pack::{Break, Versions};

/// Takes the releases that a dependency breaks out of the list, unless existing workflows test them or nothing is left.
/// Where nobody says which releases are supported, the newest that works is.
pub(super) fn leave_out(table: &Versions, broken: &Break, facts: &mut Facts) {
    let Some(evidence) = depends(table, broken, facts) else { return };
    let tested = table.tested.as_ref().and_then(|tested| facts.value(tested)).cloned();
    let tested = tested.as_ref().and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_early = |version: &str| by_number(version, &broken.since) == Ordering::Less;
    let is_release = |version: &str| version.starts_with(|c: char| c.is_ascii_digit());
    let works = |version: &Value| {
        let text = version.as_str().filter(|version| is_release(version));
        tested.contains(version) || text.is_none_or(is_early)
    };
    let Some(fact) = facts.get_mut(&table.fact) else {
        let known =
            table.releases.iter().rfind(|release| is_early(&release.version) && !ended(table, release));
        if let Some(release) = known {
            let fact = Fact::of(vec![release.version.as_str()], vec![evidence]).confidence(0.7);
            facts.insert(&table.fact, fact);
        }
        return;
    };
    let Some(all) = fact.value.as_array().cloned() else { return };
    let (kept, left_out): (Vec<Value>, Vec<Value>) = all.into_iter().partition(works);
    if !kept.is_empty() {
        fact.value = kept.into();
        fact.refused.extend(left_out.into_iter().map(|value| Refusal {
            value,
            evidence: evidence.clone(),
            because: broken.because.clone(),
        }));
    }
}

/// The evidence that a project has no choice but a version of the dependency that is broken.
fn depends(table: &Versions, broken: &Break, facts: &Facts) -> Option<Evidence> {
    let fact = facts.get("project.dependencies")?;
    let range = fact.value.get(&broken.dependency)?.get("range")?.as_str()?;
    fact.evidence.first().filter(|_| is_within(table.dialect, range, &broken.range)).cloned()
}
