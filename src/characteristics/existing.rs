//! The CI that a repository has already: its workflows and actions, and other systems by their files.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use serde_json::json;

use super::{Evidence, Fact};
use crate::checkout::{Checkout, File};
use crate::data::{Data, Node, yaml};
use crate::error::Diagnostic;

/// How many lines of a `run` are kept.
const RUN_LINES: usize = 5;

/// How many characters of such a line are kept.
const LINE: usize = 200;

/// What CI there is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Existing {
    /// GitHub Actions workflows, sorted by file.
    pub workflows: Vec<Workflow>,
    /// Composite, JavaScript and Docker actions of the repository, sorted by file.
    pub actions: Vec<Action>,
    /// Other CI systems, sorted by file.
    pub systems: Vec<System>,
    /// What could not be read.
    #[serde(skip)]
    pub warnings: Vec<Diagnostic>,
}

/// A workflow.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Workflow {
    /// Path relative to the checkout.
    pub file: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The events that start it, as written.
    pub triggers: Vec<String>,
    /// The permissions of all its jobs, as `scope: access`; `read-all` and `write-all` stand alone.
    pub permissions: Vec<String>,
    /// Its jobs, in their order.
    pub jobs: Vec<Job>,
    /// Names of the secrets it refers to, sorted.
    pub secrets: Vec<String>,
    /// 1 when it could be read, 0 when not.
    pub confidence: f64,
}

/// A job of a workflow.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// 1-based line.
    pub line: u32,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The labels of its runner, as written.
    pub runs_on: Vec<String>,
    /// The workflow it calls, if it calls one.
    pub uses: Option<String>,
    /// Ids of the jobs that it waits for.
    pub needs: Vec<String>,
    /// Images of its services.
    pub services: Vec<String>,
    /// Its own permissions.
    pub permissions: Vec<String>,
    /// Its steps, in their order.
    pub steps: Vec<Step>,
}

/// A step of a job or an action.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Step {
    /// 1-based line.
    pub line: u32,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The action it uses, with its version.
    pub uses: Option<String>,
    /// The first lines of what it runs.
    pub run: Option<String>,
}

/// An action of the repository.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Action {
    /// Path relative to the checkout.
    pub file: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What it runs with: `composite`, `docker`, `node24`...
    pub using: Option<String>,
    /// The steps of a composite action.
    pub steps: Vec<Step>,
    /// 1 when it could be read, 0 when not.
    pub confidence: f64,
}

/// Another CI system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct System {
    /// The file that shows it.
    pub file: String,
    /// Its name.
    pub name: &'static str,
}

/// Reads the CI of a checkout. A file that can't be read is a warning and an entry of confidence 0.
pub fn read(checkout: &Checkout) -> Existing {
    let mut existing = Existing::default();
    for file in likely(checkout) {
        let path = file.path.as_str();
        if is_workflow(path) {
            let workflow = match parse(checkout, path) {
                Ok(node) => workflow(path, &node),
                Err(warning) => {
                    existing.warnings.push(warning);
                    Workflow { file: path.to_owned(), ..Workflow::default() }
                }
            };
            existing.workflows.push(workflow);
        } else if is_action(path) {
            let action = match parse(checkout, path) {
                Ok(node) => action(path, &node),
                Err(warning) => {
                    existing.warnings.push(warning);
                    Action { file: path.to_owned(), ..Action::default() }
                }
            };
            existing.actions.push(action);
        } else if let Some(name) = system(path) {
            existing.systems.push(System { file: path.to_owned(), name });
        }
    }
    existing
}

impl Existing {
    /// The fact about the workflows; nothing when there is none.
    pub fn fact(&self) -> Option<Fact> {
        let readable = self.workflows.iter().filter(|w| w.confidence > 0.0).count();
        (!self.workflows.is_empty()).then(|| Fact {
            value: json!(self.workflows),
            confidence: readable as f64 / self.workflows.len() as f64,
            evidence: self.workflows.iter().map(|w| evidence(&w.file, "workflow")).collect(),
            refused: Vec::new(),
        })
    }

