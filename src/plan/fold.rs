//! One job over many projects: jobs that are the same but for the directory become legs of a matrix.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::filters::is_plain_path;
use super::pending::Pending;

/// From so many jobs that are the same on, one with a matrix is easier to read.
const MANY: usize = 4;
/// GitHub starts at most so many jobs from one matrix.
const MAX_LEGS: usize = 256;
/// A path like `test` can be a word of the commands, so that another project has to show where the paths stand.
const MODELS: usize = 8;
/// The axis of the matrix, and what stands for its value.
const AXIS: &str = "directory";
const DIRECTORY: &str = "${{ matrix.directory }}";

/// Folds jobs of one component that differ in the directories of their projects only. The folded job stands where the
/// first of them stood.
pub(super) fn fold(jobs: Vec<Pending<'_>>) -> Vec<Pending<'_>> {
    let mut folded = Vec::with_capacity(jobs.len());
    let mut rest: Vec<Option<Pending<'_>>> = jobs.into_iter().map(Some).collect();
    for at in 0..rest.len() {
        let Some(mut first) = rest[at].take() else { continue };
        if let Some((template, legs)) = family(&first, &rest) {
            first.draft.body = template;
            for leg in legs.into_iter().filter_map(|i| rest[i].take()) {
                join(&mut first, leg);
            }
        }
        folded.push(first);
    }
    folded
}

/// What `first` and enough of the others are instances of, and where these others are.
fn family(first: &Pending<'_>, rest: &[Option<Pending<'_>>]) -> Option<(Map<String, Value>, Vec<usize>)> {
    let alike: Vec<(usize, &Pending<'_>)> = rest
        .iter()
        .enumerate()
        .filter_map(|(i, job)| Some((i, job.as_ref()?)))
        .filter(|(_, job)| is_alike(first, job))
        .collect();
    if alike.len() + 1 < MANY {
        return None;
    }
    let models = std::iter::once(first).chain(alike.iter().map(|(_, job)| *job));
    models.filter_map(template).take(MODELS).find_map(|template| {
        let is_leg = |(_, job): &&(usize, &Pending<'_>)| is_instance(&template, job);
        let legs: Vec<usize> = alike.iter().filter(is_leg).map(|(i, _)| *i).collect();
        let count = legs.len() + 1;
        let fits =
            is_instance(&template, first) && (MANY..=MAX_LEGS / width(&template).max(1)).contains(&count);
        fits.then_some((template, legs))
    })
}

/// Gives a folded job its matrix: the directories, or what says them when the workflow runs.
pub(super) fn over_directories(body: &mut Map<String, Value>, directories: &Value) {
    let slot = body.entry("strategy").or_insert_with(|| json!({ "fail-fast": false, "matrix": {} }));
    if let Some(matrix) = slot.get_mut("matrix").and_then(Value::as_object_mut) {
        matrix.shift_insert(0, AXIS.to_owned(), directories.clone());
    }
}

/// The label of a folded job.
pub(super) fn label() -> String {
    DIRECTORY.to_owned()
}

/// Whether two jobs are of the same kind, for two projects whose paths can stand in a matrix.
fn is_alike(a: &Pending<'_>, b: &Pending<'_>) -> bool {
    let is_fit = |job: &Pending<'_>| match job.projects.as_slice() {
        [project] => is_plain_path(&project.path),
        _ => false,
    };
    let pack = |job: &Pending<'_>| job.projects.first().map(|project| project.pack.clone());
    a.component.id == b.component.id && a.base() == b.base() && pack(a) == pack(b) && is_fit(a) && is_fit(b)
}

/// The body with the matrix in the place of the path; none where the matrix can't be.
fn template(job: &Pending<'_>) -> Option<Map<String, Value>> {
    let path = &job.projects.first()?.path;
    let axes = job.draft.body.get("strategy").and_then(|s| s.get("matrix")).and_then(Value::as_object);
    let own = |axis: &str| axes.is_some_and(|axes| axes.contains_key(axis));
    // A path says where it stands; the root does not.
    if path == "." || own(AXIS) || own("include") || own("exclude") || job.draft.body.contains_key("outputs")
    {
        return None;
    }
    let mut body = Value::Object(job.draft.body.clone());
    generalise(&mut body, path, true)?;
    body.as_object().cloned()
}

fn generalise(value: &mut Value, path: &str, allowed: bool) -> Option<()> {
    match value {
        Value::String(text) => {
            if let Cow::Owned(general) = with_directory(text, path)? {
                *text = general;
                return allowed.then_some(());
            }
        }
        Value::Array(items) => {
            for item in items {
                generalise(item, path, allowed)?;
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                // GitHub does not know the matrix yet in the first two; in commands a value would become code.
                let closed = match key.as_str() {
                    "if" | "strategy" => true,
                    "run" | "script" => value.is_string(),
                    _ => false,
                };
                generalise(value, path, allowed && !closed)?;
            }
        }
        _ => {}
    }
    Some(())
}

/// The text with the matrix for every place where the path stands as a path of its own; none when one of them is inside an
/// expression.
fn with_directory<'t>(text: &'t str, path: &str) -> Option<Cow<'t, str>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let mut general = String::new();
    let mut end = 0;
    for (at, _) in text.match_indices(path) {
        let before = text[..at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        if at < end || before.is_some_and(is_part) || after.is_some_and(|c| is_part(c) && c != '/') {
            continue;
        }
        let (open, close) = (text[..at].rfind("${{"), text[..at].rfind("}}"));
        if open.is_some() && open > close {
            return None;
        }
        general.push_str(&text[end..at]);
        general.push_str(DIRECTORY);
        end = at + path.len();
    }
    Some(match end {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned(general + &text[end..]),
    })
}

