//! The journal of a transaction: what each file was and is to be, durable before the first of them is touched.
//!
//! ```text
//! .wfgen/
//!   .gitignore     `*`: the folder ignores itself
//!   lock           held by the wfgen that writes
//!   journal/       a transaction that is under way: manifest, old-N, new-N
//!   undo/          the last one that was committed, for a rollback
//!   base/          what was generated last, by blob id
//! ```

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::disk::{self, Disk};
use super::paths;
use super::text::{ObjectFormat, blob_id};
use crate::data::file;
use crate::error::{Error, Result};

/// How long a second wfgen waits for the first.
const PATIENCE: Duration = Duration::from_secs(2);

/// The folder that wfgen keeps for itself in a checkout.
pub(super) const FOLDER: &str = ".wfgen";

/// That folder of a checkout.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join(FOLDER)
}

/// A folder of a transaction, in one of its states.
pub(super) fn place(root: &Path, name: &str) -> PathBuf {
    folder(root).join(name)
}

/// One file of a transaction. `None` stands for no file.
pub(super) struct Change {
    pub(super) path: String,
    pub(super) old: Option<Vec<u8>>,
    pub(super) new: Option<Vec<u8>>,
    /// The permissions to write with, when the file has some already.
    pub(super) mode: Option<u32>,
}

/// What the journal says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    pub(super) entries: Vec<Entry>,
    /// Folders that the transaction makes, outermost first.
    pub(super) folders: Vec<String>,
}

/// What the journal says of one file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) path: String,
    /// The id of the content before; `None` when there was no file.
    pub(super) old: Option<String>,
    /// The id of the content after; `None` when the file is removed.
    pub(super) new: Option<String>,
    pub(super) mode: Option<u32>,
}

/// The id by which the journal recognises a content.
pub(super) fn id(content: &[u8]) -> String {
    blob_id(content, ObjectFormat::Sha1)
}

/// Makes `.wfgen/` and takes the lock in it, which lives as long as the file that is given back.
///
/// # Errors
/// When another wfgen holds the lock for too long, or the folder can't be made.
pub(super) fn exclusive(root: &Path) -> Result<File> {
    let folder = folder(root);
    match fs::symlink_metadata(&folder) {
        Ok(meta) if !meta.is_dir() => {
            return Err(Error::environment(format!("`{}` is no folder", folder.display())));
        }
        Ok(_) => {}
        Err(_) => match fs::create_dir(&folder) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => return Err(Error::io("make", &folder, &e)),
            _ => {}
        },
    }
    // The folder is never committed, so a link in it came with somebody's archive: it must lead nowhere.
    for entry in fs::read_dir(&folder).map_err(|e| Error::io("read", &folder, &e))?.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_symlink()) {
            return Err(Error::environment(format!("`{}` is a symbolic link", entry.path().display()))
                .hint("wfgen writes through no link: remove it"));
        }
    }
    let ignore = folder.join(".gitignore");
    if file::read(&ignore).unwrap_or_default().is_empty() {
        fs::write(&ignore, "*\n").map_err(|e| Error::io("write", &ignore, &e))?;
    }
    let path = folder.join("lock");
    let options = || File::options().create(true).truncate(false).write(true).open(&path);
    let file = options().map_err(|e| Error::io("open", &path, &e))?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::environment("another wfgen is writing in this checkout")
                    .hint("wait until it is done, then run this again"));
            }
            // A file system without locks: nothing to hold on to.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => return Ok(file),
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &path, &e)),
        }
    }
}