    /// The fact about other CI systems, `[{file, name}]`; nothing when there is none.
    pub fn systems_fact(&self) -> Option<Fact> {
        (!self.systems.is_empty()).then(|| Fact {
            value: json!(self.systems),
            confidence: 1.0,
            evidence: self.systems.iter().map(|s| evidence(&s.file, s.name)).collect(),
            refused: Vec::new(),
        })
    }
}

fn evidence(file: &str, reader: &str) -> Evidence {
    Evidence { file: file.to_owned(), line: None, reader: reader.to_owned() }
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}

/// The files that can configure CI, in their order: those in the root, in a directory that begins with a dot, or in
/// that of Xcode Cloud.
fn likely(checkout: &Checkout) -> impl Iterator<Item = &File> {
    let files = checkout.files();
    let place = |path: &str| files.partition_point(|file| file.path.as_str() < path);
    // In the order of bytes `/` comes after the dot.
    let (dotted, xcode) = (place(".")..place("/"), checkout.places_below("ci_scripts"));
    let is_likely =
        move |at: usize| files[at].above().is_empty() || dotted.contains(&at) || xcode.contains(&at);
    files.iter().enumerate().filter(move |(at, _)| is_likely(*at)).map(|(_, file)| file)
}

fn is_workflow(path: &str) -> bool {
    path.strip_prefix(".github/workflows/").is_some_and(|name| !name.contains('/') && is_yaml(name))
}

/// The action that the repository is, or one that it keeps below `.github/actions`.
fn is_action(path: &str) -> bool {
    let name = |path: &str| matches!(path, "action.yml" | "action.yaml");
    name(path)
        || path
            .strip_prefix(".github/actions/")
            .and_then(|rest| rest.rsplit_once('/'))
            .is_some_and(|(_, file)| name(file))
}

/// The CI system that a file configures.
fn system(path: &str) -> Option<&'static str> {
    let (top, rest) = path.split_once('/').map_or((path, None), |(top, rest)| (top, Some(rest)));
    Some(match (top, rest) {
        (".gitlab-ci.yml" | ".gitlab-ci.yaml", None) => "GitLab CI",
        (".circleci", Some("config.yml" | "config.yaml")) => "CircleCI",
        (".travis.yml", None) => "Travis CI",
        ("Jenkinsfile", None) => "Jenkins",
        ("azure-pipelines.yml" | "azure-pipelines.yaml", None) => "Azure Pipelines",
        (".azure-pipelines", Some(file)) if is_yaml(file) => "Azure Pipelines",
        ("appveyor.yml" | ".appveyor.yml", None) => "AppVeyor",
        ("bitbucket-pipelines.yml", None) => "Bitbucket Pipelines",
        (".buildkite", Some(file)) if is_yaml(file) => "Buildkite",
        (".drone.yml" | ".drone.yaml" | ".drone.jsonnet" | ".drone.star", None) => "Drone",
        (".woodpecker.yml" | ".woodpecker.yaml", None) => "Woodpecker",
        (".woodpecker", Some(file)) if is_yaml(file) => "Woodpecker",
        (".cirrus.yml" | ".cirrus.yaml" | ".cirrus.star", None) => "Cirrus CI",
        (".semaphore", Some("semaphore.yml")) => "Semaphore",
        (".teamcity", Some("settings.kts" | "pom.xml")) => "TeamCity",
        (".tekton", Some(file)) if is_yaml(file) => "Tekton",
        (".forgejo", Some(file)) if file.starts_with("workflows/") && is_yaml(file) => "Forgejo Actions",
        (".gitea", Some(file)) if file.starts_with("workflows/") && is_yaml(file) => "Gitea Actions",
        (".vela.yml" | ".vela.yaml", None) => "Vela",
        ("codefresh.yml", None) => "Codefresh",
        ("bitrise.yml", None) => "Bitrise",
        ("codemagic.yaml", None) => "Codemagic",
        ("ci_scripts", Some(file)) if file.starts_with("ci_") && file.ends_with(".sh") => "Xcode Cloud",
        (".builds", Some(file)) if is_yaml(file) => "SourceHut builds",
        (".build.yml", None) => "SourceHut builds",
        ("buildspec.yml" | "buildspec.yaml", None) => "AWS CodeBuild",
        ("cloudbuild.yaml" | "cloudbuild.yml" | "cloudbuild.json", None) => "Google Cloud Build",
        _ => return None,
    })
}

