//! `Taskfile.yml`, and the tasks of `mise.toml`.

use super::{Script, Tree, script};
use crate::characteristics::manifests::scalar;
use crate::characteristics::tree::Format;
use crate::data::{Data, Node};

pub(super) fn read(tree: &Tree<'_>, path: &str) -> Vec<Script> {
    tree.node(path, Format::Yaml).map(|root| tasks(&root, path, "yaml tasks")).unwrap_or_default()
}

pub(super) fn read_mise(tree: &Tree<'_>, path: &str) -> Vec<Script> {
    tree.node(path, Format::Toml).map(|root| tasks(&root, path, "toml tasks")).unwrap_or_default()
}

fn tasks(root: &Node, path: &str, reader: &str) -> Vec<Script> {
    let entries = root.get("tasks").map_or(&[][..], Node::entries).iter();
    let flag = |node: &Node, key: &str| node.get(key).is_some_and(|value| value.data == Data::Bool(true));
    entries
        .filter(|(_, task)| !flag(task, "internal") && !flag(task, "hide") && task.get("requires").is_none())
        .map(|(name, task)| script(&name.key_text(), &command(task), path, name.line, reader))
        .collect()
}

/// A task is a command, a list of them, or a map that has them.
fn command(task: &Node) -> String {
    if let Some(text) = scalar(task) {
        return text;
    }
    let steps: Vec<String> = task.items().iter().map(command).collect();
    if !steps.is_empty() {
        return steps.join("\n");
    }
    ["cmds", "cmd", "run"].iter().find_map(|key| task.get(key)).map_or_else(String::new, command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_tasks_and_those_that_require_variables_are_none() {
        let text = "version: '3'\ntasks:\n  test:\n    cmds: [go test ./...]\n  lint: golangci-lint run\n  helper: {internal: true, cmd: x}\n  deploy: {requires: {vars: [ENV]}, cmd: y}\n";
        let found = tasks(&crate::data::yaml::parse(text).unwrap(), "Taskfile.yml", "r");
        let names: Vec<_> = found.iter().map(|s| (s.name.as_str(), s.command.as_str())).collect();
        assert_eq!(names, [("test", "go test ./..."), ("lint", "golangci-lint run")]);
    }
}