/// Writes the journal of a transaction; when this returns it is durable, and has its name.
///
/// # Errors
/// When it can't be written.
pub(super) fn begin(root: &Path, changes: &[Change], disk: &dyn Disk) -> Result<Manifest> {
    let (folder, draft, journal) = (folder(root), place(root, "draft"), place(root, "journal"));
    for stale in ["draft", "trash", "undo.old"] {
        discard(&place(root, stale), disk)?;
    }
    let io = |doing: &'static str| move |e| Error::io(doing, &place(root, "draft"), &e);
    disk.create_dir(&draft).map_err(io("make"))?;
    let mut manifest = Manifest { version: 1, entries: Vec::new(), folders: missing_folders(root, changes)? };
    for (n, change) in changes.iter().enumerate() {
        if let Some(old) = &change.old {
            disk.write(&draft.join(format!("old-{n}")), old, None).map_err(io("write"))?;
        }
        if let Some(new) = &change.new {
            disk.write(&draft.join(format!("new-{n}")), new, change.mode).map_err(io("write"))?;
        }
        let (old, new) = (change.old.as_deref().map(id), change.new.as_deref().map(id));
        manifest.entries.push(Entry { path: change.path.clone(), old, new, mode: change.mode });
    }
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| Error::bug(format!("the journal: {e}")))?;
    disk.write(&draft.join("manifest"), &text, None).map_err(io("write"))?;
    disk.sync(&draft).map_err(io("write"))?;
    disk.rename(&draft, &journal).map_err(io("rename"))?;
    disk.sync(&folder).map_err(io("write"))?;
    Ok(manifest)
}

/// Reads the journal in a folder; `None` when there is none.
///
/// # Errors
/// When it can't be understood. Then nothing may be touched: it is what remains of somebody's files.
pub(super) fn load(journal: &Path) -> Result<Option<Manifest>> {
    let path = journal.join("manifest");
    let text = match file::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == ErrorKind::NotFound && !journal.exists() => return Ok(None),
        Err(e) => return Err(Error::io("read", &path, &e).hint(LEFT)),
    };
    let manifest: Manifest = serde_json::from_slice(&text)
        .map_err(|e| Error::environment(format!("`{}` can't be read: {e}", path.display())).hint(LEFT))?;
    for entry in &manifest.entries {
        paths::check(&entry.path)?;
    }
    if manifest.version != 1 {
        let message = format!("`{}` was written by a newer wfgen", path.display());
        return Err(Error::environment(message).hint("use that wfgen to recover"));
    }
    Ok(Some(manifest))
}

const LEFT: &str =
    "the files beside it hold the old contents as `old-N`: compare them, then remove the folder";

/// The content that a journal keeps, when it is still the one it was.
pub(super) fn kept(journal: &Path, name: &str, expected: &str) -> Result<Vec<u8>> {
    let path = journal.join(name);
    let content = file::read(&path).map_err(|e| Error::io("read", &path, &e).hint(LEFT))?;
    if id(&content) != expected {
        return Err(Error::environment(format!("`{}` is damaged", path.display())).hint(LEFT));
    }
    Ok(content)
}

/// Removes a folder of wfgen's own, when it is there.
pub(super) fn discard(folder: &Path, disk: &dyn Disk) -> Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(meta) if meta.is_dir() => disk.remove_tree(folder).map_err(|e| Error::io("remove", folder, &e)),
        Ok(_) => disk.remove_file(folder).map_err(|e| Error::io("remove", folder, &e)),
        Err(_) => Ok(()),
    }
}

/// The folders that have to be made for files to be written, outermost first.
fn missing_folders(root: &Path, changes: &[Change]) -> Result<Vec<String>> {
    let mut missing: Vec<String> = Vec::new();
    for change in changes.iter().filter(|change| change.new.is_some()) {
        paths::resolve(root, &change.path)?;
        for (end, _) in change.path.match_indices('/') {
            let folder = &change.path[..end];
            if !root.join(folder).exists() && !missing.iter().any(|known| known == folder) {
                missing.push(folder.to_owned());
            }
        }
    }
    Ok(missing)
}

/// The permissions of a file of the checkout.
pub(super) fn mode(root: &Path, path: &str) -> Option<u32> {
    disk::mode(&root.join(path))
}