fn parse(checkout: &Checkout, path: &str) -> Result<Node, Diagnostic> {
    let text = checkout.read(path).map_err(|e| e.diagnose(path))?;
    let node = yaml::parse(&text).map_err(|problem| problem.diagnose(path, &text))?;
    match node.data {
        Data::Map(_) => Ok(node),
        _ => Err(Diagnostic::new("not a mapping, so it is no workflow or action")
            .at(crate::error::Location::at(path, node.line.max(1), 1, &text))),
    }
}

fn workflow(file: &str, node: &Node) -> Workflow {
    let mut secrets = BTreeSet::new();
    referenced(node, &mut secrets);
    Workflow {
        file: file.to_owned(),
        name: text(node, "name"),
        // Readers of YAML 1.1 see `on` as true, and so do some writers.
        triggers: node.get("on").or_else(|| node.get("true")).map(names).unwrap_or_default(),
        permissions: permissions(node),
        jobs: node.get("jobs").map(Node::entries).unwrap_or_default().iter().map(job).collect(),
        secrets: secrets.into_iter().collect(),
        confidence: 1.0,
    }
}

fn job((id, node): &(Node, Node)) -> Job {
    let runner = node.get("runs-on").map(|on| match on.get("labels") {
        Some(labels) => names(labels),
        None => names(on),
    });
    let image = |(_, service): &(Node, Node)| text(service, "image");
    Job {
        id: id.key_text(),
        line: id.line,
        name: text(node, "name"),
        runs_on: runner.unwrap_or_default(),
        uses: text(node, "uses"),
        needs: node.get("needs").map(names).unwrap_or_default(),
        services: node
            .get("services")
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .filter_map(image)
            .collect(),
        permissions: permissions(node),
        steps: steps(node),
    }
}

fn action(file: &str, node: &Node) -> Action {
    let runs = node.get("runs");
    Action {
        file: file.to_owned(),
        name: text(node, "name"),
        using: runs.and_then(|runs| text(runs, "using")),
        steps: runs.map(steps).unwrap_or_default(),
        confidence: 1.0,
    }
}

fn steps(node: &Node) -> Vec<Step> {
    let step = |node: &Node| Step {
        line: node.line,
        name: text(node, "name"),
        uses: text(node, "uses"),
        run: text(node, "run").map(|run| first_lines(&run)),
    };
    node.get("steps").map(Node::items).unwrap_or_default().iter().map(step).collect()
}

fn first_lines(run: &str) -> String {
    let lines: Vec<String> = run
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(RUN_LINES)
        .map(|line| line.trim_end().chars().take(LINE).collect())
        .collect();
    lines.join("\n")
}

/// `scope: access` for each entry of `permissions`.
fn permissions(node: &Node) -> Vec<String> {
    match node.get("permissions") {
        None => Vec::new(),
        Some(node) => match node.as_str() {
            Some(all) => vec![all.to_owned()],
            None => node
                .entries()
                .iter()
                .map(|(scope, access)| format!("{}: {}", scope.key_text(), access.key_text()))
                .collect(),
        },
    }
}

/// A text, the texts of a list, or the keys of a map.
fn names(node: &Node) -> Vec<String> {
    match &node.data {
        Data::Null => Vec::new(),
        Data::List(items) => items.iter().map(Node::key_text).collect(),
        Data::Map(entries) => entries.iter().map(|(key, _)| key.key_text()).collect(),
        _ => vec![node.key_text()],
    }
}

fn text(node: &Node, key: &str) -> Option<String> {
    node.get(key).filter(|value| !value.is_null()).map(Node::key_text)
}

