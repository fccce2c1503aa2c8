//! What is written has one meaning, whoever reads it.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;
use wfgen::data::yaml;
use wfgen::workflow::{Workflow, emit, expression, read};

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
    #![proptest_config(Config { cases: 2_000, failure_persistence: None, ..Config::default() })]

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
    #![proptest_config(Config { cases: 500, failure_persistence: None, ..Config::default() })]

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

proptest! {
    #![proptest_config(Config { cases: 3_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn whatever_is_read_can_be_written_and_read_again(
        text in prop_oneof![
            "([ \t]{0,4}([-?:] )?([a-c]|\"[a# ]{0,3}\"?|'[a# ]{0,3}'?|[|>][-+2]?|[&*!]a|\\[|\\]|\\{|\\}|,|#a|--- |<<){0,3}(: ?| )?(\n|\r\n|\r)?){0,10}",
            nasty::text(),
            any::<String>(),
        ]
    ) {
        if let Ok(document) = read::document(&text) {
            for line in 0..=document.lines() + 1 {
                let above = document.comments_above(line);
                prop_assert!(document.comment(line).is_none_or(|comment| document.line(line).contains(comment)));
                prop_assert!(above.len() <= line as usize);
            }
            let _ = (document.header(), document.uses().count(), document.workflow().is_ok());
            let value = document.node.to_value();
            prop_assert_eq!(ours(&emit::data(&value, &[]))?, value);
        }
    }

    #[test]
    fn no_text_makes_the_expression_parser_panic(
        text in prop_oneof!["(\\$\\{\\{|\\}\\}|[ab.*'()!<>=&|,\\[\\]0-9x -]|github|format|always|null){0,20}", any::<String>()]
    ) {
        for body in std::iter::once(text.as_str()).chain(expression::find(&text).unwrap_or_default().iter().map(|f| f.body)) {
            if let Ok(expression) = expression::parse(body) {
                let untrusted = expression.contexts().iter().any(|context| expression::is_untrusted(context));
                prop_assert!(!(untrusted && expression.is_constant()));
                let _ = (expression.data_contexts(), expression.status_functions());
            }
        }
        let quoted = expression::quote(&text);
        prop_assert!(text.len() > 20_000 || expression::parse(&quoted).is_ok_and(|expression| expression.is_constant()));
        let _ = (expression::whole(&text), expression::parse_condition(&text).is_ok(), expression::contexts(&text));
    }
}
