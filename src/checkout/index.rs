//! Names and sizes from git's index, versions 2 to 4 (<https://git-scm.com/docs/index-format>).
//!
//! Read by hand: that is one function over a byte slice, where the libraries for it bring some thirty crates.

use std::borrow::Cow;

use rayon::prelude::*;

use super::File;

const SYMLINK: u32 = 0o120_000;
const GITLINK: u32 = 0o160_000;
const FOLDER: u32 = 0o040_000;
const TYPE: u32 = 0o170_000;
/// The bits of the flags that say how long a name is; of one that is longer than they can say, all are set.
const LENGTH: u16 = 0x0fff;

/// Every regular file that the index tracks, sorted, or why the index can't tell.
pub(super) fn files(index: &[u8], hash_length: usize) -> Result<Vec<File>, &'static str> {
    let mut at = Reader { left: index };
    if at.take(4)? != b"DIRC" {
        return Err("it is no index");
    }
    let version = at.u32()?;
    if !(2..=4).contains(&version) {
        return Err("its version is not 2, 3 or 4");
    }
    let count = at.u32()? as usize;
    // An entry has at least 62 bytes: a count that lies can't make us allocate more than the file is long.
    let mut entries: Vec<(Cow<'_, [u8]>, u32)> = Vec::with_capacity(count.min(index.len() / 62));
    let mut previous: Vec<u8> = Vec::new();
    for _ in 0..count {
        let start = at.left.len();
        at.take(24)?;
        let mode = at.u32()?;
        at.take(8)?;
        let size = at.u32()?;
        at.take(hash_length)?;
        let flags = at.u16()?;
        let extended = flags & 0x4000 != 0;
        if extended && at.u16()? & 0x4000 != 0 {
            return Err("the checkout is sparse");
        }
        let path = if version == 4 {
            let strip = at.offset()?;
            let keep = previous.len().checked_sub(strip).ok_or("a name is cut by more than it has")?;
            previous.truncate(keep);
            previous.extend_from_slice(at.until_nul()?);
            Cow::Owned(previous.clone())
        } else {
            let path = at.name(usize::from(flags & LENGTH))?;
            // The NUL is the first of one to eight that fill the entry up to a multiple of eight bytes.
            at.take((8 - (start - at.left.len()) % 8) % 8)?;
            Cow::Borrowed(path)
        };
        match mode & TYPE {
            SYMLINK | GITLINK => continue,
            FOLDER => return Err("the index is sparse"),
            _ => {}
        }
        // Of a conflict, several stages of one path are there.
        if entries.last().is_none_or(|(last, _)| *last != path) {
            entries.push((path, size));
        }
    }
    // Extensions follow; `link` says that most entries are in another file.
    while at.left.len() > hash_length {
        let name = at.take(4)?;
        let length = at.u32()? as usize;
        if name == b"link" {
            return Err("the index is split");
        }
        at.take(length)?;
    }
    let file = |(path, size): (Cow<'_, [u8]>, u32)| {
        let path = std::str::from_utf8(&path).ok().filter(|path| usable(path)).unwrap_or_default();
        File::new(path.to_owned(), u64::from(size))
    };
    // What can't be a file of the tree has no path now; there is hardly ever one, and the others stay where they are.
    let mut files: Vec<File> = entries.into_par_iter().with_min_len(1024).map(file).collect();
    files.retain(|file| !file.path.is_empty());
    Ok(files)
}

/// Whether a tracked path can be a file of the tree: git itself refuses to check out the others.
fn usable(path: &str) -> bool {
    is_plain(path)
        || !path.contains(char::is_control)
            && path
                .split('/')
                .all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"))
}

/// Nothing in a path needs a closer look: it is ASCII, and no part of it is empty or begins with a dot.
fn is_plain(path: &str) -> bool {
    let path = path.as_bytes();
    let is_begin = |at: usize| !matches!(path.get(at), None | Some(b'.' | b'/'));
    path.iter().fold(true, |printable, b| printable & matches!(b, b' '..=b'~'))
        && is_begin(0)
        && memchr::memchr_iter(b'/', path).all(|slash| is_begin(slash + 1))
}

struct Reader<'a> {
    left: &'a [u8],
}

