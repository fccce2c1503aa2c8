//! Whole commands on real trees: exit codes one by one, configuration, what is printed.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[path = "common/tree.rs"]
mod tree;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tree::{CI, CRATE, Ran, Tree};

#[test]
fn done_is_0_and_drift_is_1_with_the_reason() {
    let tree = Tree::rust();
    tree.run(&["generate"]).exits(0).says("test, msrv, required");
    tree.run(&["generate", "--check"]).exits(0).says("Everything is current");
    tree.write("Cargo.toml", &CRATE.replace("1.85", "1.90"));
    tree.run(&["generate", "--check"]).exits(1).says("job `msrv`: step `Install Rust` changed");
    tree.run(&["diff"]).exits(0).says("+          toolchain: \"1.90\"");
    tree.run(&["diff", "--exit-code"]).exits(1);
    tree.run(&["generate"]).exits(0);
    tree.run(&["diff", "--exit-code"]).exits(0);
}

#[test]
fn wrong_usage_and_wrong_configuration_are_2() {
    let tree = Tree::rust();
    tree.run(&["generate", "--chek"]).exits(2).says("--check");
    tree.run(&["generate", "--explain", "tset"]).exits(2).says("did you mean `test`?");
    tree.run(&["analyze", "--explain", "rust.msvr"]).exits(2).says("rust.msrv");
    tree.run(&["validate", "--format", "markdown", "no-such.yml"]).exits(5);
    tree.write("wfgen.toml", "[workflow]\nci = false\n");
    tree.run(&["generate"]).exits(2).says("wfgen.toml:1").says("did you mean `workflows`?");
    tree.write("wfgen.toml", "overlays = [\"nowhere\"]\n");
    tree.run(&["generate"]).exits(2).says("nowhere");
}

#[test]
fn nothing_to_work_on_is_3() {
    let tree = Tree::new(&[("notes.txt", "nothing here\n")]);
    tree.run(&["analyze"]).exits(3);
    tree.run(&["generate"]).exits(3).says("nothing was recognised");
    tree.run(&["generate", "--rollback"]).exits(3);
    tree.run(&["validate"]).exits(3);
    assert!(!tree.has(".github"));
}

#[test]
fn an_invalid_rule_or_component_is_4_at_its_line() {
    let tree = Tree::rust();
    tree.write("wfgen.toml", "overlays = [\"ours\"]\n");
    tree.write("ours/components/rust/extra.yml", "version: 1.0.0\nsummary: x\nkind: job\njobs: {}\n");
    tree.run(&["generate"]).exits(4).says("extra.yml:4").says("did you mean `job`?");
}

#[test]
fn rules_that_contradict_each_other_are_both_named() {
    let tree = Tree::rust();
    let rule = |name: &str, version: &str| {
        format!(
            r#"{{ "name": "{name}", "because": "b", "conditions": {{ "all": [] }},
                  "event": {{ "type": "component", "params": {{ "use": "rust/msrv", "with": {{ "version": "{version}" }} }} }} }}"#
        )
    };
    tree.write("wfgen.toml", "overlays = [\"ours\"]\n");
    tree.write("ours/components/rust/rules/a.json", &rule("rust/a", "1.86"));
    tree.write("ours/components/rust/rules/b.json", &rule("rust/b", "1.87"));
    tree.run(&["generate"]).exits(4).says("rust/a").says("rust/b").says("version");
}

#[test]
fn versions_that_nobody_has_name_who_asked() {
    let tree = Tree::rust();
    tree.write("wfgen.toml", "[components.\"rust/test\"]\nversion = \"^9\"\n");
    tree.run(&["generate"]).exits(4).says("wfgen.toml wants ^9").says("rule rust/test wants ^1");
}

#[test]
fn a_failing_environment_is_5() {
    let tree = Tree::rust();
    tree.write(".github", "a file where the folder has to be");
    tree.run(&["generate"]).exits(5);
    tree.run(&["analyze", "nowhere"]).exits(5).says("nowhere");
}

