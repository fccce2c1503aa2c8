//! `go.mod` and `go.work`.

use serde_json::Value;

use super::{Dependency, Found, Input, Local, Manifest, Members};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::{paths, syntax};
use crate::checkout::File;
use crate::library::pack::DependencyKind;

/// A directive with its arguments; a block gives one for each of its lines.
struct Directive {
    verb: String,
    arguments: Vec<String>,
    indirect: bool,
    line: u32,
}

fn directives(text: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for (line, n) in text.lines().zip(1..) {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let words: Vec<String> =
            code.split_whitespace().map(|word| word.trim_matches(['"', '`']).to_owned()).collect();
        let indirect = comment.trim_start().starts_with("indirect");
        match (words.as_slice(), &block) {
            ([], _) => {}
            ([end], Some(_)) if end == ")" => block = None,
            (arguments, Some(verb)) => {
                found.push(Directive {
                    verb: verb.clone(),
                    arguments: arguments.to_vec(),
                    indirect,
                    line: n,
                });
            }
            ([verb, open], None) if open == "(" => block = Some(verb.clone()),
            ([verb, arguments @ ..], None) => {
                found.push(Directive {
                    verb: verb.clone(),
                    arguments: arguments.to_vec(),
                    indirect,
                    line: n,
                });
            }
        }
    }
    found
}

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Ok(text) = input.tree.text(input.file) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest::default();
    let mut tools = Vec::new();
    let mut tool_lines = Vec::new();
    for directive in directives(&text) {
        let evidence = |reader: &str| Evidence::at(input.file, directive.line, reader);
        match (directive.verb.as_str(), directive.arguments.as_slice()) {
            ("module", [path]) => manifest.name = Some(Found::new(path.clone(), evidence("go.mod module"))),
            ("go", [version]) => {
                manifest
                    .facts
                    .insert("go.minimum".to_owned(), Fact::new(version.as_str(), evidence("go.mod go")));
            }
            ("toolchain", [version]) => {
                let version = version.strip_prefix("go").unwrap_or(version);
                manifest
                    .facts
                    .insert("go.toolchain".to_owned(), Fact::new(version, evidence("go.mod toolchain")));
            }
            ("require", [name, range]) if !directive.indirect => manifest.dependencies.push(Dependency {
                name: name.clone(),
                range: range.clone(),
                kind: DependencyKind::Runtime,
                group: None,
                evidence: evidence("go.mod require"),
            }),
            ("tool", [path]) => {
                tools.push(Value::from(path.as_str()));
                tool_lines.push(evidence("go.mod tool"));
            }
            ("replace", arguments) => {
                let target = arguments.iter().skip_while(|word| *word != "=>").nth(1);
                let local = target.filter(|target| target.starts_with("./") || target.starts_with("../"));
                manifest.local.extend(local.and_then(|dir| paths::join(input.dir, dir)).map(Local::Path));
            }
            _ => {}
        }
    }
    if !tools.is_empty() {
        manifest.facts.insert("go.tools".to_owned(), Fact::of(tools, tool_lines));
    }
    manifest.broken = manifest.name.is_none();
    if manifest.broken {
        let message = "there is no `module` line";
        let place = crate::error::Location::file(input.file);
        input.tree.warn(input.file, crate::error::Diagnostic::new(message).at(place));
    }
    if let Some(fact) = kind(input) {
        manifest.facts.insert("project.kind".to_owned(), fact);
    }
    manifest
}

/// Commands are packages named `main`, in the module's root or below `cmd/`; other packages in the root or in usual
/// places can be imported.
fn kind(input: &Input<'_>) -> Option<Fact> {
    const LOOKED_AT: usize = 16;
    /// In one directory, since all its files name the same package; a script among them does not count.
    const LOOKED_AT_TOGETHER: usize = 3;
    let (mut binary, mut library) = (None, None);
    let path_of = |file: &File| paths::relative(&file.path, input.dir).unwrap_or_default().to_owned();
    let usual = |path: &str| !path.contains('/') || path.starts_with("cmd/") || path.starts_with("pkg/");
    let hidden = ["internal", "testdata", "vendor", "examples", "example", "tutorials", "tools"];
    let sources = || {
        input
            .tree
            .below(input.dir)
            .iter()
            .filter(|file| file.path.ends_with(".go") && !file.path.ends_with("_test.go"))
    };
    let first = sources().filter(|file| usual(&path_of(file)));
    let then = sources().filter(|file| {
        let path = path_of(file);
        // The go command does not look into directories whose name begins with `_` or `.`.
        let is_hidden = |segment: &str| hidden.contains(&segment) || segment.starts_with(['_', '.']);
        !usual(&path) && !path.split('/').any(is_hidden)
    });
    let mut looked_at = 0;
    // The files of a directory are one package: the first that says so is enough.
    let (mut folder, mut left) = (None, LOOKED_AT_TOGETHER);
    for (file, is_usual) in first.map(|file| (file, true)).chain(then.map(|file| (file, false))) {
        // Where something can be imported, a command in another place is sought by the name that its file has as a rule.
        if !is_usual && library.is_some() && file.name() != "main.go" {
            continue;
        }
        if folder != Some(file.above()) {
            (folder, left) = (Some(file.above()), LOOKED_AT_TOGETHER);
        }
        if left == 0 {
            continue;
        }
        left -= 1;
        looked_at += 1;
        if looked_at > LOOKED_AT {
            break;
        }
        // The package clause is at the beginning; generated files can be long after it.
        let Ok(head) = input.tree.checkout().head(&file.path, 4096) else {
            continue;
        };
        let Some((name, line)) = package(&head) else { continue };
        // These mark scripts that belong to no package, and lists of tools that nobody builds.
        if head.lines().any(|line| matches!(line.trim_end(), "//go:build ignore" | "//go:build tools")) {
            continue;
        }
        left = 0;
        let target = if name == "main" { &mut binary } else { &mut library };
        target.get_or_insert_with(|| Evidence::at(&file.path, line, "tree-sitter package"));
        if binary.is_some() && library.is_some() {
            break;
        }
    }
    let found = [("binary", binary), ("library", library)];
    let found = found.into_iter().filter_map(|(kind, evidence)| Some((kind, evidence?)));
    let (kinds, evidence): (Vec<_>, Vec<_>) = found.unzip();
    (!kinds.is_empty()).then(|| Fact::of(kinds, evidence))
}