const SHORT: &str = "it ends too early";

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        let (taken, left) = self.left.split_at_checked(length).ok_or(SHORT)?;
        self.left = left;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        let (taken, left) = self.left.split_first_chunk().ok_or(SHORT)?;
        self.left = left;
        Ok(u32::from_be_bytes(*taken))
    }

    fn u16(&mut self) -> Result<u16, &'static str> {
        let (taken, left) = self.left.split_first_chunk().ok_or(SHORT)?;
        self.left = left;
        Ok(u16::from_be_bytes(*taken))
    }

    /// Up to the next NUL, which is taken too.
    fn until_nul(&mut self) -> Result<&'a [u8], &'static str> {
        let end = memchr::memchr(0, self.left).ok_or(SHORT)?;
        let taken = self.take(end)?;
        self.take(1)?;
        Ok(taken)
    }

    /// A name of which the flags say how long it is, and the NUL after it.
    fn name(&mut self, length: usize) -> Result<&'a [u8], &'static str> {
        if length == usize::from(LENGTH) {
            return self.until_nul();
        }
        let name = self.take(length)?;
        match self.take(1)? {
            [0] => Ok(name),
            _ => Err("a name is longer than it says"),
        }
    }

    /// A number as pack files write offsets: seven bits a byte, each further byte adds one.
    fn offset(&mut self) -> Result<usize, &'static str> {
        let mut value = 0_usize;
        loop {
            let byte = self.take(1)?[0];
            value = value.checked_shl(7).filter(|v| v >> 7 == value).ok_or("a number is too large")?
                | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            value = value.checked_add(1).ok_or("a number is too large")?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;

    fn git(root: &Path, arguments: &[&str]) {
        let done = Command::new("git").args(arguments).current_dir(root).output().unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn repository() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        git(root.path(), &["init", "-q"]);
        for (path, text) in [("a/b/c.txt", "123"), ("a/b/d.txt", ""), ("a-b", "1"), ("z", "12345")] {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        git(root.path(), &["add", "-A"]);
        root
    }

    fn listed(root: &Path) -> Result<Vec<(String, u64)>, &'static str> {
        let index = std::fs::read(root.join(".git/index")).unwrap();
        Ok(files(&index, 20)?.into_iter().map(|f| (f.path, f.size)).collect())
    }

    const EXPECTED: [(&str, u64); 4] = [("a-b", 1), ("a/b/c.txt", 3), ("a/b/d.txt", 0), ("z", 5)];

    #[test]
    fn every_version_of_the_index_gives_the_same_names_and_sizes() {
        let root = repository();
        for version in ["2", "4"] {
            git(root.path(), &["update-index", "--index-version", version]);
            assert_eq!(
                listed(root.path()).unwrap(),
                EXPECTED.map(|(p, s)| (p.to_owned(), s)),
                "version {version}"
            );
        }
        // Intent to add needs the extended flags of version 3.
        git(root.path(), &["update-index", "--index-version", "2"]);
        std::fs::write(root.path().join("zz"), "12").unwrap();
        git(root.path(), &["add", "-N", "zz"]);
        assert_eq!(std::fs::read(root.path().join(".git/index")).unwrap()[7], 3);
        assert_eq!(listed(root.path()).unwrap().len(), 5);
    }

    #[test]
    fn a_split_or_sparse_index_says_that_it_cannot_tell() {
        let root = repository();
        git(root.path(), &["update-index", "--skip-worktree", "z"]);
        assert_eq!(listed(root.path()), Err("the checkout is sparse"));
        let root = repository();
        git(root.path(), &["update-index", "--split-index"]);
        assert_eq!(listed(root.path()), Err("the index is split"));
    }

    #[test]
    fn an_index_that_is_cut_anywhere_or_lies_is_an_error_and_never_a_panic() {
        let root = repository();
        git(root.path(), &["update-index", "--index-version", "4"]);
        let whole = std::fs::read(root.path().join(".git/index")).unwrap();
        let entries_end = whole.len() - 60;
        for end in 0..entries_end {
            let _ = files(&whole[..end], 20);
        }
        assert_eq!(files(&whole[..100], 20).unwrap_err(), SHORT);
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = files(&broken, 20);
        }
    }

    #[test]
    fn a_path_that_git_would_not_check_out_is_not_listed() {
        assert!(usable("a/.gitignore") && usable("..."));
        for path in ["../x", "a/../b", "/x", "a//b", ".git/config", "a/.GIT/hooks/x", "a\nb", ""] {
            assert!(!usable(path), "{path:?}");
        }
    }
}
