//! What the judges refuse, `validate` refuses; what it refuses on clean files is nothing.
//!
//! The judges are zizmor, actionlint, the JSON schemas of GitHub's files and `github-actions-models`. Without them
//! the test says so and passes, except in CI. `pip install zizmor check-jsonschema` and
//! `go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12` bring them.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[path = "common/judges.rs"]
mod judges;
#[path = "validate/mutations.rs"]
mod mutations;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, process::Command};

use proptest::prelude::*;
use serde_json::Value;

use judges::Judges;
use mutations::MUTATIONS;
use wfgen::library::actions::Actions;
use wfgen::validate::{CHECKS, validate};

fn clean_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validate/clean")
}

/// The clean files: name and text.
fn clean_files() -> Vec<(String, String)> {
    let folder = clean_folder();
    let mut names = vec![".github/dependabot.yml".to_owned(), "action.yml".to_owned()];
    for entry in fs::read_dir(folder.join(".github/workflows")).unwrap() {
        names.push(format!(".github/workflows/{}", entry.unwrap().file_name().to_str().unwrap()));
    }
    names.sort();
    names.into_iter().map(|name| (name.clone(), fs::read_to_string(folder.join(name)).unwrap())).collect()
}

/// The text of a mutation.
fn broken(mutation: &mutations::Mutation) -> String {
    let clean = fs::read_to_string(clean_folder().join(mutation.file)).unwrap();
    let text = clean.replacen(mutation.from, mutation.to, 1);
    assert_ne!(text, clean, "{}: `{}` is not in {}", mutation.name, mutation.from, mutation.file);
    text
}

#[test]
fn clean_files_have_no_finding_for_any_judge_or_for_us() {
    for (name, text) in clean_files() {
        assert_eq!(validate(&name, &text, Actions::bundled()), [], "{name}");
    }
    let Some(judges) = Judges::find() else { return };
    let work = tempfile::tempdir().unwrap();
    let refused = judges.refused(work.path(), &clean_files());
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn what_a_judge_refuses_we_refuse() {
    let texts: Vec<(String, String)> = MUTATIONS.iter().map(|m| (m.file.to_owned(), broken(m))).collect();
    let ours: Vec<bool> =
        texts.iter().map(|(name, text)| !validate(name, text, Actions::bundled()).is_empty()).collect();
    let Some(judges) = Judges::find() else { return };
    let work = tempfile::tempdir().unwrap();
    let refused = judges.refused(work.path(), &texts);
    let by: BTreeSet<usize> = refused.iter().map(|verdict| verdict.index).collect();
    let weaker: Vec<String> = refused
        .iter()
        .filter(|verdict| !ours[verdict.index])
        .map(|verdict| {
            format!("{}: {} says {}", MUTATIONS[verdict.index].name, verdict.judge, verdict.reason)
        })
        .collect();
    assert!(weaker.is_empty(), "weaker than a judge:\n{}", weaker.join("\n"));
    assert!(by.len() >= 100, "the judges refuse only {} of {} variants", by.len(), MUTATIONS.len());
}

#[test]
fn every_mutation_is_refused_and_at_the_line_that_was_changed() {
    for mutation in MUTATIONS {
        let text = broken(mutation);
        let findings = validate(mutation.file, &text, Actions::bundled());
        assert!(!findings.is_empty(), "{}", mutation.name);
        for finding in &findings {
            assert!(CHECKS.iter().any(|check| check.id == finding.check), "{finding:?}");
            assert!(finding.location.line as usize <= text.lines().count() + 1, "{finding:?}");
        }
    }
}

/// Our findings for a text in a clean workflow's name, by check.
fn checks(text: &str) -> BTreeSet<&'static str> {
    validate("w.yml", text, Actions::bundled()).iter().map(|finding| finding.check).collect()
}

