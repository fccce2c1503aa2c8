use serde_json::json;

use super::*;
use crate::data::{decode, yaml};
use crate::experiment::assign::Assignment;

fn workflow(text: &str) -> Workflow {
    decode::decode(&yaml::parse(text).unwrap()).unwrap()
}

fn selector() -> Selector {
    Selector::new("cache", "salt", Assignment::Blocks)
}

const CONTROL: &str = r#"
name: CI
on: { push: }
permissions: {}
jobs:
  test:
    name: Test
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - { name: Check out, uses: actions/checkout@v7 }
      - { name: Install Go, uses: actions/setup-go@v7, with: { go-version: '1.27', cache: false } }
      - { name: Test, run: "go test ./..." }
  lint:
    name: Lint
    runs-on: ubuntu-24.04
    steps:
      - { name: Lint, run: go vet ./... }
"#;

fn woven(change: impl Fn(&str) -> String) -> Result<serde_json::Value, Vec<String>> {
    let (control, treatment) = (workflow(CONTROL), workflow(&change(CONTROL)));
    let jobs = differing(&control, &treatment)?;
    weave(&control, &treatment, &jobs, &selector())
        .map(|workflow| workflow.to_value()["jobs"]["test"].clone())
}

#[test]
fn a_setting_of_a_step_is_chosen_by_an_expression() {
    let job = woven(|text| text.replace("cache: false", "cache: true")).unwrap();
    assert_eq!(
        job["name"],
        "Test [cache=${{ needs.experiment-cache.outputs.arm }} ${{ needs.experiment-cache.outputs.share }}%]"
    );
    assert_eq!(job["needs"], "experiment-cache");
    assert_eq!(job["steps"].as_array().unwrap().len(), 3);
    assert_eq!(job["steps"][1]["with"]["cache"], "${{ needs.experiment-cache.outputs.arm == 'treatment' }}");
    assert_eq!(job["steps"][0].get("if"), None);
}

#[test]
fn a_runner_and_a_time_limit_follow_the_arm() {
    let change = |text: &str| {
        text.replacen("ubuntu-24.04", "ubuntu-24.04-arm", 1)
            .replace("timeout-minutes: 10", "timeout-minutes: 5")
    };
    let job = woven(change).unwrap();
    let condition = "needs.experiment-cache.outputs.arm == 'treatment'";
    assert_eq!(job["runs-on"], format!("${{{{ {condition} && 'ubuntu-24.04-arm' || 'ubuntu-24.04' }}}}"));
    assert_eq!(job["timeout-minutes"], format!("${{{{ fromJSON({condition} && '5' || '10') }}}}"));
}

#[test]
fn a_command_that_differs_becomes_two_steps_of_which_one_runs() {
    let job = woven(|text| text.replace("go test ./...", "go test -short ./...")).unwrap();
    let steps = job["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4);
    assert_eq!(steps[2]["if"], "needs.experiment-cache.outputs.arm != 'treatment'");
    assert_eq!(steps[2]["run"], "go test ./...");
    assert_eq!(steps[3]["if"], "needs.experiment-cache.outputs.arm == 'treatment'");
    assert_eq!(steps[3]["run"], "go test -short ./...");
}

#[test]
fn shards_are_a_matrix_in_the_one_arm_and_a_single_leg_in_the_other() {
    let change = |text: &str| {
        let text =
            text.replacen("    timeout", "    strategy: { matrix: { shard: [1, 2] } }\n    timeout", 1);
        text.replace("go test ./...", "go test ./... -shard ${{ matrix.shard }}")
            .replace("name: Test\n", "name: Test (${{ matrix.shard }})\n")
    };
    let job = woven(change).unwrap();
    let condition = "needs.experiment-cache.outputs.arm == 'treatment'";
    let matrix = format!(r#"${{{{ fromJSON({condition} && '{{"shard":[1,2]}}' || '{{"shard":[1]}}') }}}}"#);
    assert_eq!(job["strategy"]["matrix"], matrix);
    assert_eq!(
        job["name"],
        "Test (${{ matrix.shard }}) [cache=${{ needs.experiment-cache.outputs.arm }} ${{ needs.experiment-cache.outputs.share }}%]"
    );
}

#[test]
fn what_no_expression_may_decide_is_refused_with_its_name() {
    let change =
        |text: &str| text.replacen("    steps", "    permissions: { contents: write }\n    steps", 1);
    assert_eq!(
        woven(change).unwrap_err(),
        ["the job `test`: `permissions` differs, which no expression may decide"]
    );
    let without = |text: &str| text.split("  lint:").next().unwrap().to_owned();
    assert_eq!(woven(without).unwrap_err(), ["the treatment removes the job `lint`"]);
    let trigger = |text: &str| text.replace("{ push: }", "{ pull_request: }");
    assert_eq!(woven(trigger).unwrap_err().len(), 1);
}

#[test]
fn equal_variants_differ_in_no_job() {
    assert_eq!(differing(&workflow(CONTROL), &workflow(CONTROL)).unwrap(), Vec::<String>::new());
}

#[test]
fn caches_get_a_key_of_their_own_in_each_arm() {
    let text = CONTROL.replace(
        r#"{ name: Test, run: "go test ./..." }"#,
        "{ name: Keep, uses: actions/cache@v5, with: { path: x, key: go-1, restore-keys: go- } }",
    );
    let mut workflow = workflow(&text.replace("cache: false", "cache: true"));
    let steps = &mut workflow.jobs["test"].steps;
    assert_eq!(separate_caches(steps, "${{ arm }}"), ["Install Go"]);
    assert_eq!(steps[2].with["key"], json!("${{ arm }}-go-1"));
    assert_eq!(steps[2].with["restore-keys"], json!("${{ arm }}-go-"));
}
