//! Workflows as an expert would commit them: reading one and writing it again changes no byte.

use wfgen::data::yaml;
use wfgen::workflow::{emit, read};

fn assert_same(name: &str, expected: &str, actual: &str) {
    let diff = similar::TextDiff::from_lines(expected, actual);
    assert!(expected == actual, "{name} comes out differently:\n{}", diff.unified_diff());
}

fn owned(lines: Vec<&str>) -> Vec<String> {
    lines.into_iter().map(str::to_owned).collect()
}

#[test]
fn a_workflow_is_written_as_a_person_would_write_it() {
    for (name, text) in [
        ("rust.yml", include_str!("examples/rust.yml")),
        ("python.yml", include_str!("examples/python.yml")),
        ("docker.yml", include_str!("examples/docker.yml")),
    ] {
        let document = read::document(text).unwrap();
        let workflow = document.workflow().unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        assert_same(name, text, &emit::workflow(&workflow, &owned(document.header())));
        serde_yaml::from_str::<github_actions_models::workflow::Workflow>(text)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn another_file_is_written_as_a_person_would_write_it() {
    let text = include_str!("examples/dependabot.yml");
    let document = read::document(text).unwrap();
    assert_same(
        "dependabot.yml",
        text,
        &emit::data(&yaml::parse(text).unwrap().to_value(), &owned(document.header())),
    );
    serde_yaml::from_str::<github_actions_models::dependabot::v2::Dependabot>(text).unwrap();
}

#[test]
fn the_order_of_keys_in_a_component_does_not_reach_the_file() {
    let shuffled = "jobs: { a: { steps: [{ run: x, name: build }], runs-on: z } }\non: push\nname: CI\n";
    let workflow = read::document(shuffled).unwrap().workflow().unwrap();
    let expected = "name: CI\n\non: push\n\njobs:\n  a:\n    runs-on: z\n    steps:\n      - name: build\n        run: x\n";
    assert_same("shuffled", expected, &emit::workflow(&workflow, &[]));
}

#[test]
fn a_mistake_in_a_component_is_found_at_its_line() {
    let fault = |text: &str| read::document(text).unwrap().workflow().unwrap_err();
    let step =
        fault("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: x\n        shel: bash\n");
    assert_eq!((step.line, step.column), (7, 9), "{step:?}");
    assert!(step.message.contains("did you mean `shell`"), "{step:?}");
    let with =
        fault("on: push\njobs:\n  a:\n    steps:\n      - uses: a/b@v1\n        with:\n          x: [1]\n");
    assert_eq!((with.line, with.message.contains("text, a number or a bool")), (7, true), "{with:?}");
    let group = fault("on: push\nconcurrency:\n  grup: x\njobs: {}\n");
    assert_eq!((group.line, group.message.contains("did you mean `group`")), (3, true), "{group:?}");
    let secrets = fault("on: push\njobs:\n  a:\n    uses: ./x.yml\n    secrets: inherit\n");
    assert_eq!(secrets.line, 5, "{secrets:?}");
}
