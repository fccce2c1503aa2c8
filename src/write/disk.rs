//! The few things that a transaction does to the file system, so that a test can stop it at each of them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// What changes the file system. Reading needs no such care.
pub trait Disk {
    /// Makes a folder.
    ///
    /// # Errors
    /// As [`fs::create_dir`].
    fn create_dir(&self, path: &Path) -> io::Result<()>;

    /// Writes a whole file, with these permissions where they are known, and waits until it is durable.
    ///
    /// # Errors
    /// When the file can't be written.
    fn write(&self, path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()>;

    /// Gives a file or folder another name, in one step, replacing what had that name.
    ///
    /// # Errors
    /// As [`fs::rename`].
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// As [`fs::remove_file`].
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder that is empty.
    ///
    /// # Errors
    /// As [`fs::remove_dir`].
    fn remove_dir(&self, path: &Path) -> io::Result<()>;

    /// Removes a folder with everything in it.
    ///
    /// # Errors
    /// As [`fs::remove_dir_all`].
    fn remove_tree(&self, path: &Path) -> io::Result<()>;

    /// Waits until the names in a folder are durable.
    ///
    /// # Errors
    /// When the folder can't be synchronised.
    fn sync(&self, folder: &Path) -> io::Result<()>;
}

/// The file system.
#[derive(Debug, Clone, Copy, Default)]
pub struct Real;

impl Disk for Real {
    fn create_dir(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn write(&self, path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(content)?;
        set_mode(&file, mode)?;
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn remove_tree(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir_all(path)
    }

    #[cfg(unix)]
    fn sync(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    /// Elsewhere a folder can't be opened as a file, and renames are durable in order.
    #[cfg(not(unix))]
    fn sync(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Option<u32>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    mode.map_or(Ok(()), |mode| file.set_permissions(fs::Permissions::from_mode(mode)))
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: Option<u32>) -> io::Result<()> {
    Ok(())
}

/// The permissions of a file, where the system has such.
#[cfg(unix)]
pub(super) fn mode(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).ok().map(|meta| meta.permissions().mode() & 0o7777)
}

/// The permissions of a file, where the system has such.
#[cfg(not(unix))]
pub(super) fn mode(_path: &Path) -> Option<u32> {
    None
}
