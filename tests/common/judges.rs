//! The independent judges, run once over many files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use jsonschema::Validator;
use serde_json::Value;

/// A judge refuses a file.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// Which of the files.
    pub(crate) index: usize,
    /// Who refuses it.
    pub(crate) judge: &'static str,
    /// One of the reasons.
    pub(crate) reason: String,
}

/// Judges that are installed.
pub(crate) struct Judges {
    actionlint: PathBuf,
    workflow: Validator,
    action: Validator,
    dependabot: Validator,
}

impl Judges {
    /// The judges, when all of them are here.
    pub(crate) fn find() -> Option<Self> {
        let judges = Self::look();
        assert!(judges.is_some() || env::var_os("CI").is_none(), "a judge is missing");
        if judges.is_none() {
            println!("skipped: zizmor, actionlint or check-jsonschema is not installed");
        }
        judges
    }

    fn look() -> Option<Self> {
        Command::new("zizmor").arg("--version").output().ok()?;
        let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
        let actionlint = ["actionlint".into(), home.join("go/bin/actionlint")]
            .into_iter()
            .find(|path| Command::new(path).arg("-version").output().is_ok())?;
        // SchemaStore's schemas, as the package `check-jsonschema` brings them.
        let script = "import check_jsonschema, os; print(os.path.dirname(check_jsonschema.__file__))";
        let python = Command::new("python3").args(["-c", script]).output().ok()?;
        let package = PathBuf::from(String::from_utf8(python.stdout).ok()?.trim());
        let schema = |name: &str| -> Option<Validator> {
            let text = fs::read_to_string(package.join("builtin_schemas/vendor").join(name)).ok()?;
            jsonschema::validator_for(&serde_json::from_str(&text).ok()?).ok()
        };
        Some(Judges {
            actionlint,
            workflow: schema("github-workflows.json")?,
            action: schema("github-actions.json")?,
            dependabot: schema("dependabot.json")?,
        })
    }

    /// Who refuses which of these files, given as name and text.
    pub(crate) fn refused(&self, work: &Path, files: &[(String, String)]) -> Vec<Verdict> {
        let paths: Vec<PathBuf> = files
            .iter()
            .enumerate()
            .map(|(n, (name, text))| {
                let path = work.join(format!("{n}")).join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
                path
            })
            .collect();
        let mut verdicts = self.actionlint(&paths);
        let mut readable = Vec::new();
        for (index, (name, text)) in files.iter().enumerate() {
            match self.form(name, text) {
                Err((judge, reason)) => verdicts.push(Verdict { index, judge, reason }),
                Ok(()) => readable.push(index),
            }
        }
        // What its own models can't read ends zizmor's run for all files.
        verdicts.extend(zizmor(&paths, &readable));
        verdicts
    }

    /// Whether the schema and the models accept a file.
    fn form(&self, name: &str, text: &str) -> Result<(), (&'static str, String)> {
        let value: Value = serde_yaml::from_str(text).map_err(|error| ("yaml", error.to_string()))?;
        let schema = match name {
            "action.yml" => &self.action,
            ".github/dependabot.yml" => &self.dependabot,
            _ => &self.workflow,
        };
        schema.validate(&value).map_err(|error| ("schema", error.to_string()))?;
        model(name, text).map_err(|error| ("models", error.to_string()))
    }

    fn actionlint(&self, paths: &[PathBuf]) -> Vec<Verdict> {
        let workflows: Vec<&PathBuf> =
            paths.iter().filter(|path| path.to_str().unwrap().contains("workflows/")).collect();
        // Scripts in other languages are not ours to judge.
        let output = run(Command::new(&self.actionlint)
            .args(["-shellcheck=", "-pyflakes=", "-format", "{{json .}}"])
            .args(&workflows));
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let verdict = |error: &Value| {
            let file = error["filepath"].as_str()?;
            let index = paths
                .iter()
                .position(|path| path.to_str().unwrap().ends_with(file.trim_start_matches("../")))?;
            Some(Verdict { index, judge: "actionlint", reason: error["message"].to_string() })
        };
        let verdicts: Vec<Verdict> = found.iter().filter_map(verdict).collect();
        assert_eq!(verdicts.len(), found.len(), "{}", String::from_utf8_lossy(&output.stderr));
        verdicts
    }
}

fn zizmor(paths: &[PathBuf], readable: &[usize]) -> Vec<Verdict> {
    let output = run(Command::new("zizmor")
        .args(["--offline", "--persona=pedantic", "--format=json", "--no-progress"])
        .args(readable.iter().map(|index| &paths[*index])));
    let found: Vec<Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    let mut seen = HashSet::new();
    let mut verdicts = Vec::new();
    for finding in &found {
        for location in finding["locations"].as_array().into_iter().flatten() {
            let key = location["symbolic"]["key"].to_string();
            let index = paths.iter().position(|path| key.contains(&format!("{}\"", path.display())));
            if let Some(index) = index.filter(|index| seen.insert((*index, finding["ident"].to_string()))) {
                verdicts.push(Verdict { index, judge: "zizmor", reason: finding["ident"].to_string() });
            }
        }
    }
    assert!(!verdicts.is_empty() || found.is_empty(), "no file was recognised in {:#}", found[0]);
    verdicts
}

fn model(name: &str, text: &str) -> Result<(), serde_yaml::Error> {
    use github_actions_models::{action::Action, dependabot::v2::Dependabot, workflow::Workflow};
    match name {
        "action.yml" => serde_yaml::from_str::<Action>(text).map(drop),
        ".github/dependabot.yml" => serde_yaml::from_str::<Dependabot>(text).map(drop),
        _ => serde_yaml::from_str::<Workflow>(text).map(drop),
    }
}

fn run(command: &mut Command) -> Output {
    // A judge that believes itself in CI or that has a configuration of its own would judge differently.
    command.env_remove("CI").env_remove("GITHUB_ACTIONS").output().unwrap()
}