fn with(from: &str, to: &str) -> String {
    let text = fs::read_to_string(clean_folder().join(".github/workflows/rust.yml")).unwrap();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn an_exempted_place_is_exempt_and_only_from_that_check() {
    let run = "run: cargo fmt --all --check";
    let injected = "run: echo ${{ github.ref }}";
    assert_eq!(checks(&with(run, injected)), ["template-injection"].into());
    assert!(checks(&with(run, &format!("{injected} # zizmor: ignore[template-injection]"))).is_empty());
    let other = with(run, &format!("{injected} # zizmor: ignore[artipacked]"));
    assert_eq!(checks(&other), ["template-injection"].into());
}

#[test]
fn a_commit_and_its_version_comment_must_agree() {
    let table = Actions::bundled().get("actions/checkout").unwrap();
    let pin = format!("{} # {}", table.sha, table.version);
    assert!(checks(&with(&pin, &pin.replace(&table.version, "v7"))).is_empty());
    assert_eq!(checks(&with(&pin, &table.sha)), ["version-comment"].into());
    assert_eq!(checks(&with(&pin, &format!("{} # v1.0.0", table.sha))), ["version-comment"].into());
    let other = "0123456789abcdef0123456789abcdef01234567";
    let contradiction = checks(&with(&pin, &format!("{other} # {}", table.version)));
    assert_eq!(contradiction, ["inconsistent-pins", "version-comment"].into());
}

#[test]
fn inputs_of_pinned_actions_are_known() {
    let misspelt = with("persist-credentials: false", "persist-credentials: false\n          fetch-deph: 0");
    let findings = validate("w.yml", &misspelt, Actions::bundled());
    assert_eq!(findings[0].help.as_deref(), Some("did you mean `fetch-depth`?"));
    assert_eq!(checks(&with("          path: target/report\n", "")), ["action-input"].into());
}

#[test]
fn a_job_needs_a_time_limit() {
    assert_eq!(checks(&with("    timeout-minutes: 10\n", "")), ["timeout"].into());
}

#[test]
fn a_file_that_is_no_yaml_is_one_finding() {
    let findings = validate("w.yml", "on: [push\njobs:", Actions::bundled());
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].check, findings[0].location.line > 0), ("yaml", true));
}

fn wfgen(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_wfgen")).args(arguments).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_says_what_it_found_in_each_format_and_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let workflows = folder.path().join(".github/workflows");
    fs::create_dir_all(&workflows).unwrap();
    assert_eq!(wfgen(folder.path(), &["validate"]).0, Some(3));
    fs::write(workflows.join("ci.yml"), with("", "")).unwrap();
    let (code, stdout, _) = wfgen(folder.path(), &["validate"]);
    assert_eq!((code, stdout.as_str()), (Some(0), "no findings in 1 file\n"));

    fs::write(workflows.join("ci.yml"), with("    timeout-minutes: 10\n", "")).unwrap();
    let (code, stdout, _) = wfgen(folder.path(), &["validate", "--color", "never"]);
    assert_eq!(code, Some(1));
    assert!(
        stdout.contains(".github/workflows/ci.yml:") && stdout.ends_with("1 warning in 1 file\n"),
        "{stdout}"
    );

    let (_, stdout, _) = wfgen(folder.path(), &["validate", "--format", "json"]);
    let json: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&json["schema"], &json["findings"][0]["check"]),
        (&"wfgen.validate/1".into(), &"timeout".into())
    );

    let (_, stdout, _) = wfgen(folder.path(), &["validate", "--format", "sarif"]);
    let sarif: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "timeout");
    let index = sarif["runs"][0]["results"][0]["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], "timeout");

    let (_, stdout, _) = wfgen(folder.path(), &["validate", "--format", "github"]);
    assert!(stdout.starts_with("::warning file=.github/workflows/ci.yml,line="), "{stdout}");

    assert_eq!(wfgen(folder.path(), &["validate", "missing.yml"]).0, Some(5));
    fs::write(folder.path().join("odd.yml"), b"on: \xff").unwrap();
    assert_eq!(wfgen(folder.path(), &["validate", "odd.yml"]).0, Some(1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_cut_and_no_splice_of_a_workflow_panics(
        file in 0usize..8,
        cut in 0usize..3000,
        length in 0usize..80,
        splice in "[-:{}\\[\\]'\"$&*|>#!%@`,.() \\na-z0-9€]{0,20}",
    ) {
        let (name, text) = &clean_files()[file];
        let mut start = cut.min(text.len());
        while !text.is_char_boundary(start) { start -= 1; }
        let mut end = (start + length).min(text.len());
        while !text.is_char_boundary(end) { end -= 1; }
        let broken = format!("{}{splice}{}", &text[..start], &text[end.max(start)..]);
        validate(name, &broken, Actions::bundled());
    }
}
