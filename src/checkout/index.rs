//! Names and sizes from git's index, versions 2 to 4 (<https://git-scm.com/docs/index-format>).
//!
//! Read by hand: that is one pass over its bytes, where the libraries for it bring some thirty crates. A piece at a time:
//! of its hundred bytes for each file only the name and the size are wanted, and these soon have others at work.

use std::io::Read;

use super::File;

const SYMLINK: u32 = 0o120_000;
const GITLINK: u32 = 0o160_000;
const FOLDER: u32 = 0o040_000;
const TYPE: u32 = 0o170_000;
/// The bits of the flags that say how long a name is; of one that is longer than they can say, all are set.
const LENGTH: u16 = 0x0fff;
/// The bits of the flags that are zero but for a path that is in conflict.
const STAGE: u16 = 0x3000;
/// The bit of the flags that says that there are more of them, and the one of these that a sparse checkout sets.
const EXTENDED: u16 = 0x4000;

/// So many entries are made into files together.
const BATCH: usize = 2048;
/// So many bytes of the index are read together, or more where one name needs them.
const PIECE: usize = 256 << 10;

/// Every regular file that an index of `length` bytes tracks, sorted, or why the index can't tell.
pub(super) fn files(index: impl Read + Send, length: u64, hash_length: usize) -> Result<Vec<File>, String> {
    let mut at = Reader { from: index, left: length, buffer: vec![0; PIECE], start: 0, end: 0 };
    if at.take(4)? != b"DIRC" {
        return Err("it is no index".into());
    }
    let version = at.u32()?;
    if !(2..=4).contains(&version) {
        return Err("its version is not 2, 3 or 4".into());
    }
    let count = at.u32()? as usize;
    // An entry has at least 62 bytes: a count that lies can't make us allocate more than the file is long.
    let most = usize::try_from(length / 62).unwrap_or(usize::MAX);
    let mut files = vec![File::default(); count.min(most)];
    // Where an entry ends is only known from the one before; what is in it is for others, who begin at once.
    rayon::scope(|scope| -> Result<(), String> {
        let mut rooms = files.chunks_mut(BATCH);
        let mut batch = Batch::default();
        entries(&mut at, version, count, hash_length, |path, size| {
            batch.text.extend_from_slice(path);
            batch.entries.push((batch.text.len(), size));
            if batch.entries.len() == BATCH {
                let next = Batch::with_room(batch.text.len());
                let full = std::mem::replace(&mut batch, next);
                let room = rooms.next().unwrap_or_default();
                scope.spawn(move |_| full.fill(room));
            }
        })?;
        batch.fill(rooms.next().unwrap_or_default());
        Ok(())
    })?;
    end(&mut at, hash_length)?;
    // What is no file of the tree has no path.
    files.retain(|file| !file.path.is_empty());
    Ok(files)
}

/// Paths one after the other, and for each where it ends and the size of the file in bytes.
#[derive(Default)]
struct Batch {
    text: Vec<u8>,
    entries: Vec<(usize, u32)>,
}

impl Batch {
    fn with_room(text: usize) -> Self {
        Batch { text: Vec::with_capacity(text + text / 8), entries: Vec::with_capacity(BATCH) }
    }

    /// Puts files where there is room for them; what can't be one of the tree is left out.
    fn fill(&self, room: &mut [File]) {
        let mut start = 0;
        for (file, (end, size)) in room.iter_mut().zip(&self.entries) {
            let path = std::str::from_utf8(&self.text[start..*end]).ok().filter(|path| usable(path));
            if let Some(path) = path {
                *file = File::new(path.to_owned(), u64::from(*size));
            }
            start = *end;
        }
    }
}

