//! INI as Python's configparser reads it: sections, `key = value`, values that go on in indented lines.

/// A value and the line it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) section: String,
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) line: u32,
}

/// All entries in their order. Whatever is neither a section nor an entry is left out.
pub(crate) fn entries(text: &str) -> Vec<Entry> {
    let mut found: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut open = false;
    for (line, n) in text.lines().zip(1..) {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let indented = line.starts_with([' ', '\t']);
        if let Some(name) =
            trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()).filter(|_| !indented)
        {
            name.clone_into(&mut section);
            open = false;
        } else if let Some(entry) = found.last_mut().filter(|_| indented && open) {
            if !entry.value.is_empty() {
                entry.value.push('\n');
            }
            entry.value.push_str(trimmed);
        } else if let Some((key, value)) = trimmed.split_once(['=', ':']) {
            let (key, value) = (key.trim().to_lowercase(), value.trim().to_owned());
            found.push(Entry { section: section.clone(), key, value, line: n });
            open = true;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_in_indented_lines_and_comments_do_not() {
        let text = "[metadata]\nname = a\n# c\n[options]\ninstall_requires =\n    b>=1\n    # no\n    c ; python_version<'3'\npython_requires: >=3.9\n";
        let entries = entries(text);
        let found: Vec<_> =
            entries.iter().map(|e| (e.section.as_str(), e.key.as_str(), e.value.as_str(), e.line)).collect();
        assert_eq!(
            found,
            [
                ("metadata", "name", "a", 2),
                ("options", "install_requires", "b>=1\nc ; python_version<'3'", 5),
                ("options", "python_requires", ">=3.9", 9),
            ]
        );
    }
}
