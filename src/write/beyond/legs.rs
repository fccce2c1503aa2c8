//! The versions and machines that jobs run on.

use std::collections::{BTreeMap, BTreeSet};

use crate::data::Node;
use crate::workflow::matrix;

/// What sets a language up: the action, the input that says the version, and how people call it.
const SET_UP: [(&str, &str, &str); 8] = [
    ("actions/setup-node", "node-version", "Node.js"),
    ("actions/setup-python", "python-version", "Python"),
    ("astral-sh/setup-uv", "python-version", "Python"),
    ("pdm-project/setup-pdm", "python-version", "Python"),
    ("actions/setup-go", "go-version", "Go"),
    ("actions/setup-java", "java-version", "Java"),
    ("actions-rust-lang/setup-rust-toolchain", "toolchain", "Rust"),
    ("dtolnay/rust-toolchain", "toolchain", "Rust"),
];

/// What jobs run on.
#[derive(Debug, Default)]
pub(super) struct Legs {
    /// By the language.
    versions: BTreeMap<&'static str, BTreeSet<String>>,
    machines: BTreeSet<&'static str>,
}

impl Legs {
    /// Adds what one job runs on. Of versions that no matrix lists only those of somebody who tests count.
    pub(super) fn add(&mut self, job: &Node, tests: bool) {
        for step in job.get("steps").map(Node::items).unwrap_or_default() {
            let Some((action, at)) =
                step.get("uses").and_then(Node::as_str).and_then(|uses| uses.split_once('@'))
            else {
                continue;
            };
            let Some((_, input, language)) = SET_UP.iter().find(|(name, ..)| *name == action) else {
                continue;
            };
            let said = step.at(&["with", input]).map(Node::key_text);
            // A toolchain can be the version of the action itself.
            let said = said.or_else(|| (action == "dtolnay/rust-toolchain").then(|| at.to_owned()));
            let counts = |text: &&str| tests || matrix::is_of_matrix(text) || is_channel(text);
            for text in said.iter().flat_map(|said| said.lines()).filter(counts) {
                let found = matrix::spelt_out(job, text).into_iter().filter_map(|text| version(&text));
                self.versions.entry(language).or_default().extend(found);
            }
        }
        let runner = job.get("runs-on").map(|on| on.get("labels").unwrap_or(on));
        let labels = runner.map(|on| {
            if on.items().is_empty() {
                vec![on.key_text()]
            } else {
                on.items().iter().map(Node::key_text).collect()
            }
        });
        let spelt = labels
            .unwrap_or_default()
            .iter()
            .flat_map(|label| matrix::spelt_out(job, label))
            .collect::<Vec<_>>();
        self.machines.extend(spelt.iter().filter_map(|label| machine(label)));
    }

    /// What of this others lack, of the languages that they set up.
    pub(super) fn beyond(&self, others: &Legs) -> Vec<String> {
        let mut found = Vec::new();
        for (language, versions) in &self.versions {
            let Some(known) = others.versions.get(language).filter(|known| !known.is_empty()) else {
                continue;
            };
            let lost = versions.iter().filter(|version| !known.iter().any(|known| is_same(known, version)));
            found.extend(lost.map(|version| format!("{language} {version}")));
        }
        found.extend(self.machines.difference(&others.machines).map(|machine| (*machine).to_owned()));
        found
    }
}

/// A version that is a number, or a channel that is no release; a word like `lts/*` is another one tomorrow.
fn version(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('v').trim_end_matches(".x").trim_end_matches("-dev");
    let is_number = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let is_hash = text.len() >= 40;
    (is_number && !is_hash || is_channel(text) || text.starts_with("pypy")).then(|| text.to_owned())
}

/// What no release is.
fn is_channel(text: &str) -> bool {
    matches!(text, "nightly" | "beta")
}

/// Whether one is the other, or a release of it.
fn is_same(one: &str, other: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let without_dash = |text: &str| text.replace("pypy-", "pypy");
    let (one, other) = (without_dash(one), without_dash(other));
    begins(&one, &other) || begins(&other, &one)
}

fn machine(label: &str) -> Option<&'static str> {
    let label = label.to_ascii_lowercase();
    let is_arm = label.split(['-', ' ', '_']).any(|part| matches!(part, "arm" | "arm64"));
    if label.contains("windows") {
        Some("Windows")
    } else if label.contains("macos") {
        Some("macOS")
    } else {
        (label.contains("ubuntu") && is_arm).then_some("Linux on Arm")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::yaml;

    fn legs(text: &str) -> Legs {
        let mut legs = Legs::default();
        legs.add(&yaml::parse(text).unwrap(), true);
        legs
    }

    #[test]
    fn versions_and_machines_that_others_lack_are_named() {
        let theirs = legs(
            "\
runs-on: ${{ matrix.os }}
strategy:
  matrix:
    os: [ubuntu-latest, windows-latest, macos-latest]
    node: [18.x, 20, lts/*]
steps:
  - uses: actions/setup-node@v4
    with: { node-version: '${{ matrix.node }}' }
  - uses: dtolnay/rust-toolchain@1.85.0
  - uses: actions/setup-go@v5
    with: { go-version: '1.23' }
",
        );
        let ours = legs(
            "\
runs-on: macos-15
steps:
  - uses: actions/setup-node@v4
    with: { node-version: '20.10' }
  - uses: actions-rust-lang/setup-rust-toolchain@v1
    with: { toolchain: '1.85' }
",
        );
        assert_eq!(theirs.beyond(&ours), ["Node.js 18", "Windows"]);
        assert!(ours.beyond(&ours).is_empty());
    }
}
