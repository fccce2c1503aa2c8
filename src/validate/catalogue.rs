//! Every check, with what it is about.

/// A check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its name in findings and in exemptions.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub summary: &'static str,
    /// The zizmor audit of the same name finds this too, so its documentation and its ignore comments apply.
    pub zizmor: bool,
}

impl Check {
    /// Where to read about it, if it is documented outside of wfgen.
    pub fn url(&self) -> Option<String> {
        self.zizmor.then(|| format!("https://docs.zizmor.sh/audits/#{}", self.id))
    }
}

const fn own(id: &'static str, summary: &'static str) -> Check {
    Check { id, summary, zizmor: false }
}

const fn shared(id: &'static str, summary: &'static str) -> Check {
    Check { id, summary, zizmor: true }
}

/// Every check by name.
pub const CHECKS: &[Check] = &[
    own("action", "a `uses:` that refers to no action, or to one that can't run"),
    own("action-input", "an input that the action does not have, needs or no longer wants"),
    shared("adhoc-packages", "a package that is installed past the lock file"),
    shared("anonymous-definition", "a workflow or a job without a name"),
    shared("archived-uses", "an action whose repository is archived"),
    shared("artipacked", "a checkout that leaves its credentials on disk"),
    shared("bot-conditions", "a condition on an actor that can be spoofed"),
    shared("cache-poisoning", "a cache in a job that publishes"),
    shared("concurrency-limits", "runs that are not cancelled by newer ones"),
    own("context", "a context, a property or a function that is not there"),
    own("cron", "a schedule that GitHub does not run"),
    shared("dangerous-triggers", "a trigger that runs foreign code with secrets"),
    shared("dependabot-cooldown", "updates to versions that are only hours old"),
    shared("dependabot-execution", "foreign code that runs during updates"),
    own("deprecated-command", "a workflow command that GitHub switched off"),
    own("env-name", "a name that no environment variable can have"),
    own("events", "an event, filter or input that does not exist"),
    shared("excessive-permissions", "permissions that are broader than needed"),
    own("expression", "an expression that can't be evaluated"),
    shared("github-app", "an app token with more rights than needed"),
    shared("github-env", "foreign text in GITHUB_ENV or GITHUB_PATH"),
    own("glob", "a filter pattern that matches nothing or everything"),
    shared("hardcoded-container-credentials", "a registry password in the file"),
    own("id", "an id that is malformed or taken"),
    own("if-condition", "a condition that never changes"),
    own("inconsistent-pins", "one action at two different commits"),
    shared("insecure-commands", "workflow commands that were removed for security"),
    own("job-needs", "a job that waits for one that is not there, or for itself"),
    own("matrix", "a matrix with repetitions or void exclusions"),
    shared("misfeature", "a feature of Actions that is better left alone"),
    shared("obfuscation", "syntax that hides what it does"),
    shared("overprovisioned-secrets", "all secrets where one would do"),
    own("runner-label", "a label that no runner has"),
    shared("secrets-inherit", "all secrets for a called workflow"),
    own("self-hosted-runner", "pull requests on a runner of one's own"),
    shared("self-repository", "`./` where it may be another repository's"),
    own("shell", "a shell that is not there"),
    own("structure", "keys and values that are not where they belong"),
    shared("superfluous-actions", "an action for what a runner does by itself"),
    shared("template-injection", "an expression inside a script"),
    own("timeout", "a job without a time limit"),
    shared("typosquat-uses", "an action whose name resembles a well-known one"),
    shared("undocumented-permissions", "a permission that does not say why"),
    shared("unpinned-images", "an image without a digest"),
    shared("unpinned-tools", "an action that installs the latest version of a tool"),
    shared("unpinned-uses", "an action without a full commit SHA"),
    shared("unredacted-secrets", "a secret that escapes the masking of logs"),
    shared("unsound-condition", "a condition that is always true"),
    shared("unsound-contains", "a `contains` on text that matches parts of names"),
    shared("unsound-ternary", "`a && b || c` where b is falsy"),
    shared("use-trusted-publishing", "a long-lived token where OIDC would do"),
    own("version-comment", "a commit without its version, or with a wrong one"),
    own("workflow-call", "a call of something that is no reusable workflow"),
    own("yaml", "a file that can't be read"),
];

#[cfg(test)]
mod tests {
    use super::CHECKS;

    #[test]
    fn the_checks_are_sorted_and_have_different_names() {
        assert!(CHECKS.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
