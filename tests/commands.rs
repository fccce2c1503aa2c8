//! Whole commands on real trees: exit codes one by one, configuration, what is printed.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A checkout in a temporary directory.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[(&str, &str)]) -> Self {
        let tree = Tree(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| tree.write(path, text));
        tree
    }

    /// A crate with an oldest supported Rust.
    fn rust() -> Self {
        Tree::new(&[("Cargo.toml", CRATE), ("src/lib.rs", "#[test]\nfn works() {}\n")])
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.root().join(path).exists()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfgen"));
        Ran::of(&command.args(arguments).current_dir(self.root()).output().unwrap())
    }
}

/// What a command said, and its exit code.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text) || self.err.contains(text),
            "no {text:?} in\n{}\n{}",
            self.out,
            self.err
        );
        self
    }
}

const CRATE: &str =
    "[package]\nname = \"toy\"\nversion = \"0.1.0\"\nedition = \"2024\"\nrust-version = \"1.85\"\n";
const CI: &str = ".github/workflows/ci.yml";

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

/// Generates, changes one file, and gives what the check says then.
fn check_after(tree: &Tree, path: &str, from: &str, to: &str) -> Ran {
    tree.run(&["generate"]).exits(0);
    tree.run(&["generate", "--check"]).exits(0).says("Everything is current");
    let text = tree.read(path);
    assert!(text.contains(from), "{from:?} is not in {path}");
    tree.write(path, &text.replace(from, to));
    tree.run(&["generate", "--check"]).exits(1)
}

const PYTHON: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[project]\nname = \"toy\"\nversion = \"0.1.0\"\ndependencies = [\"pytest\"]\nrequires-python = \">=3.12\"\n",
    ),
    ("toy/__init__.py", ""),
    ("tests/test_toy.py", "def test_it():\n    pass\n"),
];

#[test]
fn a_check_tells_which_fact_of_a_python_project_changed() {
    let tree = Tree::new(PYTHON);
    let ran = check_after(&tree, "pyproject.toml", ">=3.12", ">=3.13");
    ran.says("job `test`")
        .says("because python.versions is now [\"3.13\"")
        .says("(pyproject.toml:5); it was [\"3.12\"");
}

#[test]
fn a_check_tells_which_fact_of_a_crate_changed_in_every_format() {
    let tree = Tree::rust();
    let because = "because rust.msrv is now \"1.90\" (Cargo.toml:5); it was \"1.85\"";
    check_after(&tree, "Cargo.toml", "1.85", "1.90").says("job `msrv`").says(because);
    tree.run(&["generate", "--check", "--format", "github"]).exits(1).says(because);
    tree.run(&["diff"]).exits(0).says(because);
    tree.run(&["diff", "--format", "markdown"]).exits(0).says(because);
    let json: Value = serde_json::from_str(&tree.run(&["diff", "--format", "json"]).out).unwrap();
    let files = json["files"].as_array().unwrap();
    let mut differences = files.iter().flat_map(|file| file["differences"].as_array().unwrap());
    let found = differences.find(|d| d["job"] == "msrv").unwrap();
    let cause = serde_json::json!({
        "kind": "fact", "fact": "rust.msrv", "project": "rust:.", "now": "\"1.90\"", "was": "\"1.85\"",
        "place": "Cargo.toml:5",
    });
    assert!(found["because"].as_array().unwrap().contains(&cause), "{found}");
}

#[test]
fn a_check_tells_which_fact_of_a_node_package_changed() {
    let package = "{\n  \"name\": \"toy\",\n  \"version\": \"1.0.0\",\n  \"engines\": { \"node\": \">=22\" },\n  \"scripts\": { \"test\": \"node --test\" }\n}\n";
    let tree = Tree::new(&[("package.json", package), ("package-lock.json", "{ \"lockfileVersion\": 3 }\n")]);
    let ran = check_after(&tree, "package.json", ">=22", ">=24");
    ran.says("job `test`")
        .says("because node.versions is now [\"24\"")
        .says("(package.json:4); it was [\"22\"");
}

#[test]
fn a_check_tells_which_fact_of_a_go_module_changed() {
    let test = "package toy\n\nimport \"testing\"\n\nfunc TestIt(t *testing.T) {}\n";
    let tree = Tree::new(&[("go.mod", "module example.com/toy\n\ngo 1.26\n"), ("toy_test.go", test)]);
    let ran = check_after(&tree, "go.mod", "1.26", "1.27");
    ran.says("job `test`").says("because go.versions is now [").says("(go.mod:3); it was [\"1.26");
}

