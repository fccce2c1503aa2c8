//! `setup.py`, parsed and never run; and `setup.cfg`.

use serde_json::Value;
use tree_sitter::Node;

use super::ini;
use super::python::{classifiers, normalize, push, requirements_folder};
use super::{Found, Input, Manifest};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::syntax;
use crate::library::pack::DependencyKind;

/// Values are followed through so many variables and sums.
const MAX_DEPTH: usize = 8;

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Ok(text) = input.tree.text(input.file) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    // Some packages have a module that happens to be called `setup`.
    let mut manifest = Manifest { no_project: true, ..Manifest::default() };
    if let Some(tree) = syntax::parse("python", &text) {
        let module = Module { root: tree.root_node(), text: &text };
        if let Some(call) = module.setup_call() {
            manifest.no_project = false;
            arguments(input, &module, call, &mut manifest);
        }
    }
    manifest.facts.entry("project.publishable".to_owned()).or_insert_with(|| {
        Fact::new(true, Evidence::file(input.file, "tree-sitter setup()")).confidence(0.8)
    });
    manifest.facts.insert("python.build-backend".to_owned(), {
        Fact::new("setuptools", Evidence::file(input.file, "file"))
    });
    requirements_folder(input, &mut manifest);
    manifest
}

fn arguments(input: &Input<'_>, module: &Module<'_>, call: Node<'_>, manifest: &mut Manifest) {
    let evidence = |node: Node<'_>, name: &str| {
        Evidence::at(input.file, syntax::line(node), format!("tree-sitter setup({name})"))
    };
    let Some(list) = call.child_by_field_name("arguments") else {
        return;
    };
    let mut cursor = list.walk();
    for argument in list.named_children(&mut cursor).filter(|node| node.kind() == "keyword_argument") {
        let (Some(name), Some(value)) =
            (argument.child_by_field_name("name"), argument.child_by_field_name("value"))
        else {
            continue;
        };
        let name = syntax::of(name, module.text);
        let place = evidence(argument, name);
        match (name, module.value(value, 0)) {
            ("name", Some(Value::String(text))) => {
                manifest.aliases.push(normalize(&text));
                manifest.name = Some(Found::new(text, place));
            }
            ("version", Some(Value::String(text))) => manifest.version = Some(Found::new(text, place)),
            ("python_requires", Some(Value::String(text))) => {
                manifest.facts.insert("python.requires".to_owned(), Fact::new(text, place));
            }
            ("install_requires", Some(value)) => texts(&value, |text| {
                push(manifest, text, DependencyKind::Runtime, None, place.clone());
            }),
            ("tests_require", Some(value)) => texts(&value, |text| {
                push(manifest, text, DependencyKind::Dev, Some("tests"), place.clone());
            }),
            ("extras_require", Some(Value::Object(extras))) => {
                let names: Vec<&str> = extras.keys().map(String::as_str).collect();
                manifest.facts.insert("python.extras".to_owned(), Fact::new(names, place.clone()));
                for (extra, value) in &extras {
                    texts(value, |text| {
                        push(manifest, text, DependencyKind::Optional, Some(extra), place.clone());
                    });
                }
            }
            ("classifiers", Some(value)) => {
                let mut listed = Vec::new();
                texts(&value, |text| listed.push((text.to_owned(), place.clone())));
                classifiers(manifest, &listed);
            }
            ("entry_points", Some(value)) => {
                let scripts =
                    value.get("console_scripts").is_some() || value.to_string().contains("console_scripts");
                let kinds = if scripts { vec!["binary", "library"] } else { vec!["library"] };
                manifest.facts.insert("project.kind".to_owned(), Fact::new(kinds, place));
            }
            _ => {}
        }
    }
    let library =
        || Fact::new(vec!["library"], Evidence::at(input.file, syntax::line(call), "tree-sitter setup()"));
    manifest.facts.entry("project.kind".to_owned()).or_insert_with(library);
}

/// Every text in a value: of a list, or of the lines of one text.
fn texts(value: &Value, mut each: impl FnMut(&str)) {
    match value {
        Value::String(text) => text.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(each),
        Value::Array(items) => items.iter().filter_map(Value::as_str).for_each(&mut each),
        _ => {}
    }
}

struct Module<'a> {
    root: Node<'a>,
    text: &'a str,
}

