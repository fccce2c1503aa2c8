//! All or nothing.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::Path;

use wfgen::Error;
use wfgen::error::Kind;
use wfgen::write::disk::{Disk, Real};
use wfgen::write::{self, LOCK_PATH};

use crate::{CI, Tree, workflow};

const SECOND: &str = ".github/workflows/second.yml";

/// A file system that fails at its `n`th change.
struct Failing {
    left: Cell<usize>,
}

impl Failing {
    fn at(n: usize) -> Self {
        Failing { left: Cell::new(n) }
    }

    fn count(&self) -> io::Result<()> {
        let left = self.left.get();
        self.left.set(left.wrapping_sub(1));
        // Only this one: what puts things back afterwards works.
        if left == 0 { Err(io::Error::other("no space left")) } else { Ok(()) }
    }
}

impl Disk for Failing {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        self.count().and_then(|()| Real.create_dir(path))
    }
    fn write(&self, path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
        self.count().and_then(|()| Real.write(path, content, mode))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.count().and_then(|()| Real.rename(from, to))
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.count().and_then(|()| Real.remove_file(path))
    }
    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.count().and_then(|()| Real.remove_dir(path))
    }
    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        self.count().and_then(|()| Real.remove_tree(path))
    }
    fn sync(&self, folder: &Path) -> io::Result<()> {
        self.count().and_then(|()| Real.sync(folder))
    }
}

/// A tree with one file to change, one to add and one to remove.
fn three_ways() -> Tree {
    let mut tree = Tree::new();
    tree.generate(SECOND, &workflow());
    tree.apply();
    tree.generated.retain(|file| file.path == CI);
    tree.regenerate("make test", "make check");
    tree.generate(".github/new/third.yml", &workflow());
    tree
}

#[test]
fn a_failure_at_any_step_restores_every_byte() {
    let after = {
        let tree = three_ways();
        tree.apply();
        tree.files()
    };
    for n in 0.. {
        let tree = three_ways();
        let before = tree.files();
        let disk = Failing::at(n);
        let result = write::apply_on(tree.root(), &tree.compare(), &|_, _| Ok(()), &disk);
        let now = tree.files();
        match result {
            Ok(_) => {
                assert_eq!(now, after);
                assert!(n > 10, "{n} steps are too few to have been counted");
                break;
            }
            Err(error) => {
                // After the commit only tidying is left, and its failure changes nothing.
                assert!(now == before || now == after, "step {n}: {error}");
                assert!(error.to_string().contains("no space left"), "{error}");
                assert!(now == after || !tree.path(".github/new").exists(), "step {n}");
            }
        }
        write::recover(tree.root()).unwrap();
        assert!(tree.files() == before || tree.files() == after, "step {n}");
    }
}

#[test]
fn an_objection_to_what_is_on_disk_restores_every_byte_and_the_permissions() {
    let tree = three_ways();
    #[cfg(unix)]
    set_mode(&tree.path(CI), 0o640);
    let before = tree.files();
    let seen = Cell::new(0);
    let error = write::apply(tree.root(), &tree.compare(), &|path, text| {
        assert_eq!(tree.read(path), text);
        assert_ne!(path, LOCK_PATH);
        seen.set(seen.get() + 1);
        Err(Error::invalid("not like this"))
    })
    .unwrap_err();
    assert_eq!((error.to_string().as_str(), seen.get()), ("not like this", 1));
    assert_eq!(tree.files(), before);
    #[cfg(unix)]
    assert_eq!(mode(&tree.path(CI)), 0o640);
    tree.apply();
    #[cfg(unix)]
    assert_eq!(mode(&tree.path(CI)), 0o640);
}

#[test]
fn a_file_that_was_edited_after_the_comparison_is_not_overwritten() {
    let tree = three_ways();
    let comparison = tree.compare();
    tree.write(CI, "mine\n");
    let before = tree.files();
    let error = write::apply(tree.root(), &comparison, &|_, _| Ok(())).unwrap_err();
    assert!(error.to_string().contains("was changed while"), "{error}");
    assert_eq!(tree.files(), before);
}

