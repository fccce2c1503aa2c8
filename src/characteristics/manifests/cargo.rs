//! `Cargo.toml`: packages, workspaces, and what members inherit.

use std::sync::Arc;

use super::{Dependency, Found, Input, Local, Manifest, Members, scalar, text_at};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::characteristics::tree::Format;
use crate::data::{Data, Node};
use crate::library::pack::DependencyKind;

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Ok(root) = input.tree.node(input.file, Format::Toml) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest { no_project: true, ..Manifest::default() };
    let workspace = workspace_above(input, &root);
    if let Some(section) = root.get("workspace") {
        manifest.no_project = false;
        manifest.members = Some(members(input.file, section));
    }
    if let Some(package) = root.get("package") {
        manifest.no_project = false;
        manifest.name = text_at(input.file, "toml", &root, &["package", "name"]);
        manifest.version = inherited(input, &root, workspace.as_ref(), "version");
        manifest.workspace =
            package.get("workspace").and_then(scalar).and_then(|dir| paths::join(input.dir, &dir));
        package_facts(input, &root, package, workspace.as_ref(), &mut manifest);
    }
    dependencies(input, &root, workspace.as_ref(), &mut manifest);
    manifest
}

/// The manifest of the workspace that a package can inherit from: its own, the one it names, or the next one above.
struct Workspace {
    file: String,
    dir: String,
    node: Arc<Node>,
}

fn workspace_above(input: &Input<'_>, root: &Arc<Node>) -> Option<Workspace> {
    let here = Workspace { file: input.file.to_owned(), dir: input.dir.to_owned(), node: root.clone() };
    if root.get("workspace").is_some() {
        return Some(here);
    }
    let read = |dir: &str| {
        let file = paths::file_in(dir, "Cargo.toml");
        let node = input.tree.node(&file, Format::Toml).ok()?;
        node.get("workspace")?;
        Some(Workspace { file, dir: dir.to_owned(), node })
    };
    if let Some(named) = root.at(&["package", "workspace"]).and_then(scalar) {
        return read(&paths::join(input.dir, &named)?);
    }
    paths::upwards(input.dir, ".").skip(1).find_map(read)
}

fn members(file: &str, section: &Node) -> Members {
    let list = |key: &str| section.get(key).map_or(&[][..], Node::items);
    let include = list("members")
        .iter()
        .filter_map(|item| {
            Some(Found::new(scalar(item)?, Evidence::at(file, item.line, "toml workspace.members")))
        })
        .collect();
    let exclude = list("exclude").iter().filter_map(scalar).collect();
    Members { include, exclude, path_dependencies: true }
}

/// A field of `[package]` that can say `field.workspace = true`.
fn inherited(
    input: &Input<'_>,
    root: &Node,
    workspace: Option<&Workspace>,
    field: &str,
) -> Option<Found<String>> {
    let node = root.at(&["package", field])?;
    if node.get("workspace").is_some() {
        let workspace = workspace?;
        return text_at(&workspace.file, "toml", &workspace.node, &["workspace", "package", field]);
    }
    text_at(input.file, "toml", root, &["package", field])
}

fn package_facts(
    input: &Input<'_>,
    root: &Node,
    package: &Node,
    workspace: Option<&Workspace>,
    manifest: &mut Manifest,
) {
    let mut put = |name: &str, fact: Fact| manifest.facts.insert(name.to_owned(), fact);
    for (field, name) in [("rust-version", "rust.msrv"), ("edition", "rust.edition")] {
        if let Some(found) = inherited(input, root, workspace, field) {
            put(name, Fact::new(found.value, found.evidence));
        }
    }
    put("project.publishable", publishable(input, package, workspace));
    put("project.kind", targets(input, root, package));
    let features: Vec<String> =
        root.get("features").map_or(&[][..], Node::entries).iter().map(|(k, _)| k.key_text()).collect();
    if let Some((key, _)) = root.entry("features").filter(|_| !features.is_empty()) {
        put("rust.features", Fact::new(features, Evidence::at(input.file, key.line, "toml features")));
    }
    let benches = root.get("bench").map_or(&[][..], Node::items);
    if let Some(first) = benches.first() {
        put("rust.benches", Fact::new(true, Evidence::at(input.file, first.line, "toml bench")));
    }
}