/// Gives the path and the size of every regular file that is tracked, once.
fn entries(
    at: &mut Reader<impl Read>,
    version: u32,
    count: usize,
    hash_length: usize,
    mut each: impl FnMut(&[u8], u32),
) -> Result<(), String> {
    let (mut previous, mut staged): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut length = 42 + hash_length;
        let fixed = at.take(length)?;
        let (mode, size) = (number(&fixed[24..]), number(&fixed[36..]));
        let flags = u16::from_be_bytes([fixed[length - 2], fixed[length - 1]]);
        if flags & EXTENDED != 0 {
            length += 2;
            if u16::from_be_bytes([at.take(1)?[0], at.take(1)?[0]]) & EXTENDED != 0 {
                return Err("the checkout is sparse".into());
            }
        }
        let path = if version == 4 {
            let strip = at.offset()?;
            let keep = previous.len().checked_sub(strip).ok_or("a name is cut by more than it has")?;
            previous.truncate(keep);
            let more = at.before_nul()?;
            previous.extend_from_slice(&at.take(more + 1)?[..more]);
            previous.as_slice()
        } else {
            let said = flags & LENGTH;
            let name = if said == LENGTH { at.before_nul()? } else { usize::from(said) };
            // The NUL is the first of one to eight that fill the entry up to a multiple of eight bytes.
            let rest = at.take((length + name + 8) / 8 * 8 - length)?;
            if rest[name] != 0 {
                return Err("a name is longer than it says".into());
            }
            &rest[..name]
        };
        match mode & TYPE {
            SYMLINK | GITLINK => continue,
            FOLDER => return Err("the index is sparse".into()),
            _ => {}
        }
        // Of a conflict, several stages of one path are there.
        if flags & STAGE != 0 {
            if staged == path {
                continue;
            }
            staged = path.to_vec();
        }
        each(path, size);
    }
    Ok(())
}

/// Goes over what follows the entries: an extension called `link` says that most of them are in another file.
fn end(at: &mut Reader<impl Read>, hash_length: usize) -> Result<(), String> {
    while at.left > hash_length as u64 {
        if at.take(4)? == b"link" {
            return Err("the index is split".into());
        }
        let length = at.u32()?;
        at.skip(u64::from(length))?;
    }
    Ok(())
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
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return false;
    };
    // Without a way out early, each is a few instructions for a whole path.
    let begins = |before: u8, letter: u8| (before == b'/') & ((letter == b'.') | (letter == b'/'));
    let is_printable = path.iter().fold(true, |all, b| all & matches!(b, b' '..=b'~'));
    let begins_so = path.iter().zip(&path[1..]).fold(false, |any, (a, b)| any | begins(*a, *b));
    is_printable && !begins_so && !begins(b'/', *first) && *last != b'/'
}

/// The number that four bytes begin with.
fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |four| u32::from_be_bytes(*four))
}

struct Reader<R> {
    from: R,
    /// How many bytes were not taken yet.
    left: u64,
    buffer: Vec<u8>,
    /// What is in the buffer and was not taken yet.
    start: usize,
    end: usize,
}

const SHORT: &str = "it ends too early";