static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bsecrets(?:\.([A-Za-z_]\w*)|\[\s*['"](\w+)['"]\s*\])"#).ok());

/// Collects the names of secrets that any text below a node refers to.
fn referenced(node: &Node, into: &mut BTreeSet<String>) {
    match &node.data {
        Data::String(text) if text.contains("secrets") => {
            for found in SECRET.iter().flat_map(|pattern| pattern.captures_iter(text)) {
                into.extend(found.get(1).or(found.get(2)).map(|name| name.as_str().to_owned()));
            }
        }
        Data::List(items) => items.iter().for_each(|item| referenced(item, into)),
        Data::Map(entries) => entries.iter().for_each(|(_, value)| referenced(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkout::Options;

    const CI: &str = r#"name: CI
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
jobs:
  test:
    name: Test
    runs-on: [self-hosted, linux]
    services:
      db: { image: "postgres:17" }
    permissions: { packages: write }
    steps:
      - uses: actions/checkout@v4
      - name: Run
        run: |
          make build

          make test
        env:
          TOKEN: ${{ secrets.API_TOKEN }}
          OTHER: ${{ secrets['OTHER_TOKEN'] }}
  call:
    needs: test
    uses: ./.github/workflows/other.yml
    secrets: inherit
"#;

    fn existing(files: &[(&str, &str)]) -> Existing {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        read(&Checkout::open(root.path(), &Options::default()).unwrap())
    }

    #[test]
    fn a_workflow_is_read_with_what_its_jobs_run() {
        let existing = existing(&[(".github/workflows/ci.yml", CI)]);
        let [workflow] = existing.workflows.as_slice() else { panic!("{existing:?}") };
        assert_eq!(workflow.name.as_deref(), Some("CI"));
        assert_eq!(workflow.triggers, ["push", "pull_request"]);
        assert_eq!(workflow.permissions, ["contents: read"]);
        assert_eq!(workflow.secrets, ["API_TOKEN", "OTHER_TOKEN"]);
        let [test, call] = workflow.jobs.as_slice() else { panic!("{workflow:?}") };
        assert_eq!((test.id.as_str(), test.line, test.name.as_deref()), ("test", 9, Some("Test")));
        assert_eq!(test.runs_on, ["self-hosted", "linux"]);
        assert_eq!(test.services, ["postgres:17"]);
        assert_eq!(test.permissions, ["packages: write"]);
        assert_eq!(test.steps[0].uses.as_deref(), Some("actions/checkout@v4"));
        assert_eq!(test.steps[1].run.as_deref(), Some("make build\nmake test"));
        assert_eq!(
            (call.uses.as_deref(), call.needs.as_slice()),
            (Some("./.github/workflows/other.yml"), &["test".to_owned()][..])
        );
    }

    #[test]
    fn a_broken_workflow_is_a_warning_with_its_line_and_an_entry_of_confidence_0() {
        let existing = existing(&[
            (".github/workflows/a.yml", "jobs:\n  a: [\n"),
            (".github/workflows/b.yaml", "- 1\n"),
        ]);
        assert_eq!(existing.workflows.iter().map(|w| w.confidence).collect::<Vec<_>>(), [0.0, 0.0]);
        assert_eq!(existing.warnings.len(), 2);
        assert!(existing.warnings.iter().all(|w| w.location.as_ref().is_some_and(|l| l.line > 0)));
        assert_eq!(existing.fact().map(|fact| fact.confidence), Some(0.0));
    }

    #[test]
    fn actions_and_other_systems_are_found_at_their_places_only() {
        let existing = existing(&[
            (
                ".github/actions/setup/action.yml",
                "name: Setup\nruns:\n  using: composite\n  steps:\n    - run: make deps\n",
            ),
            (".gitlab-ci.yml", "a: 1\n"),
            ("sub/.gitlab-ci.yml", "a: 1\n"),
            ("Jenkinsfile", "node {}\n"),
            (".github/workflows/deep/x.yml", "on: push\n"),
        ]);
        assert_eq!(existing.actions[0].using.as_deref(), Some("composite"));
        assert_eq!(existing.actions[0].steps[0].run.as_deref(), Some("make deps"));
        assert_eq!(existing.systems.iter().map(|s| s.name).collect::<Vec<_>>(), ["GitLab CI", "Jenkins"]);
        assert!(existing.workflows.is_empty());
    }
}
