//! Git's configuration format, as far as it says something about a checkout: `.git/config` and `.gitmodules`.

/// One setting: `[section "subsection"] key = value`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    /// In lower case.
    pub section: String,
    /// As written, `""` when there is none.
    pub subsection: String,
    /// In lower case.
    pub key: String,
    pub value: String,
    /// 1-based.
    pub line: u32,
}

/// Every setting of a file in order. What can't be understood is skipped: git would have complained already.
pub(super) fn parse(text: &str) -> Vec<Setting> {
    let mut settings = Vec::new();
    let (mut section, mut subsection) = (String::new(), String::new());
    let mut lines = text.lines().zip(1..);
    while let Some((line, number)) = lines.next() {
        let mut line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let Some((name, rest)) = header.split_once(']') else {
                continue;
            };
            (section, subsection) = match name.split_once('"') {
                Some((name, sub)) => {
                    (name.trim().to_lowercase(), sub.trim_end().trim_end_matches('"').replace('\\', ""))
                }
                None => (name.trim().to_lowercase(), String::new()),
            };
            line = rest.trim();
        }
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let (key, raw) = line.split_once('=').unwrap_or((line, "true"));
        let mut raw = raw.trim().to_owned();
        while raw.ends_with('\\') && !raw.ends_with("\\\\") {
            raw.pop();
            let Some((next, _)) = lines.next() else { break };
            raw.push_str(next.trim());
        }
        settings.push(Setting {
            section: section.clone(),
            subsection: subsection.clone(),
            key: key.trim().to_lowercase(),
            value: unquote(&raw),
            line: number,
        });
    }
    settings
}

/// Takes quotes and escapes away, and a comment at the end.
fn unquote(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut quoted = false;
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(other) => value.push(other),
                None => {}
            },
            '#' | ';' if !quoted => break,
            _ => value.push(c),
        }
    }
    value.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_quotes_comments_and_continued_lines_are_understood() {
        let text = "[core]\n\tbare = false ; no\n[remote \"origin\"]\n  url = \"https://x/#y\"\n[a] b = c\\\n d\n[x\n= 1\n";
        let settings = parse(text);
        let all: Vec<_> = settings
            .iter()
            .map(|s| (s.section.as_str(), s.subsection.as_str(), s.key.as_str(), s.value.as_str(), s.line))
            .collect();
        assert_eq!(
            all,
            [
                ("core", "", "bare", "false", 2),
                ("remote", "origin", "url", "https://x/#y", 4),
                ("a", "", "b", "cd", 5),
                ("a", "", "", "1", 8),
            ]
        );
    }
}
