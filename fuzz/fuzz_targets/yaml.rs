//! No text makes the reader panic or hang; what it reads can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wfgen::data::yaml;
use wfgen::workflow::{emit, read};

fuzz_target!(|text: &str| {
    let Ok(document) = read::document(text) else {
        return;
    };
    let _ = (document.header(), document.uses().count());
    for line in 0..=document.lines() + 1 {
        let _ = (document.comment(line), document.comments_above(line));
    }
    if let Ok(workflow) = document.workflow() {
        let written = emit::workflow(&workflow, &[]);
        let again = read::document(&written)
            .and_then(|document| document.workflow())
            .expect("what is written can be read");
        assert_eq!(again.to_value(), workflow.to_value(), "{written}");
    }
    let value = document.node.to_value();
    let written = emit::data(&value, &[]);
    assert_eq!(yaml::parse(&written).expect("what is written can be read").to_value(), value, "{written}");
});
