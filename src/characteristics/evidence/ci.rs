//! `ci`: a command in a workflow that the repository has matches. Gives the first group, or the match.
//!
//! What somebody runs on every change is the strongest sign of what they want to hold. Workflows that wfgen wrote
//! count too, unless `foreign`: what was decided once stays decided when the workflow that said so is replaced.

use super::tree::descend;
use super::{Evidence, Hit, Scope, Source, pattern};
use crate::characteristics::tree::Text;
use crate::data::Node;

/// Where GitHub looks for workflows.
const FOLDER: &str = ".github/workflows";
/// Workflows of these names are wfgen's, or would be replaced when the user says so.
const OURS: [&str; 3] = ["/ci.yml", "/security.yml", "/release.yml"];
/// What a workflow says that a pull request or a push to a branch starts.
const ON_CHANGES: &str = r#"\bpull_request\b|^["']?on["']?:\s*\[?\s*push\b|^\s+branches(?:-ignore)?:"#;
/// More lines than this prove nothing more.
const MAX_HITS: usize = 16;

pub(super) fn find(expression: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let expression = pattern(expression);
    let mut hits = Vec::new();
    for (path, text) in workflows(source, scope) {
        let lines = scope.tree.lines(path, &text, &expression);
        let said = lines.iter().filter(|line| !line.comment);
        hits.extend(said.map(|line| Hit::new(line.said.as_str(), Evidence::at(path, line.number, "ci"))));
    }
    hits.truncate(MAX_HITS);
    hits
}

/// `ci-at`: an existing workflow has something at a path of keys. Gives it.
pub(super) fn find_at(keys: &[String], source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let reader = format!("ci {}", keys.join("."));
    for (path, _) in workflows(source, scope) {
        let Some(root) = scope.tree.workflow(path) else { continue };
        let mut found = Vec::new();
        descend(&root, keys, root.line, &mut found);
        let hit = |(node, line): (&Node, u32)| Hit::new(node.to_value(), Evidence::at(path, line, &reader));
        hits.extend(found.into_iter().map(hit));
    }
    hits.truncate(MAX_HITS);
    hits
}

/// The workflows that count, with their texts.
fn workflows<'s>(source: &'s Source, scope: &'s Scope<'_>) -> impl Iterator<Item = (&'s str, Text)> {
    let files = scope.tree.below(FOLDER).iter().map(|file| file.path.as_str());
    let ours = |path: &str| scope.tree.is_generated(path) || OURS.iter().any(|name| path.ends_with(name));
    files
        .filter(|path| path.ends_with(".yml") || path.ends_with(".yaml"))
        .filter(move |path| !source.foreign || !ours(path))
        .filter_map(|path| Some((path, scope.tree.checkout().read(path).ok()?)))
        .filter(|(path, text)| {
            let says = |expression: &str| {
                scope.tree.lines(path, text, &pattern(expression)).iter().any(|line| !line.comment)
            };
            (!source.on_changes || says(ON_CHANGES)) && source.beside.as_deref().is_none_or(says)
        })
}
