//! The facts about a repository as a whole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::evidence::{self, Scope, matcher};
use super::existing::{Existing, Workflow};
use super::fact::{Evidence, Fact, Facts, Refusal};
use super::languages::Languages;
use super::secrets::Scan;
use super::services::Image;
use super::tree::Tree;
use super::{Project, Role, paths};
use crate::error::Result;
use crate::library::pack::Packs;

/// What the facts are found from.
pub(crate) struct Subject<'a> {
    pub(crate) tree: &'a Tree<'a>,
    pub(crate) packs: &'a Packs,
    /// What is known without a look at projects.
    pub(crate) known: Own,
    pub(crate) projects: &'a [Project],
    pub(crate) languages: &'a Languages<'a>,
    pub(crate) existing: &'a Existing,
    pub(crate) images: &'a [Image],
    /// What was found when credentials were looked for.
    pub(crate) secrets: Option<&'a Scan>,
}

/// What a repository says of itself, found while others look at its projects.
pub(crate) struct Own {
    facts: Facts,
    /// What is to be kept up to date and belongs to no project.
    updates: Vec<Update>,
}

/// A directory that Dependabot keeps up to date.
struct Update {
    ecosystem: String,
    dir: String,
    evidence: Option<Evidence>,
}

/// Everything that is known about the repository.
///
/// # Errors
/// When a pack is wrong.
pub(crate) fn facts(mut subject: Subject<'_>) -> Result<Facts> {
    let mut facts = std::mem::take(&mut subject.known.facts);
    let loose = std::mem::take(&mut subject.known.updates);
    let subject = &subject;
    if let Some(fact) = subject.secrets.and_then(Scan::fact) {
        facts.insert("security.secrets", fact);
    }
    workflow_secrets(subject, &mut facts);
    updates(subject, loose, &mut facts)?;
    images(subject, &mut facts);
    Ok(facts)
}

/// What needs no look at projects.
///
/// # Errors
/// When a pack is wrong.
pub(crate) fn own(
    tree: &Tree<'_>,
    packs: &Packs,
    languages: &Languages<'_>,
    existing: &Existing,
) -> Result<Own> {
    let mut facts = Facts::default();
    git(tree, &mut facts);
    if let Some(fact) = languages.fact("") {
        facts.insert("repository.languages", fact);
    }
    if let Some(fact) = existing.fact() {
        facts.insert("repository.workflows", fact);
    }
    declared(tree, packs, &mut facts)?;
    branches(&mut facts);
    codeql(tree, packs, languages, &mut facts)?;
    Ok(Own { facts, updates: loose_updates(tree, packs, languages)? })
}

fn git(tree: &Tree<'_>, facts: &mut Facts) {
    let git = tree.checkout().git();
    let branch = &git.default_branch;
    let place = |file: &str| Evidence::file(file, "git");
    facts.insert(
        "repository.default-branch",
        Fact::new(branch.value.as_str(), place(&branch.file)).confidence(branch.confidence),
    );
    if let Some(slug) = &git.slug {
        let value = format!("{}/{}", slug.value.owner, slug.value.name);
        facts.insert("repository.slug", Fact::new(value, place(&slug.file)).confidence(slug.confidence));
        let host = slug.value.host.as_str();
        facts.insert("repository.host", Fact::new(host, place(&slug.file)).confidence(slug.confidence));
    }
}

/// What packs declare about repositories.
fn declared(tree: &Tree<'_>, packs: &Packs, facts: &mut Facts) -> Result<()> {
    for pack in packs.with_key("repository") {
        for (name, spec) in &pack?.repository {
            let scope = Scope { tree, dir: ".", top: ".", manifest: None, dependencies: &[], facts };
            if let Some(fact) = evidence::establish(spec, &scope) {
                facts.insert(name, fact);
            }
        }
    }
    Ok(())
}

