//! `validate`: files to findings.

use std::fs;
use std::path::{Path, PathBuf};

use annotate_snippets::Level;
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::error::{Error, Location, Result};
use crate::library::actions::Actions;
use crate::report::diagnostic;
use crate::report::sarif::{self, Rule};
use crate::report::{Entry, Outcome, Report, annotations};
use crate::validate::{CHECKS, Finding, Severity, validate};

/// Larger files are no workflows: GitHub stops reading long before.
const MAX_BYTES: u64 = 4 << 20;

/// What was found in which files.
#[derive(Debug)]
pub struct Findings {
    /// How many files were checked.
    pub files: usize,
    /// What was found, file by file, in the order of the lines.
    pub findings: Vec<Finding>,
}

/// Checks files, or without any those of the checkout around the current directory. Finding something is exit
/// code 1, a file that is no YAML included.
///
/// # Errors
/// When there is nothing to check, or a file can't be read.
pub fn run(arguments: &[PathBuf]) -> Result<Outcome> {
    let mut inputs = Vec::new();
    for argument in arguments {
        if argument.is_dir() {
            inputs.extend(checkout_files(argument).into_iter().map(|file| Input::below(argument, &file)));
        } else {
            inputs.push(Input { name: name(argument), path: argument.clone() });
        }
    }
    if arguments.is_empty() {
        let here = std::env::current_dir()
            .map_err(|e| Error::environment(format!("cannot tell the current directory: {e}")))?;
        let root = here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here);
        inputs.extend(
            checkout_files(root).into_iter().map(|file| Input { name: name(&file), path: root.join(file) }),
        );
    }
    if inputs.is_empty() {
        return Err(Error::nothing("there are no workflows here")
            .hint("`wfgen validate` looks in `.github/workflows`, or give it files"));
    }
    let actions = Actions::bundled();
    let checked: Vec<Result<Vec<Finding>>> = inputs.par_iter().map(|input| input.check(actions)).collect();
    let mut findings = Findings { files: inputs.len(), findings: Vec::new() };
    for of_file in checked {
        findings.findings.extend(of_file?);
    }
    let found = !findings.findings.is_empty();
    Ok(Outcome::answer(findings, found))
}

/// A file to check, and what to call it.
struct Input {
    name: String,
    path: PathBuf,
}

impl Input {
    fn below(folder: &Path, file: &Path) -> Self {
        let path = folder.join(file);
        Input { name: name(&path), path }
    }

    fn check(&self, actions: &Actions) -> Result<Vec<Finding>> {
        let failed = |e| Error::io("read", &self.path, &e);
        let metadata = fs::metadata(&self.path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(Error::environment(format!("`{}` is no file", self.path.display())));
        }
        if metadata.len() > MAX_BYTES {
            return Ok(vec![self.unreadable(format!("the file has more than {} MiB", MAX_BYTES >> 20))]);
        }
        match String::from_utf8(fs::read(&self.path).map_err(failed)?) {
            Ok(text) => Ok(validate(&self.name, &text, actions)),
            Err(_) => Ok(vec![self.unreadable("the file is not UTF-8".to_owned())]),
        }
    }

    fn unreadable(&self, message: String) -> Finding {
        let location = Location::file(&self.name);
        Finding { check: "yaml", severity: Severity::Error, message, location, help: None }
    }
}

fn name(path: &Path) -> String {
    let name = path.to_string_lossy().replace('\\', "/");
    name.strip_prefix("./").map_or(name.clone(), str::to_owned)
}

/// What GitHub reads in a checkout, relative to it, sorted.
fn checkout_files(root: &Path) -> Vec<PathBuf> {
    let workflows = Path::new(".github/workflows");
    let entries = fs::read_dir(root.join(workflows)).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| workflows.join(entry.file_name()))
        .filter(|path| path.extension().is_some_and(|e| e == "yml" || e == "yaml"))
        .collect();
    let others = [".github/dependabot.yml", ".github/dependabot.yaml", "action.yml", "action.yaml"];
    files.extend(others.iter().map(PathBuf::from).filter(|path| root.join(path).is_file()));
    files.sort();
    files
}

impl Findings {
    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    fn entries(&self) -> Vec<Entry<'_>> {
        let entries = self.findings.iter().map(|finding| Entry {
            rule: finding.check,
            error: finding.severity == Severity::Error,
            message: &finding.message,
            help: finding.help.as_deref(),
            location: &finding.location,
        });
        entries.collect()
    }

    /// `2 errors and 1 warning in 3 files`
    fn summary(&self) -> String {
        let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let files = plural(self.files, "file");
        match (self.count(Severity::Error), self.count(Severity::Warning)) {
            (0, 0) => format!("no findings in {files}"),
            (errors, 0) => format!("{} in {files}", plural(errors, "error")),
            (0, warnings) => format!("{} in {files}", plural(warnings, "warning")),
            (errors, warnings) => {
                format!("{} and {} in {files}", plural(errors, "error"), plural(warnings, "warning"))
            }
        }
    }
}

impl Report for Findings {
    fn human(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let level = match finding.severity {
                Severity::Error => Level::ERROR,
                Severity::Warning => Level::WARNING,
            };
            text.push_str(&diagnostic::render(&level, &finding.diagnostic()));
            text.push('\n');
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.validate/1",
            "files": self.files,
            "errors": self.count(Severity::Error),
            "warnings": self.count(Severity::Warning),
            "findings": self.findings,
        })
    }

    fn sarif(&self) -> Option<Value> {
        let rules: Vec<Rule> = CHECKS
            .iter()
            .map(|check| Rule { id: check.id, summary: check.summary, url: check.url() })
            .collect();
        Some(sarif::log(&rules, &self.entries()))
    }

    fn github(&self) -> Option<String> {
        Some(annotations::lines(&self.entries()))
    }

    fn markdown(&self) -> Option<String> {
        let mut text = format!("**wfgen validate**: {}\n", self.summary());
        for finding in &self.findings {
            let message = finding.message.replace('\n', " ");
            text.push_str(&format!("\n- `{}` {message} (`{}`)", finding.location, finding.check));
        }
        text.push('\n');
        Some(text)
    }
}
