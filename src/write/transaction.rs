//! One transaction over all files: all of them are as they were, or all are as they should be.
//!
//! The journal is durable before the first file is touched; each file is replaced by a rename; what is on disk is
//! validated; and the rename of the journal is the commit. Whoever finds a journal undoes it. A file that is
//! neither what the journal says was there nor what it says was written belongs to somebody who came since, and is
//! left alone.

use std::path::Path;

use serde::Serialize;

use super::disk::{Disk, Real};
use super::interrupt::Held;
use super::journal::{self, Change, Entry, Manifest, place};
use super::{Comparison, LOCK_PATH, base, lock::Lock, paths};
use crate::error::{Diagnostic, Error, Kind, Location, Result};

/// What a transaction did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Files that were written.
    pub written: Vec<String>,
    /// Files that were removed.
    pub removed: Vec<String>,
}

/// What was left of a transaction that did not come to its end, and was undone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Recovered {
    /// Files that are again as they were.
    pub restored: Vec<String>,
    /// Files that somebody changed after the interruption: they were left as they are.
    pub kept: Vec<String>,
}

/// Checks what is on disk, by path and text, before it is committed.
pub type Validate<'a> = &'a dyn Fn(&str, &str) -> Result<()>;

/// Writes what a comparison says, all of it or nothing.
///
/// # Errors
/// When there are conflicts, when a file has changed since it was compared, when `validate` objects, when another
/// wfgen is writing, on any I/O failure, and on `Ctrl-C`. Every byte is then as it was.
pub fn apply(root: &Path, comparison: &Comparison, validate: Validate<'_>) -> Result<Written> {
    apply_on(root, comparison, validate, &Real)
}

/// As [`apply`], on a given file system.
///
/// # Errors
/// As [`apply`].
pub fn apply_on(
    root: &Path,
    comparison: &Comparison,
    validate: Validate<'_>,
    disk: &dyn Disk,
) -> Result<Written> {
    refuse_conflicts(comparison)?;
    if comparison.changes().next().is_none() {
        return Ok(Written::default());
    }
    let _exclusive = journal::exclusive(root)?;
    undo_interrupted(root, disk)?;
    let mut changes = Vec::new();
    for file in comparison.changes() {
        let new = file.result.as_ref().filter(|_| !file.remove).map(|text| text.clone().into_bytes());
        let mode = journal::mode(root, &file.path);
        changes.push(Change { path: file.path.clone(), old: file.disk.clone(), new, mode });
    }
    keep_bases(root, comparison);
    let written = run(root, &changes, validate, disk)?;
    commit(root, true, disk)?;
    Ok(written)
}

/// Takes back the last transaction. A file that was changed since stops it, unless `force`.
///
/// # Errors
/// Of kind `Nothing` when there is nothing to take back; otherwise as [`apply`].
pub fn rollback(root: &Path, force: bool) -> Result<Written> {
    rollback_on(root, force, &Real)
}

/// As [`rollback`], on a given file system.
///
/// # Errors
/// As [`rollback`].
pub fn rollback_on(root: &Path, force: bool, disk: &dyn Disk) -> Result<Written> {
    let nothing = || Error::nothing("there is nothing to roll back in this checkout");
    if !place(root, "undo").exists() && !place(root, "journal").exists() {
        return Err(nothing());
    }
    let _exclusive = journal::exclusive(root)?;
    undo_interrupted(root, disk)?;
    let undo = place(root, "undo");
    let last = journal::load(&undo)?.ok_or_else(nothing)?;
    let mut changes = Vec::new();
    for (n, entry) in last.entries.iter().enumerate() {
        let now = paths::read(root, &entry.path)?;
        let then =
            entry.old.as_deref().map(|id| journal::kept(&undo, &format!("old-{n}"), id)).transpose()?;
        if now == then {
            continue;
        }
        if now.as_deref().map(journal::id) != entry.new && !force {
            return Err(Error::new(
                Kind::Usage,
                Diagnostic::new(format!("`{}` was changed since it was written", entry.path))
                    .at(Location::file(&entry.path))
                    .hint("nothing was rolled back; `--force` overwrites the change"),
            ));
        }
        let mode = entry.mode.or_else(|| journal::mode(root, &entry.path));
        changes.push(Change { path: entry.path.clone(), old: now, new: then, mode });
    }
    let written = run(root, &changes, &|_, _| Ok(()), disk)?;
    commit(root, false, disk)?;
    remove_folders(root, &last, disk);
    Ok(written)
}

