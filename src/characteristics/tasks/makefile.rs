//! `Makefile`: explicit targets with their recipes.

use super::{Script, Tree, script};

pub(super) fn read(tree: &Tree<'_>, path: &str) -> Vec<Script> {
    let Ok(text) = tree.text(path) else {
        return Vec::new();
    };
    targets(&text, path)
}

fn targets(text: &str, path: &str) -> Vec<Script> {
    let mut found: Vec<Script> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut defining, mut continued) = (false, false);
    for (line, n) in text.lines().zip(1..) {
        let was_continued = std::mem::replace(&mut continued, line.ends_with('\\'));
        if line.starts_with('\t') {
            for &at in &open {
                found[at].command.push_str(line.trim());
                found[at].command.push('\n');
            }
            continue;
        }
        let code = line.split('#').next().unwrap_or_default().trim_end();
        match code.split_whitespace().next() {
            Some("define") => defining = true,
            Some("endef") => defining = false,
            _ => {}
        }
        if code.is_empty() || defining || was_continued || line.starts_with(' ') {
            continue;
        }
        open.clear();
        let Some((names, rest)) = code.split_once(':') else {
            continue;
        };
        // `a := b`, `a ::= b` and `a = b:c` are assignments; `t: v = x` gives a target a variable.
        let rest = rest.trim_start_matches(':');
        if rest.starts_with('=') || names.contains(['=', '$', '%', '(']) {
            continue;
        }
        let recipe = rest.split_once(';').map_or("", |(_, recipe)| recipe);
        let prerequisites = rest.split(';').next().unwrap_or_default();
        if prerequisites.contains('=') {
            continue;
        }
        for name in names.split_whitespace().filter(|name| !name.starts_with('.') && !name.contains('/')) {
            match found.iter().position(|script| script.name == name) {
                Some(at) => open.push(at),
                None => {
                    open.push(found.len());
                    found.push(script(name, recipe, path, n, "make target"));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_from_assignments_patterns_and_definitions() {
        let text = "SRC := a:b\nURL = http://x\nexport X ?= 1\n.PHONY: test lint\ninclude other.mk\ntest lint: deps # run\n\tgo $@ ./...\n%.o: %.c\n\tcc $<\ndefine BODY\nfake:\nendef\nifdef CI\nci: test ; echo done\nendif\n$(BIN)/x: y\nfoo: X = 1\nout/file: y\ndouble::\n\techo\n";
        let found = targets(text, "Makefile");
        let names: Vec<_> = found.iter().map(|s| (s.name.as_str(), s.evidence.line)).collect();
        assert_eq!(names, [("test", Some(6)), ("lint", Some(6)), ("ci", Some(14)), ("double", Some(19))]);
        assert_eq!(found[0].command, "go $@ ./...\n");
    }
}