/// The package that a source belongs to, with the line that says so.
///
/// No more is parsed than it takes: up to the first line that looks like the clause and turns out to be no comment.
fn package(head: &str) -> Option<(String, u32)> {
    if !head.contains("package") {
        return None;
    }
    let lines = head.split_inclusive('\n').scan(0, |end, line| {
        *end += line.len();
        Some((line, *end))
    });
    let ends = lines.filter(|(line, _)| line.trim_start().starts_with("package")).map(|(_, end)| end);
    ends.chain([head.len()]).find_map(|end| {
        let text = &head[..end];
        let tree = syntax::parse("go", text)?;
        let root = tree.root_node();
        if root.has_error() && end < head.len() {
            return None;
        }
        let mut cursor = root.walk();
        let clause = root.children(&mut cursor).find(|node| node.kind() == "package_clause")?;
        let name =
            clause.named_children(&mut clause.walk()).find(|node| node.kind() == "package_identifier")?;
        Some((syntax::of(name, text).to_owned(), syntax::line(name)))
    })
}

pub(super) fn read_work(input: &Input<'_>) -> Manifest {
    let Ok(text) = input.tree.text(input.file) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest::default();
    let mut members = Members::default();
    for directive in directives(&text) {
        let evidence = |reader: &str| Evidence::at(input.file, directive.line, reader);
        match (directive.verb.as_str(), directive.arguments.as_slice()) {
            ("use", [dir]) => members.include.push(Found::new(dir.clone(), evidence("go.work use"))),
            ("go", [version]) => {
                manifest
                    .facts
                    .insert("go.minimum".to_owned(), Fact::new(version.as_str(), evidence("go.work go")));
            }
            ("toolchain", [version]) => {
                let version = version.strip_prefix("go").unwrap_or(version);
                manifest
                    .facts
                    .insert("go.toolchain".to_owned(), Fact::new(version, evidence("go.work toolchain")));
            }
            _ => {}
        }
    }
    manifest.members = Some(members);
    manifest
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn blocks_comments_quotes_and_replacements_are_read() {
        let text = "module \"example.com/a\" // c\n\ngo 1.24.0\ntoolchain go1.25.1\n\nrequire (\n\tgithub.com/gin-gonic/gin v1.10.0\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n// require evil v1\nreplace example.com/b v1.0.0 => ../b\nreplace c => example.com/fork v1\ntool golang.org/x/tools/cmd/stringer\n";
        let manifest = read("go-mod", &[("m/go.mod", text)]);
        assert_eq!(manifest.name.unwrap().value, "example.com/a");
        let names: Vec<_> =
            manifest.dependencies.iter().map(|d| (d.name.as_str(), d.evidence.line)).collect();
        assert_eq!(names, [("github.com/gin-gonic/gin", Some(7))]);
        assert_eq!(manifest.local, [Local::Path("b".to_owned())]);
        assert_eq!(manifest.facts["go.minimum"].value, "1.24.0");
        assert_eq!(manifest.facts["go.toolchain"].value, "1.25.1");
    }

    #[test]
    fn a_command_is_a_package_named_main_and_not_a_comment_that_says_so() {
        let kind = |source: &str| {
            let manifest = read("go-mod", &[("go.mod", "module a\n"), ("a.go", source)]);
            manifest.facts["project.kind"].value.clone()
        };
        assert_eq!(kind("/*\npackage main\n*/\npackage a\n"), serde_json::json!(["library"]));
        assert_eq!(kind("// Package a\npackage main\n"), serde_json::json!(["binary"]));
        assert_eq!(kind("/* package main */ package a\nfunc f() {"), serde_json::json!(["library"]));
        assert_eq!(kind("package\nmain\n"), serde_json::json!(["binary"]));
    }

    #[test]
    fn what_the_go_command_does_not_build_makes_no_command() {
        let module = |path: &str, source: &str| {
            read("go-mod", &[("go.mod", "module a\n"), ("a.go", "package a\n"), (path, source)])
        };
        for path in ["_examples/rest/main.go", "testdata/main.go", "internal/.tool/main.go"] {
            let kind = module(path, "package main\n").facts["project.kind"].value.clone();
            assert_eq!(kind, serde_json::json!(["library"]), "{path}");
        }
        let tools = "//go:build tools\n\npackage tools\n";
        let manifest = read("go-mod", &[("go.mod", "module a\n"), ("tools.go", tools)]);
        assert!(!manifest.facts.contains_key("project.kind"));
    }

    #[test]
    fn go_work_lists_its_modules() {
        let members = read("go-work", &[("go.work", "go 1.25\nuse (\n  .\n  ./a // first\n)\nuse ./b\n")])
            .members
            .unwrap();
        assert_eq!(members.include.iter().map(|f| f.value.as_str()).collect::<Vec<_>>(), [".", "./a", "./b"]);
    }
}
