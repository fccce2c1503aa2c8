//! Two lists of steps as one: what both have is written once, what one has runs in its arm.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::choose::{and, choose};
use crate::workflow::Step;

/// Writes two lists of steps as one that follows the arm. `in_step` is true in the treatment.
///
/// # Errors
/// One sentence for every step that can't follow the arm.
pub(super) fn weave(control: &[Step], treatment: &[Step], in_step: &str) -> Result<Vec<Step>, Vec<String>> {
    let mut woven = Vec::new();
    let mut faults = Vec::new();
    let texts = |steps: &[Step]| steps.iter().map(|step| step.to_value().to_string()).collect::<Vec<_>>();
    let (one, other) = (texts(control), texts(treatment));
    let [one, other] = [&one, &other].map(|texts| texts.iter().map(String::as_str).collect::<Vec<_>>());
    let diff = TextDiff::from_slices(&one, &other);
    let mut gap = Gap::default();
    for change in diff.iter_all_changes() {
        match (change.tag(), change.old_index(), change.new_index()) {
            (ChangeTag::Delete, Some(at), _) => gap.control.push(&control[at]),
            (ChangeTag::Insert, _, Some(at)) => gap.treatment.push(&treatment[at]),
            (ChangeTag::Equal, Some(at), _) => {
                std::mem::take(&mut gap).close(in_step, &mut woven, &mut faults);
                woven.push(control[at].clone());
            }
            _ => {}
        }
    }
    gap.close(in_step, &mut woven, &mut faults);
    if faults.is_empty() { Ok(woven) } else { Err(faults) }
}

/// Steps between two that both lists have.
#[derive(Default)]
struct Gap<'a> {
    control: Vec<&'a Step>,
    treatment: Vec<&'a Step>,
}

impl Gap<'_> {
    fn close(self, in_step: &str, woven: &mut Vec<Step>, faults: &mut Vec<String>) {
        let mut left = self.treatment;
        for step in self.control {
            // The step with the same name or action is the same one with another setting.
            let twin = left.iter().position(|other| is_same(step, other));
            let before = twin.map_or_else(Vec::new, |at| left.drain(..=at).collect());
            let (twin, before) = match before.split_last() {
                Some((twin, before)) => (Some(*twin), before.to_vec()),
                None => (None, Vec::new()),
            };
            woven.extend(before.into_iter().map(|step| only_in(step, in_step)));
            match twin.map(|twin| settings(step, twin, in_step)) {
                Some(Some(both)) => woven.push(both),
                Some(None) if step.id.is_some() => {
                    let name = step.name.as_deref().or(step.id.as_deref()).unwrap_or_default();
                    faults.push(format!("the step `{name}` has an id and differs in more than its settings"));
                }
                Some(None) => {
                    woven.push(only_in(step, &not(in_step)));
                    woven.extend(twin.map(|twin| only_in(twin, in_step)));
                }
                None => woven.push(only_in(step, &not(in_step))),
            }
        }
        woven.extend(left.into_iter().map(|step| only_in(step, in_step)));
    }
}

fn not(condition: &str) -> String {
    match condition.split_once(" == ") {
        Some((one, other)) if !other.contains([' ', '(']) => format!("{one} != {other}"),
        _ => format!("!({condition})"),
    }
}

fn is_same(one: &Step, other: &Step) -> bool {
    let action = |step: &Step| step.uses.as_ref().map(|uses| uses.target.clone());
    match (&one.id, &other.id) {
        (Some(one), Some(other)) => one == other,
        _ => one.name == other.name && action(one) == action(other),
    }
}

fn only_in(step: &Step, condition: &str) -> Step {
    Step { condition: Some(and(condition, step.condition.as_deref())), ..step.clone() }
}

/// One step for both when they differ in nothing but settings that an expression can choose.
fn settings(control: &Step, treatment: &Step, in_step: &str) -> Option<Step> {
    let bare = |step: &Step| Step { with: Default::default(), env: Default::default(), ..step.clone() };
    if bare(control) != bare(treatment) {
        return None;
    }
    let mut step = control.clone();
    let pairs =
        [(&control.with, &treatment.with, &mut step.with), (&control.env, &treatment.env, &mut step.env)];
    for (one, other, into) in pairs {
        // A setting that is not there is not the same as an empty one.
        if one.len() != other.len() || !one.keys().all(|key| other.contains_key(key)) {
            return None;
        }
        for (key, value) in into {
            *value = choose(&one[key], &other[key], in_step).ok()?;
        }
    }
    Some(step)
}

/// The keys that caches are saved under; see [`separate_caches`].
const CACHE_KEYS: &[(&str, &str, &[&str])] = &[
    ("actions", "cache", &["key", "restore-keys"]),
    ("Swatinem", "rust-cache", &["prefix-key"]),
    ("astral-sh", "setup-uv", &["cache-suffix"]),
];

/// Gives every cache a key of its own in each arm, so that one does not warm the other's. Gives back the names of
/// the steps whose action can't separate them.
pub fn separate_caches(steps: &mut [Step], arm_name: &str) -> Vec<String> {
    let mut shared = Vec::new();
    for step in steps {
        let Some(crate::workflow::Target::Repository { owner, name, .. }) =
            step.uses.as_ref().map(|uses| &uses.target)
        else {
            continue;
        };
        let keys = CACHE_KEYS.iter().find(|(o, n, _)| o == owner && n == name).map(|(_, _, keys)| *keys);
        if let Some(keys) = keys {
            for key in keys {
                let own = step.with.get(*key).and_then(Value::as_str);
                let lines = own.unwrap_or_default().lines();
                let value: Vec<String> = match (own, *key) {
                    (None, "restore-keys") => continue,
                    (None, "prefix-key") => vec![format!("v0-rust-{arm_name}")],
                    (None, _) => vec![arm_name.to_owned()],
                    (Some(_), "restore-keys") => lines.map(|line| format!("{arm_name}-{line}")).collect(),
                    (Some(own), _) => vec![format!("{arm_name}-{own}")],
                };
                step.with.insert((*key).to_owned(), Value::String(value.join("\n")));
            }
        } else if name.starts_with("setup-")
            && step.with.get("cache").is_some_and(|cache| !matches!(cache, Value::Bool(false)) && cache != "")
        {
            shared.push(step.name.clone().unwrap_or_else(|| format!("{owner}/{name}")));
        }
    }
    shared
}
