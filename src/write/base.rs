//! The base of a merge: what was generated last, found by its blob id.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::journal;
use super::text::{ObjectFormat, blob_id};
use crate::data::file;

/// The folder with copies of what was generated last, beside the journal: git may prune, and there may be no git.
const COPIES: &str = "base";

/// The text with that blob id. What is at hand is tried first; git is asked only when nothing else has it.
pub(super) fn find(root: &Path, id: &str, at_hand: &[&str]) -> Option<String> {
    let format = ObjectFormat::of(id)?;
    let right = |text: &str| blob_id(text.as_bytes(), format) == id;
    if let Some(text) = at_hand.iter().find(|text| right(text)) {
        return Some((*text).to_owned());
    }
    let copy = journal::folder(root).join(COPIES).join(id);
    let plain = fs::symlink_metadata(&copy).is_ok_and(|meta| meta.is_file());
    let copy = plain.then(|| file::read_text(&copy).ok()).flatten().filter(|text| right(text));
    copy.or_else(|| {
        repository(root)?;
        let output = git(root).args(["cat-file", "blob", id]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok().filter(|text| right(text))
    })
}

/// Keeps texts for the merges to come: as copies, and in git's object store. Copies of nothing in `ids` go.
///
/// That this fails is no failure: the fingerprints in the lock still tell who changed what.
pub(super) fn keep(root: &Path, texts: &[(String, String)], ids: &[String]) {
    let folder = journal::folder(root).join(COPIES);
    let _ = fs::create_dir_all(&folder);
    let mut new = Vec::new();
    for (id, text) in texts {
        let path = folder.join(id);
        if file::read(&path).is_ok_and(|known| known == text.as_bytes()) {
            continue;
        }
        let _ = fs::write(&path, text);
        new.push(Path::new(journal::FOLDER).join(COPIES).join(id));
    }
    if !new.is_empty() && repository(root).is_some() {
        let mut command = git(root);
        command.args(["hash-object", "-w", "--no-filters", "--"]).args(&new);
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        if !ids.iter().any(|id| entry.file_name() == id.as_str()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// git, kept from the network and from running anything else.
fn git(root: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(root).args(["-c", "core.fsmonitor=false"]);
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_TERMINAL_PROMPT", "0");
    command
}

/// How the repository around `root` names its objects.
pub(super) fn object_format(root: &Path) -> ObjectFormat {
    let configured = config(root).and_then(|path| file::read_text(&path).ok()).unwrap_or_default();
    let sha256 = configured.lines().any(|line| {
        let line: String = line.chars().filter(|c| !c.is_whitespace()).collect();
        line.eq_ignore_ascii_case("objectformat=sha256")
    });
    if sha256 { ObjectFormat::Sha256 } else { ObjectFormat::Sha1 }
}

/// The `.git` of the repository around `root`: a folder, or a file in a linked worktree.
fn repository(root: &Path) -> Option<PathBuf> {
    let root = root.canonicalize().ok()?;
    let git = root.ancestors().map(|folder| folder.join(".git")).find(|git| git.exists())?;
    // git itself waits for ever for who writes into a FIFO.
    let blocks = |name| git.join(name).metadata().is_ok_and(|meta| !meta.is_file());
    (!["HEAD", "config", "commondir"].into_iter().any(blocks)).then_some(git)
}

/// The configuration file of the repository around `root`.
fn config(root: &Path) -> Option<PathBuf> {
    let git = repository(root)?;
    if git.is_dir() {
        return Some(git.join("config"));
    }
    let pointer = file::read_text(&git).ok()?;
    let own = git.parent()?.join(pointer.trim().strip_prefix("gitdir:")?.trim());
    let common = file::read_text(&own.join("commondir")).unwrap_or_else(|_| ".".to_owned());
    Some(own.join(common.trim()).join("config"))
}
