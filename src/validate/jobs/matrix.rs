//! Matrices: repeated values, and exclusions that exclude nothing.

use crate::data::{Data, Node};
use crate::validate::report::Report;
use crate::validate::view::{has_placeholder, is_placeholder, scalar_text};

/// GitHub's limit for the jobs of one matrix.
const MOST_JOBS: usize = 256;

/// Checks a matrix that is written out.
pub(super) fn check(matrix: &Node, report: &mut Report<'_>) {
    let mut jobs: usize = 1;
    for (key, row) in axes(matrix) {
        let values = row.items();
        jobs = jobs.saturating_mul(values.len().max(1));
        for (n, value) in values.iter().enumerate() {
            if values[..n].iter().any(|other| same(other, value)) {
                let message = format!("{} is in `{}` twice", show(value), key.key_text());
                report.error("matrix", value, message);
            }
        }
    }
    if jobs > MOST_JOBS {
        report.error("matrix", matrix, format!("this makes {jobs} jobs, GitHub allows {MOST_JOBS}"));
    }
    exclusions(matrix, report);
}

fn axes(matrix: &Node) -> impl Iterator<Item = &(Node, Node)> {
    matrix.entries().iter().filter(|(key, _)| !matches!(key.as_str(), Some("include" | "exclude")))
}

/// A value of an axis: one is there, or it can't be known.
struct Axis<'m> {
    name: &'m str,
    values: Vec<&'m Node>,
    open: bool,
}

fn exclusions(matrix: &Node, report: &mut Report<'_>) {
    let Some((key, exclude)) = matrix.entry("exclude") else {
        return;
    };
    let include = matrix.get("include");
    let hidden =
        |node: &Node| node.as_str().is_some() || node.items().iter().any(|item| item.as_str().is_some());
    if exclude.items().is_empty() || include.is_some_and(hidden) {
        return;
    }
    let mut known: Vec<Axis<'_>> = axes(matrix)
        .filter_map(|(key, row)| {
            let open = row.as_str().is_some();
            Some(Axis { name: key.as_str()?, values: row.items().iter().collect(), open })
        })
        .collect();
    for (key, value) in include.map_or(&[][..], Node::items).iter().flat_map(Node::entries) {
        let Some(name) = key.as_str() else { continue };
        match known.iter_mut().find(|axis| axis.name.eq_ignore_ascii_case(name)) {
            Some(axis) => axis.values.push(value),
            None => known.push(Axis { name, values: vec![value], open: false }),
        }
    }
    if known.is_empty() {
        report.error("matrix", key, "there is nothing to exclude from");
        return;
    }
    for (key, value) in exclude.items().iter().flat_map(Node::entries) {
        let name = key.key_text();
        match known.iter().find(|axis| axis.name.eq_ignore_ascii_case(&name)) {
            None => {
                let names: Vec<&str> = known.iter().map(|axis| axis.name).collect();
                let finding = report.error("matrix", key, format!("the matrix has no `{name}`"));
                finding.help(format!("it has {}", names.join(", ")));
            }
            Some(axis) if axis.open || axis.values.iter().any(|candidate| covers(candidate, value)) => {}
            Some(_) => {
                let message = format!("{} is no value of `{name}`, so this excludes nothing", show(value));
                report.error("matrix", value, message);
            }
        }
    }
}

/// The same value for GitHub, which compares text without regard to type.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.data, &b.data) {
        (Data::List(a), Data::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Data::Map(a), Data::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| find(b, key).is_some_and(|b| same(a, b)))
        }
        _ => a.data == b.data || scalar_text(a).is_some_and(|a| scalar_text(b) == Some(a)),
    }
}

/// True when excluding `part` can hit `value`.
fn covers(value: &Node, part: &Node) -> bool {
    let dynamic = |node: &Node| node.as_str().is_some_and(has_placeholder);
    if dynamic(value) || dynamic(part) {
        return true;
    }
    match (&value.data, &part.data) {
        (Data::Map(value), Data::Map(part)) => {
            part.iter().all(|(key, part)| find(value, key).is_some_and(|value| covers(value, part)))
        }
        (Data::List(value), Data::List(part)) => {
            value.len() == part.len() && value.iter().zip(part).all(|(value, part)| covers(value, part))
        }
        _ => same(value, part),
    }
}

fn find<'m>(entries: &'m [(Node, Node)], wanted: &Node) -> Option<&'m Node> {
    let wanted = wanted.key_text();
    entries.iter().find(|(key, _)| key.key_text().eq_ignore_ascii_case(&wanted)).map(|(_, value)| value)
}

fn show(value: &Node) -> String {
    match scalar_text(value) {
        Some(text) if !is_placeholder(&text) => format!("`{text}`"),
        _ => format!("`{}`", value.to_value()),
    }
}