#[test]
fn a_check_tells_of_a_fact_that_a_job_took_and_takes_no_longer() {
    let pom = "<project>\n<artifactId>toy</artifactId>\n<properties>\n<maven.compiler.release>17</maven.compiler.release>\n\
               </properties>\n</project>\n";
    let tested = "on: pull_request\njobs:\n  test:\n    strategy:\n      matrix:\n        java: [17, 21]\n    \
                  runs-on: ubuntu-latest\n    steps:\n      - uses: actions/setup-java@v5\n        with:\n          \
                  java-version: ${{ matrix.java }}\n      - run: mvn verify\n";
    let tree = Tree::new(&[("pom.xml", pom), (".github/workflows/test.yml", tested)]);
    let ran = check_after(&tree, "pom.xml", "17", "21");
    ran.says("job `build`: `strategy` is no longer generated")
        .says("because java.versions is now [\"21\"]")
        .says("it was [\"17\",\"21\"]");
}

#[test]
fn a_check_tells_which_component_of_the_library_changed() {
    let tree = Tree::rust();
    tree.write("wfgen.toml", "overlays = [\"ours\"]\n[components.\"rust/extra\"]\nenabled = true\n");
    let component = "version: 1.0.0\nsummary: x\nkind: job\nworkflow: ci\njob:\n  name: Extra\n  runs-on: ubuntu-24.04\n  \
                     timeout-minutes: 5\n  steps:\n    - name: Say\n      run: echo one\n";
    tree.write("ours/components/rust/extra.yml", component);
    tree.run(&["generate"]).exits(0);
    let newer = component.replace("version: 1.0.0", "version: 1.1.0").replace("echo one", "echo two");
    tree.write("ours/components/rust/extra.yml", &newer);
    let ran = tree.run(&["generate", "--check"]).exits(1).says("job `extra`: step `Say` changed");
    ran.says("because the library's rust/extra is 1.1.0; it was 1.0.0");
}

#[test]
fn a_job_that_comes_or_goes_has_a_reason_too() {
    let tree = Tree::rust();
    let ran = check_after(&tree, "Cargo.toml", "rust-version = \"1.85\"\n", "");
    ran.says("job `msrv` is no longer generated")
        .says("because rust.msrv is no longer known; it was \"1.85\"");
    let ran = check_after(&tree, "Cargo.toml", "edition", "rust-version = \"1.86\"\nedition");
    ran.says("job `msrv` is missing").says("[rust/msrv]").says("it follows from rust.msrv, now \"1.86\"");
}

#[test]
fn a_lock_without_facts_is_read_and_what_was_is_not_made_up() {
    let tree = Tree::rust();
    tree.run(&["generate"]).exits(0);
    let lock = tree.read(".github/wfgen.lock");
    assert!(lock.contains("[file.facts.\"rust:.\"]\n"), "{lock}");
    let blocks = lock.split("\n\n").filter(|block| !block.starts_with("[file.facts."));
    tree.write(".github/wfgen.lock", &format!("{}\n", blocks.collect::<Vec<_>>().join("\n\n").trim_end()));
    tree.run(&["generate", "--check"]).exits(0);
    tree.write("Cargo.toml", &CRATE.replace("1.85", "1.90"));
    let ran = tree.run(&["generate", "--check"]).exits(1);
    assert!(!ran.out.contains("it was"), "{}", ran.out);
    ran.says("it follows from rust.msrv, now \"1.90\" (Cargo.toml:5)");
}

#[test]
fn a_manifest_that_can_no_longer_be_read_takes_no_job_away() {
    let tree = Tree::rust();
    tree.run(&["generate"]).exits(0);
    let ci = tree.read(CI);
    tree.write("Cargo.toml", "[package]\nname = \"a\"\nname = \"b\"\n");
    for arguments in [&["generate"][..], &["generate", "--check"], &["generate", "--dry-run"]] {
        tree.run(arguments).exits(4).says("Cargo.toml:3").says("`rust:.`").says("--force");
    }
    assert_eq!(tree.read(CI), ci);
    tree.run(&["generate", "--force"]).exits(0);
}

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
