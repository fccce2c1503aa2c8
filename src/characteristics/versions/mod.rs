//! Which versions of a language a project supports: what manifests say, over a table of releases.

mod breaks;
mod ranges;

use std::cmp::Ordering;

use serde_json::Value;

use self::ranges::{allows, numbers};
use super::fact::{Fact, Facts, Refusal};
use crate::library::pack::{Dialect, Legs, Release, Single, VersionSource, Versions};

fn by_number(a: &str, b: &str) -> Ordering {
    numbers(a).unwrap_or_default().cmp(&numbers(b).unwrap_or_default())
}

/// Of two facts with one version each, the higher; the lower is refused.
pub(crate) fn keep_highest(ours: &mut Fact, theirs: &Fact) {
    let (Some(a), Some(b)) = (ours.value.as_str(), theirs.value.as_str()) else { return };
    if by_number(a, b) == Ordering::Less {
        let mut higher = theirs.clone();
        higher.refuse(ours, "another member needs a higher version");
        *ours = higher;
    }
}

/// Establishes the list of supported versions.
pub(crate) fn establish(table: &Versions, facts: &mut Facts) {
    let mut found = table.first.iter().filter_map(|source| from_source(table, source, facts));
    if let Some(mut fact) = found.next() {
        for other in found {
            fact.refuse(&other, "stronger evidence says which versions are supported");
        }
        if let Some(also) = table.also.as_ref().and_then(|also| facts.get(also)) {
            prepend(&mut fact, also);
        }
        facts.insert(&table.fact, fact);
    }
    for broken in &table.breaks {
        breaks::leave_out(table, broken, facts);
    }
    if let Some(legs) = &table.legs {
        narrow(table, legs, facts);
    }
    if let Some(wanted) = &table.single
        && let Some(fact) = single(table, wanted, facts)
    {
        facts.insert(&wanted.fact, fact);
    }
}

/// The one version for what needs no other: the one that is developed with, when it is supported, else the newest.
fn single(table: &Versions, wanted: &Single, facts: &Facts) -> Option<Fact> {
    let all = facts.get(&table.fact)?;
    let versions = all.value.as_array()?;
    let pinned = facts.get(&wanted.pinned).filter(|pinned| versions.contains(&pinned.value));
    pinned
        .cloned()
        .or_else(|| Some(Fact { value: versions.last()?.clone(), refused: Vec::new(), ..all.clone() }))
}

fn prepend(fact: &mut Fact, also: &Fact) {
    if let (Some(versions), Some(more)) = (fact.value.as_array_mut(), also.value.as_array()) {
        // Other implementations first, whatever workflow says them in which order.
        let mut more = more.clone();
        let rank = |version: &Value| {
            let text = version.as_str().unwrap_or_default().to_owned();
            (
                text.starts_with(|c: char| c.is_ascii_digit()),
                numbers(text.trim_start_matches(char::is_alphabetic)),
                text,
            )
        };
        more.sort_by_key(rank);
        versions.splice(0..0, more);
        fact.evidence.extend(also.evidence.iter().cloned());
    }
}

/// Drops the legs whose version the range refuses, and those of other implementations that nobody tests.
fn narrow(table: &Versions, legs: &Legs, facts: &mut Facts) {
    let range = facts.text(&legs.within).map(str::to_owned);
    let others = table.also.as_ref().and_then(|also| facts.value(also)).cloned().unwrap_or_default();
    let Some(fact) = facts.get_mut(&legs.fact) else { return };
    let (Value::Array(all), Some(evidence)) = (fact.value.take(), fact.evidence.first().cloned()) else {
        return;
    };
    // `pypy3` is whichever of its versions is tested.
    let is_of = |other: &&str, version: &str| {
        other.strip_prefix(version).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let tested = |version: &str| {
        let mut others = others.as_array().into_iter().flatten().rev().filter_map(Value::as_str);
        others.find(|other| is_of(other, version))
    };
    let refusal = |leg: &Value| {
        let version = leg.get(&legs.version).and_then(Value::as_str)?;
        if !version.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return tested(version).is_none().then(|| "no existing workflow tests it".to_owned());
        }
        let range = range.as_ref().filter(|range| allows(table.dialect, range, version) == Some(false))?;
        Some(format!("the manifest allows {range} only"))
    };
    let mut kept = Vec::new();
    for leg in all {
        match refusal(&leg) {
            None => kept.push(named(leg, &legs.version, tested)),
            Some(because) => {
                fact.refused.push(Refusal { value: leg, evidence: evidence.clone(), because });
            }
        }
    }
    fact.value = Value::Array(kept);
}

