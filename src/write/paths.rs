//! Which paths may be written or removed: plain files below `.github/` of the checkout, and `wfgen.toml`, reached
//! through no link.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The one file outside of `.github/`.
const CONFIGURATION: &str = "wfgen.toml";

/// A file larger than this is none of ours, and not read.
const MAX_SIZE: u64 = 16 << 20;

/// Checks the form of a relative path, which may come from a file that anybody wrote.
///
/// # Errors
/// When it is absolute, leaves `.github/`, or is not in its plain form.
pub(super) fn check(path: &str) -> Result<()> {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part.contains(['\\', ':', '\0'])
            && !part.contains('\n')
    };
    if path == CONFIGURATION {
        return Ok(());
    }
    let parts: Vec<&str> = path.split('/').collect();
    if parts.len() < 2 || parts[0] != ".github" || !parts.iter().all(|p| part(p)) {
        return Err(Error::invalid(format!("`{}` is no plain path below `.github/`", path.escape_debug())));
    }
    Ok(())
}

/// A file beside the path whose name differs from its in capitals only: on macOS and Windows both are one file.
pub(super) fn twin(root: &Path, path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    let names =
        fs::read_dir(root.join(folder)).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut twins: Vec<String> =
        names.filter(|other| other != name && other.eq_ignore_ascii_case(name)).collect();
    twins.sort();
    twins.into_iter().next().map(|twin| format!("{folder}/{twin}"))
}

/// The place of a path on disk, after following it part by part.
///
/// # Errors
/// When a part is a symbolic link, a folder is no folder, or the last part is no regular file.
pub(super) fn resolve(root: &Path, path: &str) -> Result<PathBuf> {
    check(path)?;
    let mut here = root.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        here.push(part);
        let last = parts.peek().is_none();
        match fs::symlink_metadata(&here) {
            Ok(meta) if meta.is_symlink() => {
                return Err(Error::environment(format!("`{}` is a symbolic link", here.display()))
                    .hint("wfgen writes through no link: replace it by what it points at"));
            }
            Ok(meta) if last && !meta.is_file() => {
                return Err(Error::environment(format!("`{}` is no regular file", here.display())));
            }
            Ok(meta) if !last && !meta.is_dir() => {
                return Err(Error::environment(format!("`{}` is no folder", here.display())));
            }
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::NotFound => {
                here.extend(parts);
                break;
            }
            Err(e) => return Err(Error::io("look at", &here, &e)),
        }
    }
    Ok(here)
}

/// The content of a file of the checkout; `None` when there is none.
///
/// # Errors
/// As [`resolve`], when it can't be read, or when it is too large to be ours.
pub(super) fn read(root: &Path, path: &str) -> Result<Option<Vec<u8>>> {
    let place = resolve(root, path)?;
    let file = match fs::File::open(&place) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", &place, &e)),
    };
    let mut content = Vec::new();
    file.take(MAX_SIZE + 1).read_to_end(&mut content).map_err(|e| Error::io("read", &place, &e))?;
    if content.len() as u64 > MAX_SIZE {
        return Err(Error::environment(format!("`{}` is larger than 16 MiB", place.display())));
    }
    Ok(Some(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_below_github_are_taken() {
        for good in [".github/workflows/ci.yml", ".github/dependabot.yml"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            ".github",
            ".github/",
            ".github/../x",
            ".github/./x",
            ".github//x",
            "src/main.rs",
            "../.github/x",
            ".github/a\\..\\b",
            "C:/x",
            ".github/a:b",
            ".github/a\nb",
            ".github/\0",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_on_the_way_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".github")).unwrap();
        std::os::unix::fs::symlink(outside.path(), dir.path().join(".github/workflows")).unwrap();
        let error = resolve(dir.path(), ".github/workflows/ci.yml").unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        std::os::unix::fs::symlink("/dev/null", dir.path().join(".github/x.yml")).unwrap();
        assert!(resolve(dir.path(), ".github/x.yml").is_err());
    }
}
