//! What Python's manifests have in common: names, requirements, classifiers.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{Dependency, Input, Manifest};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::library::pack::DependencyKind;

/// A name as PEP 503 compares it.
pub(crate) fn normalize(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for part in name.split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normal.is_empty() {
            normal.push('-');
        }
        normal.push_str(&part.to_lowercase());
    }
    normal
}

/// Name and range of a PEP 508 requirement; without extras and markers.
pub(crate) fn requirement(text: &str) -> Option<(String, String)> {
    static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*([^;#]*)").ok()
    });
    let groups = SHAPE.as_ref()?.captures(text.trim())?;
    let range = groups[2].trim().trim_start_matches('(').trim_end_matches(')').trim();
    let rest_is_range = range.is_empty() || range.starts_with(['<', '>', '=', '!', '~', '@']);
    rest_is_range.then(|| (normalize(&groups[1]), range.to_owned()))
}

/// Adds a requirement.
pub(crate) fn push(
    manifest: &mut Manifest,
    text: &str,
    kind: DependencyKind,
    group: Option<&str>,
    evidence: Evidence,
) {
    if let Some((name, range)) = requirement(text) {
        manifest.dependencies.push(Dependency {
            name,
            range,
            kind,
            group: group.map(str::to_owned),
            evidence,
        });
    }
}

/// What Trove classifiers say: the versions, and whether publishing is forbidden.
pub(crate) fn classifiers(manifest: &mut Manifest, listed: &[(String, Evidence)]) {
    let mut versions = Vec::new();
    let mut evidence = Vec::new();
    for (classifier, place) in listed {
        if classifier.starts_with("Private ::") {
            manifest.facts.insert("project.publishable".to_owned(), Fact::new(false, place.clone()));
        }
        let version = classifier.strip_prefix("Programming Language :: Python ::").map(str::trim);
        let is_minor = |text: &str| {
            text.split_once('.').is_some_and(|(major, minor)| major == "3" && minor.parse::<u32>().is_ok())
        };
        if let Some(version) = version.filter(|version| is_minor(version)) {
            versions.push(Value::from(version));
            evidence.push(place.clone());
        }
    }
    if !versions.is_empty() {
        manifest.facts.insert("python.classifiers".to_owned(), Fact::of(versions, evidence));
    }
}

/// Reads a requirements file and those it includes into the manifest.
pub(super) fn requirements_file(input: &Input<'_>, file: &str, manifest: &mut Manifest, depth: usize) {
    const MAX_DEPTH: usize = 4;
    let Ok(text) = input.tree.text(file) else {
        manifest.broken = true;
        return;
    };
    let stem = paths::name(file).split('.').next().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = stem.split(['-', '_']).collect();
    let dev = ["dev", "test", "tests", "testing", "lint", "docs", "doc", "typing", "ci", "build"];
    let kind = if words.iter().any(|word| dev.contains(word)) {
        DependencyKind::Dev
    } else {
        DependencyKind::Runtime
    };
    for (line, n) in text.lines().zip(1..) {
        let line = line.trim();
        let included =
            ["-r ", "--requirement ", "--requirement=", "-r"].iter().find_map(|flag| line.strip_prefix(flag));
        if let Some(other) = included {
            let dir = paths::parent(file).unwrap_or(".");
            let other = paths::join(dir, other.trim()).filter(|other| input.tree.has(other));
            if let Some(other) = other.filter(|_| depth < MAX_DEPTH) {
                requirements_file(input, &other, manifest, depth + 1);
            }
            continue;
        }
        if line.is_empty()
            || line.starts_with(['#', '-', '.', '/'])
            || line.contains("://") && !line.contains('@')
        {
            continue;
        }
        push(manifest, line, kind, Some(&stem), Evidence::at(file, n, "requirements"));
    }
}

pub(super) fn read_requirements(input: &Input<'_>) -> Manifest {
    let mut manifest = Manifest::default();
    requirements_file(input, input.file, &mut manifest, 0);
    dedup(&mut manifest);
    manifest
}

/// The files of a `requirements/` folder beside a manifest.
pub(super) fn requirements_folder(input: &Input<'_>, manifest: &mut Manifest) {
    let folder = paths::file_in(input.dir, "requirements");
    for file in input.tree.below(&folder) {
        if file.path.ends_with(".txt") && paths::parent(&file.path) == Some(folder.as_str()) {
            requirements_file(input, &file.path, manifest, 0);
        }
    }
    dedup(manifest);
}

fn dedup(manifest: &mut Manifest) {
    let mut seen = std::collections::HashSet::new();
    manifest.dependencies.retain(|d| seen.insert((d.name.clone(), d.kind, d.group.clone())));
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn a_requirement_is_a_name_and_a_range_without_extras_and_markers() {
        let of = |text| requirement(text).unwrap();
        assert_eq!(
            of("Flask_SQLAlchemy[async]>=3,<4 ; python_version < '3.12'"),
            ("flask-sqlalchemy".into(), ">=3,<4".into())
        );
        assert_eq!(of("zope.interface"), ("zope-interface".into(), String::new()));
        assert_eq!(of("x @ https://example.com/x.zip").0, "x");
        assert_eq!(of("pytest==8.0  # tests").1, "==8.0");
        assert_eq!(requirement("not a requirement"), None);
    }

    #[test]
    fn requirements_include_each_other_without_end_and_never_from_outside() {
        let files = [
            (
                "requirements.txt",
                "-r requirements-dev.txt\n-r ../../etc/passwd\nflask\n--index-url https://x\n",
            ),
            ("requirements-dev.txt", "-r requirements.txt\npytest\n"),
        ];
        let manifest = read("requirements", &files);
        let mut names: Vec<_> = manifest.dependencies.iter().map(|d| (d.name.as_str(), d.kind)).collect();
        names.sort();
        assert_eq!(names, [("flask", DependencyKind::Runtime), ("pytest", DependencyKind::Dev)]);
    }
}
