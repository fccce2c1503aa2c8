//! Scripts: expressions inside them, packages past the lock file, tokens, environment files, odd shells.

use super::{Place, publishing};
use crate::data::Node;
use crate::validate::report::Report;
use crate::validate::shell::{self, Command};
use crate::validate::view::{Job, Step, Workflow};

/// Inputs that an action runs as code.
///
/// Sources: CodeQL's injection sinks and zizmor's additions.
const SINKS: &[(&str, &[&str])] = &[
    ("8398a7/action-slack", &["custom_payload"]),
    ("actions/github-script", &["script"]),
    ("addnab/docker-run-action", &["options", "run"]),
    ("amadevus/pwsh-script", &["script"]),
    ("appleboy/ssh-action", &["script"]),
    ("azure/cli", &["inlineScript"]),
    ("azure/powershell", &["inlineScript"]),
    ("cardinalby/js-eval-action", &["expression"]),
    ("devorbitus/yq-action-output", &["cmd"]),
    ("gautamkrishnar/blog-post-workflow", &["item_exec"]),
    (
        "imjohnbo/issue-bot",
        &["body", "linked-comments-previous-issue-text", "linked-comments-new-issue-text"],
    ),
    ("jannekem/run-python-script-action", &["script"]),
    ("lucasbento/auto-close-issues", &["issue-close-message"]),
    ("mikefarah/yq", &["cmd"]),
    ("roots/issue-closer-action", &["issue-close-message", "pr-close-message"]),
    ("sergeysova/jq-action", &["cmd"]),
    ("skitionek/notify-microsoft-teams", &["overwrite"]),
    ("tibdex/backport", &["body_template", "head_template", "labels_template", "title_template"]),
];

/// Checks the code of a step.
pub(super) fn check(step: &Step<'_>, place: Place<'_, '_>, report: &mut Report<'_>) {
    if let Some((_, uses)) = step.repository() {
        for (_, inputs) in SINKS.iter().filter(|(action, _)| uses.is(action)) {
            for at in inputs.iter().filter_map(|input| step.input(input)) {
                injection(at, report);
            }
        }
    }
    let (Some(at), Some(script)) = (step.run, step.script()) else {
        return;
    };
    injection(at, report);
    let shell = shell(step, place);
    match shell.map(program) {
        Some("cmd" | "cmd.exe") => {
            report
                .warning("misfeature", at, "a script for `cmd` can hardly be checked")
                .help("use `shell: pwsh` or `shell: bash`");
        }
        Some("bash" | "sh" | "zsh" | "pwsh" | "powershell") | None => commands(at, script, place, report),
        Some(_) => {}
    }
}

/// GitHub pastes the value into the script before a shell reads it.
fn injection(at: &Node, report: &mut Report<'_>) {
    let Some(script) = at.as_str() else { return };
    let mut from = 0;
    while let Some(start) = script[from..].find("${{").map(|n| n + from) {
        let Some(length) = script[start..].find("}}") else {
            return;
        };
        let inner = script[start + 3..start + length].trim();
        let message = format!("`{inner}` is pasted into the script, so its value can become code");
        report
            .error_inside("template-injection", at, start, message)
            .help("give it to the step in `env:` and use the variable");
        from = start + length;
    }
}

/// The program that runs a script: `/bin/bash -e {0}` is bash.
fn program(shell: &str) -> &str {
    let path = shell.split(' ').next().unwrap_or(shell);
    path.rsplit('/').next().unwrap_or(path)
}

/// The shell of a `run:` step; `None` when an expression or an unknown runner decides.
fn shell<'a>(step: &Step<'a>, place: Place<'a, 'a>) -> Option<&'a str> {
    const DEFAULT: &[&str] = &["defaults", "run", "shell"];
    let configured = step
        .body
        .get("shell")
        .or_else(|| place.and_then(|(_, job)| job.body.at(DEFAULT)))
        .or_else(|| place.and_then(|(workflow, _)| workflow.root.at(DEFAULT)));
    match configured {
        Some(shell) => shell.as_str().filter(|shell| !shell.starts_with("${{")),
        None => place.and_then(|(_, job)| default_shell(job)),
    }
}

