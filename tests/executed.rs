//! The examples: their generated workflows are current, and every command in them is executed and succeeds.
//!
//! Each job runs in a copy of the example, as GitHub would run its first matrix leg for a push: `run:` steps by bash,
//! set-up actions replaced by the tools of this machine. A tool that is not here skips its example, except in CI.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use wfgen::data::yaml;

/// An example, and the tools that its workflow needs.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("go-service", &["go"]),
    ("java-maven", &["mvn"]),
    ("monorepo", &["go", "npm", "git"]),
    ("node-npm", &["npm"]),
    ("python-uv", &["uv"]),
    ("rust-workspace", &["cargo"]),
];

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false => drop(fs::copy(&path, &target).unwrap()),
        }
    }
}

fn is_here(tool: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap().status.success()
}

/// `${{ ... }}` as far as the examples use it.
fn expand(text: &str, context: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (name, after) = after.split_once("}}").unwrap();
        let name = name.trim();
        let value = context.get(name).unwrap_or_else(|| panic!("the test does not know `{name}`"));
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out + rest
}

/// Runs every job of a workflow and says what failed.
fn execute(name: &str, workflow: &Value) -> Vec<String> {
    let mut failed = Vec::new();
    let mut context = BTreeMap::from([("github.event_name".to_owned(), "push".to_owned())]);
    for (id, job) in workflow["jobs"].as_object().unwrap() {
        let work = tempfile::tempdir().unwrap();
        copy(&example(name), work.path());
        context.insert("github.workspace".to_owned(), work.path().to_str().unwrap().to_owned());
        for (axis, values) in job["strategy"]["matrix"].as_object().into_iter().flatten() {
            let first = &values[0];
            for (axis, value) in first.as_object().into_iter().flatten().chain([(axis, first)]) {
                context.insert(format!("matrix.{axis}"), value.as_str().unwrap_or_default().to_owned());
            }
        }
        let output = work.path().join("github-output");
        fs::write(&output, "").unwrap();
        let directory = job["defaults"]["run"]["working-directory"].as_str().unwrap_or(".");
        let steps = job["steps"].as_array().unwrap();
        for step in steps.iter().filter(|step| step["run"].is_string()) {
            let mut command = Command::new("bash");
            command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c"]);
            command.arg(expand(step["run"].as_str().unwrap(), &context));
            command.current_dir(work.path().join(directory)).env("GITHUB_OUTPUT", &output);
            for (key, value) in step["env"].as_object().into_iter().flatten() {
                command.env(key, expand(value.as_str().unwrap(), &context));
            }
            // The toolchain of this test is not the example's business.
            command.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS").env_remove("VIRTUAL_ENV");
            let done = command.output().unwrap();
            if !done.status.success() {
                let said = [done.stdout, done.stderr].concat();
                failed.push(format!("{name} {id} {}:\n{}", step["name"], String::from_utf8_lossy(&said)));
                break;
            }
        }
        context.insert(format!("needs.{id}.result"), "success".to_owned());
        for line in fs::read_to_string(&output).unwrap().lines() {
            let (key, value) = line.split_once('=').unwrap();
            context.insert(format!("needs.{id}.outputs.{key}"), value.to_owned());
        }
    }
    failed
}

#[test]
fn the_workflows_of_the_examples_are_current() {
    for (name, _) in EXAMPLES {
        let work = tempfile::tempdir().unwrap();
        copy(&example(name), work.path());
        let check = Command::new(env!("CARGO_BIN_EXE_wfgen"))
            .args(["generate", "--check"])
            .current_dir(work.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&check.stdout);
        assert!(check.status.success(), "{name}: run `wfgen generate examples/{name}`\n{said}");
    }
}

#[test]
fn every_command_of_the_examples_succeeds() {
    let mut failed = Vec::new();
    for (name, tools) in EXAMPLES {
        if let Some(missing) = tools.iter().find(|tool| !is_here(tool)) {
            assert!(std::env::var_os("CI").is_none(), "{missing} is missing");
            println!("skipped {name}: {missing} is not installed");
            continue;
        }
        let text = fs::read_to_string(example(name).join(".github/workflows/ci.yml")).unwrap();
        failed.extend(execute(name, &yaml::parse(&text).unwrap().to_value()));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn git(root: &Path, arguments: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").args(who).args(arguments).current_dir(root).output().unwrap();
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// What the changes job of a checkout puts out for an event.
fn changes(root: &Path, event: &str) -> Vec<String> {
    let text = fs::read_to_string(root.join(".github/workflows/ci.yml")).unwrap();
    let workflow = yaml::parse(&text).unwrap().to_value();
    let output = root.join(".git/github-output");
    fs::write(&output, "").unwrap();
    for step in workflow["jobs"]["changes"]["steps"].as_array().unwrap() {
        let Some(script) = step["run"].as_str() else { continue };
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script]);
        for (key, value) in step["env"].as_object().unwrap() {
            command.env(key, value.as_str().unwrap());
        }
        command.current_dir(root).env("EVENT", event).env("GITHUB_OUTPUT", &output);
        assert!(command.output().unwrap().status.success());
    }
    let mut lines: Vec<String> = fs::read_to_string(&output).unwrap().lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The checkout of a pull request that changes one file: its merge with the base.
fn pull_request(from: &Path, file: &str) -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    copy(from, work.path());
    git(work.path(), &["init", "--quiet", "--initial-branch=main"]);
    let generated =
        Command::new(env!("CARGO_BIN_EXE_wfgen")).arg("generate").current_dir(work.path()).output().unwrap();
    assert!(generated.status.success(), "{}", String::from_utf8_lossy(&generated.stderr));
    git(work.path(), &["add", "--all"]);
    git(work.path(), &["commit", "--quiet", "--message=base"]);
    git(work.path(), &["switch", "--quiet", "--create=change"]);
    fs::write(work.path().join(file), "// changed\n").unwrap();
    git(work.path(), &["add", "--all"]);
    git(work.path(), &["commit", "--quiet", "--message=change"]);
    git(work.path(), &["switch", "--quiet", "main"]);
    git(work.path(), &["merge", "--quiet", "--no-ff", "--message=merge", "change"]);
    work
}

#[test]
fn a_pull_request_runs_the_projects_that_it_concerns() {
    if !is_here("git") {
        return;
    }
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("components/go/cases/modules/repo");
    let concerned = |file: &str| changes(pull_request(&modules, file).path(), "pull_request");
    // The server depends on the bridge.
    assert_eq!(concerned("bridge/bridge.go"), [r#"go=["bridge", "server"]"#]);
    assert_eq!(concerned("client/new.go"), [r#"go=["client"]"#]);
    assert_eq!(concerned("README.md"), [r#"go=["."]"#]);
    let push = changes(pull_request(&modules, "README.md").path(), "push");
    assert_eq!(push, [r#"go=[".", "bridge", "build", "client", "server"]"#]);

    let monorepo = pull_request(&example("monorepo"), "web/new.js");
    assert_eq!(changes(monorepo.path(), "pull_request"), ["api=false", "web=true"]);
}
