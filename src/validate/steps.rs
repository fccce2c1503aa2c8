//! Steps: ids, shells, names of environment variables, commands that GitHub has switched off.

use std::sync::LazyLock;

use regex::Regex;

use super::report::Report;
use super::structure::is_id;
use super::view::{Job, Step, Workflow, has_placeholder};
use crate::data::Node;

/// Shells on every system, on Windows alone, and elsewhere alone.
const SHELLS: &[&str] = &["bash", "pwsh", "python"];
const WINDOWS_SHELLS: &[&str] = &["cmd", "powershell"];
const UNIX_SHELLS: &[&str] = &["sh"];

/// Workflow commands that GitHub replaced by files.
///
/// <https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/>
static DEPRECATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"::(save-state|set-output|set-env)\s+name=[a-zA-Z][a-zA-Z_-]*::\S+|::(add-path)::\S+").ok()
});

/// What a job runs on, as far as its labels say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Any,
    Windows,
    Unix,
}

/// Checks steps and what surrounds them.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    environment(workflow.root, report);
    default_shell(workflow.root, System::Any, report);
    for job in &workflow.jobs {
        report.set_scope(Some(job.lines));
        let system = system(job);
        environment(job.body, report);
        for container in job.body.get("container").into_iter().chain(services(job)) {
            environment(container, report);
        }
        default_shell(job.body, system, report);
        check_list(&job.steps, system, report);
    }
    report.set_scope(None);
}

/// Checks the steps of a composite action.
pub(super) fn check_composite(steps: &[Step<'_>], report: &mut Report<'_>) {
    check_list(steps, System::Any, report);
}

fn check_list(steps: &[Step<'_>], system: System, report: &mut Report<'_>) {
    ids(steps, report);
    for step in steps {
        report.set_scope(Some(step.lines));
        environment(step.body, report);
        if let Some(shell) = step.body.get("shell") {
            shell_name(shell, system, report);
        }
        if let (Some(at), Some(script)) = (step.run, step.script()) {
            deprecated(at, script, report);
        }
    }
}

fn services<'w>(job: &Job<'w>) -> impl Iterator<Item = &'w Node> {
    job.body.get("services").map_or(&[][..], Node::entries).iter().map(|(_, service)| service)
}

fn ids(steps: &[Step<'_>], report: &mut Report<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for step in steps {
        let Some((at, id)) = step.body.get("id").and_then(|at| Some((at, at.as_str()?))) else {
            continue;
        };
        if !is_id(id) && !has_placeholder(id) {
            report
                .error("id", at, format!("`{id}` can't be the id of a step"))
                .help("an id starts with a letter or `_` and holds letters, digits, `-` and `_`");
        }
        if seen.iter().any(|other| other.eq_ignore_ascii_case(id)) {
            report.error("id", at, format!("the id `{id}` is taken by an earlier step"));
        }
        seen.push(id);
    }
}

fn environment(owner: &Node, report: &mut Report<'_>) {
    for (key, _) in owner.get("env").map_or(&[][..], Node::entries) {
        let Some(name) = key.as_str() else { continue };
        if name.contains(['&', '=', ' ', '\t']) && !has_placeholder(name) {
            report.error("env-name", key, format!("`{name}` can't be an environment variable"));
        }
    }
}

fn system(job: &Job<'_>) -> System {
    let Some(runs_on) = job.body.get("runs-on") else {
        return System::Any;
    };
    let mut found = System::Any;
    for label in super::runners::labels(runs_on).into_iter().filter_map(Node::as_str) {
        let label = label.to_ascii_lowercase();
        let system = if label.starts_with("windows-") || label == "windows" {
            System::Windows
        } else if label.starts_with("macos-")
            || label.starts_with("ubuntu-")
            || label == "macos"
            || label == "linux"
        {
            System::Unix
        } else {
            continue;
        };
        if found != System::Any && found != system {
            return System::Any;
        }
        found = system;
    }
    found
}

fn default_shell(owner: &Node, system: System, report: &mut Report<'_>) {
    if let Some(shell) = owner.at(&["defaults", "run", "shell"]) {
        shell_name(shell, system, report);
    }
}

fn shell_name(at: &Node, system: System, report: &mut Report<'_>) {
    let Some(text) = at.as_str() else { return };
    // A shell of one's own is a command with `{0}` for the script.
    if text.contains("{0}") || has_placeholder(text) {
        return;
    }
    let among = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(text));
    let (elsewhere, place) = match system {
        System::Any => (false, ""),
        System::Windows => (among(UNIX_SHELLS), " on Windows"),
        System::Unix => (among(WINDOWS_SHELLS), " on Linux and macOS"),
    };
    if elsewhere {
        report.error("shell", at, format!("there is no shell `{text}`{place}"));
    } else if !among(SHELLS) && !among(WINDOWS_SHELLS) && !among(UNIX_SHELLS) {
        report
            .error("shell", at, format!("there is no shell `{text}`"))
            .help("bash, pwsh, python, sh, cmd, powershell, or a command with `{0}` for the script");
    }
}

fn deprecated(at: &Node, script: &str, report: &mut Report<'_>) {
    if !script.contains("::") {
        return;
    }
    let Some(pattern) = DEPRECATED.as_ref() else {
        return;
    };
    for found in pattern.captures_iter(script) {
        let Some(command) = found.get(1).or_else(|| found.get(2)) else {
            continue;
        };
        let instead = match command.as_str() {
            "set-output" => "echo \"name=value\" >> \"$GITHUB_OUTPUT\"",
            "save-state" => "echo \"name=value\" >> \"$GITHUB_STATE\"",
            "set-env" => "echo \"name=value\" >> \"$GITHUB_ENV\"",
            _ => "echo \"path\" >> \"$GITHUB_PATH\"",
        };
        let message = format!("GitHub no longer supports the command `{}`", command.as_str());
        report
            .error_inside("deprecated-command", at, command.start(), message)
            .help(format!("write `{instead}`"));
    }
}
