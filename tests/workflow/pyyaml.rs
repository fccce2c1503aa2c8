//! A reader of YAML 1.1, in a process of its own that reads a whole batch.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

const SCRIPT: &str = r"
import json, sys, yaml

def text_keys(value):
    if isinstance(value, dict):
        return {k if isinstance(k, str) else repr(k): text_keys(v) for k, v in value.items()}
    return [text_keys(v) for v in value] if isinstance(value, list) else value

def load(text):
    try:
        return text_keys(yaml.load(text, Loader=yaml.SafeLoader))
    except Exception as error:
        return {'PyYAML could not read this': str(error)}

json.dump([load(text) for text in json.load(sys.stdin)], sys.stdout, default=repr)
";

/// What PyYAML reads out of each text; keys that are no text come as Python prints them. None when there is no
/// PyYAML here, which is a failure where `CI` is set.
pub(crate) fn read(texts: &[String]) -> Option<Vec<Value>> {
    let found =
        Command::new("python3").args(["-c", "import yaml"]).output().is_ok_and(|out| out.status.success());
    if !found {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 with PyYAML is needed to test the YAML 1.1 reading"
        );
        return None;
    }
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 was there a moment ago");
    let mut stdin = python.stdin.take().expect("it is piped");
    let input = serde_json::to_vec(texts).expect("texts are JSON");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = python.wait_with_output().expect("python3 ends");
    writer.join().expect("the writer ends").expect("python3 reads everything");
    assert!(output.status.success(), "the PyYAML script failed");
    Some(serde_json::from_slice(&output.stdout).expect("the script prints JSON"))
}