/// Whether the template with the path of its project is the job.
fn is_instance(template: &Map<String, Value>, job: &Pending<'_>) -> bool {
    job.projects.first().is_some_and(|project| are_equal(template, &job.draft.body, &project.path))
}

fn are_equal(template: &Map<String, Value>, body: &Map<String, Value>, path: &str) -> bool {
    body.keys().all(|key| template.contains_key(key))
        && template.iter().all(|(key, value)| match body.get(key) {
            Some(own) => is_equal(value, own, path),
            // A job of the root does not say where it is.
            None => path == "." && says_where_only(value),
        })
}

fn is_equal(template: &Value, value: &Value, path: &str) -> bool {
    match (template, value) {
        (Value::String(template), Value::String(text)) => *text == instantiate(template, path),
        (Value::Array(template), Value::Array(items)) => {
            template.len() == items.len() && template.iter().zip(items).all(|(t, i)| is_equal(t, i, path))
        }
        (Value::Object(template), Value::Object(entries)) => are_equal(template, entries, path),
        _ => template == value,
    }
}

fn instantiate(template: &str, path: &str) -> String {
    if path == "." {
        return template.replace(&format!("{DIRECTORY}/"), "").replace(DIRECTORY, path);
    }
    template.replace(DIRECTORY, path)
}

fn says_where_only(template: &Value) -> bool {
    match template {
        Value::String(text) => text == DIRECTORY,
        Value::Object(entries) => entries.values().all(says_where_only),
        _ => false,
    }
}

/// How many legs the job has already.
fn width(body: &Map<String, Value>) -> usize {
    let axes = body.get("strategy").and_then(|s| s.get("matrix")).and_then(Value::as_object);
    axes.into_iter().flat_map(Map::values).filter_map(Value::as_array).map(Vec::len).product()
}

/// Takes a leg into a folded job.
fn join<'a>(first: &mut Pending<'a>, leg: Pending<'a>) {
    first.projects.extend(leg.projects);
    first.used.extend(leg.used);
    for ground in leg.grounds {
        if !first.grounds.contains(&ground) {
            first.grounds.push(ground);
        }
    }
    // What differs from leg to leg is in none of the inputs of the whole.
    first
        .draft
        .inputs
        .retain(|name, setting| leg.draft.inputs.get(name).is_some_and(|other| other.value == setting.value));
}