impl<'a> Module<'a> {
    /// The call of `setup` outside of any function of that name's own file; in a function when there is no other.
    fn setup_call(&self) -> Option<Node<'a>> {
        let mut calls = Vec::new();
        let mut open = vec![(self.root, false)];
        while let Some((node, nested)) = open.pop() {
            if node.kind() == "call"
                && let Some(function) = node.child_by_field_name("function")
                && matches!(
                    syntax::of(function, self.text),
                    "setup" | "setuptools.setup" | "distutils.core.setup"
                )
            {
                calls.push((nested, node.start_byte(), node));
            }
            let inside =
                nested || matches!(node.kind(), "function_definition" | "lambda" | "class_definition");
            let mut cursor = node.walk();
            open.extend(node.named_children(&mut cursor).map(|child| (child, inside)));
        }
        calls.sort_by_key(|(nested, start, _)| (*nested, *start));
        calls.first().map(|(_, _, node)| *node)
    }

    /// A literal, or what a module-level variable, a sum, a call of `dict` or a method like `.strip()` stand for.
    fn value(&self, node: Node<'a>, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        let below = |node: Node<'a>| self.value(node, depth + 1);
        match node.kind() {
            "string" => self.string(node).map(Value::String),
            "concatenated_string" => {
                let parts: Option<Vec<String>> =
                    children(node).into_iter().map(|part| self.string(part)).collect();
                Some(Value::String(parts?.concat()))
            }
            "list" | "tuple" | "set" => {
                Some(Value::Array(children(node).into_iter().filter_map(below).collect()))
            }
            "parenthesized_expression" => below(node.named_child(0)?),
            "dictionary" => {
                let pairs =
                    children(node).into_iter().filter(|child| child.kind() == "pair").filter_map(|pair| {
                        let key = below(pair.child_by_field_name("key")?)?.as_str()?.to_owned();
                        Some((key, below(pair.child_by_field_name("value")?)?))
                    });
                Some(Value::Object(pairs.collect()))
            }
            "call"
                if node
                    .child_by_field_name("function")
                    .is_some_and(|f| syntax::of(f, self.text) == "dict") =>
            {
                let arguments = node.child_by_field_name("arguments")?;
                let pairs = children(arguments).into_iter().filter_map(|argument| {
                    let name = syntax::of(argument.child_by_field_name("name")?, self.text).to_owned();
                    Some((name, below(argument.child_by_field_name("value")?)?))
                });
                Some(Value::Object(pairs.collect()))
            }
            "binary_operator" => {
                match (below(node.child_by_field_name("left")?)?, below(node.child_by_field_name("right")?)?)
                {
                    (Value::Array(mut left), Value::Array(right)) => {
                        left.extend(right);
                        Some(Value::Array(left))
                    }
                    (Value::String(left), Value::String(right)) => Some(Value::String(left + &right)),
                    _ => None,
                }
            }
            "identifier" => below(self.assigned(syntax::of(node, self.text))?),
            _ => None,
        }
    }

    /// The text of a string literal; none for an f-string that has something in it.
    fn string(&self, node: Node<'a>) -> Option<String> {
        if node.kind() != "string" {
            return None;
        }
        let mut text = String::new();
        for part in children(node) {
            match part.kind() {
                "string_content" => text.push_str(syntax::of(part, self.text)),
                "interpolation" => return None,
                _ => {}
            }
        }
        Some(text)
    }

    /// What a variable was last given at the top of the module.
    fn assigned(&self, name: &str) -> Option<Node<'a>> {
        let statements = children(self.root).into_iter().filter(|node| node.kind() == "expression_statement");
        statements
            .filter_map(|statement| statement.named_child(0))
            .filter(|node| node.kind() == "assignment")
            .filter(|node| {
                node.child_by_field_name("left").is_some_and(|left| syntax::of(left, self.text) == name)
            })
            .filter_map(|node| node.child_by_field_name("right"))
            .next_back()
    }
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

