//! Workflows of the user's beside what is generated: what they are evidence for, and what is said of them.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[path = "common/tree.rs"]
mod tree;

use std::fs;
use std::process::Command;

use tree::{CI, CRATE, PYTHON, Tree};

#[test]
fn a_default_branch_whose_name_speaks_of_releases_is_tested_by_pull_requests() {
    let tree = Tree::rust();
    Command::new("git").args(["init", "-q", "-b", "release/2"]).current_dir(tree.root()).status().unwrap();
    tree.run(&["generate"]).exits(0);
    let ci = tree.read(CI);
    assert!(!ci.contains("push:") && ci.contains("pull_request:"), "{ci}");
    let explained = tree.run(&["analyze", "--explain", "repository.branches"]).exits(0);
    explained.says("counts as published");
}

#[test]
fn what_one_job_is_tested_on_is_no_evidence_for_the_jobs_of_other_languages() {
    let tests = "on: pull_request\njobs:\n  rust:\n    strategy: { matrix: { os: [ubuntu-latest, windows-latest] } }\n    \
                 runs-on: ${{ matrix.os }}\n    steps:\n      - run: cargo test\n  python:\n    runs-on: ubuntu-latest\n    \
                 steps:\n      - uses: actions/setup-python@v6\n      - run: pytest\n  node:\n    strategy: { matrix: { node: \
                 [22, 24] } }\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n";
    let tree = Tree::new(&[
        ("rs/Cargo.toml", CRATE),
        ("rs/src/lib.rs", ""),
        ("py/pyproject.toml", PYTHON[0].1),
        ("py/tests/test_toy.py", PYTHON[2].1),
        (
            "js/package.json",
            "{ \"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": { \"test\": \"node --test\" } }\n",
        ),
        ("js/package-lock.json", "{ \"lockfileVersion\": 3 }\n"),
        (
            "web/package.json",
            "{ \"name\": \"b\", \"version\": \"1.0.0\", \"scripts\": { \"test\": \"node --test\" } }\n",
        ),
        (".github/workflows/tests.yml", tests),
    ]);
    tree.run(&["generate"]).exits(0);
    let ci = tree.read(CI);
    assert_eq!(ci.matches("windows-2025").count(), 1, "{ci}");
    assert!(ci.contains("node: [\"22\", \"24\"]"), "{ci}");
    tree.run(&["generate", "--check"]).exits(0);
    // What was decided stays decided without the workflow that said so.
    fs::remove_file(tree.root().join(".github/workflows/tests.yml")).unwrap();
    tree.run(&["generate", "--check"]).exits(0);
    tree.run(&["analyze", "--explain", "node.tested"]).exits(0).says("as the lock remembers");
}

#[test]
fn a_quiet_run_says_only_what_is_wrong() {
    let tree = Tree::rust();
    assert_eq!(tree.run(&["generate", "--quiet"]).exits(0).out, "");
    assert_eq!(tree.run(&["generate", "--quiet", "--check"]).exits(0).out, "");
    tree.run(&["generate", "--quiet", "--plan"]).exits(0).says("test");
    tree.write("Cargo.toml", &CRATE.replace("1.85", "1.90"));
    tree.run(&["generate", "--quiet", "--check"]).exits(1).says("`msrv`");
}

#[test]
fn an_adopted_workflow_does_nothing_twice() {
    let tree = Tree::rust();
    tree.write(
        ".github/workflows/release.yml",
        "name: Release\non:\n  release:\n    types: [published]\njobs:\n  publish:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - uses: actions/checkout@v5\n      - run: cargo publish --token ${{ secrets.CARGO_TOKEN }}\n  announce:\n    \
         runs-on: ubuntu-latest\n    steps:\n      - run: ./announce\n",
    );
    tree.run(&["generate", "--adopt"]).exits(0);
    let text = tree.read(".github/workflows/release.yml");
    assert_eq!(text.matches("cargo publish").count(), 1, "{text}");
    assert!(text.contains("./announce"), "{text}");
    tree.run(&["generate", "--check"]).exits(0);
}

#[test]
fn what_an_old_workflow_says_is_kept_and_so_is_what_it_is_asked_for() {
    let tree = Tree::rust();
    let old = "name: Old\non:\n  pull_request:\n  merge_group:\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      \
               - uses: actions/checkout@v5\n      - run: cargo clippy\n";
    tree.write(".github/workflows/old.yml", old);
    tree.run(&["generate"]).exits(0).says("`.github/workflows/old.yml` stays as before");
    assert!(tree.read(CI).contains("  merge_group:\n    types: [checks_requested]\n"));
    assert!(tree.read(CI).contains("cargo clippy"));
    // What was decided stays decided when the workflow that said so goes.
    fs::remove_file(tree.root().join(".github/workflows/old.yml")).unwrap();
    tree.run(&["generate", "--check"]).exits(0);
}

#[test]
fn what_is_lost_with_a_replaced_workflow_is_named_and_so_is_what_another_does_alone() {
    let job = |id: &str, run: &str| {
        format!(
            "  {id}:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v6\n      - run: {run}\n"
        )
    };
    let workflow = |jobs: &[String]| format!("on: [push, pull_request]\njobs:\n{}", jobs.concat());
    let tree = Tree::rust();
    tree.write(
        CI,
        &workflow(&[job("test", "cargo test --verbose"), job("miri", "cargo +nightly miri test")]),
    );
    tree.write(
        ".github/workflows/more.yml",
        &workflow(&[job("style", "cargo fmt --check"), job("spell", "codespell src")]),
    );
    tree.write(".circleci/config.yml", "version: 2.1\n");
    let ran = tree.run(&["generate", "--force"]).exits(0);
    let ran = ran.says("job `miri` goes, and nothing generated runs `cargo +nightly miri test`");
    assert!(!ran.out.contains("job `test` goes"), "{}", ran.out);
    let told = format!("{}{}", ran.out, ran.err);
    assert!(told.contains("but not `spell`, which runs `codespell src`"), "{told}");
    assert!(told.contains("`.circleci/config.yml` is not read"), "{told}");
    // It is said once.
    let again = tree.run(&["generate"]).exits(0);
    assert!(!format!("{}{}", again.out, again.err).contains("Note"), "{}{}", again.out, again.err);
}

#[test]
fn what_a_replaced_workflow_said_of_versions_stays() {
    let tree = Tree::new(&[
        ("go.mod", "module example.com/toy\n\ngo 1.23\n"),
        ("toy.go", "package toy\n"),
        ("toy_test.go", "package toy\n\nimport \"testing\"\n\nfunc TestToy(t *testing.T) {}\n"),
        (
            CI,
            "on: pull_request\njobs:\n  test:\n    strategy:\n      matrix:\n        go: ['1.23', stable]\n    runs-on: ubuntu-latest\n    \
              steps:\n      - uses: actions/setup-go@v6\n        with: { go-version: '${{ matrix.go }}' }\n      - run: go test ./...\n",
        ),
    ]);
    tree.run(&["generate", "--force"]).exits(0);
    assert!(tree.read(CI).contains("go: [\"1.23\", \"1.26\", \"1.27\"]"), "{}", tree.read(CI));
    tree.run(&["generate", "--check"]).exits(0);
    // Forgotten is what is taken out of the lock.
    let lock = tree.read(".github/wfgen.lock");
    let kept: Vec<&str> = lock.lines().filter(|line| !line.starts_with("\"go.tested\"")).collect();
    tree.write(".github/wfgen.lock", &(kept.join("\n") + "\n"));
    tree.run(&["generate", "--check"]).exits(1).says("go.versions");
}

#[test]
fn what_a_replaced_workflow_alone_checks_is_not_left_out_after_it() {
    let job = |run: &str| {
        format!("on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {run}\n")
    };
    let scripts =
        "\"lint\": \"eslint .\", \"format:check\": \"prettier --check .\", \"test\": \"node --test\"";
    let tree = Tree::new(&[
        (
            "package.json",
            &format!("{{ \"name\": \"a\", \"version\": \"1.0.0\", \"scripts\": {{ {scripts} }} }}\n"),
        ),
        ("package-lock.json", "{ \"lockfileVersion\": 3 }\n"),
        (CI, &job("npm run lint")),
        (".github/workflows/test.yml", &job("npm test")),
    ]);
    tree.run(&["generate", "--force"]).exits(0);
    assert!(tree.read(CI).contains("npm run lint"), "{}", tree.read(CI));
    // Nobody checks the format, and that stays so too.
    assert!(!tree.read(CI).contains("format:check"), "{}", tree.read(CI));
    tree.run(&["generate", "--check"]).exits(0);
    fs::remove_file(tree.root().join(".github/workflows/test.yml")).unwrap();
    tree.run(&["generate", "--check"]).exits(0);
}

#[test]
fn what_a_lock_claims_to_remember_reaches_no_shell() {
    let tree = Tree::rust();
    let docs = "on: pull_request\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: cargo doc --features one\n        env: { RUSTDOCFLAGS: -D warnings }\n";
    tree.write(".github/workflows/docs.yml", docs);
    tree.run(&["generate"]).exits(0);
    fs::remove_file(tree.root().join(".github/workflows/docs.yml")).unwrap();
    let lock = tree.read(".github/wfgen.lock");
    assert!(lock.contains(r#"value = "\"one\"", files = [".github/workflows/docs.yml"]"#), "{lock}");
    let lock = lock.replace(r#"value = "\"one\"", files"#, r#"value = "\"one; touch pwned\"", files"#);
    tree.write(".github/wfgen.lock", &lock);
    tree.run(&["generate"]).exits(0).says("one; touch pwned");
    assert!(!tree.read(CI).contains("touch pwned"), "{}", tree.read(CI));
}

#[test]
fn a_lock_that_git_ignores_is_read_and_somebody_is_told() {
    let tree = Tree::rust();
    tree.write(".gitignore", "*.lock\n!Cargo.lock\n");
    Command::new("git").args(["init", "-q"]).current_dir(tree.root()).status().unwrap();
    let told = "git ignores the lock file";
    assert!(tree.run(&["generate"]).exits(0).err.contains(told));
    assert!(tree.run(&["generate", "--check"]).exits(0).err.contains(told));
    tree.write(".gitignore", "*.lock\n!.github/wfgen.lock\n");
    assert!(!tree.run(&["generate", "--check"]).exits(0).err.contains(told));
}

#[test]
fn what_a_workflow_says_in_a_matrix_counts_as_each_leg_says_it() {
    let package = "{ \"name\": \"a\", \"version\": \"1.0.0\", \"engines\": { \"node\": \">=18\" }, \"scripts\": { \"test\": \"node --test\" } }\n";
    let tests = "on: pull_request\njobs:\n  all:\n    runs-on: ubuntu-latest\n    strategy:\n      matrix:\n        node: [18, 24]\n        \
                 task: [test]\n    steps:\n      - uses: actions/setup-node@v6\n        with: { node-version: '${{ matrix.node }}' }\n      \
                 - run: npm run ${{ matrix.task }}\n";
    let files =
        [("package.json", package), ("package-lock.json", "{ \"lockfileVersion\": 3 }\n"), ("a.test.js", "")];
    let tree = Tree::new(&files);
    tree.write(".github/workflows/all.yml", tests);
    tree.run(&["generate"]).exits(0).says("delete it");
    assert!(tree.read(CI).contains("\"18\""), "{}", tree.read(CI));
}