impl<R: Read> Reader<R> {
    /// Reads on until so many bytes are in the buffer.
    fn need(&mut self, length: usize) -> Result<(), String> {
        if length as u64 > self.left {
            return Err(SHORT.into());
        }
        if self.end - self.start < length {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
            }
            (self.start, self.end) = (0, self.end - self.start);
            // At least twice as large, or a name without an end would be looked at again for each of its bytes.
            self.buffer.resize(length.next_power_of_two().max(self.buffer.len()), 0);
        }
        while self.end - self.start < length {
            match self.from.read(&mut self.buffer[self.end..]) {
                Ok(0) => return Err(SHORT.into()),
                Ok(read) => self.end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&[u8], String> {
        self.need(length)?;
        let start = self.start;
        self.start += length;
        self.left -= length as u64;
        Ok(&self.buffer[start..self.start])
    }

    fn skip(&mut self, mut length: u64) -> Result<(), String> {
        while length > 0 {
            let piece = length.min(PIECE as u64);
            self.take(usize::try_from(piece).unwrap_or(PIECE))?;
            length -= piece;
        }
        Ok(())
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take(4).map(number)
    }

    /// How many bytes there are before the next NUL.
    fn before_nul(&mut self) -> Result<usize, String> {
        let mut seen = 0;
        loop {
            if let Some(at) = memchr::memchr(0, &self.buffer[self.start + seen..self.end]) {
                return Ok(seen + at);
            }
            seen = self.end - self.start;
            self.need(seen + 1)?;
        }
    }

    /// A number as pack files write offsets: seven bits a byte, each further byte adds one.
    fn offset(&mut self) -> Result<usize, String> {
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

    fn files_of(index: &[u8]) -> Result<Vec<File>, String> {
        files(index, index.len() as u64, 20)
    }

    fn listed(root: &Path) -> Result<Vec<(String, u64)>, String> {
        let index = std::fs::read(root.join(".git/index")).unwrap();
        Ok(files_of(&index)?.into_iter().map(|f| (f.path, f.size)).collect())
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
    fn of_a_path_in_conflict_there_is_one_file() {
        let root = repository();
        let blob = Command::new("git").args(["rev-parse", ":z"]).current_dir(root.path()).output().unwrap();
        let blob = String::from_utf8(blob.stdout).unwrap();
        let stages =
            (1..=3).map(|stage| format!("100644 {} {stage}\tboth\n", blob.trim())).collect::<String>();
        let mut told = Command::new("git");
        told.args(["update-index", "--index-info"])
            .current_dir(root.path())
            .stdin(std::process::Stdio::piped());
        let mut told = told.spawn().unwrap();
        std::io::Write::write_all(&mut told.stdin.take().unwrap(), stages.as_bytes()).unwrap();
        assert!(told.wait().unwrap().success());
        let paths: Vec<String> = listed(root.path()).unwrap().into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["a-b", "a/b/c.txt", "a/b/d.txt", "both", "z"]);
    }

    #[test]
    fn an_index_of_many_pieces_is_read_to_its_end() {
        let root = repository();
        let blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        let path = |n: usize| format!("many/{}{n:05}", "x".repeat(n % 300));
        let lines: String = (0..6000).map(|n| format!("100644 {blob} 0\t{}\n", path(n))).collect();
        let list = root.path().join("list");
        std::fs::write(&list, lines).unwrap();
        let mut told = Command::new("git");
        told.args(["update-index", "--index-info"]).current_dir(root.path());
        assert!(told.stdin(std::fs::File::open(&list).unwrap()).status().unwrap().success());
        let mut expected: Vec<String> = (0..6000).map(path).collect();
        expected.sort();
        for version in ["2", "4"] {
            git(root.path(), &["update-index", "--index-version", version]);
            let paths = listed(root.path()).unwrap().into_iter().map(|(path, _)| path);
            assert_eq!(paths.filter(|path| path.starts_with("many/")).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_split_or_sparse_index_says_that_it_cannot_tell() {
        let root = repository();
        git(root.path(), &["update-index", "--skip-worktree", "z"]);
        assert_eq!(listed(root.path()), Err("the checkout is sparse".to_owned()));
        let root = repository();
        git(root.path(), &["update-index", "--split-index"]);
        assert_eq!(listed(root.path()), Err("the index is split".to_owned()));
    }

    #[test]
    fn an_index_that_is_cut_anywhere_or_lies_is_an_error_and_never_a_panic() {
        let root = repository();
        git(root.path(), &["update-index", "--index-version", "4"]);
        let whole = std::fs::read(root.path().join(".git/index")).unwrap();
        let entries_end = whole.len() - 60;
        for end in 0..entries_end {
            let _ = files_of(&whole[..end]);
        }
        assert_eq!(files_of(&whole[..100]).unwrap_err(), SHORT);
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = files_of(&broken);
        }
    }

    #[test]
    fn a_name_without_an_end_is_an_error_and_takes_no_time() {
        let mut index = b"DIRC\0\0\0\x04\0\0\0\x01".to_vec();
        index.extend([0; 62]);
        index.extend([0]);
        index.extend(std::iter::repeat_n(b'x', 64 << 20));
        assert_eq!(files_of(&index).unwrap_err(), SHORT);
    }

    #[test]
    fn a_path_that_git_would_not_check_out_is_not_listed() {
        assert!(usable("a/.gitignore") && usable("..."));
        for path in ["../x", "a/../b", "/x", "a//b", ".git/config", "a/.GIT/hooks/x", "a\nb", ""] {
            assert!(!usable(path), "{path:?}");
        }
    }
}