/// The branches whose pushes are tested: the default branch, and beside it those that existing workflows test, as they name
/// them. Where these are all branches there is no other: what a pull request tests needs no push. Nor is one whose name
/// speaks of releases: what is built there counts as published, and must not use caches.
fn branches(facts: &mut Facts) {
    let Some(default) = facts.get("repository.default-branch").cloned() else { return };
    let mut branches = vec![default.value.clone()];
    let of_default = |branch: &Value| {
        let (Some(pattern), Some(default)) = (branch.as_str(), default.value.as_str()) else { return false };
        pattern.contains('*') && matcher(pattern).is_match(default)
    };
    let mut fact = Fact::of(Value::Null, default.evidence).confidence(default.confidence);
    let is_every = |branch: &Value| branch.as_str().is_none_or(|text| text.chars().all(|c| "*/".contains(c)));
    if let Some(tested) = facts.get("repository.tested-branches")
        && let Some(all) = tested.value.as_array().filter(|all| !all.iter().any(is_every))
        && (all.len() > 1 && all.contains(&default.value) || all.iter().any(of_default))
    {
        // A pattern speaks of the default branch too.
        branches.retain(|_| !all.iter().any(of_default));
        branches.extend(all.iter().filter(|branch| **branch != default.value).cloned());
        fact.evidence.extend(tested.evidence.iter().cloned());
    }
    let speaks_of_releases =
        |branch: &Value| branch.as_str().is_some_and(|name| name.to_lowercase().contains("release"));
    let (releases, branches): (Vec<Value>, Vec<Value>) = branches.into_iter().partition(speaks_of_releases);
    let Some(evidence) = fact.evidence.last().cloned() else { return };
    fact.refused.extend(releases.into_iter().map(|value| {
        let because =
            "what is built from a branch of this name counts as published, and caches make it unsafe";
        Refusal { value, evidence: evidence.clone(), because: because.to_owned() }
    }));
    fact.value = branches.into();
    facts.insert("repository.branches", fact);
}

/// The workflows that wfgen did not write.
fn foreign<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a Workflow> {
    subject.existing.workflows.iter().filter(|workflow| !subject.tree.is_generated(&workflow.file))
}

/// Names of the secrets that workflows use; their values are nowhere in a tree.
fn workflow_secrets(subject: &Subject<'_>, facts: &mut Facts) {
    let mut names = BTreeSet::new();
    let mut evidence = Vec::new();
    for workflow in foreign(subject) {
        if !workflow.secrets.is_empty() {
            names.extend(workflow.secrets.iter().map(String::as_str));
            evidence.push(Evidence::file(&workflow.file, "workflow secrets"));
        }
    }
    if !names.is_empty() {
        let names: Vec<&str> = names.into_iter().collect();
        facts.insert("security.workflow-secrets", Fact::of(names, evidence));
    }
}

/// Whether a language is there with one or two small files only, as to compare with: under a hundredth of all bytes.
fn is_stray(amount: &Value, all: u64) -> bool {
    let number = |key: &str| amount[key].as_u64().unwrap_or_default();
    number("files") <= 2 && number("bytes") * 100 < all
}

/// The languages of the tree that CodeQL knows, as it names them.
fn codeql(tree: &Tree<'_>, packs: &Packs, languages: &Languages<'_>, facts: &mut Facts) -> Result<()> {
    let known = facts.value("repository.languages").and_then(Value::as_object);
    let bytes = |amount: &Value| amount["bytes"].as_u64().unwrap_or_default();
    let all: u64 = known.into_iter().flat_map(|known| known.values()).map(bytes).sum();
    let mut names: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pack in packs.with_key("codeql") {
        let pack = pack?;
        let is_analysed = |name: &str| {
            pack.codeql_sources.get(name).is_none_or(|sources| {
                let globs: Vec<_> = sources.iter().map(matcher).collect();
                tree.fitting(".", &globs).iter().any(|file| !is_noise(languages, &file.path))
            })
        };
        for (language, name) in &pack.codeql {
            let is_there =
                known.and_then(|known| known.get(language)).is_some_and(|amount| !is_stray(amount, all));
            if is_there && is_analysed(name) {
                names.entry(name).or_default().push(language);
            }
        }
    }
    // Workflows are code too, and where anything is generated there will be some.
    if !names.is_empty() {
        names.entry("actions").or_default().push("workflows");
    }
    if !names.is_empty() {
        let evidence = names
            .values()
            .map(|languages| Evidence::file(".", format!("languages {}", languages.join(", "))));
        let evidence = evidence.collect();
        facts.insert("security.codeql-languages", Fact::of(names.into_keys().collect::<Vec<_>>(), evidence));
    }
    Ok(())
}

/// What files of no project say is to be kept up to date.
fn loose_updates(tree: &Tree<'_>, packs: &Packs, languages: &Languages<'_>) -> Result<Vec<Update>> {
    let mut updates = Vec::new();
    for pack in packs.with_key("updates") {
        for spec in &pack?.updates {
            let globs: Vec<_> = spec.files.iter().map(matcher).collect();
            for file in tree.fitting(".", &globs) {
                if tree.is_generated(&file.path) || is_noise(languages, &file.path) {
                    continue;
                }
                let dir = if spec.root { "." } else { paths::parent(&file.path).unwrap_or(".") };
                updates.push(Update {
                    ecosystem: spec.ecosystem.clone(),
                    dir: dir.to_owned(),
                    evidence: Some(Evidence::file(&file.path, "glob")),
                });
            }
        }
    }
    Ok(updates)
}

