//! `pyproject.toml`: PEP 621, Poetry, PDM, uv, Hatch and their tasks; and `Pipfile`.

use serde_json::Value;

use super::python::{classifiers, normalize, push, requirements_folder};
use super::{Found, Input, Local, Manifest, Members, Script, scalar, text_at};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::characteristics::tree::Format;
use crate::data::{Data, Node};
use crate::library::pack::DependencyKind;

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Ok(root) = input.tree.node(input.file, Format::Toml) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let has = |path: &[&str]| root.at(path).is_some();
    let project = has(&["project"])
        || has(&["build-system"])
        || has(&["tool", "poetry"])
        || has(&["dependency-groups"]);
    let mut manifest =
        Manifest { no_project: !project && !has(&["tool", "uv", "workspace"]), ..Manifest::default() };
    let text = |path: &[&str]| text_at(input.file, "toml", &root, path);
    manifest.name = text(&["project", "name"]).or_else(|| text(&["tool", "poetry", "name"]));
    if let Some(name) = &manifest.name {
        manifest.aliases.push(normalize(&name.value));
    }
    manifest.version = text(&["project", "version"]).or_else(|| text(&["tool", "poetry", "version"]));
    requires(input, &root, &mut manifest);
    kind_and_publishing(input, &root, &mut manifest);
    let listed: Vec<(String, Evidence)> =
        [&["project", "classifiers"][..], &["tool", "poetry", "classifiers"]]
            .into_iter()
            .flat_map(|path| root.at(path).map_or(&[][..], Node::items))
            .filter_map(|item| Some((scalar(item)?, Evidence::at(input.file, item.line, "toml classifiers"))))
            .collect();
    classifiers(&mut manifest, &listed);
    dependencies(input, &root, &mut manifest);
    groups(input, &root, &mut manifest);
    sources(input, &root, &mut manifest);
    scripts(input, &root, &mut manifest);
    if let Some(tox) = root.at(&["tool", "tox"]) {
        super::tox::table(input.file, tox, &mut manifest);
    }
    requirements_folder(input, &mut manifest);
    manifest
}

fn requires(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    let mut fact: Option<Fact> = None;
    for path in [&["project", "requires-python"][..], &["tool", "poetry", "dependencies", "python"]] {
        let Some(node) = root.at(path) else { continue };
        let found = text_at(input.file, "toml", root, path).or_else(|| {
            let version = node.get("version").and_then(scalar)?;
            Some(Found::new(version, Evidence::at(input.file, node.line, "toml python.version")))
        });
        let Some(found) = found else { continue };
        let new = Fact::new(found.value, found.evidence);
        match &mut fact {
            None => fact = Some(new),
            Some(fact) => fact.refuse(&new, "`project.requires-python` is what installers read"),
        }
    }
    manifest.facts.extend(fact.map(|fact| ("python.requires".to_owned(), fact)));
}

fn kind_and_publishing(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    let scripts = [&["project", "scripts"][..], &["project", "gui-scripts"], &["tool", "poetry", "scripts"]];
    let (mut kinds, mut evidence) = (Vec::new(), Vec::new());
    if let Some(node) = scripts.into_iter().find_map(|path| root.at(path)) {
        kinds.push("binary");
        evidence.push(Evidence::at(input.file, node.line, "toml scripts"));
    }
    let no_package = |path: &[&str]| root.at(path).filter(|flag| flag.data == Data::Bool(false));
    let refused = no_package(&["tool", "uv", "package"])
        .or(no_package(&["tool", "poetry", "package-mode"]))
        .or(no_package(&["tool", "pdm", "distribution"]));
    if let Some(flag) = refused {
        let evidence = Evidence::at(input.file, flag.line, "toml tool (no package)");
        manifest.facts.insert("project.publishable".to_owned(), Fact::new(false, evidence));
    } else if let Some((key, backend)) = root.entry("build-system") {
        kinds.push("library");
        evidence.push(Evidence::at(input.file, key.line, "toml build-system"));
        let built = Evidence::at(input.file, key.line, "toml build-system");
        manifest.facts.insert("project.publishable".to_owned(), Fact::new(true, built).confidence(0.9));
        if let Some(name) = backend.get("build-backend").and_then(scalar) {
            let name = name.split('.').next().unwrap_or(&name).to_owned();
            let line = backend.get("build-backend").map_or(key.line, |node| node.line);
            let place = Evidence::at(input.file, line, "toml build-system.build-backend");
            manifest.facts.insert("python.build-backend".to_owned(), Fact::new(name, place));
        }
    } else {
        let place = Evidence::file(input.file, "toml (no build-system)");
        manifest.facts.insert("project.publishable".to_owned(), Fact::new(false, place).confidence(0.8));
    }
    if !kinds.is_empty() {
        manifest.facts.insert("project.kind".to_owned(), Fact::of(kinds, evidence));
    }
}

