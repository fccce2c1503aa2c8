//! The environment variables that wfgen reads, in one place.

use std::path::PathBuf;

fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The history to use in place of the checkout's.
pub fn history() -> Option<PathBuf> {
    text("WFGEN_DB").map(PathBuf::from)
}

/// A token for GitHub's API: `GITHUB_TOKEN`, else `GH_TOKEN`.
pub fn token() -> Option<String> {
    text("GITHUB_TOKEN").or_else(|| text("GH_TOKEN"))
}

/// Where a job of GitHub Actions finds the payload of its event.
pub fn event_path() -> Option<PathBuf> {
    text("GITHUB_EVENT_PATH").map(PathBuf::from)
}

/// The repository a job of GitHub Actions runs for, as `owner/name`.
pub fn repository() -> Option<String> {
    text("GITHUB_REPOSITORY")
}

/// The base address of the API, which GitHub Enterprise has at another place.
pub fn api_url() -> Option<String> {
    text("GITHUB_API_URL")
}

/// The secret that webhooks are signed with.
pub fn webhook_secret() -> Option<String> {
    text("WFGEN_WEBHOOK_SECRET")
}

/// The private key of a GitHub App, as PEM text.
pub fn app_private_key() -> Option<String> {
    text("WFGEN_APP_PRIVATE_KEY")
}

/// The id of a GitHub App.
pub fn app_id() -> Option<String> {
    text("WFGEN_APP_ID")
}
