//! wfgen's conditions against the npm package json-rules-engine: the same rules and facts through both.
//!
//! Needs `node` and `npm`, and once the network. Without them the test fails where `CI` is set, and is skipped
//! with a note elsewhere.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests")]

mod generate;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use serde_json::{Map, Value, json};
use wfgen::rules::{Condition, Evaluator, Named, Operand, Options};

/// Where the package is installed, or why it can't be.
fn reference() -> Option<&'static Path> {
    static INSTALLED: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match INSTALLED.get_or_init(install) {
        Ok(folder) => Some(folder),
        Err(why) if std::env::var_os("CI").is_some() => panic!("json-rules-engine can't be had: {why}"),
        Err(why) => {
            eprintln!("skipped: json-rules-engine can't be had: {why}");
            None
        }
    }
}

fn install() -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules_differential");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rules_differential");
    fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let done = folder.join("installed-lock.json");
    let lock = fs::read(source.join("package-lock.json")).map_err(|e| e.to_string())?;
    if fs::read(&done).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    for file in ["package.json", "package-lock.json"] {
        fs::copy(source.join(file), folder.join(file)).map_err(|e| e.to_string())?;
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .output()
        .map_err(|e| format!("npm: {e}"))?;
    if !npm.status.success() {
        return Err(format!("npm ci: {}", String::from_utf8_lossy(&npm.stderr)));
    }
    fs::write(done, lock).map_err(|e| e.to_string())?;
    Ok(folder)
}

/// What the package says to each case.
fn ask(folder: &Path, cases: &[Value]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules_differential/reference.cjs"))
        .env("NODE_PATH", folder.join("node_modules"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = node.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = node.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What wfgen says to a case, in the same form.
fn answer(case: &Value) -> Result<Value, String> {
    let text = |e: serde_json::Error| e.to_string();
    let named: Named = serde_json::from_value(case["conditions"].clone()).map_err(text)?;
    let facts: Map<String, Value> = serde_json::from_value(case["facts"].clone()).map_err(text)?;
    let option = |name: &str| case["options"][name] == true;
    let options = Options {
        allow_undefined_facts: option("allowUndefinedFacts"),
        allow_undefined_conditions: option("allowUndefinedConditions"),
    };
    let evaluator = Evaluator::new(&facts, &named, options);
    let mut rules: Vec<&Value> = case["rules"].as_array().into_iter().flatten().collect();
    rules.sort_by_key(|rule| Reverse(rule["priority"].as_u64().unwrap_or(1)));
    let (mut events, mut outcomes) = (Vec::new(), Map::new());
    for rule in rules {
        let condition: Condition = serde_json::from_value(rule["conditions"].clone()).map_err(text)?;
        let outcome = evaluator.evaluate(&condition).map_err(|fault| fault.to_string())?;
        let mut event = rule["event"].clone();
        if let Some(params) = event.get_mut("params").filter(|_| option("replaceFactsInEventParams")) {
            let operands: BTreeMap<String, Operand> = serde_json::from_value(params.take()).map_err(text)?;
            let resolve = |(key, operand)| match evaluator.operand(operand) {
                Ok(value) => value.to_json().map(|value| Ok((String::clone(key), value))),
                Err(fault) => Some(Err(fault.to_string())),
            };
            *params = Value::Object(operands.iter().filter_map(resolve).collect::<Result<_, String>>()?);
        }
        if outcome.holds() {
            events.push(event);
        }
        outcomes
            .insert(rule["name"].as_str().unwrap().to_owned(), serde_json::to_value(&outcome).map_err(text)?);
    }
    Ok(json!({ "events": events, "outcomes": outcomes }))
}

/// Equal, with numbers as JavaScript has them.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// Runs cases through both and fails on the first few that differ; gives how many held, did not hold, were faults.
fn compare(cases: &[Value]) -> Option<[usize; 3]> {
    let expected = ask(reference()?, cases);
    assert_eq!(expected.len(), cases.len());
    let mut counts = [0; 3];
    let mut different = Vec::new();
    for (case, expected) in cases.iter().zip(&expected) {
        let got = answer(case);
        let agrees = match &got {
            Ok(got) => same(got, expected),
            Err(_) => expected.get("error").is_some(),
        };
        if !agrees {
            different.push(format!("case {case}\n  theirs {expected}\n  ours   {got:?}"));
        }
        counts[match &got {
            Ok(got) if got["events"].as_array().is_some_and(|events| !events.is_empty()) => 0,
            Ok(_) => 1,
            Err(_) => 2,
        }] += 1;
    }
    let shown = different.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(different.is_empty(), "{} of {} differ:\n\n{shown}", different.len(), cases.len());
    Some(counts)
}

#[test]
fn the_examples_of_its_documentation_come_out_the_same() {
    let mut cases: Vec<Value> = serde_json::from_str(include_str!("examples.json")).unwrap();
    for case in &mut cases {
        for key in ["conditions", "options"] {
            if case.get(key).is_none() {
                case[key] = json!({});
            }
        }
        let got = answer(case).unwrap();
        let types: Vec<&Value> =
            got["events"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
        assert_eq!(json!(types), case["events"], "{}: {got}", case["example"]);
    }
    compare(&cases);
}

#[test]
fn thousands_of_generated_rules_come_out_the_same() {
    let cases = generate::many(4000, generate::case());
    if let Some([held, failed, faults]) = compare(&cases) {
        assert!(held > 1000 && failed > 800 && faults > 100, "too one-sided: {held}, {failed}, {faults}");
    }
}

#[test]
fn thousands_of_paths_find_the_same() {
    let cases = generate::many(4000, generate::path_case());
    if let Some([held, failed, faults]) = compare(&cases) {
        assert!(held > 1500 && faults < 200, "too one-sided: {held}, {failed}, {faults}");
    }
}
