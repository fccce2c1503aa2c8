//! Files that wfgen is told to read or wrote itself: never a FIFO that blocks, never more than fits.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::MAX_SIZE;

/// The content of a regular file.
///
/// # Errors
/// When it is a folder, a FIFO or a device, is longer than a tree is read from, or the operating system refuses.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut content = Vec::new();
    File::open(path)?.take(MAX_SIZE as u64 + 1).read_to_end(&mut content)?;
    if content.len() > MAX_SIZE {
        return Err(io::Error::other(format!("it is longer than {} MiB", MAX_SIZE >> 20)));
    }
    Ok(content)
}

/// The text of a regular file.
///
/// # Errors
/// As [`read`], and when it is not UTF-8: with the line.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = memchr::memchr_iter(b'\n', good).count() + 1;
        io::Error::new(io::ErrorKind::InvalidData, format!("line {line} is not UTF-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_in_regular_files_of_bounded_length_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "a\nb").unwrap();
        assert_eq!(read_text(&path).unwrap(), "a\nb");
        std::fs::write(&path, b"a\nb\xff").unwrap();
        assert_eq!(read_text(&path).unwrap_err().to_string(), "line 2 is not UTF-8");
        File::options().write(true).open(&path).unwrap().set_len(1 << 30).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("8 MiB"));
        assert!(read(folder.path()).unwrap_err().to_string().contains("regular"));
        assert_eq!(read(&folder.path().join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