#[test]
fn a_file_of_somebody_else_is_left_alone_until_the_user_says_how() {
    let tree = Tree::rust();
    let theirs =
        "name: CI\non: push\njobs:\n  mine:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: make\n";
    tree.write(CI, theirs);
    tree.run(&["generate"]).exits(1).says("--adopt").says("--force");
    assert_eq!(tree.read(CI), theirs);
    assert!(!tree.has(".github/wfgen.lock"), "nothing at all is written");
    tree.run(&["generate", "--adopt"]).exits(0);
    assert!(tree.read(CI).contains("- run: make") && tree.read(CI).contains("run: cargo test"));
    tree.run(&["generate", "--check"]).exits(0);
    tree.run(&["generate", "--rollback"]).exits(0);
    assert_eq!(tree.read(CI), theirs);
}

#[test]
fn a_dry_run_shows_and_writes_nothing() {
    let tree = Tree::rust();
    tree.run(&["generate", "--dry-run"]).exits(0).says("+        run: cargo test");
    tree.run(&["generate", "--plan"]).exits(0).says("rust/test");
    assert!(!tree.has(".github") && !tree.has(".wfgen"));
}

#[test]
fn the_configuration_leaves_out_changes_and_asks_for() {
    let tree = Tree::rust();
    tree.write(
        "wfgen.toml",
        "[workflows]\nsecurity = false\ndependabot = false\n\
         [components.\"rust/msrv\"]\nenabled = false\n\
         [components.\"rust/test\"]\nwith = { other-runners = [\"macos-15\"] }\n\
         [components.\"rust/lint\"]\nenabled = true\nwith = { clippy = true }\n",
    );
    tree.run(&["generate"]).exits(0);
    let ci = tree.read(CI);
    assert!(ci.contains("os: [ubuntu-24.04, macos-15]") && ci.contains("cargo clippy"), "{ci}");
    assert!(!ci.contains("msrv"), "{ci}");
    assert!(!tree.has(".github/workflows/security.yml") && !tree.has(".github/dependabot.yml"));
    tree.run(&["generate", "--explain", "test"]).exits(0).says("from wfgen.toml");
}

#[test]
fn the_configuration_lays_settings_over_finished_jobs_and_triggers() {
    let tree = Tree::rust();
    let settings = "[jobs.\"ci/test\"]\ntimeout-minutes = 7\nsteps.\"Check out the repository\".with.fetch-depth = 2\n\n\
                    [triggers.ci]\nschedule = [{ cron = \"17 4 * * 1\" }]\n";
    tree.write("wfgen.toml", settings);
    assert_eq!(tree.run(&["generate"]).code, 0);
    let ci = tree.read(".github/workflows/ci.yml");
    assert!(ci.contains("    timeout-minutes: 7\n"), "{ci}");
    assert!(ci.contains("          fetch-depth: 2\n"), "{ci}");
    assert!(ci.contains("    - cron: \"17 4 * * 1\"\n") || ci.contains("    - cron: 17 4 * * 1\n"), "{ci}");
    assert_eq!(tree.run(&["generate", "--check"]).code, 0);

    for (settings, said) in [
        ("[jobs.\"ci/tests\"]\ntimeout-minutes = 7\n", "`.github/workflows/ci.yml` has no job `tests`"),
        ("[jobs.\"c/test\"]\ntimeout-minutes = 7\n", "no workflow `c` is generated"),
        ("[jobs.\"ci/test\"]\nsteps.Tset = false\n", "it has no step `Tset`"),
        ("[triggers.nightly]\nschedule = []\n", "no workflow `nightly` is generated"),
    ] {
        tree.write("wfgen.toml", settings);
        let ran = tree.run(&["generate"]);
        assert_eq!(ran.code, 2, "{settings}");
        assert!(ran.err.contains(said), "{}", ran.err);
    }
}

