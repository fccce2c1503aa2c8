//! Ownership, merge and transactions on whole trees.

#![allow(clippy::unwrap_used)]

mod bases;
mod foreign;
mod kill;
mod ownership;
mod pins;
mod transaction;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wfgen::write::{self, Comparison, FileComparison, Generated, Options, Owner, State, Written};

pub(crate) const CI: &str = ".github/workflows/ci.yml";
pub(crate) const OLD: &str = "1111111111111111111111111111111111111111";
pub(crate) const NEW: &str = "2222222222222222222222222222222222222222";

/// The header of a generated file.
pub(crate) fn header(library: &str) -> String {
    write::header(library).iter().map(|line| format!("# {line}\n")).collect()
}

/// A workflow as the generator would write it.
pub(crate) fn workflow() -> String {
    format!(
        "{}
name: CI

on:
  push:
    branches: [main]
  pull_request:

permissions: {{}}

jobs:
  lint:
    name: Lint
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@{OLD} # v4.2.0
        with:
          persist-credentials: false
      - name: Lint
        run: make lint

  test:
    name: Test
    runs-on: ubuntu-24.04
    timeout-minutes: 15
    steps:
      - uses: actions/checkout@{OLD} # v4.2.0
        with:
          persist-credentials: false
      - name: Set up
        run: |
          # a comment of the script
          make deps
      - name: Test
        run: make test
",
        header("1.0.0")
    )
}

/// A checkout in a temporary folder, and what is generated for it.
pub(crate) struct Tree {
    dir: tempfile::TempDir,
    pub(crate) generated: Vec<Generated>,
    pub(crate) options: Options,
}

impl Tree {
    pub(crate) fn new() -> Self {
        let options = Options { library: "1.0.0".to_owned(), ..Options::default() };
        let mut tree = Tree { dir: tempfile::tempdir().unwrap(), generated: Vec::new(), options };
        tree.generate(CI, &workflow());
        tree
    }

    /// With the first generation written.
    pub(crate) fn written() -> Self {
        let tree = Tree::new();
        tree.apply();
        tree
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    /// Edits a file by hand.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{from:?} is not in\n{text}");
        self.write(path, &text.replace(from, to));
    }

    /// Says what is generated at a path from now on.
    pub(crate) fn generate(&mut self, path: &str, text: &str) {
        self.generated.retain(|file| file.path != path);
        let components = BTreeMap::from([("git/checkout".to_owned(), "1.0.0".to_owned())]);
        let (path, text, facts) = (path.to_owned(), text.to_owned(), BTreeMap::new());
        self.generated.push(Generated { path, text, components, facts, ..Generated::default() });
    }

    /// Changes what is generated for `ci.yml`.
    pub(crate) fn regenerate(&mut self, from: &str, to: &str) {
        let text = self.generated.iter().find(|file| file.path == CI).unwrap().text.clone();
        assert!(text.contains(from), "{from:?} is not in\n{text}");
        self.generate(CI, &text.replace(from, to));
    }

    pub(crate) fn try_compare(&self) -> wfgen::Result<Comparison> {
        write::compare(self.root(), &self.generated, &self.options)
    }

    pub(crate) fn compare(&self) -> Comparison {
        self.try_compare().unwrap()
    }

    pub(crate) fn file(&self, path: &str) -> FileComparison {
        self.compare().files.into_iter().find(|file| file.path == path).unwrap()
    }

    pub(crate) fn state(&self, path: &str) -> State {
        self.file(path).state
    }

    pub(crate) fn try_apply(&self) -> wfgen::Result<Written> {
        write::apply(self.root(), &self.compare(), &|_, _| Ok(()))
    }

    pub(crate) fn apply(&self) -> Written {
        self.try_apply().unwrap()
    }

    /// The differences of `ci.yml` that one owner has, as "what detail".
    pub(crate) fn differences(&self, owner: Owner) -> Vec<String> {
        let file = self.file(CI);
        let own = file.differences.iter().filter(|difference| difference.owner == owner);
        own.map(|difference| format!("{} {}", difference.what, difference.detail)).collect()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.root()).args(["-c", "user.name=t", "-c", "user.email=t@example.org"]);
        let output = git.args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Every file outside `.wfgen`, with its content.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(self.root())
    }
}

/// Every file below a folder, outside `.wfgen` and `.git`.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with(".wfgen") && !path.ends_with(".git") {
                    folders.push(path);
                }
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    found
}
