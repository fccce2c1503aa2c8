//! GitHub's lock file for actions, `.github/workflows/actions.lock` (public preview, schema v0.0.x).
//!
//! It lists, per workflow, `owner/repo@ref`, and per such key the commit that it stands for
//! (<https://github.com/github/gh-actions-lock>). It is a preview, so whatever does not have this form is passed over.

use std::collections::BTreeMap;

use crate::data::{Node, yaml};

/// Where GitHub looks for it.
pub(super) const PATH: &str = ".github/workflows/actions.lock";

/// Which commit a tag in which workflow stands for.
#[derive(Debug, Default)]
pub(super) struct ActionsLock {
    /// Workflow to the keys that it is onboarded with, in lower case up to the `@`.
    workflows: BTreeMap<String, Vec<String>>,
    /// Key to commit and the version that names it.
    dependencies: BTreeMap<String, (String, String)>,
}

impl ActionsLock {
    /// Reads what can be understood; a broken file locks nothing, as it is for GitHub.
    pub(super) fn parse(text: &str) -> Self {
        let Ok(root) = yaml::parse(text) else {
            return ActionsLock::default();
        };
        let entries = |key| root.get(key).map(Node::entries).unwrap_or_default();
        let workflows = entries("workflows").iter().map(|(path, keys)| {
            let keys = keys.items().iter().filter_map(Node::as_str).map(normal).collect();
            (path.key_text(), keys)
        });
        let dependencies = entries("dependencies").iter().filter_map(|(key, entry)| {
            let commit = entry.get("commit")?.as_str()?;
            let commit = commit.split_once('-').map_or(commit, |(_, hash)| hash).to_ascii_lowercase();
            let hash = matches!(commit.len(), 40 | 64) && commit.bytes().all(|b| b.is_ascii_hexdigit());
            let key = key.key_text();
            let reference = key.split_once('@').map_or("", |(_, reference)| reference);
            let named = entry.get("ref").and_then(Node::as_str).unwrap_or(reference).to_owned();
            hash.then(|| (normal(&key), (commit, named)))
        });
        ActionsLock { workflows: workflows.collect(), dependencies: dependencies.collect() }
    }

    /// Commit and version of `action@reference` in a workflow, when the lock holds for that workflow.
    pub(super) fn resolve(&self, workflow: &str, action: &str, reference: &str) -> Option<(String, String)> {
        let keys = self.workflows.get(workflow)?;
        let key = names(action, reference).into_iter().find(|key| keys.contains(key))?;
        self.dependencies.get(&key).cloned()
    }

    /// Whether GitHub would refuse to run a workflow because of this `uses:`: the lock holds for the workflow and
    /// does not list it.
    pub(super) fn misses(&self, workflow: &str, action: &str, reference: &str) -> bool {
        let missing = |keys: &Vec<String>| names(action, reference).iter().all(|key| !keys.contains(key));
        self.workflows.get(workflow).is_some_and(missing)
    }
}

/// The keys under which the lock may list an action: one in a folder of a repository is locked as the repository.
fn names(action: &str, reference: &str) -> [String; 2] {
    let repository = action.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    [action, &repository].map(|name| normal(&format!("{name}@{reference}")))
}

fn normal(key: &str) -> String {
    match key.split_once('@') {
        Some((action, reference)) => format!("{}@{reference}", action.to_ascii_lowercase()),
        None => key.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
# machine-generated
version: 'v0.0.2'
workflows:
    '.github/workflows/ci.yml':
        - 'Actions/checkout@v6.0.2'
        - 'github/codeql-action@v4'
dependencies:
    'Actions/checkout@v6.0.2':
        ref: 'v6.0.2'
        commit: 'sha1-de0fac2e4500dabe0009e67214ff5f5447ce83dd'
        owner_id: 1
    'github/codeql-action@v4':
        ref: 'v4'
        commit: 'sha1-1111111111111111111111111111111111111111'
    'broken/entry@v1':
        commit: 'not-a-commit'
    later: [something, else]
";

    #[test]
    fn a_tag_is_resolved_in_the_workflows_that_are_onboarded() {
        let lock = ActionsLock::parse(LOCK);
        let found = lock.resolve(".github/workflows/ci.yml", "actions/checkout", "v6.0.2").unwrap();
        assert_eq!(found, ("de0fac2e4500dabe0009e67214ff5f5447ce83dd".into(), "v6.0.2".into()));
        assert_eq!(lock.resolve(".github/workflows/other.yml", "actions/checkout", "v6.0.2"), None);
        assert_eq!(lock.resolve(".github/workflows/ci.yml", "actions/checkout", "v6"), None);
        assert_eq!(lock.resolve(".github/workflows/ci.yml", "broken/entry", "v1"), None);
    }

    #[test]
    fn an_action_in_a_folder_is_locked_as_its_repository() {
        let lock = ActionsLock::parse(LOCK);
        assert!(lock.resolve(".github/workflows/ci.yml", "github/codeql-action/init", "v4").is_some());
    }

    #[test]
    fn a_broken_lock_locks_nothing() {
        let lock = ActionsLock::parse("workflows: [\n");
        assert_eq!(lock.resolve(".github/workflows/ci.yml", "actions/checkout", "v6.0.2"), None);
    }
}
