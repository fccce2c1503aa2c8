//! The workflow model: what is composed, written and read again.

use wfgen::data::{decode, yaml};
use wfgen::workflow::{Workflow, emit};

#[test]
fn smoke() {
    let text = r#"
name: CI
on:
  push: { branches: [main] }
  pull_request:
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-24.04
    permissions: { contents: read, packages: { write: push the image } }
    strategy: { fail-fast: false, matrix: { python: ["3.10", "3.13"], os: [ubuntu-24.04] } }
    steps:
      - uses: actions/checkout@v4
        with: { persist-credentials: false }
      - run: |
          a
          b
  lint:
    needs: [test]
    runs-on: ubuntu-24.04
    if: always()
    steps: [{ run: "yes: no" }]
"#;
    let mut workflow: Workflow = decode::decode(&yaml::parse(text).unwrap()).unwrap();
    workflow.jobs[0].steps[0].uses.as_mut().unwrap().comment = Some("v4.2.2".into());
    let out = emit::workflow(&workflow, &["Generated.".into()]);
    println!("{out}");
    let again: Workflow = decode::decode(&yaml::parse(&out).unwrap()).unwrap();
    assert_eq!(
        emit::workflow(&again, &[]).lines().count() + 2,
        out.lines().count()
    );
}
