//! What is written has one meaning, whoever reads it.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use wfgen::data::yaml;
use wfgen::workflow::{Workflow, emit, read};

use crate::{nasty, pyyaml};

fn ours(text: &str) -> Result<Value, TestCaseError> {
    match yaml::parse(text) {
        Ok(node) => Ok(node.to_value()),
        Err(problem) => Err(TestCaseError::fail(format!("{problem:?} in\n{text}"))),
    }
}

fn theirs(text: &str) -> Result<Value, TestCaseError> {
    serde_yaml::from_str(text).map_err(|error| TestCaseError::fail(format!("{error} in\n{text}")))
}

/// Values of a strategy, always the same ones.
fn sample<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).expect("nothing is filtered for long").current())
        .collect()
}

/// `on` at the top is plain by intention; YAML 1.1 reads `true`.
fn with_on(mut workflow: Value) -> Value {
    if let Some(map) = workflow.as_object_mut()
        && let Some(on) = map.remove("True")
    {
        map.insert("on".to_owned(), on);
    }
    workflow
}

proptest! {
    #![proptest_config(Config { cases: 2_000, ..Config::default() })]

    #[test]
    fn data_is_read_as_it_was_written(value in nasty::value(), header in prop::collection::vec(nasty::text(), 0..2)) {
        let text = emit::data(&value, &header);
        prop_assert_eq!(&ours(&text)?, &value, "ours:\n{}", text);
        prop_assert_eq!(&theirs(&text)?, &value, "theirs:\n{}", text);
        prop_assert_eq!(emit::data(&ours(&text)?, &header), text);
    }

    #[test]
    fn characters_that_nobody_sees_never_reach_the_file(value in nasty::value(), header in prop::collection::vec(nasty::text(), 0..2)) {
        let text = emit::data(&value, &header);
        let unseen = ['\r', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{202e}', '\u{200b}'];
        let clean = !text.contains(unseen) && text.ends_with('\n');
        prop_assert!(clean, "{:?}", text);
    }
}

proptest! {
    #![proptest_config(Config { cases: 500, ..Config::default() })]

    #[test]
    fn a_workflow_is_read_as_it_was_written(workflow in nasty::workflow()) {
        let text = emit::workflow(&workflow, &["Generated.".to_owned()]);
        let again = read::document(&text).and_then(|d| d.workflow());
        let again: Workflow = again.map_err(|p| TestCaseError::fail(format!("{p:?} in\n{text}")))?;
        prop_assert_eq!(&again, &workflow, "{}", text);
        prop_assert_eq!(&theirs(&text)?, &workflow.to_value(), "{}", text);
        let judge: Result<github_actions_models::workflow::Workflow, _> = serde_yaml::from_str(&text);
        prop_assert!(judge.is_ok(), "{:?} in\n{}", judge, text);
    }
}

#[test]
fn a_reader_of_yaml_1_1_reads_the_same_data() {
    let mut values = sample(nasty::value(), 2_000);
    values.extend(nasty::TEXTS.iter().map(|text| serde_json::json!({ *text: [*text], "a": { "b": *text } })));
    let texts: Vec<String> = values.iter().map(|value| emit::data(value, &[])).collect();
    let Some(read) = pyyaml::read(&texts) else { return };
    for ((value, text), read) in values.iter().zip(&texts).zip(&read) {
        assert_eq!(read, value, "YAML 1.1 reads this differently:\n{text}");
    }
}

#[test]
fn a_reader_of_yaml_1_1_reads_the_same_workflow() {
    let workflows = sample(nasty::workflow(), 300);
    let texts: Vec<String> = workflows.iter().map(|workflow| emit::workflow(workflow, &[])).collect();
    let Some(read) = pyyaml::read(&texts) else { return };
    for ((workflow, text), read) in workflows.iter().zip(&texts).zip(read) {
        assert_eq!(with_on(read), workflow.to_value(), "YAML 1.1 reads this differently:\n{text}");
    }
}