#[test]
fn an_example_drives_workflows_only_when_the_configuration_says_so() {
    let tree = Tree::rust();
    tree.write("examples/app/go.mod", "module example.com/app\n\ngo 1.26\n");
    tree.write(
        "examples/app/app_test.go",
        "package app\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {}\n",
    );
    tree.run(&["generate", "--plan"]).exits(0);
    assert!(!tree.run(&["generate", "--plan"]).exits(0).out.contains("go/test"));
    tree.write("wfgen.toml", "[projects]\ninclude = [\"examples/app\"]\nexclude = [\".\"]\n");
    let plan = tree.run(&["generate", "--plan"]).exits(0).out;
    assert!(plan.contains("go/test") && !plan.contains("rust/test"), "{plan}");
}

#[test]
fn an_overlay_adds_a_language_replaces_a_component_and_finalises_a_decision() {
    let tree = Tree::rust();
    tree.write("glim.toml", "name = \"light\"\n");
    tree.write("wfgen.toml", "overlays = [\"ours\"]\n");
    tree.write(
        "ours/components/glim/pack.yml",
        "name: Glim\nproject:\n  manifests:\n    - { file: glim.toml }\n",
    );
    tree.write(
        "ours/components/glim/test.yml",
        "version: 1.0.0\nsummary: Test\nkind: job\nprovides: [test]\njob:\n  name: Test Glim\n  \
         runs-on: ubuntu-24.04\n  timeout-minutes: 5\n  steps:\n    - use: git/checkout@^1\n    - name: Test\n      run: glim test\n",
    );
    tree.write(
        "ours/components/glim/rules/test.json",
        r#"{ "name": "glim/test", "because": "it is Glim", "conditions": { "all": [] },
            "event": { "type": "component", "params": { "use": "glim/test@^1" } } }"#,
    );
    tree.write(
        "ours/rules/policy.json",
        r#"{ "name": "policy/no-msrv", "because": "the organisation says so", "scope": "project", "final": true,
            "conditions": { "all": [] }, "event": { "type": "omit", "params": { "use": "rust/msrv" } } }"#,
    );
    tree.run(&["generate"]).exits(0);
    let ci = tree.read(CI);
    assert!(ci.contains("glim test") && !ci.contains("msrv"), "{ci}");
    tree.run(&["generate", "--check"]).exits(0);
}

#[test]
fn every_report_is_json_with_a_schema() {
    let tree = Tree::rust();
    tree.run(&["generate"]).exits(0);
    for (arguments, schema) in [
        (&["analyze"][..], "wfgen.characteristics/1"),
        (&["generate", "--check"], "wfgen.generate/1"),
        (&["generate", "--plan"], "wfgen.plan/1"),
        (&["generate", "--explain"], "wfgen.explain/1"),
        (&["diff"], "wfgen.diff/1"),
        (&["validate"], "wfgen.validate/1"),
        (&["rules", "list"], "wfgen.rules/1"),
        (&["components"], "wfgen.components/1"),
    ] {
        let out = tree.run(&[arguments, &["--format", "json"]].concat()).exits(0).out;
        let value: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{out}"));
        assert_eq!(value["schema"], schema, "{arguments:?}");
    }
}

#[test]
fn many_checkouts_are_json_lines_and_a_broken_one_stops_nobody() {
    let (a, b) = (Tree::rust(), Tree::rust());
    let paths = [a.root().to_str().unwrap(), "/no/such/place", b.root().to_str().unwrap()];
    let ran = a.run(&[&["analyze", "--format", "json"], &paths[..]].concat());
    let lines: Vec<Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3, "{}", ran.out);
    assert!(lines[1].get("error").is_some() && lines[2]["projects"].is_array());
    ran.exits(5);
}

#[test]
fn the_rules_of_the_library_are_proven_by_its_cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_wfgen")).args(["rules", "test"]).current_dir(root).output();
    Ran::of(&output.unwrap()).exits(0);
}

#[test]
fn helpers_for_the_shell_are_printed() {
    let tree = Tree::new(&[]);
    tree.run(&["completions", "bash"]).exits(0).says("_wfgen");
    tree.run(&["man"]).exits(0).says(".TH wfgen");
    tree.run(&["--version"]).exits(0).says(env!("CARGO_PKG_VERSION"));
}
