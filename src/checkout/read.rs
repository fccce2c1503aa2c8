//! Reading files of a checkout: capped, never through a link, never blocking.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
#[cfg(unix)]
use std::sync::OnceLock;

use crate::error::{Diagnostic, Location};

/// The most that [`Checkout::read`](super::Checkout::read) takes of one file, in bytes.
pub const DEFAULT_CAP: u64 = 1 << 20;

/// The text of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text, without its byte order mark.
    pub text: String,
    /// The file began with a UTF-8 byte order mark.
    pub bom: bool,
    /// Some bytes were not UTF-8 and stand as U+FFFD.
    pub lossy: bool,
    /// Only the beginning was asked for, and the file has more.
    pub truncated: bool,
}

impl Text {
    /// Every byte of the file is in it, and no other.
    pub(super) fn is_as_on_disk(&self) -> bool {
        !self.bom && !self.lossy && !self.truncated
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

/// Why a file could not be read as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// There is no such file.
    Missing,
    /// The path leaves the checkout or goes through a symbolic link.
    Outside,
    /// A directory, a FIFO, a socket or a device.
    NotAFile,
    /// The file is larger than was allowed (both in bytes).
    TooLarge {
        /// The size of the file.
        size: u64,
        /// What was allowed.
        cap: u64,
    },
    /// The file is UTF-16 or UTF-32, by its byte order mark.
    Encoding(&'static str),
    /// The operating system refused.
    Io(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Missing => f.write_str("the file does not exist"),
            Unreadable::Outside => {
                f.write_str("the path leaves the checkout or goes through a symbolic link")
            }
            Unreadable::NotAFile => f.write_str("not a regular file"),
            Unreadable::TooLarge { size, cap } => {
                write!(f, "the file has {size} bytes, more than the {cap} that are read")
            }
            Unreadable::Encoding(name) => write!(f, "the file is {name}, not UTF-8"),
            Unreadable::Io(error) => write!(f, "cannot be read: {error}"),
        }
    }
}

impl Unreadable {
    /// A warning about `path`, with what can be done.
    pub fn diagnose(&self, path: &str) -> Diagnostic {
        let diagnostic = Diagnostic::new(self.to_string()).at(Location::file(path));
        match self {
            Unreadable::Encoding(_) => diagnostic.hint("save the file as UTF-8"),
            Unreadable::Outside => diagnostic.hint("links are not followed: commit the file itself"),
            _ => diagnostic,
        }
    }
}

/// The directory that files are read below.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) path: PathBuf,
    /// It, open: a path that begins here is resolved faster.
    #[cfg(unix)]
    folder: OnceLock<Result<std::os::fd::OwnedFd, Unreadable>>,
}

impl Root {
    pub(super) fn new(path: &Path) -> Self {
        Root {
            path: path.to_owned(),
            #[cfg(unix)]
            folder: OnceLock::new(),
        }
    }
}

/// At most `cap` bytes of the file at `path` below `root`, and whether there was more.
pub(super) fn bytes(root: &Root, path: &str, cap: u64) -> Result<(Vec<u8>, Option<u64>), Unreadable> {
    let (mut file, size) = file(root, path)?;
    let length = usize::try_from(size.min(cap)).unwrap_or(0);
    // One byte over the cap tells a file that has grown, or that lies about its size (as those of /proc do).
    let mut content = Vec::with_capacity(length + 1);
    let read = once(&file, &mut content).map_err(|e| io(&e))?;
    // Most often that was all: a regular file gives less than what was asked for only at its end.
    if size == 0 || read as u64 != size {
        (&mut file)
            .take((cap + 1).saturating_sub(read as u64))
            .read_to_end(&mut content)
            .map_err(|e| io(&e))?;
    }
    let more = content.len() as u64 > cap;
    if more {
        content.truncate(usize::try_from(cap).unwrap_or(usize::MAX));
    }
    Ok((content, more.then(|| size.max(cap + 1))))
}