/// `publish = false` and an empty list of registries forbid it; crates.io needs a description and a licence.
fn publishable(input: &Input<'_>, package: &Node, workspace: Option<&Workspace>) -> Fact {
    let publish = match package.entry("publish") {
        Some((_, value)) if value.get("workspace").is_some() => workspace
            .and_then(|w| Some((w.file.as_str(), w.node.at(&["workspace", "package"])?.entry("publish")?))),
        own => own.map(|entry| (input.file, entry)),
    };
    if let Some((file, (key, value))) = publish {
        let forbidden =
            value.data == Data::Bool(false) || matches!(&value.data, Data::List(l) if l.is_empty());
        return Fact::new(!forbidden, Evidence::at(file, key.line, "toml package.publish"));
    }
    let described = package.get("description").is_some()
        && (package.get("license").is_some() || package.get("license-file").is_some());
    let because = if described { "toml package.license" } else { "toml package (no description or licence)" };
    let line = package.entry("license").map_or(package.line, |(key, _)| key.line);
    Fact::new(described, Evidence::at(input.file, line, because)).confidence(if described {
        0.9
    } else {
        0.7
    })
}

/// Binaries and libraries, declared or found where cargo looks for them.
fn targets(input: &Input<'_>, root: &Node, package: &Node) -> Fact {
    let mut kinds = Vec::new();
    let mut evidence = Vec::new();
    let beside = |name: &str| Some(paths::file_in(input.dir, name)).filter(|path| input.tree.has(path));
    let auto = |key: &str| package.get(key).is_none_or(|flag| flag.data != Data::Bool(false));
    let bins = input.tree.below(&paths::file_in(input.dir, "src/bin")).first().map(|file| file.path.clone());
    if let Some(bin) = root.get("bin").and_then(|bins| bins.items().first()) {
        kinds.push("binary");
        evidence.push(Evidence::at(input.file, bin.line, "toml bin"));
    } else if let Some(path) = beside("src/main.rs").or(bins).filter(|_| auto("autobins")) {
        kinds.push("binary");
        evidence.push(Evidence::file(path, "file"));
    }
    if let Some((key, _)) = root.entry("lib") {
        kinds.push("library");
        evidence.push(Evidence::at(input.file, key.line, "toml lib"));
    } else if let Some(path) = beside("src/lib.rs").filter(|_| auto("autolib")) {
        kinds.push("library");
        evidence.push(Evidence::file(path, "file"));
    }
    if evidence.is_empty() {
        evidence.push(Evidence::at(input.file, package.line, "toml package"));
    }
    Fact::of(kinds, evidence)
}

const TABLES: [(&str, DependencyKind); 3] = [
    ("dependencies", DependencyKind::Runtime),
    ("dev-dependencies", DependencyKind::Dev),
    ("build-dependencies", DependencyKind::Build),
];

fn dependencies(input: &Input<'_>, root: &Node, workspace: Option<&Workspace>, manifest: &mut Manifest) {
    let platforms = root.get("target").map_or(&[][..], Node::entries).iter();
    let tables = std::iter::once(root).chain(platforms.map(|(_, platform)| platform));
    for table in tables {
        for (section, kind) in TABLES {
            for (key, value) in table.get(section).map_or(&[][..], Node::entries) {
                dependency(input, section, kind, key, value, workspace, manifest);
            }
        }
    }
}

fn dependency(
    input: &Input<'_>,
    section: &str,
    kind: DependencyKind,
    key: &Node,
    value: &Node,
    workspace: Option<&Workspace>,
    manifest: &mut Manifest,
) {
    let alias = key.key_text();
    let evidence = Evidence::at(input.file, key.line, format!("toml {section}.{alias}"));
    // What `workspace = true` refers to, with the directory its paths start from.
    let shared = workspace
        .filter(|_| value.get("workspace").is_some())
        .and_then(|w| Some((w.node.at(&["workspace", "dependencies", &alias])?, w.dir.as_str())));
    let (spec, base) = shared.unwrap_or((value, input.dir));
    let name = spec.get("package").and_then(scalar).unwrap_or(alias);
    let range = scalar(spec).or_else(|| spec.get("version").and_then(scalar)).unwrap_or_default();
    if let Some(dir) = spec.get("path").and_then(scalar).and_then(|path| paths::join(base, &path)) {
        manifest.local.push(Local::Path(dir));
    }
    let optional = value.get("optional").is_some_and(|flag| flag.data == Data::Bool(true));
    let kind = if optional { DependencyKind::Optional } else { kind };
    if !manifest.dependencies.iter().any(|d| d.name == name && d.kind == kind) {
        manifest.dependencies.push(Dependency { name, range, kind, group: None, evidence });
    }
}
