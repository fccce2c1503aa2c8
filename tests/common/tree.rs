//! A checkout in a temporary directory, and what a command says in it.

#![allow(dead_code)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A checkout in a temporary directory.
pub struct Tree(tempfile::TempDir);

impl Tree {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    /// A crate with an oldest supported Rust.
    pub fn rust() -> Self {
        Tree::new(&[("Cargo.toml", CRATE), ("src/lib.rs", "#[test]\nfn works() {}\n")])
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    pub fn has(&self, path: &str) -> bool {
        self.root().join(path).exists()
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfgen"));
        Ran::of(&command.args(arguments).current_dir(self.root()).output().unwrap())
    }
}

/// What a command said, and its exit code.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "no {text:?} in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }
}

pub const CRATE: &str =
    "[package]\nname = \"toy\"\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.85\"\n";
pub const CI: &str = ".github/workflows/ci.yml";

pub const PYTHON: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[project]\nname = \"toy\"\nversion = \"0.1.0\"\ndependencies = [\"pytest\"]\nrequires-python = \">=3.12\"\n",
    ),
    ("toy/__init__.py", ""),
    ("tests/test_toy.py", "def test_it():\n    pass\n"),
];