/// The file at `path` below `root`, open, and how many bytes it has.
pub(super) fn file(root: &Root, path: &str) -> Result<(File, u64), Unreadable> {
    let file = open(root, path)?;
    let meta = file.metadata().map_err(|e| io(&e))?;
    if meta.is_file() { Ok((file, meta.len())) } else { Err(Unreadable::NotAFile) }
}

/// Reads with one call as much as there is room for, and says how much came.
#[cfg(unix)]
fn once(file: &File, content: &mut Vec<u8>) -> std::io::Result<usize> {
    Ok(rustix::io::read(file, rustix::buffer::spare_capacity(content))?)
}

#[cfg(not(unix))]
fn once(mut file: &File, content: &mut Vec<u8>) -> std::io::Result<usize> {
    content.resize(content.capacity(), 0);
    let read = file.read(content)?;
    content.truncate(read);
    Ok(read)
}

/// Decodes the content of a file.
pub(super) fn text(mut content: Vec<u8>, truncated: bool) -> Result<Text, Unreadable> {
    let encoding = match content.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ => None,
    };
    if let Some(encoding) = encoding {
        return Err(Unreadable::Encoding(encoding));
    }
    let bom = content.starts_with(b"\xef\xbb\xbf");
    if bom {
        content.drain(..3);
    }
    if truncated {
        content.truncate(whole_chars(&content));
    }
    Ok(match String::from_utf8(content) {
        Ok(text) => Text { text, bom, lossy: false, truncated },
        Err(e) => {
            Text { text: String::from_utf8_lossy(e.as_bytes()).into_owned(), bom, lossy: true, truncated }
        }
    })
}

/// How many bytes remain when a character that was cut at the end is left away.
fn whole_chars(content: &[u8]) -> usize {
    match std::str::from_utf8(content) {
        Err(e) if e.error_len().is_none() => e.valid_up_to(),
        _ => content.len(),
    }
}

/// The parts of a relative path that stays below its root.
fn parts(path: &str) -> Result<Vec<&std::ffi::OsStr>, Unreadable> {
    Path::new(path)
        .components()
        .filter(|c| *c != Component::CurDir)
        .map(|c| match c {
            Component::Normal(part) => Ok(part),
            _ => Err(Unreadable::Outside),
        })
        .collect()
}

