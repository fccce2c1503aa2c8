//! Every case of every pack, generated for real: the files are the expected ones, a check right afterwards passes, and
//! no judge has a finding.
//!
//! `UPDATE_CASES=1 cargo test --test generated` writes what is generated into the `workflows/` of the cases that have
//! such a folder; review the difference as a reviewer of that ecosystem would.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[path = "common/judges.rs"]
mod judges;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use judges::Judges;
use wfgen::library::actions::Actions;
use wfgen::validate::validate;

/// A case, and what was generated for it by path.
struct Generated {
    folder: PathBuf,
    files: BTreeMap<String, String>,
}

fn wfgen(root: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wfgen")).args(arguments).current_dir(root).output().unwrap()
}

/// Every folder that holds a `repo/`.
fn cases() -> Vec<PathBuf> {
    let mut cases = Vec::new();
    let folders = |path: &Path| -> Vec<PathBuf> {
        fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    };
    for pack in folders(Path::new("components")) {
        cases.extend(folders(&pack.join("cases")).into_iter().filter(|case| case.join("repo").is_dir()));
    }
    cases.sort();
    cases
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            (path, target)
        };
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// What was generated stays when the workflows go that it was made after.
fn stays_without_its_workflows(case: &Path, root: &Path, generated: &[String]) {
    let mut own = Vec::new();
    for entry in fs::read_dir(root.join(".github/workflows")).into_iter().flatten() {
        let path = entry.unwrap().path();
        let is_workflow = path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml");
        if is_workflow && !generated.iter().any(|generated| root.join(generated) == path) {
            own.push((fs::read_to_string(&path).unwrap(), path));
        }
    }
    own.iter().for_each(|(_, path)| fs::remove_file(path).unwrap());
    let check = wfgen(root, &["generate", "--check"]);
    // What a workflow of the user's did alone, e.g. publish, may be generated once it is gone.
    let told = String::from_utf8_lossy(&check.stdout);
    let mut changed = told.lines().filter(|line| line.contains("(changed)"));
    assert_eq!(changed.find(|line| !line.contains("wfgen.lock")), None, "{}\n{told}", case.display());
    own.iter().for_each(|(text, path)| fs::write(path, text).unwrap());
}

/// Generates in a copy of the case; none when there is nothing to generate for.
fn generate(case: &Path) -> Option<Generated> {
    let root = tempfile::tempdir().unwrap();
    copy(&case.join("repo"), root.path());
    // Workflows of the case's own are not the question here.
    let output = wfgen(root.path(), &["generate", "--force"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(3) => return None,
        code => panic!("{}: exit {code:?}\n{stderr}", case.display()),
    }
    let check = wfgen(root.path(), &["generate", "--check"]);
    let drift = String::from_utf8_lossy(&check.stdout);
    assert_eq!(check.status.code(), Some(0), "{}: a check right afterwards fails\n{drift}", case.display());
    let lock = fs::read_to_string(root.path().join(".github/wfgen.lock")).unwrap();
    let path = |line: &'_ str| Some(line.strip_prefix("path = \"")?.strip_suffix('"')?.to_owned());
    let paths: Vec<String> = lock.lines().filter_map(path).collect();
    stays_without_its_workflows(case, root.path(), &paths);
    let read = |path: String| {
        let text = fs::read_to_string(root.path().join(&path)).unwrap();
        (path, text)
    };
    Some(Generated { folder: case.to_owned(), files: paths.into_iter().map(read).collect() })
}

#[test]
fn every_case_is_generated_as_expected_and_no_judge_objects() {
    let mut wrong = Vec::new();
    let mut all = Vec::new();
    for case in cases() {
        let Some(generated) = generate(&case) else { continue };
        compare(&generated, &mut wrong);
        all.extend(generated.files.into_iter().map(|(path, text)| (case.clone(), path, text)));
    }
    for (case, path, text) in &all {
        let findings = validate(path, text, Actions::bundled());
        wrong.extend(findings.iter().map(|f| format!("{}: {}", case.display(), f.diagnostic())));
    }
    if let Some(judges) = Judges::find() {
        let files: Vec<(String, String)> =
            all.iter().map(|(_, path, text)| (path.clone(), text.clone())).collect();
        let work = tempfile::tempdir().unwrap();
        for verdict in judges.refused(work.path(), &files) {
            let (case, path, _) = &all[verdict.index];
            wrong.push(format!("{} {path}: {} {}", case.display(), verdict.judge, verdict.reason));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() > 20, "only {} files were generated", all.len());
}

/// Holds what was generated against `workflows/` of the case.
fn compare(generated: &Generated, wrong: &mut Vec<String>) {
    let expected = generated.folder.join("workflows");
    if !expected.is_dir() {
        return;
    }
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut seen = Vec::new();
    for (path, text) in &generated.files {
        let file = expected.join(path.rsplit('/').next().unwrap());
        if update {
            fs::write(&file, text).unwrap();
        }
        let wanted = fs::read_to_string(&file).unwrap_or_default();
        if wanted != *text {
            let diff =
                similar::TextDiff::from_lines(wanted.as_str(), text.as_str()).unified_diff().to_string();
            wrong.push(format!("{} {path}:\n{diff}", generated.folder.display()));
        }
        seen.push(file);
    }
    for entry in fs::read_dir(&expected).unwrap() {
        let file = entry.unwrap().path();
        if !seen.contains(&file) {
            if update {
                fs::remove_file(&file).unwrap();
            } else {
                wrong.push(format!("{}: is no longer generated", file.display()));
            }
        }
    }
}
