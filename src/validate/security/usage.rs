//! Which actions and workflows are used, and how.

use super::names;
use crate::data::{Data, Node};
use crate::validate::report::Report;
use crate::validate::view::{Job, Repository, Step, Uses, scalar_text};

/// Checks a call of a reusable workflow.
pub(super) fn call(job: &Job<'_>, report: &mut Report<'_>) {
    let Some((at, uses)) = job.call() else { return };
    reference(at, uses, report);
    if job.body.get("secrets").is_some_and(|secrets| secrets.as_str() == Some("inherit")) {
        report
            .error("secrets-inherit", at, format!("`{}` gets every secret of this repository", at.key_text()))
            .help("name the secrets that it needs");
    }
}

/// Checks the action of a step.
pub(super) fn check(step: &Step<'_>, report: &mut Report<'_>) {
    let Some((at, uses)) = step.uses else { return };
    reference(at, uses, report);
    let Uses::Repository(uses) = uses else { return };
    if step.inputs_are_hidden() {
        report.warning("obfuscation", at, "one expression gives all inputs, so nobody can see them");
    }
    path(at, uses, report);
    if let Some(instead) = names::superfluous(uses.action) {
        let message = format!("`{}` does what the runner can do", uses.action);
        report.warning("superfluous-actions", at, message).help(format!("use {instead}"));
    }
    if uses.is("actions/setup-python")
        && let Some(at) = step.input("pip-install")
    {
        report
            .warning("misfeature", at, "`pip-install` installs into the system's Python")
            .help("use an environment");
    }
    if uses.is("actions/create-github-app-token") {
        app_token(step, at, report);
    }
    if ["aquasecurity/setup-trivy", "1password/load-secrets-action"].iter().any(|action| uses.is(action)) {
        tool_version(step, at, uses, report);
    }
}

fn reference(at: &Node, uses: Uses<'_>, report: &mut Report<'_>) {
    match uses {
        Uses::Local(path) if path.starts_with("./") => {
            report
                .warning(
                    "self-repository",
                    at,
                    format!("`{path}` is whatever lies in the workspace at that moment"),
                )
                .help("an earlier step may have checked out something else there");
        }
        Uses::Repository(uses) => {
            if !uses.is_pinned() {
                report
                    .error(
                        "unpinned-uses",
                        at,
                        format!("`{}` is not pinned to a full commit SHA", at.key_text()),
                    )
                    .help("tags and branches can be moved; `@<40 digits> # v1.2.3` can't");
            }
            if names::is_archived(uses.slug) {
                let message = format!("`{}` is archived: nobody fixes it any more", uses.slug);
                report.error("archived-uses", at, message);
            }
            if let Some(known) = names::squatted(uses.slug) {
                let message = format!("`{}` looks like `{known}`", uses.slug);
                report.error("typosquat-uses", at, message).help("check that it is what you mean");
            }
        }
        _ => {}
    }
}

fn path(at: &Node, uses: Repository<'_>, report: &mut Report<'_>) {
    if uses.path.is_some_and(|path| path.split('/').any(|part| matches!(part, "" | "." | ".."))) {
        let message = format!("the path of `{}` is not the shortest one", uses.action);
        report.warning("obfuscation", at, message).help("remove `.`, `..` and empty parts");
    }
}

fn app_token(step: &Step<'_>, at: &Node, report: &mut Report<'_>) {
    if step.inputs_are_hidden() {
        return;
    }
    if let Some(at) = step.input("skip-token-revoke") {
        let value = scalar_text(at).unwrap_or_default();
        let on = at.data == Data::Bool(true) || matches!(value.as_str(), "true" | "True" | "TRUE");
        if on || (value.starts_with("${{") && value.ends_with("}}")) {
            report.error("github-app", at, "the token stays valid after the job");
        }
    }
    let given = step.body.get("with").map_or(&[][..], Node::entries);
    let permissions: Vec<String> =
        given.iter().map(|(key, _)| key.key_text()).filter(|key| key.starts_with("permission-")).collect();
    let for_organizations =
        !permissions.is_empty() && permissions.iter().all(|name| is_for_organizations(name));
    if let Some(at) = step.input("owner")
        && step.input("repositories").is_none()
        && !for_organizations
    {
        report
            .error("github-app", at, "the token is good for all repositories of that owner")
            .help("set `repositories`");
    }
    if permissions.is_empty() {
        report
            .error("github-app", at, "the token has every permission of the app")
            .help("set the `permission-...` inputs that are needed");
    }
}

/// Permissions that concern no repository.
fn is_for_organizations(input: &str) -> bool {
    const OTHERS: &[&str] = &[
        "permission-custom-properties-for-organizations",
        "permission-enterprise-custom-properties-for-organizations",
        "permission-members",
    ];
    const ORGANIZATION: &[&str] = &[
        "administration",
        "announcement-banners",
        "copilot-seat-management",
        "custom-org-roles",
        "custom-properties",
        "custom-roles",
        "events",
        "hooks",
        "packages",
        "personal-access-token-requests",
        "personal-access-tokens",
        "plan",
        "projects",
        "secrets",
        "self-hosted-runners",
        "user-blocking",
    ];
    let named =
        input.strip_prefix("permission-organization-").is_some_and(|rest| ORGANIZATION.contains(&rest));
    named || OTHERS.contains(&input)
}

fn tool_version(step: &Step<'_>, at: &Node, uses: Repository<'_>, report: &mut Report<'_>) {
    let version = step.input("version");
    let text = version.and_then(Node::as_str);
    let floating = match (step.inputs_are_hidden(), version, text) {
        (true, ..) => false,
        (_, None, _) => true,
        (_, _, Some(text)) => text == "latest" || (text.starts_with("${{") && text.ends_with("}}")),
        _ => false,
    };
    if floating {
        let message = format!("`{}` installs whatever version is the latest", uses.action);
        report.error("unpinned-tools", version.unwrap_or(at), message).help("set `version`");
    }
}
