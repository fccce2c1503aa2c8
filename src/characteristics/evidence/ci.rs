//! `ci`: a command in a workflow that the repository has matches. Gives the first group, or the match.
//!
//! What somebody runs on every change is the strongest sign of what they want to hold. Workflows that wfgen wrote
//! count too, unless `foreign`: what was decided once stays decided when the workflow that said so is replaced.

use super::{Evidence, Hit, Scope, Source, pattern};

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
    let files = scope.tree.below(FOLDER).iter().map(|file| file.path.as_str());
    for path in files.filter(|path| path.ends_with(".yml") || path.ends_with(".yaml")) {
        if source.foreign && (scope.tree.is_generated(path) || OURS.iter().any(|name| path.ends_with(name))) {
            continue;
        }
        let Ok(text) = scope.tree.checkout().read(path) else { continue };
        let lines = scope.tree.lines(path, &text, &expression);
        let said: Vec<_> = lines.iter().filter(|line| !line.comment).collect();
        let also = source.on_changes.then_some(ON_CHANGES).into_iter().chain(source.beside.as_deref());
        let is_said = |expression: &str| {
            scope.tree.lines(path, &text, &pattern(expression)).iter().any(|line| !line.comment)
        };
        if said.is_empty() || !also.into_iter().all(is_said) {
            continue;
        }
        hits.extend(
            said.iter().map(|line| Hit::new(line.said.as_str(), Evidence::at(path, line.number, "ci"))),
        );
    }
    hits.truncate(MAX_HITS);
    hits
}