pub(super) fn read_cfg(input: &Input<'_>) -> Manifest {
    let Ok(text) = input.tree.text(input.file) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let entries = ini::entries(&text);
    let mut manifest = Manifest { no_project: true, ..Manifest::default() };
    let place = |entry: &ini::Entry| {
        Evidence::at(input.file, entry.line, format!("ini {}.{}", entry.section, entry.key))
    };
    for entry in &entries {
        let lines = || entry.value.lines().map(str::trim).filter(|line| !line.is_empty());
        match (entry.section.as_str(), entry.key.as_str()) {
            ("metadata", "name") => {
                manifest.no_project = false;
                manifest.aliases.push(normalize(&entry.value));
                manifest.name = Some(Found::new(entry.value.clone(), place(entry)));
            }
            ("metadata", "version") if !entry.value.contains(':') => {
                manifest.version = Some(Found::new(entry.value.clone(), place(entry)));
            }
            ("metadata", "classifiers" | "classifier") => {
                let listed: Vec<_> = lines().map(|line| (line.to_owned(), place(entry))).collect();
                classifiers(&mut manifest, &listed);
            }
            ("options", "python_requires") => {
                manifest
                    .facts
                    .insert("python.requires".to_owned(), Fact::new(entry.value.as_str(), place(entry)));
            }
            ("options", "install_requires") => {
                for line in lines() {
                    push(&mut manifest, line, DependencyKind::Runtime, None, place(entry));
                }
            }
            ("options.extras_require", extra) => {
                for line in lines() {
                    push(&mut manifest, line, DependencyKind::Optional, Some(extra), place(entry));
                }
            }
            ("options.entry_points", "console_scripts") => {
                let fact = Fact::new(vec!["binary", "library"], place(entry));
                manifest.facts.insert("project.kind".to_owned(), fact);
            }
            _ => {}
        }
    }
    let extras: Vec<&ini::Entry> =
        entries.iter().filter(|entry| entry.section == "options.extras_require").collect();
    if !extras.is_empty() {
        let names: Vec<&str> = extras.iter().map(|entry| entry.key.as_str()).collect();
        let evidence = extras.iter().map(|entry| place(entry)).collect();
        manifest.facts.insert("python.extras".to_owned(), Fact::of(names, evidence));
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    fn requires(text: &str) -> Option<Value> {
        read("setup-py", &[("setup.py", text)]).facts.get("python.requires").map(|fact| fact.value.clone())
    }

    #[test]
    fn what_is_in_a_comment_a_string_or_dead_code_is_not_declared() {
        let text = "from setuptools import setup\n# setup(python_requires='>=2.7')\nDOC = \"setup(python_requires='>=3.1')\"\n'''\nsetup(python_requires='>=3.2')\n'''\ndef old():\n    setup(python_requires='>=3.3')\nsetup(name='a', python_requires='>=3.9')\n";
        assert_eq!(requires(text), Some(">=3.9".into()));
    }

    #[test]
    fn values_are_followed_through_variables_sums_and_concatenation() {
        let text = "import setuptools\nREQ = '>=' '3.8'\nbase = ['a>=1', 'b']\ntests = ['pytest']\nextras = dict(test=tests, all=tests + base)\nif True:\n    setuptools.setup(name=NAME, python_requires=REQ, install_requires=base + ['c[x]==2'], extras_require=extras)\n";
        assert_eq!(requires(text), Some(">=3.8".into()));
        let manifest = read("setup-py", &[("setup.py", text)]);
        let runtime: Vec<_> = manifest
            .dependencies
            .iter()
            .filter(|d| d.kind == DependencyKind::Runtime)
            .map(|d| d.name.as_str())
            .collect();
        assert_eq!(runtime, ["a", "b", "c"]);
        assert_eq!(manifest.facts["python.extras"].value, serde_json::json!(["test", "all"]));
        assert!(manifest.name.is_none());
    }

    #[test]
    fn a_setup_in_a_function_counts_when_there_is_no_other_and_a_loop_of_variables_ends() {
        assert_eq!(
            requires("def main():\n    setup(python_requires='>=3.10')\nmain()\n"),
            Some(">=3.10".into())
        );
        assert_eq!(requires("a = b\nb = a\nsetup(python_requires=a)\n"), None);
        assert_eq!(requires("setup(python_requires=f'>={x}')\n"), None);
        assert_eq!(requires("obj.setup(python_requires='>=1')\n"), None);
    }

    #[test]
    fn setup_cfg_says_the_same_in_its_own_way() {
        let text = "[metadata]\nname = a\nclassifiers =\n    Programming Language :: Python :: 3.10\n[options]\npython_requires = >=3.10\ninstall_requires =\n    click>=8\n[options.extras_require]\ntests =\n    pytest\n";
        let manifest = read("setup-cfg", &[("setup.cfg", text)]);
        assert_eq!(manifest.facts["python.requires"].value, ">=3.10");
        assert_eq!(manifest.dependencies.len(), 2);
    }
}
