//! No text under the name of a manifest makes the analysis panic, overflow the stack or hang.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use wfgen::characteristics;
use wfgen::checkout::{Checkout, Options};
use wfgen::config::Projects;
use wfgen::library::Source;
use wfgen::library::pack::Packs;

static PACKS: LazyLock<Packs> =
    LazyLock::new(|| Packs::load(&[Source::bundled()]).expect("the bundled packs are valid"));

/// One name for every reader, and files that facts are read from.
const NAMES: &[&str] = &[
    "Cargo.toml",
    "Dockerfile",
    "Makefile",
    "Taskfile.yml",
    "build.gradle",
    "build.gradle.kts",
    "compose.yaml",
    "go.mod",
    "go.work",
    "justfile",
    "mise.toml",
    "noxfile.py",
    "package.json",
    "pnpm-workspace.yaml",
    "pom.xml",
    "pyproject.toml",
    "requirements.txt",
    "rust-toolchain.toml",
    "settings.gradle",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "tox.toml",
    ".github/workflows/ci.yml",
    ".tool-versions",
];

fuzz_target!(|files: Vec<(u8, &[u8])>| {
    let folder = tempfile::tempdir().expect("a temporary directory");
    for (name, content) in files.into_iter().take(4) {
        let path = folder.path().join(NAMES[usize::from(name) % NAMES.len()]);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    let checkout = Checkout::open(folder.path(), &Options::default()).expect("a directory");
    let found = characteristics::analyze(&checkout, &PACKS, &Projects::default()).expect("the bundled packs are valid");
    serde_json::to_string(&found).expect("what is found can be printed");
});