/// Whether a path has nothing but names in it, as that of every file that was listed.
#[cfg(target_os = "linux")]
fn is_normal(path: &str) -> bool {
    path.as_bytes().split(|b| *b == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// Opens without following a link at any level, not even one swapped in meanwhile; and without blocking, so that a
/// FIFO can't hang us. Linux does it in one call, others part by part.
#[cfg(unix)]
fn open(root: &Root, path: &str) -> Result<File, Unreadable> {
    use rustix::fs::{Mode, OFlags, openat};
    use rustix::io::Errno;

    let refused = |errno: Errno| match errno {
        Errno::NOENT => Unreadable::Missing,
        Errno::LOOP | Errno::MLINK => Unreadable::Outside,
        // O_DIRECTORY on a link says "not a directory"; so does a file in the place of a folder.
        Errno::NOTDIR => Unreadable::Outside,
        Errno::NXIO | Errno::NODEV => Unreadable::NotAFile,
        other => Unreadable::Io(std::io::Error::from(other).to_string()),
    };
    let common = OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let folder = common | OFlags::DIRECTORY;
    let open = || rustix::fs::open(&root.path, folder, Mode::empty()).map_err(refused);
    let root = root.folder.get_or_init(open).as_ref().map_err(Clone::clone)?;
    #[cfg(target_os = "linux")]
    if is_normal(path) {
        use rustix::fs::{ResolveFlags, openat2};

        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        match openat2(root, path, common | OFlags::NOFOLLOW, Mode::empty(), resolve) {
            // A kernel before 5.6 does not know the call; a sandbox may forbid it.
            Err(Errno::NOSYS | Errno::PERM | Errno::AGAIN) => {}
            opened => return opened.map(File::from).map_err(refused),
        }
    }
    let parts = parts(path)?;
    let Some((last, folders)) = parts.split_last() else {
        return Err(Unreadable::NotAFile);
    };
    let mut above: Option<std::os::fd::OwnedFd> = None;
    for part in folders {
        let at = above.as_ref().unwrap_or(root);
        above = Some(openat(at, *part, folder | OFlags::NOFOLLOW, Mode::empty()).map_err(refused)?);
    }
    let at = above.as_ref().unwrap_or(root);
    openat(at, *last, common | OFlags::NOFOLLOW, Mode::empty()).map(File::from).map_err(refused)
}

/// Opens after a look at every level; a link swapped in between the look and the opening would be followed.
#[cfg(not(unix))]
fn open(root: &Root, path: &str) -> Result<File, Unreadable> {
    let mut at = root.path.clone();
    for part in parts(path)? {
        at.push(part);
        let meta = std::fs::symlink_metadata(&at).map_err(|e| io(&e))?;
        if meta.is_symlink() {
            return Err(Unreadable::Outside);
        }
    }
    if at.is_dir() {
        return Err(Unreadable::NotAFile);
    }
    File::open(&at).map_err(|e| io(&e))
}

fn io(error: &std::io::Error) -> Unreadable {
    match error.kind() {
        std::io::ErrorKind::NotFound => Unreadable::Missing,
        std::io::ErrorKind::IsADirectory => Unreadable::NotAFile,
        _ => Unreadable::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_taken_off_and_reported() {
        let read = text(b"\xef\xbb\xbf{}".to_vec(), false).unwrap();
        assert_eq!((read.text.as_str(), read.bom, read.lossy), ("{}", true, false));
    }

    #[test]
    fn utf_16_is_named_as_the_reason() {
        assert_eq!(text(b"\xff\xfea\0".to_vec(), false), Err(Unreadable::Encoding("UTF-16")));
        assert_eq!(text(b"\xff\xfe\0\0".to_vec(), false), Err(Unreadable::Encoding("UTF-32")));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced_and_reported() {
        let read = text(b"caf\xe9".to_vec(), false).unwrap();
        assert_eq!((read.text.as_str(), read.lossy), ("caf\u{fffd}", true));
    }

    #[test]
    fn a_character_cut_by_the_cap_is_left_away() {
        let read = text("né".as_bytes()[..2].to_vec(), true).unwrap();
        assert_eq!((read.text.as_str(), read.lossy), ("n", false));
    }

    #[test]
    fn a_large_file_is_cut_at_the_cap() {
        let root = tempfile::tempdir().unwrap();
        let content: Vec<u8> = (0..5 << 20).map(|n| (n % 251) as u8).collect();
        std::fs::write(root.path().join("large"), &content).unwrap();
        let (place, length) = (Root::new(root.path()), content.len() as u64);
        assert_eq!(bytes(&place, "large", length).unwrap(), (content.clone(), None));
        assert_eq!(bytes(&place, "large", length + 9).unwrap(), (content.clone(), None));
        let cut = bytes(&place, "large", length - 1).unwrap();
        assert_eq!(cut, (content[..content.len() - 1].to_vec(), Some(length)));
    }

    #[test]
    fn a_path_that_climbs_is_outside() {
        let root = tempfile::tempdir().unwrap();
        let root = Root::new(root.path());
        assert_eq!(bytes(&root, "../x", 10).unwrap_err(), Unreadable::Outside);
        assert_eq!(bytes(&root, "/etc/passwd", 10).unwrap_err(), Unreadable::Outside);
        assert_eq!(bytes(&root, "nothing", 10).unwrap_err(), Unreadable::Missing);
        assert_eq!(bytes(&root, ".", 10).unwrap_err(), Unreadable::NotAFile);
    }
}