fn default_shell(job: &Job<'_>) -> Option<&'static str> {
    let runs_on = job.body.get("runs-on")?;
    crate::validate::runners::labels(runs_on).into_iter().filter_map(Node::as_str).find_map(|label| {
        match label {
            "linux" | "macOS" => Some("bash"),
            "windows" => Some("pwsh"),
            _ if label.contains("ubuntu-") || label.contains("macos") => Some("bash"),
            _ if label.contains("windows-") => Some("pwsh"),
            _ => None,
        }
    })
}

/// Words without which no check below can find anything, so most scripts are not split into commands.
const TELLTALES: &[&str] =
    &["install", "add", "publish", "upload", "push", " i ", "GITHUB_ENV", "GITHUB_PATH", "npm in"];

fn commands(at: &Node, script: &str, place: Place<'_, '_>, report: &mut Report<'_>) {
    if !TELLTALES.iter().any(|word| script.contains(word))
        && !script.contains(" i\n")
        && !script.contains("npm i")
    {
        return;
    }
    let tokens = place.is_some_and(|(workflow, job)| !has_id_token(workflow, job));
    for command in shell::commands(script) {
        if installs(&command) {
            let message = format!("`{}` installs past the lock file", command.words.join(" "));
            report
                .error_inside("adhoc-packages", at, command.offset, message)
                .help("declare the package in a manifest and install from the lock file");
        }
        if tokens && publishing::publishes(&command) {
            let message = format!("`{}` publishes with a token of its own", command.words.join(" "));
            report
                .error_inside("use-trusted-publishing", at, command.offset, message)
                .help(publishing::help());
        }
        if place.is_none_or(|(workflow, _)| runs_foreign_code(workflow)) && sets_environment(&command) {
            let message = "what this writes becomes environment of later steps";
            report
                .error_inside("github-env", at, command.offset, message)
                .help("write to GITHUB_OUTPUT and read the output where it is needed");
        }
    }
}

fn runs_foreign_code(workflow: &Workflow<'_>) -> bool {
    workflow.trigger("pull_request_target").is_some() || workflow.trigger("workflow_run").is_some()
}

fn has_id_token(workflow: &Workflow<'_>, job: &Job<'_>) -> bool {
    let permissions = job.body.get("permissions").or_else(|| workflow.root.get("permissions"));
    permissions.is_some_and(|permissions| {
        permissions.as_str() == Some("write-all")
            || permissions.get("id-token").is_some_and(|level| level.as_str() == Some("write"))
    })
}

/// A package manager that is told a package.
fn installs(command: &Command<'_>) -> bool {
    let names = |mut args: Box<dyn Iterator<Item = &str> + '_>| args.any(|arg| !arg.starts_with('-'));
    let mut args = command.arguments();
    match command.name() {
        "gem" => args.any(|arg| matches!(arg, "install" | "i")) && names(Box::new(args)),
        "bundle" | "yarn" | "pnpm" => args.any(|arg| arg == "add") && names(Box::new(args)),
        "npm" => {
            let verb = args.find(|arg| !arg.starts_with('-'));
            let install = matches!(
                verb,
                Some(
                    "install"
                        | "i"
                        | "in"
                        | "ins"
                        | "inst"
                        | "insta"
                        | "instal"
                        | "isnt"
                        | "isnta"
                        | "isntal"
                        | "isntall"
                        | "add"
                )
            );
            install && names(Box::new(args))
        }
        _ => false,
    }
}

/// Writes something that isn't plain text to GITHUB_ENV or GITHUB_PATH.
fn sets_environment(command: &Command<'_>) -> bool {
    let is_file = |word: &str| word.contains("GITHUB_ENV") || word.contains("GITHUB_PATH");
    if command.outputs.iter().copied().any(is_file) {
        let plain = |arg: &str| arg.starts_with('\'') || !arg.contains(['$', '`']);
        return !matches!(command.name(), "echo" | "printf") || !command.arguments().all(plain);
    }
    command.piped && command.name().contains("tee") && command.arguments().any(is_file)
}
