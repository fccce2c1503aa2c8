//! Files that insights are read from besides the history: benchmark results and logs.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::error::Diagnostic;
use crate::{Error, Result};

/// A text and where it is from.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path, relative to what was asked for.
    pub name: String,
    /// What is in it; bytes that are no UTF-8 are replaced.
    pub text: String,
}

/// More of a file is not read.
const MOST_BYTES: u64 = 64 << 20;
/// More files of a folder are not read.
const MOST_FILES: usize = 20_000;
/// Folders are not entered deeper.
const MOST_LEVELS: usize = 12;

/// Reads a file, or every file below a folder whose path `wanted` accepts, in order of their names. What cannot be
/// read or is cut is told as a warning.
///
/// # Errors
/// When the path itself cannot be read.
pub fn gather(path: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<(Vec<Source>, Vec<Diagnostic>)> {
    let info = fs::metadata(path).map_err(|error| Error::io("read", path, &error))?;
    let mut found = Found { sources: Vec::new(), warnings: Vec::new(), wanted };
    if info.is_dir() {
        found.folder(path, "", MOST_LEVELS);
    } else {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = found.text(path, &name).map_err(|error| Error::io("read", path, &error))?;
        found.sources.push(Source { name, text });
    }
    Ok((found.sources, found.warnings))
}

struct Found<'w> {
    sources: Vec<Source>,
    warnings: Vec<Diagnostic>,
    wanted: &'w dyn Fn(&str) -> bool,
}

impl Found<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, levels: usize) {
        let mut entries: Vec<_> = match fs::read_dir(folder) {
            Ok(entries) => entries.flatten().collect(),
            Err(error) => return self.warn(prefix, &error.to_string()),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // Links are not followed: they could lead in circles.
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && levels > 0 {
                self.folder(&entry.path(), &format!("{name}/"), levels - 1);
            } else if kind.is_file() && (self.wanted)(&name) {
                if self.sources.len() >= MOST_FILES {
                    return self.warn(prefix, &format!("only the first {MOST_FILES} files were read"));
                }
                match self.text(&entry.path(), &name) {
                    Ok(text) => self.sources.push(Source { name, text }),
                    Err(error) => self.warn(&name, &error.to_string()),
                }
            }
        }
    }

    fn text(&mut self, path: &Path, name: &str) -> std::io::Result<String> {
        let mut bytes = Vec::new();
        let file = File::open(path)?;
        let whole = file.metadata()?.len();
        file.take(MOST_BYTES).read_to_end(&mut bytes)?;
        if whole > MOST_BYTES {
            self.warn(name, &format!("only the first {} MB were read", MOST_BYTES >> 20));
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
    }

    fn warn(&mut self, name: &str, what: &str) {
        let name = if name.is_empty() { "." } else { name };
        self.warnings.push(Diagnostic::new(format!("`{name}`: {what}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_in_order_and_only_what_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b/2.txt", "two"), ("a.txt", "\u{feff}one"), ("c.bin", "no")] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (sources, warnings) = gather(folder.path(), &|name| name.ends_with(".txt")).unwrap();
        let read: Vec<_> = sources.iter().map(|s| (s.name.as_str(), s.text.as_str())).collect();
        assert_eq!(read, [("a.txt", "one"), ("b/2.txt", "two")]);
        assert!(warnings.is_empty());
        assert!(gather(&folder.path().join("absent"), &|_| true).is_err());
    }
}
