//! Environments of tox and sessions of nox.

use super::{Script, Tree, script};
use crate::characteristics::manifests::{ini, scalar, tox};
use crate::characteristics::syntax;
use crate::characteristics::tree::Format;
use crate::data::Node;

pub(super) fn read_tox(tree: &Tree<'_>, path: &str) -> Vec<Script> {
    if path.ends_with(".toml") {
        let Ok(root) = tree.node(path, Format::Toml) else {
            return Vec::new();
        };
        let own = if path.ends_with("pyproject.toml") { root.at(&["tool", "tox"]) } else { Some(&*root) };
        return own.map_or_else(Vec::new, |tox| toml_environments(tox, path));
    }
    let Ok(text) = tree.text(path) else {
        return Vec::new();
    };
    ini_environments(&text, path)
}

/// `[testenv:lint]` is an environment; `[testenv]` is what runs on every Python.
fn ini_environments(text: &str, path: &str) -> Vec<Script> {
    let entries = ini::entries(text);
    let mut found: Vec<Script> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.key == "commands") {
        match entry.section.strip_prefix("testenv") {
            Some("") => found.push(default_environment(&entry.value, path, entry.line)),
            Some(name) => {
                // One section can be for several: `[testenv:docs-{build,links}]`.
                let names = name.strip_prefix(':').map(tox::expand).unwrap_or_default();
                let environment =
                    |name: &String| script(name, &entry.value, path, entry.line, "tox environment");
                found.extend(names.iter().map(environment));
            }
            None => {}
        }
    }
    found
}

fn default_environment(command: &str, path: &str, line: u32) -> Script {
    Script { run: Some("tox run -e py".to_owned()), ..script("test", command, path, line, "tox environment") }
}

fn toml_environments(tox: &Node, path: &str) -> Vec<Script> {
    if let Some(text) = tox.get("legacy_tox_ini") {
        let mut found = scalar(text).map(|text| ini_environments(&text, path)).unwrap_or_default();
        found.iter_mut().for_each(|script| script.evidence.line = Some(text.line));
        return found;
    }
    let commands =
        |node: &Node| node.get("commands").map_or_else(String::new, |list| list.to_value().to_string());
    let base = tox.entry("env_run_base").filter(|(_, node)| node.get("commands").is_some());
    let base = base.map(|(key, node)| default_environment(&commands(node), path, key.line));
    let named = tox.get("env").map_or(&[][..], Node::entries).iter();
    let named =
        named.map(|(key, node)| script(&key.key_text(), &commands(node), path, key.line, "tox environment"));
    base.into_iter().chain(named).collect()
}

/// Functions that are decorated with `nox.session`, by their own name or the one they are given.
pub(super) fn read_nox(tree: &Tree<'_>, path: &str) -> Vec<Script> {
    let Ok(text) = tree.text(path) else {
        return Vec::new();
    };
    sessions(&text, path)
}

fn sessions(text: &str, path: &str) -> Vec<Script> {
    let Some(tree) = syntax::parse("python", text) else {
        return Vec::new();
    };
    let mut cursor = tree.root_node().walk();
    let decorated =
        tree.root_node().named_children(&mut cursor).filter(|node| node.kind() == "decorated_definition");
    let mut found = Vec::new();
    for definition in decorated {
        let mut inner = definition.walk();
        let decorators = definition.named_children(&mut inner).filter(|node| node.kind() == "decorator");
        let Some(function) = definition.child_by_field_name("definition") else {
            continue;
        };
        let Some(name) = function.child_by_field_name("name") else {
            continue;
        };
        for decorator in decorators {
            let said = syntax::of(decorator, text).trim_start_matches('@').trim();
            let is_session = ["nox.session", "session", "nox_poetry.session"].iter().any(|known| {
                said.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
            });
            if is_session {
                let given = said.split("name=").nth(1).and_then(|rest| rest.split(['"', '\'']).nth(1));
                let name = given.unwrap_or(syntax::of(name, text));
                found.push(script(
                    name,
                    syntax::of(function, text),
                    path,
                    syntax::line(function),
                    "nox session",
                ));
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_of_tox_come_from_ini_and_toml() {
        let names = |found: Vec<Script>| found.into_iter().map(|s| (s.name, s.run)).collect::<Vec<_>>();
        let text = "[tox]\nenvlist = py39,lint\n[testenv]\ncommands = pytest\n[testenv:lint]\ncommands =\n    ruff check\n";
        let expected = [("test".to_owned(), Some("tox run -e py".to_owned())), ("lint".to_owned(), None)];
        assert_eq!(names(ini_environments(text, "tox.ini")), expected);
        let toml = "[env_run_base]\ncommands = [['pytest']]\n[env.lint]\ncommands = [['ruff']]\n";
        assert_eq!(names(toml_environments(&crate::data::toml::parse(toml).unwrap(), "tox.toml")), expected);
    }

    #[test]
    fn sessions_of_nox_are_decorated_functions_and_not_comments_or_texts() {
        let text = "import nox\n# @nox.session\n# def no(session): ...\nDOC = '''\n@nox.session\ndef nor(session): ...\n'''\n@nox.session(python=['3.12'], name=\"tests\")\ndef run_tests(session):\n    pass\n@nox.session\ndef lint(session):\n    pass\ndef helper(session): ...\n";
        let names: Vec<_> =
            sessions(text, "noxfile.py").into_iter().map(|s| (s.name, s.evidence.line)).collect();
        assert_eq!(names, [("tests".to_owned(), Some(9)), ("lint".to_owned(), Some(12))]);
    }
}
