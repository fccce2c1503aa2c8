//! Container images without a digest, and passwords for their registries.

use github_actions_expressions::{Expr, SpannedExpr, literal::Literal};

use crate::data::Node;
use crate::validate::report::Report;
use crate::validate::view::{Job, Uses, has_placeholder, is_placeholder, scalar_text};

/// Checks the images of a job.
pub(super) fn check(job: &Job<'_>, report: &mut Report<'_>) {
    if let Some(container) = job.body.get("container") {
        image(container.get("image").unwrap_or(container), job.matrix(), report);
        password(container, report);
    }
    for (_, service) in job.body.get("services").map_or(&[][..], Node::entries) {
        if let Some(at) = service.get("image") {
            image(at, job.matrix(), report);
        }
        password(service, report);
    }
    for step in &job.steps {
        if let Some((at, Uses::Docker(name))) = step.uses {
            report.set_scope(Some(step.lines));
            pinned(at, name, report);
        }
    }
    report.set_scope(Some(job.lines));
}

/// Checks the image of a Docker action.
pub(super) fn action(root: &Node, report: &mut Report<'_>) {
    let docker = root.at(&["runs", "using"]).is_some_and(|using| using.as_str() == Some("docker"));
    if let Some(at) = root.at(&["runs", "image"]).filter(|_| docker)
        && let Some(name) = at.as_str()
        && (name.starts_with("docker://") || !name.ends_with("Dockerfile"))
    {
        pinned(at, name.trim_start_matches("docker://"), report);
    }
}

fn image(at: &Node, matrix: Option<&Node>, report: &mut Report<'_>) {
    let Some(text) = at.as_str().map(str::trim) else {
        return;
    };
    if !is_placeholder(text) {
        pinned(at, text.strip_prefix("docker://").unwrap_or(text), report);
        return;
    }
    let inner = text.trim_start_matches("${{").trim_end_matches("}}");
    let Ok(expr) = Expr::parse(inner) else { return };
    for leaf in expr.leaf_expressions() {
        leaf_image(leaf, at, matrix, report);
    }
}

/// One of the values that an expression can have.
fn leaf_image(leaf: &SpannedExpr<'_>, at: &Node, matrix: Option<&Node>, report: &mut Report<'_>) {
    match &leaf.inner {
        Expr::Literal(Literal::String(name)) => pinned(at, name, report),
        Expr::Context(context) if context.child_of("matrix") => {
            let path = context.as_pattern().unwrap_or_default();
            let path: Vec<&str> = path.split('.').skip(1).collect();
            for value in matrix.into_iter().flat_map(|matrix| expansions(matrix, &path)) {
                match scalar_text(value) {
                    Some(text) if !has_placeholder(&text) => pinned(value, &text, report),
                    _ => unknown(at, report),
                }
            }
        }
        _ => unknown(at, report),
    }
}

/// The values that `matrix.a.b` can have.
fn expansions<'m>(matrix: &'m Node, path: &[&str]) -> Vec<&'m Node> {
    let Some((axis, rest)) = path.split_first() else {
        return Vec::new();
    };
    let dynamic = |node: &Node| node.as_str().is_some();
    if dynamic(matrix) {
        return vec![matrix];
    }
    let find = |node: &'m Node, key: &str| {
        node.entries().iter().find(|(k, _)| k.key_text().eq_ignore_ascii_case(key)).map(|(_, value)| value)
    };
    let row = find(matrix, axis);
    let mut values: Vec<&Node> = match row {
        Some(row) if dynamic(row) => vec![row],
        Some(row) => row.items().iter().collect(),
        None => Vec::new(),
    };
    if let Some(include) = matrix.get("include") {
        match dynamic(include) {
            true => values.push(include),
            false => values.extend(include.items().iter().filter_map(|item| find(item, axis))),
        }
    }
    let follow = |value: &'m Node| {
        rest.iter().try_fold(value, |node, key| if dynamic(node) { Some(node) } else { find(node, key) })
    };
    values.into_iter().filter_map(follow).collect()
}

fn pinned(at: &Node, name: &str, report: &mut Report<'_>) {
    let name = name.trim();
    if name.is_empty() || name.contains("@sha256:") {
        return;
    }
    let tag = name.rsplit('/').next().unwrap_or(name).split_once(':').map(|(_, tag)| tag);
    let why = match tag {
        Some("latest") => "follows `latest`",
        Some(_) => "is not pinned to a digest",
        None => "has neither tag nor digest",
    };
    report
        .error("unpinned-images", at, format!("the image `{name}` {why}"))
        .help("`image:tag@sha256:<digest>`; a tag can be moved to another image");
}

fn unknown(at: &Node, report: &mut Report<'_>) {
    report.warning("unpinned-images", at, "an expression decides on the image, so it may not be pinned");
}

fn password(container: &Node, report: &mut Report<'_>) {
    let Some(at) = container.at(&["credentials", "password"]) else {
        return;
    };
    if at.as_str().is_some_and(|text| !is_placeholder(text)) {
        report
            .error("hardcoded-container-credentials", at, "the password of a registry is in the file")
            .help("take it from `${{ secrets.NAME }}`");
    }
}