/// The leg with its version as workflows name it.
fn named<'a>(mut leg: Value, key: &str, tested: impl Fn(&str) -> Option<&'a str>) -> Value {
    let full = leg.get(key).and_then(Value::as_str).and_then(tested).map(Value::from);
    if let Some((full, version)) = full.zip(leg.get_mut(key)) {
        *version = full;
    }
    leg
}

fn from_source(table: &Versions, source: &VersionSource, facts: &Facts) -> Option<Fact> {
    let known = |name: &Option<String>| facts.get(name.as_ref()?).filter(|fact| fact.confidence > 0.0);
    let tested = table.tested.as_ref().and_then(|tested| facts.get(tested));
    let mut fact = if let Some(listed) = known(&source.listed) {
        let range = source.within.as_ref().and_then(|name| facts.text(name));
        from_list(table, listed, range, tested)
    } else if let Some(range) = known(&source.range) {
        from_range(table, range, tested)
    } else {
        let pinned = known(&source.pinned)?;
        let mut fact = Fact::of(vec![pinned.value.clone()], pinned.evidence.clone());
        fact.confidence = 0.7 * pinned.confidence;
        fact
    };
    if let Value::Array(versions) = &mut fact.value {
        if source.oldest {
            versions.truncate(1);
        }
        if versions.is_empty() {
            return None;
        }
    }
    Some(fact)
}

/// What a manifest lists, as far as its own range allows it and runners have it, and newer releases that are tested anyway:
/// a list is the last to hear of them.
fn from_list(table: &Versions, listed: &Fact, range: Option<&str>, tested: Option<&Fact>) -> Fact {
    let mut fact = Fact::of(Vec::<Value>::new(), listed.evidence.clone()).confidence(0.95);
    let mut versions: Vec<&str> =
        listed.value.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    versions.sort_by(|a, b| by_number(a, b));
    versions.dedup();
    if let (Some(tested), Some(newest)) = (tested, versions.last().copied()) {
        let more = tested.value.as_array().into_iter().flatten().filter_map(Value::as_str);
        let is_release = |version: &str| table.releases.iter().any(|release| release.version == version);
        let before = versions.len();
        versions.extend(more.filter(|v| by_number(v, newest) == Ordering::Greater && is_release(v)));
        if versions.len() > before {
            versions.sort_by(|a, b| by_number(a, b));
            fact.evidence.extend(tested.evidence.iter().cloned());
        }
    }
    let mut kept = Vec::new();
    for version in versions {
        let release = table.releases.iter().find(|release| release.version == version);
        let outside = range.is_some_and(|range| allows(table.dialect, range, version) == Some(false));
        let because = if outside {
            format!("`{}` is outside of the range that the manifest allows", version)
        } else if release.is_some_and(|release| release.unavailable) {
            format!("{version} can't be had on current runners")
        } else {
            kept.push(Value::from(version));
            continue;
        };
        fact.refused.push(Refusal { value: version.into(), evidence: listed.evidence[0].clone(), because });
    }
    fact.value = Value::Array(kept);
    fact
}

/// Whether a release is maintained no more.
fn ended(table: &Versions, release: &Release) -> bool {
    release.end_of_life < table.as_of
}

