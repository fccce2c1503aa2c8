//! The pre-commit hook and the composite action, each run as its users run it.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::fs;
use std::path::Path;
use std::process::Command;

use wfgen::data::yaml;
use wfgen::library::actions::Actions;
use wfgen::validate::validate;

const CRATE: &str = "[package]\nname = \"toy\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// `PATH` with the binary under test first.
fn path() -> std::ffi::OsString {
    let binary = Path::new(env!("CARGO_BIN_EXE_wfgen")).parent().unwrap().to_owned();
    let rest = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([binary].into_iter().chain(std::env::split_paths(&rest))).unwrap()
}

/// A crate in a git repository, with its workflows generated and committed.
fn checkout() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), CRATE).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    for arguments in [&["init", "-q", "-b", "main"][..], &["add", "-A"]] {
        assert!(git(folder.path(), arguments));
    }
    let mut generate = Command::new(env!("CARGO_BIN_EXE_wfgen"));
    assert!(generate.arg("generate").current_dir(folder.path()).output().unwrap().status.success());
    assert!(git(folder.path(), &["add", "-A"]));
    folder
}

fn git(root: &Path, arguments: &[&str]) -> bool {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    Command::new("git").args(identity).args(arguments).current_dir(root).output().unwrap().status.success()
}

/// Changes what the workflows are generated from.
fn drift(root: &Path) {
    fs::write(root.join("Cargo.toml"), format!("{CRATE}rust-version = \"1.85\"\n")).unwrap();
}

#[test]
fn the_hook_passes_current_workflows_and_stops_others() {
    if Command::new("pre-commit").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "pre-commit is missing");
        println!("skipped: pre-commit is not installed");
        return;
    }
    // pre-commit would build the binary once more: the hook runs the one under test instead.
    let hooks = tempfile::tempdir().unwrap();
    let manifest = read(".pre-commit-hooks.yaml").replace("language: rust", "language: system");
    assert!(manifest.contains("language: system"));
    fs::write(hooks.path().join(".pre-commit-hooks.yaml"), manifest).unwrap();
    assert!(git(hooks.path(), &["init", "-q"]) && git(hooks.path(), &["add", "-A"]));
    assert!(git(hooks.path(), &["commit", "-q", "-m", "hooks"]));
    let checkout = checkout();
    let hook = || {
        let output = Command::new("pre-commit")
            .args(["try-repo", hooks.path().to_str().unwrap(), "wfgen-check", "--all-files"])
            .current_dir(checkout.path())
            .env("PATH", path())
            .env("PRE_COMMIT_HOME", hooks.path().join("home"))
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (passed, said) = hook();
    assert!(passed, "{said}");
    drift(checkout.path());
    let (passed, said) = hook();
    assert!(!passed && said.contains("job `msrv`"), "{said}");
}

#[test]
fn the_action_passes_current_workflows_and_annotates_others() {
    let action = read("action.yml");
    assert_eq!(validate("action.yml", &action, Actions::bundled()), []);
    let action = yaml::parse(&action).unwrap().to_value();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let checkout = checkout();
    let run = || {
        let mut outcome = (true, String::new());
        for step in steps {
            let script = step["run"].as_str().unwrap();
            assert!(!script.contains("${{"), "inputs reach a script through its environment only");
            let mut command = Command::new("bash");
            command.args(["-eo", "pipefail", "-c", script]).current_dir(checkout.path()).env("PATH", path());
            for (name, value) in step["env"].as_object().unwrap() {
                let input = value.as_str().unwrap().trim_matches(['$', '{', '}', ' ']);
                let default = input.strip_prefix("inputs.").map(|i| &action["inputs"][i]["default"]);
                command.env(name, default.and_then(|d| d.as_str()).unwrap_or_default());
            }
            let output = command.output().unwrap();
            outcome.0 &= output.status.success();
            outcome.1.push_str(&String::from_utf8_lossy(&output.stdout));
        }
        outcome
    };
    let (passed, said) = run();
    assert!(passed, "{said}");
    drift(checkout.path());
    let (passed, said) = run();
    assert!(!passed && said.contains("::error file=.github/workflows/ci.yml"), "{said}");
}