/// The directory of a project to keep up to date: of every driver, and of members where the root doesn't cover them.
fn update(project: &Project, packs: &Packs) -> Result<Option<Update>> {
    let Some(spec) = packs.get(&project.pack)?.project.as_ref().and_then(|p| p.updates.as_ref()) else {
        return Ok(None);
    };
    let counts = match project.role {
        Role::Driver => true,
        Role::Member => spec.members,
        Role::Noise { .. } => false,
    };
    let manager = project.facts.text("project.manager").unwrap_or_default();
    let ecosystem = spec.managers.get(manager).unwrap_or(&spec.ecosystem);
    let place = project.facts.get("project.path").and_then(|fact| fact.evidence.first().cloned());
    Ok(counts.then(|| Update { ecosystem: ecosystem.clone(), dir: project.path.clone(), evidence: place }))
}

/// Ecosystems and directories as Dependabot names them, those of projects first.
fn updates(subject: &Subject<'_>, loose: Vec<Update>, facts: &mut Facts) -> Result<()> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut evidence = Vec::new();
    let mut all = Vec::new();
    for project in subject.projects {
        all.extend(update(project, subject.packs)?);
    }
    all.extend(loose);
    for Update { ecosystem, dir, evidence: place } in all {
        let dir = if dir == "." { "/".to_owned() } else { format!("/{dir}") };
        if found.entry(ecosystem).or_default().insert(dir) {
            evidence.extend(place);
        }
    }
    if !found.is_empty() {
        let list: Vec<Value> = found
            .into_iter()
            .map(|(ecosystem, directories)| json!({"ecosystem": ecosystem, "directories": directories}))
            .collect();
        facts.insert("security.update-ecosystems", Fact::of(list, evidence));
    }
    Ok(())
}

/// Fixtures, examples and code of others are not kept up to date.
fn is_noise(languages: &Languages<'_>, path: &str) -> bool {
    let quiet = [
        "fixtures",
        "testdata",
        "test",
        "tests",
        "examples",
        "example",
        "vendor",
        "third_party",
        "templates",
    ];
    languages.noise(path).is_some() && !path.starts_with(".github/")
        || path.split('/').any(|segment| quiet.contains(&segment))
}

/// Images that are built from here, and those that builds and compose files start from.
fn images(subject: &Subject<'_>, facts: &mut Facts) {
    let (mut values, mut evidence) = (Vec::new(), Vec::new());
    let built = subject.projects.iter().filter(|project| project.role == Role::Driver);
    for fact in built.filter_map(|project| project.facts.get("docker.files")) {
        for file in fact.value.as_array().into_iter().flatten() {
            values.push(json!({"dockerfile": file["file"]}));
        }
        evidence.extend(fact.evidence.iter().cloned());
    }
    for image in subject.images.iter().filter(|image| !is_noise(subject.languages, &image.evidence.file)) {
        values.push(json!({"image": image.image, "file": image.evidence.file}));
        evidence.push(image.evidence.clone());
    }
    if !values.is_empty() {
        facts.insert("security.images", Fact::of(values, evidence));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_small_files_to_compare_with_make_no_language_of_the_repository() {
        assert!(is_stray(&json!({"files": 2, "bytes": 400}), 110_000));
        assert!(!is_stray(&json!({"files": 3, "bytes": 400}), 110_000));
        assert!(!is_stray(&json!({"files": 1, "bytes": 4_000}), 110_000));
        assert!(!is_stray(&json!({"files": 1, "bytes": 400}), 400));
    }

    #[test]
    fn branches_are_tested_as_existing_workflows_name_them() {
        let of = |default: &str, tested: &[&str]| {
            let mut facts = Facts::default();
            let here = || Evidence::file("x", "test");
            facts.insert("repository.default-branch", Fact::new(default, here()));
            facts.insert("repository.tested-branches", Fact::of(tested.to_vec(), vec![here()]));
            branches(&mut facts);
            facts.value("repository.branches").cloned().unwrap_or_default()
        };
        assert_eq!(of("main", &["main"]), json!(["main"]));
        assert_eq!(of("main", &["main", "1.x"]), json!(["main", "1.x"]));
        assert_eq!(of("2.x", &["2.*"]), json!(["2.*"]));
        assert_eq!(of("2.x", &["2.*", "3.*"]), json!(["2.*", "3.*"]));
        assert_eq!(of("main", &["other"]), json!(["main"]));
        assert_eq!(of("main", &["**"]), json!(["main"]));
        assert_eq!(of("main", &["main", "release/*"]), json!(["main"]));
    }
}
