//! `ci`: a command in a workflow that the repository has matches. Gives the first group, or the match.
//!
//! What somebody runs on every change is the strongest sign of what they want to hold. Workflows that wfgen wrote
//! count too, unless `foreign`: what was decided once stays decided when the workflow that said so is replaced. Where it
//! matters which job says a thing (`beside`, and paths inside of jobs), a job that wfgen wrote speaks for the project in
//! whose directory it runs, and somebody else's for all.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use ::regex::Regex;

use super::regex::Line;
use super::tree::descend;
use super::{Evidence, Hit, Names, Scope, Source, pattern};
use crate::characteristics::tree::{Text, Tree};
use crate::data::{Data, Node};
use crate::library::pack::At;

/// Workflows of these names are wfgen's, or would be replaced when the user says so.
const OURS: [&str; 3] = ["/ci.yml", "/security.yml", "/release.yml"];
/// More lines than this prove nothing more.
const MAX_HITS: usize = 16;

/// Every project is told the same, unless wfgen wrote a workflow: found once.
pub(super) fn find(source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let listener = if scope.tree.has_generated() { scope.top } else { "" };
    scope.tree.told(source, listener, || {
        if let Some(expression) = &source.ci {
            find_line(expression, source, scope)
        } else if let Some(At(keys)) = &source.ci_at {
            find_at(keys, source, scope)
        } else if let Some(names) = &source.ci_axis {
            find_axis(names, source, scope)
        } else {
            Vec::new()
        }
    })
}

fn find_line(expression: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let expression = pattern(expression);
    let mut hits = Vec::new();
    for (path, text) in workflows(source, scope) {
        let lines = scope.tree.lines(path, &text, &expression);
        let said: Vec<&Line> = lines.iter().filter(|line| !line.comment).collect();
        if said.is_empty() {
            continue;
        }
        let is_of_jobs = !source.beside.is_empty() || !source.not_beside.is_empty();
        let is_ours = scope.tree.is_generated(path);
        let jobs = if is_of_jobs || is_ours { jobs(path, &text, source, scope) } else { Vec::new() };
        // What a job that wfgen wrote says is said for its project; what stands before all jobs for all.
        let begin = if is_ours { first_job(path, scope) } else { u32::MAX };
        let is_said = |line: &Line| {
            let is_in_job = jobs.iter().any(|job| job.contains(&line.number));
            if is_of_jobs { is_in_job } else { is_in_job || line.number < begin }
        };
        let refused = source.unless.as_ref().map(|expression| says(expression, path, &text, scope));
        let is_refused = |line: &Line| refused.as_ref().is_some_and(|lines| lines.contains(&line.number));
        let loose = if source.held { of_one_version(path, scope) } else { Vec::new() };
        let is_loose = |line: &Line| loose.iter().any(|step| step.contains(&line.number));
        let counts = |line: &&&Line| !is_refused(line) && !is_loose(line) && is_said(line);
        let hit = |line: &&Line| Hit::new(line.said.as_str(), Evidence::at(path, line.number, "ci"));
        hits.extend(said.iter().filter(counts).map(hit));
    }
    hits.truncate(MAX_HITS);
    hits
}

/// `ci-at`: an existing workflow has something at a path of keys. Gives it.
fn find_at(keys: &[String], source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let reader = format!("ci {}", keys.join("."));
    for (path, text) in workflows(source, scope) {
        let Some(root) = scope.tree.workflow(path) else { continue };
        let mut found = Vec::new();
        descend(&root, keys, root.line, &mut found);
        if found.is_empty() {
            continue;
        }
        if keys.first().is_some_and(|key| key == "jobs") {
            let jobs = jobs(path, &text, source, scope);
            found.retain(|(_, line)| jobs.iter().any(|job| job.contains(line)));
        } else if source.beside.iter().any(|said| says(said, path, &text, scope).is_empty()) {
            continue;
        }
        let hit = |(node, line): (&Node, u32)| Hit::new(node.to_value(), Evidence::at(path, line, &reader));
        hits.extend(found.into_iter().map(hit));
    }
    hits.truncate(MAX_HITS);
    hits
}

/// `ci-axis`: a matrix of an existing workflow has an axis of that name. Gives its values, with those of included legs.
fn find_axis(names: &Names, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let path = |end: &[&str]| {
        ["jobs", "*", "strategy", "matrix"].iter().chain(end).map(|key| (*key).to_owned()).collect::<Vec<_>>()
    };
    let paths = names.iter().flat_map(|name| [path(&[name, "*"]), path(&["include", "*", name])]);
    paths.flat_map(|keys| find_at(&keys, source, scope)).collect()
}

/// The workflows that count, with their texts.
fn workflows<'s>(source: &'s Source, scope: &'s Scope<'_>) -> impl Iterator<Item = (&'s str, Text)> {
    let is_refused = |path: &str| {
        let is_ours = scope.tree.is_generated(path);
        let can_be_ours = || OURS.iter().any(|name| path.ends_with(name));
        source.remembered && is_ours || source.foreign && (is_ours || can_be_ours())
    };
    scope
        .tree
        .workflows()
        .filter(move |path| !is_refused(path))
        .filter_map(|path| Some((path, scope.tree.checkout().read(path).ok()?)))
        .filter(move |(path, _)| !source.on_changes || scope.tree.runs_on_changes(path))
}