#[test]
fn rollback_takes_the_last_transaction_back() {
    let tree = three_ways();
    let before = tree.files();
    tree.apply();
    assert_ne!(tree.files(), before);
    let written = write::rollback(tree.root(), false).unwrap();
    assert_eq!(tree.files(), before);
    assert!(!tree.path(".github/new").exists());
    assert_eq!(written.removed, [".github/new/third.yml"]);
    let again = write::rollback(tree.root(), false).unwrap_err();
    assert_eq!(again.kind, Kind::Nothing);
}

#[test]
fn rollback_of_the_first_transaction_leaves_no_trace() {
    let tree = Tree::written();
    write::rollback(tree.root(), false).unwrap();
    assert!(tree.files().is_empty() && !tree.path(".github").exists());
}

#[test]
fn rollback_does_not_overwrite_an_edit_without_force() {
    let tree = three_ways();
    let before = tree.files();
    tree.apply();
    tree.edit(CI, "make check", "make mine");
    let after = tree.files();
    let error = write::rollback(tree.root(), false).unwrap_err();
    assert!(error.to_string().contains("was changed since"), "{error}");
    assert_eq!(tree.files(), after);
    write::rollback(tree.root(), true).unwrap();
    assert_eq!(tree.files(), before);
}

#[test]
fn the_folder_of_wfgen_ignores_itself() {
    let tree = Tree::new();
    tree.git(&["init", "-q"]);
    tree.apply();
    assert!(!tree.git(&["status", "--porcelain", "-uall"]).contains(".wfgen/"));
}

#[test]
fn checking_writes_nothing() {
    let tree = Tree::new();
    tree.compare();
    assert_eq!(write::recover(tree.root()).unwrap(), None);
    assert_eq!(fs::read_dir(tree.root()).unwrap().count(), 0);
}

#[test]
fn a_second_wfgen_is_told_that_another_is_writing() {
    let tree = Tree::written();
    let lock = fs::File::options().write(true).open(tree.path(".wfgen/lock")).unwrap();
    lock.lock().unwrap();
    let mut other = Tree::new();
    other.regenerate("make test", "make check");
    let comparison = write::compare(tree.root(), &other.generated, &other.options).unwrap();
    let error = write::apply(tree.root(), &comparison, &|_, _| Ok(())).unwrap_err();
    assert_eq!(error.kind.exit_code(), 5);
    assert!(error.to_string().contains("another wfgen"), "{error}");
    lock.unlock().unwrap();
    write::apply(tree.root(), &comparison, &|_, _| Ok(())).unwrap();
}

#[test]
fn a_journal_that_came_with_the_repository_reaches_nothing_outside_github() {
    let tree = Tree::new();
    tree.write("victim", "keep\n");
    let id = "ce013625030ba8dba906f756967f9e9ca394464a";
    tree.write(".wfgen/journal/old-0", "hello\n");
    for path in ["victim", "../victim", ".github/../victim"] {
        let entry = format!(r#"{{"path":"{path}","old":"{id}","new":null,"mode":null}}"#);
        let text = format!(r#"{{"version":1,"entries":[{entry}],"folders":[]}}"#);
        tree.write(".wfgen/journal/manifest.json", &text);
        fs::remove_file(tree.path("victim")).unwrap();
        assert!(write::recover(tree.root()).is_err());
        assert!(!tree.path("victim").exists());
        tree.write("victim", "keep\n");
    }
}

#[cfg(unix)]
#[test]
fn links_in_the_folder_of_wfgen_lead_nowhere() {
    for name in ["base", "journal", "lock", ".gitignore", "undo"] {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("keep"), "keep").unwrap();
        let tree = Tree::new();
        fs::create_dir(tree.path(".wfgen")).unwrap();
        std::os::unix::fs::symlink(outside.path(), tree.path(".wfgen").join(name)).unwrap();
        let error = tree.try_apply().unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{name}: {error}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "{name}");
    }
}

#[test]
fn a_journal_that_cannot_be_read_stops_everything() {
    let tree = three_ways();
    tree.write(".wfgen/journal/manifest.json", "{");
    let before = tree.files();
    assert_eq!(write::recover(tree.root()).unwrap_err().kind.exit_code(), 5);
    assert!(tree.try_apply().is_err());
    assert_eq!(tree.files(), before);
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
