//! `justfile`: recipes that need no argument.

use super::{Script, Tree, script};

pub(super) fn read(tree: &Tree<'_>, path: &str) -> Vec<Script> {
    let Ok(text) = tree.text(path) else {
        return Vec::new();
    };
    recipes(&text, path)
}

fn recipes(text: &str, path: &str) -> Vec<Script> {
    let mut found: Vec<Script> = Vec::new();
    let (mut open, mut private) = (false, false);
    for (line, n) in text.lines().zip(1..) {
        if line.starts_with([' ', '\t']) {
            if let Some(last) = found.last_mut().filter(|_| open) {
                last.command.push_str(line.trim());
                last.command.push('\n');
            }
            continue;
        }
        if line.trim().is_empty() {
            continue;
        }
        open = false;
        if line.starts_with('#') {
            continue;
        }
        if line.starts_with('[') {
            private |= line.contains("private");
            continue;
        }
        let hidden = std::mem::take(&mut private);
        let Some((head, rest)) = line.split_once(':') else {
            continue;
        };
        let head = head.trim_start_matches('@');
        let mut words = head.split_whitespace();
        let Some(name) = words.next() else { continue };
        if rest.starts_with('=') || matches!(name, "set" | "alias" | "export" | "import" | "mod" | "unexport")
        {
            continue;
        }
        // `name` alone is required; `name='x'` and `*name` are not.
        let needed = words.any(|parameter| !parameter.contains('=') && !parameter.starts_with('*'));
        let usable = !hidden && !needed && !name.starts_with('_');
        if usable {
            open = true;
            found.push(script(name, "", path, n, "just recipe"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_without_required_parameters_are_tasks() {
        let text = "set shell := ['bash']\nversion := 'a:b'\nalias t := test\n# c\n@test *args: build\n  cargo test {{args}}\nbuild target='x':\n  cargo build\ndeploy env:\n  x\n_hidden:\n  x\n[private]\nsecret:\n  x\nlint: (build 'y')\n    cargo clippy\n";
        let names: Vec<_> = recipes(text, "justfile").into_iter().map(|s| (s.name, s.command)).collect();
        assert_eq!(
            names,
            [
                ("test".to_owned(), "cargo test {{args}}\n".to_owned()),
                ("build".to_owned(), "cargo build\n".to_owned()),
                ("lint".to_owned(), "cargo clippy\n".to_owned()),
            ]
        );
    }
}