/// The maintained releases in a range and those that are tested anyway; when there is none, the newest that is in it.
fn from_range(table: &Versions, range: &Fact, tested: Option<&Fact>) -> Fact {
    let mut fact = Fact::of(Vec::<Value>::new(), range.evidence.clone()).confidence(0.8);
    let text = range.value.as_str().map_or_else(|| range.value.to_string(), str::to_owned);
    let inside = |release: &&Release| {
        !release.unavailable && allows(table.dialect, &text, &release.version) == Some(true)
    };
    let all: Vec<&Release> = table.releases.iter().filter(inside).collect();
    let ended = |release: &Release| ended(table, release);
    let mut kept: Vec<&Release> = all.iter().copied().filter(|r| !ended(r) && !r.named_only).collect();
    if kept.is_empty() {
        kept.extend(all.last());
    }
    let mut versions: Vec<&str> = kept.iter().map(|release| release.version.as_str()).collect();
    if let Some(tested) = tested {
        let is_unavailable =
            |version: &str| table.releases.iter().any(|r| r.version == version && r.unavailable);
        let listed = tested.value.as_array().into_iter().flatten().filter_map(Value::as_str);
        let more = listed.filter(|v| allows(table.dialect, &text, v) == Some(true) && !is_unavailable(v));
        let before = versions.len();
        versions.extend(more.filter(|version| !kept.iter().any(|release| release.version == **version)));
        if versions.len() > before {
            versions.sort_by(|a, b| by_number(a, b));
            fact.evidence.extend(tested.evidence.iter().cloned());
        }
    }
    for release in all.iter().filter(|release| !versions.contains(&release.version.as_str())) {
        let because = match ended(release) {
            true => format!("its support ended on {}", release.end_of_life),
            false => "a range alone is not enough to test it".to_owned(),
        };
        let value = Value::from(release.version.as_str());
        fact.refused.push(Refusal { value, evidence: range.evidence[0].clone(), because });
    }
    let mut values: Vec<Value> = versions.iter().copied().map(Value::from).collect();
    let newest = table.releases.last().map_or("", |release| release.version.as_str());
    if values.is_empty() && table.dialect == Dialect::Minimum && by_number(&text, newest) == Ordering::Greater
    {
        // Newer than the table: it must exist, since somebody requires it.
        values.push(Value::from(text));
    }
    fact.value = Value::Array(values);
    fact
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Versions {
        serde_json::from_value(serde_json::json!({
            "fact": "x.versions", "dialect": "pep440", "source": "s", "as-of": "2026-01-01", "first": [],
            "releases": [
                {"version": "3.7", "end-of-life": "2020-01-01", "unavailable": true},
                {"version": "3.9", "end-of-life": "2025-01-01"},
                {"version": "3.10", "end-of-life": "2027-01-01"},
                {"version": "3.11", "end-of-life": "2028-01-01"},
                {"version": "3.12", "end-of-life": "2029-01-01", "named-only": true},
            ],
        }))
        .unwrap()
    }

    fn said(value: impl Into<Value>) -> Fact {
        Fact::new(value, crate::characteristics::Evidence::file("f", "r"))
    }

    #[test]
    fn a_range_stands_for_the_maintained_releases_in_it_and_names_the_others_with_a_reason() {
        let fact = from_range(&table(), &said(">=3.7"), None);
        assert_eq!(fact.value, serde_json::json!(["3.10", "3.11"]));
        let refused: Vec<_> = fact.refused.iter().map(|r| r.value.as_str().unwrap()).collect();
        assert_eq!(refused, ["3.9", "3.12"]);
        assert_eq!(from_range(&table(), &said("==3.9.*"), None).value, serde_json::json!(["3.9"]));
    }

    #[test]
    fn a_newer_release_that_is_tested_is_added_to_a_list() {
        let tested = said(vec!["3.7", "3.11", "3.12", "4.0"]);
        let fact = from_list(&table(), &said(vec!["3.9", "3.10"]), Some(">=3.8,<3.12"), Some(&tested));
        assert_eq!(fact.value, serde_json::json!(["3.9", "3.10", "3.11"]));
    }

    #[test]
    fn what_existing_workflows_test_of_a_range_stays_though_its_support_ended() {
        let tested = said(vec!["3.7", "3.9", "3.11", "4.0"]);
        let fact = from_range(&table(), &said(">=3.8,<4"), Some(&tested));
        assert_eq!(fact.value, serde_json::json!(["3.9", "3.10", "3.11"]));
        assert_eq!(fact.refused.len(), 1);
    }

    #[test]
    fn what_is_listed_counts_where_the_range_allows_it_and_is_sorted_by_number() {
        let fact = from_list(&table(), &said(vec!["3.12", "3.9", "3.10", "3.7"]), Some(">=3.10"), None);
        assert_eq!(fact.value, serde_json::json!(["3.10", "3.12"]));
        assert_eq!(fact.refused.len(), 2);
    }

    #[test]
    fn legs_outside_of_the_range_are_dropped_and_said() {
        use crate::characteristics::Evidence;
        let evidence = || vec![Evidence::file("tox.ini", "tox env_list")];
        let mut facts = Facts::default();
        facts.insert("requires", Fact::of(">=3.13", evidence()));
        let legs =
            serde_json::json!([{ "python": "3.10", "env": "py310" }, { "python": "3.13", "env": "py313" }]);
        facts.insert("legs", Fact::of(legs, evidence()));
        let key = |text: &str| text.to_owned();
        let legs = Legs { fact: key("legs"), version: key("python"), within: key("requires") };
        narrow(&table(), &legs, &mut facts);
        let fact = facts.get("legs").unwrap();
        assert_eq!(fact.value, serde_json::json!([{ "python": "3.13", "env": "py313" }]));
        assert_eq!(fact.refused.len(), 1);
    }
}
