//! What was generated, read back by another reader: no hostile text became code or structure.

use std::fs;

use serde_yaml::Value;

use super::tree::Tree;

/// Every hostile text holds this word.
pub(crate) const WORD: &str = "PWNED";

/// What is wrong with the files that the lock lists.
pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let mut wrong = Vec::new();
    let lock = fs::read_to_string(tree.root().join(".github/wfgen.lock")).unwrap();
    let paths: Vec<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("path = \"")?.strip_suffix('"')).collect();
    assert!(!paths.is_empty(), "{lock}");
    for path in &paths {
        let text = fs::read_to_string(tree.root().join(path)).unwrap();
        match serde_yaml::from_str::<Value>(&text) {
            Ok(root) => walk(&root, &mut Vec::new(), &mut |place, what| {
                wrong.push(format!("{path}: {what} at {place}\n{text}"));
            }),
            Err(error) => wrong.push(format!("{path}: {error}\n{text}")),
        }
    }
    let mut arguments = vec!["validate"];
    arguments.extend(&paths);
    tree.run(&arguments).check("validate", 0, &mut wrong);
    wrong
}

/// Visits every key and value.
fn walk(value: &Value, place: &mut Vec<String>, refuse: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => {
            if let Some(what) = becomes_code(text, place) {
                refuse(&place.join("."), what);
            }
        }
        Value::Sequence(items) => {
            for (n, item) in items.iter().enumerate() {
                place.push(n.to_string());
                walk(item, place, refuse);
                place.pop();
            }
        }
        Value::Mapping(entries) => {
            for (key, value) in entries {
                let key = key.as_str().map_or_else(|| format!("{key:?}"), str::to_owned);
                place.push(key.clone());
                if key.contains(WORD) {
                    refuse(&place.join("."), "a key of the repository's");
                }
                walk(value, place, refuse);
                place.pop();
            }
        }
        _ => {}
    }
}

fn becomes_code(text: &str, place: &[String]) -> Option<&'static str> {
    let evaluated = text.split("${{").skip(1).any(|rest| rest.split("}}").next().is_some_and(is_hostile));
    // `defaults.run.working-directory` is no command.
    let is_directory = place.last().is_some_and(|key| key == "working-directory");
    let code = ["run", "if", "script", "matrix", "shell", "uses"];
    if evaluated {
        Some("an expression of the repository's")
    } else if is_hostile(text) && !is_directory && place.iter().any(|key| code.contains(&key.as_str())) {
        Some("a command of the repository's")
    } else if is_hostile(text) && text.contains(char::is_control) {
        Some("several lines of the repository's")
    } else {
        None
    }
}

fn is_hostile(text: &str) -> bool {
    text.contains(WORD)
}

#[test]
fn text_of_the_repository_in_a_command_or_an_expression_is_noticed() {
    for bad in [
        "run: echo $(PWNED)",
        "steps: [{ name: 'x ${{ secrets.PWNED }}' }]",
        "strategy: { matrix: { v: [PWNED] } }",
        "PWNED: 1",
        "env: { A: \"a\\nPWNED\" }",
    ] {
        let mut seen = 0;
        walk(&serde_yaml::from_str(bad).unwrap(), &mut Vec::new(), &mut |_, _| seen += 1);
        assert_eq!(seen, 1, "{bad}");
    }
    let good = "{ name: 'PWNED $(id)', run: 'echo ${{ github.ref }}' }";
    walk(&serde_yaml::from_str(good).unwrap(), &mut Vec::new(), &mut |place, what| panic!("{what} {place}"));
}