/// Undoes a transaction that was interrupted, if there is one. Every command that writes or checks calls this first.
///
/// # Errors
/// When another wfgen is writing, when the journal can't be understood, and on I/O failures.
pub fn recover(root: &Path) -> Result<Option<Recovered>> {
    if !place(root, "journal").exists() {
        return Ok(None);
    }
    let _exclusive = journal::exclusive(root)?;
    undo_interrupted(root, &Real)
}

fn refuse_conflicts(comparison: &Comparison) -> Result<()> {
    let mut diagnostics = Vec::new();
    for file in comparison.conflicts() {
        for conflict in &file.conflicts {
            let message = format!("{} can't be merged: {}", conflict.what, conflict.why);
            let mut location = Location::file(&file.path);
            location.line = conflict.line;
            diagnostics.push(Diagnostic::new(message).at(location));
        }
    }
    match diagnostics.is_empty() {
        true => Ok(()),
        false => Err(Error { kind: Kind::Invalid, diagnostics }.hint("nothing was written")),
    }
}

/// Keeps what was generated for the next merge.
fn keep_bases(root: &Path, comparison: &Comparison) {
    let lock = comparison.files.iter().find(|file| file.path == LOCK_PATH);
    let texts = lock.into_iter().flat_map(|file| {
        let disk = file.disk.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        [disk, file.result.as_deref()]
    });
    // Also those of the lock before this one: a rollback brings it back.
    let ids: Vec<String> = texts
        .flatten()
        .filter_map(|text| Lock::parse(text).ok())
        .flat_map(|lock| lock.files.into_values().map(|entry| entry.blob))
        .collect();
    base::keep(root, &comparison.bases, &ids);
}

/// Journal, write, validate. When this fails everything is as it was.
fn run(root: &Path, changes: &[Change], validate: Validate<'_>, disk: &dyn Disk) -> Result<Written> {
    let held = Held::new();
    // Before the journal has its name nothing has been touched, and there is nothing to undo.
    let manifest = journal::begin(root, changes, disk)?;
    let result = held.check().and_then(|()| write(root, &manifest, changes, validate, disk, &held));
    result.map_err(|error| match undo_interrupted(root, disk) {
        Ok(_) => error,
        Err(worse) => {
            let mut error = error;
            error.diagnostics.extend(worse.diagnostics);
            error.hint("the old contents are in `.wfgen/journal`: run wfgen again to bring them back")
        }
    })
}

fn write(
    root: &Path,
    manifest: &Manifest,
    changes: &[Change],
    validate: Validate<'_>,
    disk: &dyn Disk,
    held: &Held,
) -> Result<Written> {
    for folder in &manifest.folders {
        let path = root.join(folder);
        disk.create_dir(&path).map_err(|e| Error::io("make", &path, &e))?;
        sync_parent(&path, disk)?;
    }
    let mut written = Written::default();
    for (n, change) in changes.iter().enumerate() {
        held.check()?;
        let path = paths::resolve(root, &change.path)?;
        // The last look before the file is replaced: an edit that was made meanwhile must not get lost.
        if paths::read(root, &change.path)? != change.old {
            return Err(Error::environment(format!("`{}` was changed while wfgen was at work", change.path))
                .hint("nothing was written: run this again"));
        }
        if change.new.is_some() {
            let new = place(root, "journal").join(format!("new-{n}"));
            disk.rename(&new, &path).map_err(|e| Error::io("write", &path, &e))?;
            written.written.push(change.path.clone());
        } else {
            disk.remove_file(&path).map_err(|e| Error::io("remove", &path, &e))?;
            written.removed.push(change.path.clone());
        }
        sync_parent(&path, disk)?;
    }
    for (change, path) in
        changes.iter().filter(|change| change.new.is_some()).map(|change| (change, &change.path))
    {
        held.check()?;
        let content = paths::read(root, path)?;
        if content != change.new {
            return Err(Error::environment(format!("`{path}` was changed while wfgen was at work")));
        }
        if path != LOCK_PATH {
            validate(path, &String::from_utf8_lossy(&content.unwrap_or_default()))?;
        }
    }
    held.check()?;
    Ok(written)
}

