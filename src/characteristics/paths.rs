//! Paths inside a checkout: relative, `/` between the parts, `.` for the root, never outside.

/// `relative` seen from directory `dir`; `None` when it leaves the checkout or is absolute.
pub(crate) fn join(dir: &str, relative: &str) -> Option<String> {
    let relative = relative.replace('\\', "/");
    if relative.starts_with('/') || relative.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(if parts.is_empty() { ".".to_owned() } else { parts.join("/") })
}

/// A file in a directory.
pub(crate) fn file_in(dir: &str, name: &str) -> String {
    if dir == "." { name.to_owned() } else { format!("{dir}/{name}") }
}

/// The directory of a file or of a directory; `None` for the root.
pub(crate) fn parent(path: &str) -> Option<&str> {
    match path.rsplit_once('/') {
        Some((parent, _)) => Some(parent),
        None if path == "." => None,
        None => Some("."),
    }
}

/// The last part.
pub(crate) fn name(path: &str) -> &str {
    memchr::memrchr(b'/', path.as_bytes()).map_or(path, |slash| &path[slash + 1..])
}

/// `path` and every directory above it up to `top`, nearest first.
pub(crate) fn upwards<'a>(path: &'a str, top: &'a str) -> impl Iterator<Item = &'a str> {
    let mut next = Some(path);
    std::iter::from_fn(move || {
        let here = next?;
        next = if here == top { None } else { parent(here) };
        Some(here)
    })
}

/// `path` seen from `dir`, which is above it or the same.
pub(crate) fn relative<'a>(path: &'a str, dir: &str) -> Option<&'a str> {
    match dir {
        "." => Some(path),
        _ if path == dir => Some("."),
        _ => path.strip_prefix(dir)?.strip_prefix('/'),
    }
}

/// Whether `path` is `dir` or lies below it.
pub(crate) fn is_within(path: &str, dir: &str) -> bool {
    relative(path, dir).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_the_checkout() {
        assert_eq!(join("a/b", "../c").as_deref(), Some("a/c"));
        assert_eq!(join("a", "..").as_deref(), Some("."));
        assert_eq!(join(".", "./x//y/").as_deref(), Some("x/y"));
        assert_eq!(join("a", "../../etc"), None);
        assert_eq!(join("a", "/etc"), None);
        assert_eq!(join("a", "..\\..\\b"), None);
    }

    #[test]
    fn upwards_ends_at_the_top() {
        assert_eq!(upwards("a/b", ".").collect::<Vec<_>>(), ["a/b", "a", "."]);
        assert_eq!(upwards("a/b", "a").collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!(upwards(".", ".").collect::<Vec<_>>(), ["."]);
    }

    #[test]
    fn a_sibling_with_the_same_beginning_is_not_within() {
        assert!(is_within("a/b", "a") && is_within("a", "a") && is_within("x", "."));
        assert!(!is_within("ab", "a"));
    }
}
