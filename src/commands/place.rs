//! Where a command works: the checkout around the current directory, its repository, its history.

use std::path::{Path, PathBuf};

use crate::checkout;
use crate::env_vars;
use crate::error::{Error, Result};
use crate::history::{History, Stored};

/// The root of the checkout around the current directory, else the directory itself.
///
/// # Errors
/// When there is no current directory.
pub fn root() -> Result<PathBuf> {
    let here = std::env::current_dir()
        .map_err(|e| Error::environment(format!("cannot tell the current directory: {e}")))?;
    Ok(here.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&here).to_path_buf())
}

/// The history to use: the given file, else that of `WFGEN_DB`, else the checkout's.
///
/// # Errors
/// When there is no current directory.
pub fn file(given: Option<&Path>) -> Result<PathBuf> {
    match given.map(Path::to_path_buf).or_else(env_vars::history) {
        Some(path) => Ok(path),
        None => Ok(root()?.join(".wfgen/history.db")),
    }
}

/// Opens it to write, making it when it is not there.
///
/// # Errors
/// See [`History::open`].
pub fn open(given: Option<&Path>, with_actors: bool) -> Result<History> {
    let history = History::open(&file(given)?)?;
    Ok(if with_actors { history.with_actors() } else { history })
}

/// Opens it to read.
///
/// # Errors
/// See [`History::open_existing`].
pub fn read(given: Option<&Path>) -> Result<History> {
    History::open_existing(&file(given)?)
}

/// A prediction may be made inside the run that it is about, so many seconds after its start.
const SLACK_S: f64 = 600.0;

/// The predictions that were stored, of one repository if it is named, each with the run that it was about once that has
/// arrived.
///
/// # Errors
/// When the history can't be read or written.
pub fn settled(history: &History, repository: Option<&str>) -> Result<Vec<Stored>> {
    history.match_predictions(SLACK_S)?;
    history.predictions(repository)
}

/// The repository: the given one, else that of the job this runs in, else that of the checkout's remote.
pub fn repository(given: Option<&str>) -> Option<String> {
    let of_checkout = || {
        let slug = checkout::git_facts(&root().ok()?).slug?.value;
        Some(format!("{}/{}", slug.owner, slug.name))
    };
    given.map(str::to_owned).or_else(env_vars::repository).or_else(of_checkout)
}

/// The same, where there must be one.
///
/// # Errors
/// When there is none, or it is not written `owner/name`.
pub fn repository_or_say(given: Option<&str>) -> Result<String> {
    let repository = repository(given).ok_or_else(|| {
        Error::usage("which repository?").hint("say `--repo OWNER/NAME`, or run it in a checkout")
    })?;
    check_repository(&repository)?;
    Ok(repository)
}

/// Refuses what is not written `owner/name`.
///
/// # Errors
/// With how it is written.
pub fn check_repository(repository: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is = repository.split_once('/').is_some_and(|(owner, name)| {
        [owner, name].iter().all(|part| !part.is_empty() && part.chars().all(plain) && !part.starts_with('.'))
    });
    if is {
        return Ok(());
    }
    Err(Error::usage(format!("`{}` is no repository", repository.escape_debug()))
        .hint("a repository is written `owner/name`"))
}
