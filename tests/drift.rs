//! What a check says of a difference: which fact, component or rule it follows from.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[path = "common/tree.rs"]
mod tree;

use serde_json::Value;
use tree::{CI, CRATE, PYTHON, Ran, Tree};

/// Generates, changes one file, and gives what the check says then.
fn check_after(tree: &Tree, path: &str, from: &str, to: &str) -> Ran {
    tree.run(&["generate"]).exits(0);
    tree.run(&["generate", "--check"]).exits(0).says("Everything is current");
    let text = tree.read(path);
    assert!(text.contains(from), "{from:?} is not in {path}");
    tree.write(path, &text.replace(from, to));
    tree.run(&["generate", "--check"]).exits(1)
}

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
