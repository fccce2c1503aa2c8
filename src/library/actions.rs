//! The action table: name to version, SHA and inputs.
//!
//! `components/actions.json` holds one line per action, as its `action.yml` says it at the pinned commit.

use std::collections::HashMap;
use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::error::{Error, Result};

const BUNDLED: &str = include_str!("../../components/actions.json");

/// One action at one commit.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Action {
    /// `owner/repository` or `owner/repository/path`, spelled as its owner does.
    #[serde(rename = "action")]
    pub name: String,
    /// The release the SHA belongs to, as its tag is spelled, e.g. `v4.2.2`.
    pub version: String,
    /// The full commit SHA.
    pub sha: String,
    /// What runs it: `node24`, `composite`, `docker`...
    pub using: String,
    /// The inputs were read at another version than the pinned one, so the list may lack a new one.
    #[serde(default)]
    pub approximate: bool,
    /// Its inputs in the order it declares them.
    pub inputs: IndexMap<String, Input>,
    /// The names of its outputs.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// What its documentation asks of the job's token: scope to level.
    #[serde(default)]
    pub permissions: IndexMap<String, String>,
    /// Something to know before using it, e.g. that another action replaced it.
    pub note: Option<String>,
    /// A public security incident.
    pub incident: Option<String>,
    /// Actions that it calls by tag, which a policy of full SHAs refuses.
    #[serde(default)]
    pub calls_unpinned: Vec<String>,
}

/// An input of an action.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Input {
    /// It must be given and has no default.
    #[serde(default)]
    pub required: bool,
    /// The action warns when it is given.
    #[serde(default)]
    pub deprecated: bool,
    /// Values that its documentation lists; others may be accepted too.
    #[serde(default)]
    pub values: Vec<String>,
}

impl Action {
    /// What `uses:` says: `owner/repository@<sha>`.
    pub fn uses(&self) -> String {
        format!("{}@{}", self.name, self.sha)
    }

    /// The input of this name; GitHub ignores case.
    pub fn input(&self, name: &str) -> Option<&Input> {
        let exact = self.inputs.get(name);
        exact.or_else(|| self.inputs.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v))
    }

    /// True when the action declares this input.
    pub fn known_input(&self, name: &str) -> bool {
        self.input(name).is_some()
    }

    /// True when the action declares this output.
    pub fn known_output(&self, name: &str) -> bool {
        self.outputs.iter().any(|output| output.eq_ignore_ascii_case(name))
    }
}

/// The actions by name.
#[derive(Debug, Clone, Default)]
pub struct Actions {
    by_name: HashMap<String, Action>,
}

impl Actions {
    /// The table inside this binary, parsed at the first call.
    pub fn bundled() -> &'static Self {
        static TABLE: OnceLock<Actions> = OnceLock::new();
        TABLE.get_or_init(|| {
            let mut table = Actions::default();
            table.insert(serde_json::from_str(BUNDLED).unwrap_or_default());
            table
        })
    }

    /// Adds the rows of another table of the same form; a row of the same name is replaced.
    ///
    /// # Errors
    /// When the text is no such table.
    pub fn overlay(&mut self, json: &str) -> Result<()> {
        let rows = serde_json::from_str(json)
            .map_err(|e| Error::invalid(format!("the action table is not readable: {e}")))?;
        self.insert(rows);
        Ok(())
    }

    fn insert(&mut self, rows: Vec<Action>) {
        self.by_name.extend(rows.into_iter().map(|action| (action.name.to_ascii_lowercase(), action)));
    }

    /// The action of this name, e.g. `actions/checkout`; GitHub ignores case.
    pub fn get(&self, name: &str) -> Option<&Action> {
        if name.bytes().any(|b| b.is_ascii_uppercase()) {
            return self.by_name.get(&name.to_ascii_lowercase());
        }
        self.by_name.get(name)
    }

    /// What to write for `uses: name`: the reference at its full SHA, and the version for the comment.
    pub fn pin(&self, name: &str) -> Option<(String, &str)> {
        self.get(name).map(|action| (action.uses(), action.version.as_str()))
    }

    /// Every action, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Action> {
        self.by_name.values()
    }

    /// The name of an action that is close to this one, for "did you mean".
    pub fn nearest(&self, name: &str) -> Option<&str> {
        crate::error::did_you_mean(name, self.iter().map(|action| action.name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_full_sha_and_a_version() {
        assert_eq!(Actions::bundled().iter().count(), 203);
        for action in Actions::bundled().iter() {
            let full = action.sha.len() == 40 && action.sha.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(full && !action.version.is_empty() && action.name.contains('/'), "{action:?}");
        }
    }

    #[test]
    fn names_and_inputs_are_found_whatever_their_case() {
        let checkout = Actions::bundled().get("Actions/Checkout").unwrap();
        assert_eq!(checkout.name, "actions/checkout");
        assert!(checkout.known_input("Persist-Credentials") && !checkout.known_input("persist"));
        assert!(Actions::bundled().get("actions/cache").unwrap().input("path").unwrap().required);
        assert_eq!(Actions::bundled().nearest("actions/chekout"), Some("actions/checkout"));
    }

    #[test]
    fn a_pin_is_the_reference_and_the_version_for_its_comment() {
        let (uses, version) = Actions::bundled().pin("actions/checkout").unwrap();
        assert_eq!(uses, Actions::bundled().get("actions/checkout").unwrap().uses());
        assert!(version.starts_with('v'));
    }

    #[test]
    fn an_overlay_adds_and_replaces_rows() {
        let mut actions = Actions::bundled().clone();
        let sha = "0123456789abcdef0123456789abcdef01234567";
        let row = |name: &str| {
            format!(r#"[{{"action":"{name}","version":"v1","sha":"{sha}","using":"docker","inputs":{{}}}}]"#)
        };
        actions.overlay(&row("acme/deploy")).unwrap();
        actions.overlay(&row("actions/Checkout")).unwrap();
        assert_eq!(actions.get("acme/deploy").unwrap().sha, sha);
        assert_eq!(actions.get("actions/checkout").unwrap().version, "v1");
        assert!(actions.overlay("{}").is_err());
    }
}
