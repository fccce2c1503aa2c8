//! Publishing with a stored token where the registry would take an OIDC identity.

use super::control::{Control, Kind, State};
use crate::validate::report::Report;
use crate::validate::shell::Command;
use crate::validate::view::Step;

const PYPI: &[&str] = &["https://upload.pypi.org/legacy/", "https://test.pypi.org/legacy/"];
const NPM: &[&str] = &["https://registry.npmjs.org", "https://registry.npmjs.org/"];

/// Actions that can publish without a token, and what shows that they are given one.
const ACTIONS: &[(&str, Control)] = &[
    (
        "pypa/gh-action-pypi-publish",
        Control::All(&[
            Control::on("password", Kind::Text, false),
            Control::on("repository-url", Kind::Words(PYPI), true),
            Control::on("repository_url", Kind::Words(PYPI), true),
        ]),
    ),
    ("rubygems/release-gem", Control::Not(&Control::on("setup-trusted-publisher", Kind::Boolean, true))),
    (
        "rubygems/configure-rubygems-credentials",
        Control::All(&[
            Control::on("api-token", Kind::Text, false),
            Control::on("gem-server", Kind::Words(&["https://rubygems.org"]), true),
        ]),
    ),
    (
        "actions/setup-node",
        Control::All(&[
            Control::on("registry-url", Kind::Words(NPM), true),
            Control::on("always-auth", Kind::Boolean, false),
        ]),
    ),
];

const HELP: &str =
    "registries take the job's OIDC identity instead: https://docs.zizmor.sh/audits/#use-trusted-publishing";

/// Checks an action step.
pub(super) fn action(step: &Step<'_>, report: &mut Report<'_>) {
    let Some((at, uses)) = step.repository() else {
        return;
    };
    for (_, control) in ACTIONS.iter().filter(|(action, _)| uses.is(action)) {
        if control.state(step, at, uses, report) != State::Off {
            let message = format!("`{}` is given a token of its own", uses.action);
            report.warning("use-trusted-publishing", at, message).help(HELP);
        }
    }
}

/// What to do about a command that publishes.
pub(super) fn help() -> &'static str {
    HELP
}

/// True for a command that publishes to a registry with OIDC support.
pub(super) fn publishes(command: &Command<'_>) -> bool {
    let mut args = command.arguments();
    match command.name() {
        "cargo" | "npm" | "pnpm" | "bun" | "poetry" => args.any(|arg| arg == "publish") && is_real(args),
        "uv" => match args.find(|arg| matches!(*arg, "publish" | "run")) {
            Some("publish") => is_real(args),
            Some(_) => args.any(|arg| arg == "twine") && args.any(|arg| arg == "upload"),
            None => false,
        },
        "uvx" => args.any(|arg| arg.starts_with("twine")) && args.any(|arg| arg == "upload"),
        "hatch" | "pdm" => args.any(|arg| arg == "publish"),
        "twine" => args.any(|arg| arg == "upload"),
        "pipx" => {
            args.any(|arg| arg == "run")
                && args.any(|arg| arg.starts_with("twine"))
                && args.any(|arg| arg == "upload")
        }
        "gem" | "nuget" | "nuget.exe" => args.any(|arg| arg == "push"),
        "bundle" => {
            args.any(|arg| arg == "exec") && args.any(|arg| arg == "gem") && args.any(|arg| arg == "push")
        }
        "yarn" => match args.find(|arg| matches!(*arg, "publish" | "npm")) {
            Some("publish") => true,
            Some(_) => args.any(|arg| arg == "publish") && is_real(args),
            None => false,
        },
        "bunx" => {
            args.any(|arg| arg == "npm" || arg.starts_with("npm@"))
                && args.any(|arg| arg == "publish")
                && is_real(args)
        }
        "dotnet" => args.any(|arg| arg == "nuget") && args.any(|arg| arg == "push"),
        name if name.starts_with("python") => {
            args.any(|arg| arg == "-m") && args.any(|arg| arg == "twine") && args.any(|arg| arg == "upload")
        }
        _ => false,
    }
}

/// No dry run.
fn is_real<'s>(mut arguments: impl Iterator<Item = &'s str>) -> bool {
    arguments.all(|arg| !matches!(arg, "--dry-run" | "-n"))
}
