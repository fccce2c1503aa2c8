//! `package.json`, with `pnpm-workspace.yaml` and `lerna.json` beside it.

use super::{Dependency, Found, Input, Local, Manifest, Members, Script, scalar, text_at};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::characteristics::tree::Format;
use crate::data::{Data, Node};
use crate::library::pack::DependencyKind;

/// A `package.json` without any of these only marks a directory, e.g. as CommonJS.
const OF_A_PROJECT: [&str; 6] =
    ["name", "scripts", "dependencies", "devDependencies", "workspaces", "packageManager"];

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Ok(root) = input.tree.node(input.file, Format::Json) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest {
        no_project: !OF_A_PROJECT.iter().any(|key| root.get(key).is_some()),
        name: text_at(input.file, "json", &root, &["name"]),
        version: text_at(input.file, "json", &root, &["version"]),
        members: members(input, &root),
        ..Manifest::default()
    };
    dependencies(input, &root, &mut manifest);
    for (key, command) in root.get("scripts").map_or(&[][..], Node::entries) {
        let (name, Some(command)) = (key.key_text(), command.as_str()) else {
            continue;
        };
        let evidence = Evidence::at(input.file, key.line, format!("json scripts.{name}"));
        manifest.scripts.push(Script { name, command: command.to_owned(), evidence, run: None });
    }
    manifest.facts.insert("project.publishable".to_owned(), publishable(input, &root));
    manifest.facts.insert("project.kind".to_owned(), kind(input, &root));
    manifest
}

/// `workspaces` (a list, or an object with `packages`), else what pnpm or Lerna list.
fn members(input: &Input<'_>, root: &Node) -> Option<Members> {
    let listed = |file: &str, list: &Node, reader: &str| {
        let found = list
            .items()
            .iter()
            .filter_map(|item| Some(Found::new(scalar(item)?, Evidence::at(file, item.line, reader))));
        Members { include: found.collect(), ..Members::default() }
    };
    let beside = paths::file_in(input.dir, "pnpm-workspace.yaml");
    if let Some(packages) =
        input.tree.node(&beside, Format::Yaml).ok().as_ref().and_then(|node| node.get("packages"))
    {
        return Some(listed(&beside, packages, "yaml packages"));
    }
    if let Some(workspaces) = root.get("workspaces") {
        return Some(listed(input.file, workspaces.get("packages").unwrap_or(workspaces), "json workspaces"));
    }
    let lerna = paths::file_in(input.dir, "lerna.json");
    let node = input.tree.node(&lerna, Format::Json).ok()?;
    Some(listed(&lerna, node.get("packages")?, "json packages"))
}

const TABLES: [(&str, DependencyKind); 4] = [
    ("dependencies", DependencyKind::Runtime),
    ("devDependencies", DependencyKind::Dev),
    ("optionalDependencies", DependencyKind::Optional),
    ("peerDependencies", DependencyKind::Peer),
];

fn dependencies(input: &Input<'_>, root: &Node, manifest: &mut Manifest) {
    for (section, kind) in TABLES {
        for (key, value) in root.get(section).map_or(&[][..], Node::entries) {
            let (name, range) = (key.key_text(), scalar(value).unwrap_or_default());
            let path = ["file:", "link:", "portal:"].iter().find_map(|protocol| range.strip_prefix(protocol));
            if range.starts_with("workspace:") {
                manifest.local.push(Local::Name(name.clone()));
            } else if let Some(dir) = path.and_then(|path| paths::join(input.dir, path)) {
                manifest.local.push(Local::Path(dir));
            }
            let evidence = Evidence::at(input.file, key.line, format!("json {section}.{name}"));
            manifest.dependencies.push(Dependency { name, range, kind, group: None, evidence });
        }
    }
}

fn publishable(input: &Input<'_>, root: &Node) -> Fact {
    if let Some((key, value)) = root.entry("private") {
        let private = value.data == Data::Bool(true);
        return Fact::new(!private, Evidence::at(input.file, key.line, "json private"));
    }
    let complete = root.get("name").is_some() && root.get("version").is_some();
    let line = root.entry("version").map_or(root.line, |(key, _)| key.line);
    let reader = if complete { "json version (and not private)" } else { "json (no name or version)" };
    Fact::new(complete, Evidence::at(input.file, line, reader)).confidence(0.9)
}

fn kind(input: &Input<'_>, root: &Node) -> Fact {
    let mut kinds = Vec::new();
    let mut evidence = Vec::new();
    let mut take = |kind: &'static str, keys: &[&str]| {
        if let Some((key, _)) = keys.iter().find_map(|key| root.entry(key)) {
            kinds.push(kind);
            evidence.push(Evidence::at(input.file, key.line, format!("json {}", key.key_text())));
        }
    };
    take("binary", &["bin"]);
    let private = root.get("private").is_some_and(|flag| flag.data == Data::Bool(true));
    // `main` is in every private application that `npm init` began.
    take(
        "library",
        if private { &["exports", "module"] } else { &["exports", "module", "main", "types", "files"] },
    );
    if evidence.is_empty() {
        evidence.push(Evidence::file(input.file, "json"));
    }
    Fact::of(kinds, evidence)
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;

    #[test]
    fn workspaces_are_a_list_or_an_object_and_pnpm_says_it_in_its_own_file() {
        let globs = |files: &[(&str, &str)]| {
            let members = read("npm", files).members.unwrap();
            members.include.into_iter().map(|found| found.value).collect::<Vec<_>>()
        };
        assert_eq!(globs(&[("package.json", r#"{"name": "a", "workspaces": ["p/*"]}"#)]), ["p/*"]);
        assert_eq!(
            globs(&[(
                "package.json",
                r#"{"name": "a", "workspaces": {"packages": ["q/*"], "nohoist": []}}"#
            )]),
            ["q/*"]
        );
        assert_eq!(
            globs(&[
                ("package.json", r#"{"name": "a"}"#),
                ("pnpm-workspace.yaml", "packages:\n  - r/*\n  - '!r/x'\n")
            ]),
            ["r/*", "!r/x"]
        );
        let settings_only =
            [("package.json", r#"{"name": "a"}"#), ("pnpm-workspace.yaml", "catalog:\n  x: 1\n")];
        assert!(read("npm", &settings_only).members.is_none());
    }

    #[test]
    fn a_package_json_that_only_says_commonjs_is_no_project() {
        assert!(read("npm", &[("package.json", r#"{"type": "commonjs"}"#)]).no_project);
        assert!(!read("npm", &[("package.json", "\u{feff}{\"name\": \"x\"}")]).no_project);
    }

    #[test]
    fn private_is_not_publishable_and_the_line_says_why() {
        let manifest = read("npm", &[("package.json", "{\n \"name\": \"a\",\n \"private\": true\n}")]);
        let fact = &manifest.facts["project.publishable"];
        assert_eq!((fact.value.clone(), fact.evidence[0].line), (false.into(), Some(3)));
    }
}