fn dependencies(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    let place = |node: &Node, reader: &str| Evidence::at(input.file, node.line, reader);
    let mut list = |node: &Node, kind, group: Option<&str>, reader: &str| {
        for item in node.items() {
            if let Some(text) = item.as_str() {
                push(manifest, text, kind, group, place(item, reader));
            }
        }
    };
    if let Some(node) = root.at(&["project", "dependencies"]) {
        list(node, DependencyKind::Runtime, None, "toml project.dependencies");
    }
    let tables = [
        (&["project", "optional-dependencies"][..], DependencyKind::Optional),
        (&["dependency-groups"], DependencyKind::Dev),
        (&["tool", "pdm", "dev-dependencies"], DependencyKind::Dev),
    ];
    for (path, kind) in tables {
        for (group, node) in root.at(path).map_or(&[][..], Node::entries) {
            list(node, kind, Some(&group.key_text()), &format!("toml {}", path.join(".")));
        }
    }
    if let Some(node) = root.at(&["tool", "uv", "dev-dependencies"]) {
        list(node, DependencyKind::Dev, Some("dev"), "toml tool.uv.dev-dependencies");
    }
    if let Some(node) = root.at(&["build-system", "requires"]) {
        list(node, DependencyKind::Build, None, "toml build-system.requires");
    }
    let Some(poetry) = root.at(&["tool", "poetry"]) else {
        return;
    };
    poetry_table(input, poetry.get("dependencies"), DependencyKind::Runtime, None, manifest);
    poetry_table(input, poetry.get("dev-dependencies"), DependencyKind::Dev, Some("dev"), manifest);
    for (group, node) in poetry.get("group").map_or(&[][..], Node::entries) {
        poetry_table(input, node.get("dependencies"), DependencyKind::Dev, Some(&group.key_text()), manifest);
    }
}

/// Poetry's tables map a name to a range, or to a table with one.
fn poetry_table(
    input: &Input<'_>,
    table: Option<&Node>,
    kind: DependencyKind,
    group: Option<&str>,
    manifest: &mut Manifest,
) {
    for (key, value) in table.map_or(&[][..], Node::entries) {
        let name = normalize(&key.key_text());
        if name == "python" {
            continue;
        }
        let optional = value.get("optional").is_some_and(|flag| flag.data == Data::Bool(true));
        let kind = if optional { DependencyKind::Optional } else { kind };
        let range = scalar(value).or_else(|| value.get("version").and_then(scalar)).unwrap_or_default();
        if let Some(dir) = value.get("path").and_then(scalar).and_then(|path| paths::join(input.dir, &path)) {
            manifest.local.push(Local::Path(dir));
        }
        let evidence = Evidence::at(input.file, key.line, format!("toml tool.poetry {name}"));
        manifest.dependencies.push(super::Dependency {
            name,
            range,
            kind,
            group: group.map(str::to_owned),
            evidence,
        });
    }
}

/// The names of extras and groups, which installers are told.
fn groups(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    let tables: [(&str, &[&[&str]]); 2] = [
        ("python.extras", &[&["project", "optional-dependencies"], &["tool", "poetry", "extras"]]),
        (
            "python.groups",
            &[&["dependency-groups"], &["tool", "poetry", "group"], &["tool", "pdm", "dev-dependencies"]],
        ),
    ];
    for (fact, paths) in tables {
        let entries: Vec<&(Node, Node)> =
            paths.iter().flat_map(|path| root.at(path).map_or(&[][..], Node::entries)).collect();
        let names: Vec<Value> = entries.iter().map(|(key, _)| Value::from(key.key_text())).collect();
        let evidence = entries.iter().map(|(key, _)| Evidence::at(input.file, key.line, "toml")).collect();
        if !names.is_empty() {
            manifest.facts.insert(fact.to_owned(), Fact::of(names, evidence));
        }
    }
}

/// uv's workspace, and where it takes packages from.
fn sources(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    let Some(uv) = root.at(&["tool", "uv"]) else {
        return;
    };
    if let Some(workspace) = uv.get("workspace") {
        let list = |key: &str| workspace.get(key).map_or(&[][..], Node::items);
        let reader = "toml tool.uv.workspace.members";
        let include = list("members")
            .iter()
            .filter_map(|item| Some(Found::new(scalar(item)?, Evidence::at(input.file, item.line, reader))));
        let exclude = list("exclude").iter().filter_map(scalar).collect();
        manifest.members = Some(Members { include: include.collect(), exclude, path_dependencies: false });
    }
    for (name, source) in uv.get("sources").map_or(&[][..], Node::entries) {
        if source.get("workspace").is_some_and(|flag| flag.data == Data::Bool(true)) {
            manifest.local.push(Local::Name(normalize(&name.key_text())));
        } else if let Some(dir) =
            source.get("path").and_then(scalar).and_then(|path| paths::join(input.dir, &path))
        {
            manifest.local.push(Local::Path(dir));
        }
    }
}