/// The workflows that changes start, and those of the checkout that such call.
pub(crate) fn run_on_changes(tree: &Tree<'_>) -> HashSet<String> {
    let starts = |path: &&str| tree.workflow(path).is_some_and(|root| starts_on_changes(&root));
    let mut open: Vec<String> = tree.workflows().filter(starts).map(str::to_owned).collect();
    let mut found = HashSet::new();
    while let Some(path) = open.pop() {
        let Some(root) = tree.workflow(&path).filter(|_| found.insert(path)) else { continue };
        let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
        let called = jobs.iter().filter_map(|(_, job)| {
            let path = job.get("uses")?.as_str()?.strip_prefix("./")?;
            is_for_changes(job).then_some(path)
        });
        open.extend(called.map(str::to_owned));
    }
    found
}

/// Conditions that do not hold for most changes: what a release has made, a tag, an input, a label.
static FOR_FEW: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:needs\.[\w-]+\.|github\.ref|inputs\.|labels)").expect("a constant pattern")
});
/// Of what other jobs have found: which files have changed.
static OF_FILES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\bneeds\.[\w-]*(?:change|detect|filter|diff|path)[\w-]*\.").expect("a constant pattern")
});

/// Whether a job runs for changes in general.
fn is_for_changes(job: &Node) -> bool {
    let condition = job.get("if").and_then(Node::as_str);
    condition.is_none_or(|condition| !FOR_FEW.is_match(&OF_FILES.replace_all(condition, "")))
}

/// Events of a change that needs no closer look; a push can be one of tags.
const ON_CHANGES: [&str; 3] = ["push", "pull_request", "merge_group"];

/// A pull request starts a workflow, or a push to a branch, or a merge queue.
fn starts_on_changes(root: &Node) -> bool {
    // Readers of YAML 1.1 see `on` as true, and so do some writers.
    let Some(on) = root.get("on").or_else(|| root.get("true")) else { return false };
    let has = |node: &Node, key: &str| node.entry(key).is_some();
    match &on.data {
        Data::List(events) => {
            events.iter().any(|event| event.as_str().is_some_and(|event| ON_CHANGES.contains(&event)))
        }
        Data::Map(_) => {
            let of_branches =
                |push: &Node| !has(push, "tags") || has(push, "branches") || has(push, "branches-ignore");
            has(on, "pull_request")
                || has(on, "merge_group")
                || on.entry("push").is_some_and(|(_, push)| of_branches(push))
        }
        _ => on.as_str().is_some_and(|event| ON_CHANGES.contains(&event)),
    }
}

/// Conditions that keep a step to one version of a matrix.
static OF_ONE_VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"matrix\.[\w-]+\s*==\s*'(?:nightly[\w-]*|beta|v?\d[\w.-]*)'").expect("a constant pattern")
});

/// Whether a condition keeps a step to one version of a matrix.
pub(crate) fn is_of_one_version(step: &Node) -> bool {
    step.get("if").and_then(Node::as_str).is_some_and(|condition| OF_ONE_VERSION.is_match(condition))
}

/// The lines of the steps that a condition keeps to one version of a matrix.
fn of_one_version(path: &str, scope: &Scope<'_>) -> Vec<Range<u32>> {
    let Some(root) = scope.tree.workflow(path) else { return Vec::new() };
    let mut found = Vec::new();
    for (_, job) in root.get("jobs").map(Node::entries).unwrap_or_default() {
        let steps = job.get("steps").map(Node::items).unwrap_or_default();
        let ends = steps.iter().skip(1).map(|step| step.line).chain([u32::MAX]);
        let all = steps.iter().zip(ends).filter(|(step, _)| is_of_one_version(step));
        found.extend(all.map(|(step, end)| step.line..end.min(last_line(step) + 1)));
    }
    found
}

/// The line that a step ends on, as far as its parts show: a script ends with its last line.
fn last_line(step: &Node) -> u32 {
    let parts = step.entries().iter().map(|(_, value)| {
        let lines = value.as_str().map_or(0, |text| text.lines().count());
        value.line + u32::try_from(lines).unwrap_or_default()
    });
    parts.max().unwrap_or(step.line)
}

/// The line that the first job begins on.
fn first_job(path: &str, scope: &Scope<'_>) -> u32 {
    let root = scope.tree.workflow(path);
    let jobs = root.as_ref().and_then(|root| root.get("jobs")).map(Node::entries);
    jobs.and_then(|jobs| jobs.first()).map_or(u32::MAX, |(id, _)| id.line)
}

/// The lines of the jobs that speak for the project and say everything that has to stand beside a hit.
fn jobs(path: &str, text: &Text, source: &Source, scope: &Scope<'_>) -> Vec<Range<u32>> {
    let Some(root) = scope.tree.workflow(path) else { return Vec::new() };
    let all = root.get("jobs").map(Node::entries).unwrap_or_default();
    let ends = all.iter().skip(1).map(|(id, _)| id.line).chain([u32::MAX]);
    let ours = scope.tree.is_generated(path);
    let speaks = |job: &Node| {
        let defaults = job.get("defaults").and_then(|defaults| defaults.get("run"));
        let directory = defaults.and_then(|run| run.get("working-directory")).and_then(Node::as_str);
        directory.map_or(scope.top == ".", |directory| directory == scope.top || directory.contains("${{"))
    };
    all.iter()
        .zip(ends)
        .filter(|((_, job), _)| !ours || speaks(job))
        .map(|((id, _), end)| id.line..end)
        .filter(|job| {
            let has = |said: &str| says(said, path, text, scope).iter().any(|line| job.contains(line));
            source.beside.iter().all(has) && !source.not_beside.iter().any(has)
        })
        .collect()
}

/// The numbers of the lines that say something.
fn says(expression: &str, path: &str, text: &Text, scope: &Scope<'_>) -> Vec<u32> {
    let lines = scope.tree.lines(path, text, &pattern(expression));
    lines.iter().filter(|line| !line.comment).map(|line| line.number).collect()
}