/// The journal gets its last name, and with that the transaction is done.
fn commit(root: &Path, undoable: bool, disk: &dyn Disk) -> Result<()> {
    let (journal, undo, old) = (place(root, "journal"), place(root, "undo"), place(root, "undo.old"));
    let io = |e| Error::io("rename", &place(root, "journal"), &e);
    if undo.exists() {
        disk.rename(&undo, &old).map_err(io)?;
    }
    let last = if undoable { undo } else { place(root, "trash") };
    disk.rename(&journal, &last).map_err(io)?;
    disk.sync(&journal::folder(root)).map_err(io)?;
    journal::discard(&old, disk)?;
    journal::discard(&place(root, "trash"), disk)
}

/// Undoes the transaction whose journal is there.
fn undo_interrupted(root: &Path, disk: &dyn Disk) -> Result<Option<Recovered>> {
    let journal = place(root, "journal");
    let Some(manifest) = journal::load(&journal)? else {
        return Ok(None);
    };
    let mut recovered = Recovered::default();
    for (n, entry) in manifest.entries.iter().enumerate().rev() {
        match restore(root, n, entry, disk)? {
            Restored::AsItWas => {}
            Restored::Again => recovered.restored.push(entry.path.clone()),
            Restored::Kept => recovered.kept.push(entry.path.clone()),
        }
    }
    remove_folders(root, &manifest, disk);
    let (undo, old, trash) = (place(root, "undo"), place(root, "undo.old"), place(root, "trash"));
    let io = |e| Error::io("rename", &place(root, "journal"), &e);
    if old.exists() && !undo.exists() {
        disk.rename(&old, &undo).map_err(io)?;
    }
    journal::discard(&trash, disk)?;
    disk.rename(&journal, &trash).map_err(io)?;
    disk.sync(&journal::folder(root)).map_err(io)?;
    journal::discard(&trash, disk)?;
    Ok(Some(recovered))
}

enum Restored {
    /// It had not been touched.
    AsItWas,
    /// It is again what it was.
    Again,
    /// Somebody changed it since.
    Kept,
}

fn restore(root: &Path, n: usize, entry: &Entry, disk: &dyn Disk) -> Result<Restored> {
    let (Ok(path), Ok(now)) = (paths::resolve(root, &entry.path), paths::read(root, &entry.path)) else {
        return Ok(Restored::Kept);
    };
    let now = now.as_deref().map(journal::id);
    if now == entry.old {
        return Ok(Restored::AsItWas);
    }
    if now != entry.new || path.parent().is_some_and(|folder| !folder.is_dir()) {
        return Ok(Restored::Kept);
    }
    let journal = place(root, "journal");
    match &entry.old {
        None => disk.remove_file(&path).map_err(|e| Error::io("remove", &path, &e))?,
        Some(id) => {
            let content = journal::kept(&journal, &format!("old-{n}"), id)?;
            let back = journal.join("back");
            disk.write(&back, &content, entry.mode).map_err(|e| Error::io("write", &back, &e))?;
            disk.rename(&back, &path).map_err(|e| Error::io("write", &path, &e))?;
        }
    }
    sync_parent(&path, disk)?;
    Ok(Restored::Again)
}

/// Removes the folders that a transaction made, as far as nobody has put anything into them.
fn remove_folders(root: &Path, manifest: &Manifest, disk: &dyn Disk) {
    for folder in manifest.folders.iter().rev() {
        let _ = disk.remove_dir(&root.join(folder));
    }
}

fn sync_parent(path: &Path, disk: &dyn Disk) -> Result<()> {
    path.parent().map_or(Ok(()), |folder| disk.sync(folder).map_err(|e| Error::io("write", folder, &e)))
}