/// Tasks that Python's tools run: PDM, Poe, taskipy, Hatch.
fn scripts(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    let mut add = |name: String, key: &Node, value: &Node, run: String| {
        let command = command(value);
        let evidence = Evidence::at(input.file, key.line, "toml scripts");
        if !name.starts_with('_') {
            manifest.scripts.push(Script { name, command, evidence, run: Some(run) });
        }
    };
    let tables: [(&[&str], &str); 3] = [
        (&["tool", "poe", "tasks"], "poe"),
        (&["tool", "taskipy", "tasks"], "task"),
        (&["tool", "pdm", "scripts"], "pdm run"),
    ];
    for (path, run) in tables {
        for (key, value) in root.at(path).map_or(&[][..], Node::entries) {
            add(key.key_text(), key, value, format!("{run} {}", key.key_text()));
        }
    }
    let beside = input.tree.node(&paths::file_in(input.dir, "hatch.toml"), Format::Toml).ok();
    let environments = root.at(&["tool", "hatch", "envs"]).or_else(|| beside.as_ref()?.get("envs"));
    for (environment, node) in environments.map_or(&[][..], Node::entries) {
        for (key, value) in node.get("scripts").map_or(&[][..], Node::entries) {
            // `docs:build` is no `build`, so the environment stays in the name.
            let name = match environment.key_text().as_str() {
                "default" => key.key_text(),
                other => format!("{other}:{}", key.key_text()),
            };
            let run = format!("hatch run {name}");
            add(name, key, value, run);
        }
    }
}

/// A task is text, a list of steps, or a table that says it under one of a few names.
fn command(value: &Node) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let steps: Vec<String> = value.items().iter().filter_map(scalar).collect();
    if !steps.is_empty() {
        return steps.join(" && ");
    }
    ["cmd", "shell", "script", "sequence", "composite"]
        .iter()
        .find_map(|key| value.get(key))
        .map_or_else(String::new, command)
}

pub(super) fn read_pipfile(input: &Input<'_>) -> Manifest {
    let Ok(root) = input.tree.node(input.file, Format::Toml) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest::default();
    poetry_table(input, root.get("packages"), DependencyKind::Runtime, None, &mut manifest);
    poetry_table(input, root.get("dev-packages"), DependencyKind::Dev, Some("dev"), &mut manifest);
    for key in ["python_full_version", "python_version"] {
        if let Some(found) = text_at(input.file, "toml", &root, &["requires", key]) {
            manifest.facts.insert("python.pinned".to_owned(), Fact::new(found.value, found.evidence));
            break;
        }
    }
    for (key, value) in root.get("scripts").map_or(&[][..], Node::entries) {
        let (name, command) = (key.key_text(), command(value));
        let evidence = Evidence::at(input.file, key.line, "toml scripts");
        let run = Some(format!("pipenv run {name}"));
        manifest.scripts.push(Script { name, command, evidence, run });
    }
    manifest
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn dependencies_of_every_table_come_with_kind_and_group() {
        let text = "[project]\nname = \"A.B\"\ndependencies = [\"flask>=3\", \"x; python_version<'3.11'\"]\n[project.optional-dependencies]\nasync = [\"asgiref\"]\n[dependency-groups]\ntests = [\"pytest\", {include-group = \"x\"}]\n[tool.poetry.group.docs.dependencies]\nsphinx = {version = \"^7\", optional = false}\n[tool.poetry.dependencies]\npython = \"^3.9\"\n";
        let manifest = read("pyproject", &[("pyproject.toml", text)]);
        let found: Vec<_> =
            manifest.dependencies.iter().map(|d| (d.name.as_str(), d.kind, d.group.as_deref())).collect();
        assert_eq!(
            found,
            [
                ("flask", DependencyKind::Runtime, None),
                ("x", DependencyKind::Runtime, None),
                ("asgiref", DependencyKind::Optional, Some("async")),
                ("pytest", DependencyKind::Dev, Some("tests")),
                ("sphinx", DependencyKind::Dev, Some("docs")),
            ]
        );
        assert_eq!(manifest.facts["python.requires"].value, "^3.9");
    }

    #[test]
    fn a_pyproject_that_only_configures_tools_is_no_project() {
        assert!(read("pyproject", &[("pyproject.toml", "[tool.ruff]\nline-length = 100\n")]).no_project);
        assert!(!read("pyproject", &[("pyproject.toml", "[build-system]\nrequires = []\n")]).no_project);
    }

    #[test]
    fn a_private_classifier_forbids_publishing() {
        let text = "[project]\nname='a'\nclassifiers = [\n 'Private :: Do Not Upload',\n 'Programming Language :: Python :: 3',\n 'Programming Language :: Python :: 3.12',\n]\n[build-system]\nrequires=[]\n";
        let manifest = read("pyproject", &[("pyproject.toml", text)]);
        assert_eq!(manifest.facts["project.publishable"].value, false);
        assert_eq!(manifest.facts["project.publishable"].evidence[0].line, Some(4));
        assert_eq!(manifest.facts["python.classifiers"].value, serde_json::json!(["3.12"]));
    }
}
