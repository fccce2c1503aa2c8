//! What the content of a file says: mode lines, `#!`, the rules of shared endings, and the marks of generators.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};

use super::table::{self, Condition, GENERATED_CONTENT, Named, RULES, Rule};

/// How much of a file is looked at, in bytes: as much as linguist loads.
pub(super) const HEAD: u64 = 128 * 1024;

/// How much of that the rules of shared endings see, as in linguist.
const RULED: usize = 50 * 1024;

/// How many lines at either end of a file may hold a mode line.
const MODE_LINES: usize = 5;

/// The language of a file from what its name said and its first bytes, in linguist's order: mode line, `#!`,
/// ending, XML declaration, rules. `None` for a binary.
pub(super) fn language(named: Named, head: &[u8]) -> Option<u16> {
    if binary(head) {
        return None;
    }
    if let Some(id) = mode_line(head).or_else(|| interpreter(head, named)) {
        return Some(id);
    }
    match named {
        Named::One(id) => Some(id),
        Named::Shared(rules) => Some(decide(rules, head)),
        Named::Unknown => {
            let start = &head[..head.len().min(200)];
            let xml =
                lines(start).take(2).any(|line| memchr::memmem::find(line, b"<?xml version=").is_some());
            xml.then(|| table::called("xml")).flatten()
        }
    }
}

/// Whether this is no text: git's own test.
fn binary(head: &[u8]) -> bool {
    memchr::memchr(0, &head[..head.len().min(8000)]).is_some() && !head.starts_with(b"\xff\xfe")
}

fn lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    text.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

static VIM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(
        r"(?-m)(?:^|[ \t])(?:(?:vi|[vV]im(?:[<=>]?[0-9]+)?):|ex:)(?:[^\\]|\\.)*?(?:^|[ \t:])(?:filetype|ft|syntax)[ \t]*=(\w+)(?:$|\s|:)",
    )
});

static EMACS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?-m)(?i)-\*-(?:[ \t]*|.*?[ \t;]*mode[ \t]*:[ \t]*)([^:;\s*]+?)[ \t]*(?:;.*?)?-\*-")
});

/// The language that a line for vim or Emacs declares.
fn mode_line(head: &[u8]) -> Option<u16> {
    // Nearly no file has one: two searches for their fixed parts spare the patterns.
    let emacs = memchr::memmem::find(head, b"-*-").is_some();
    let vim = ["ft=", "filetype=", "syntax="]
        .iter()
        .any(|key| memchr::memmem::find(head, key.as_bytes()).is_some());
    if !(emacs || vim) || memchr::memmem::find(head, b"UseVimball").is_some() {
        return None;
    }
    let ends = lines(head).take(MODE_LINES).chain(lines(head).rev().take(MODE_LINES));
    ends.filter(|line| line.len() < 1000).find_map(|line| {
        let pattern = if emacs && memchr::memmem::find(line, b"-*-").is_some() { &EMACS } else { &VIM };
        let found = pattern.as_ref()?.captures(line)?.get(1)?;
        table::called(std::str::from_utf8(found.as_bytes()).ok()?)
    })
}

/// The language of the program that `#!` names. Where several languages share it, the ending chooses.
fn interpreter(head: &[u8], named: Named) -> Option<u16> {
    let program = program(head)?;
    let ids = table::interpreted(&program);
    match (ids, named) {
        ([one], _) => Some(*one),
        ([], _) => None,
        (ids, Named::One(id)) if ids.contains(&id) => Some(id),
        (ids, Named::Shared(rules)) => {
            let decided = decide(rules, head);
            Some(if ids.contains(&decided) { decided } else { ids[0] })
        }
        (ids, _) => Some(ids[0]),
    }
}

/// The name of the program in the first line, without its path, `env`, options and minor version.
fn program(head: &[u8]) -> Option<String> {
    let line = lines(head.strip_prefix(b"#!")?).next()?;
    let line = std::str::from_utf8(&line[..line.len().min(500)]).ok()?;
    let mut words = line.split_whitespace();
    let mut program = words.next()?.rsplit('/').next()?;
    if program == "env" {
        program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        program = program.rsplit('/').next()?;
    }
    if program == "osascript" && line.contains("-l") {
        return None;
    }
    let versioned = program.rsplit_once('.').filter(|(_, minor)| minor.bytes().all(|b| b.is_ascii_digit()));
    Some(versioned.map_or(program, |(major, _)| major).to_owned())
}

/// Patterns that are compiled when they are first needed, by their places in a table.
type Compiled = Vec<OnceLock<Option<Regex>>>;

/// One for each condition of each rule of each set.
static CONDITIONS: LazyLock<Vec<Vec<Compiled>>> = LazyLock::new(|| {
    let of_rule = |rule: &Rule| rule.when.iter().map(|_| OnceLock::new()).collect();
    RULES.iter().map(|rules| rules.iter().map(of_rule).collect()).collect()
});

/// Applies the rules of a shared ending. Each set has a last rule that always holds.
fn decide(rules: u16, head: &[u8]) -> u16 {
    let at = usize::from(rules);
    let head = &head[..head.len().min(RULED)];
    let holds = |(condition, compiled): (&Condition, &OnceLock<Option<Regex>>)| {
        let matches = has_any(head, condition.needs) && {
            // A pattern that does not compile can't be: a test compiles them all.
            let regex = compiled.get_or_init(|| any(condition.patterns));
            regex.as_ref().is_some_and(|regex| regex.is_match(head))
        };
        matches == condition.holds
    };
    let mut all = RULES[at].iter().zip(&CONDITIONS[at]);
    let decided = all.find(|(rule, compiled)| rule.when.iter().zip(compiled.iter()).all(holds));
    decided.map_or_else(|| without_content(rules), |(rule, _)| rule.language)
}

/// Whether one of the words is in a text; nobody knows when there are none.
fn has_any(text: &[u8], words: &[&str]) -> bool {
    words.is_empty() || words.iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
}

/// What the rules of a shared ending say when the content is unknown: their last word.
pub(super) fn without_content(rules: u16) -> u16 {
    RULES[usize::from(rules)].last().map_or(0, |rule| rule.language)
}

/// Every language that a set of rules can decide for.
pub(super) fn verdicts(rules: u16) -> impl Iterator<Item = u16> {
    RULES[usize::from(rules)].iter().map(|rule| rule.language)
}

/// One expression for "one of these", without Unicode classes: the rules were written for bytes, and it is faster.
fn any(patterns: &[&str]) -> Option<Regex> {
    regex(&patterns.iter().map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|"))
}

/// An expression over bytes, line by line.
pub(super) fn regex(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).multi_line(true).unicode(false).build().ok()
}

static MARKS: LazyLock<Compiled> =
    LazyLock::new(|| GENERATED_CONTENT.iter().map(|_| OnceLock::new()).collect());

/// Whether the first bytes of a file, which may be all of it, show that a program wrote it.
pub(super) fn generated(name: &str, head: &[u8], whole: bool) -> bool {
    let ending = name.rfind('.').map(|dot| name[dot..].to_ascii_lowercase()).unwrap_or_default();
    if matches!(ending.as_str(), ".js" | ".css") && minified(head, whole) {
        return true;
    }
    GENERATED_CONTENT.iter().zip(MARKS.iter()).any(|(mark, compiled)| {
        if !mark.endings.is_empty() && !mark.endings.contains(&ending.as_str()) {
            return false;
        }
        let place = span(head, mark.first, mark.lines);
        has_any(place, mark.needs) && {
            let pattern = compiled.get_or_init(|| regex(mark.has));
            pattern.as_ref().is_some_and(|pattern| pattern.is_match(place))
        }
    })
}

/// `count` lines of a text from line `first` (from 0) on.
fn span(text: &[u8], first: usize, count: usize) -> &[u8] {
    let mut ends = memchr::memchr_iter(b'\n', text).map(|end| end + 1);
    let start = if first == 0 { 0 } else { ends.nth(first - 1).unwrap_or(text.len()) };
    let end = ends.nth(count.saturating_sub(1)).unwrap_or(text.len());
    &text[start..end.max(start)]
}

/// Lines of more than 110 bytes on average, or a source map at the end.
fn minified(head: &[u8], whole: bool) -> bool {
    let count = memchr::memchr_iter(b'\n', head).count() + usize::from(!head.ends_with(b"\n"));
    if count > 0 && (head.len() - count.min(head.len())) / count > 110 {
        return true;
    }
    whole
        && lines(head).rev().take(3).any(|line| {
            [
                &b"//# sourceMappingURL="[..],
                b"/*# sourceMappingURL=",
                b"//@ sourceMappingURL=",
                b"//# sourceURL=",
            ]
            .iter()
            .any(|mark| line.starts_with(mark))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(file: &str, content: &str) -> Option<&'static str> {
        language(table::named(file), content.as_bytes()).map(|id| table::language(id).name)
    }

    #[test]
    fn every_pattern_of_the_tables_compiles() {
        for rules in RULES {
            for condition in rules.iter().flat_map(|rule| rule.when) {
                for pattern in condition.patterns {
                    assert!(regex(pattern).is_some(), "{pattern}");
                }
                assert!(any(condition.patterns).is_some(), "{:?}", condition.patterns);
            }
        }
        for mark in GENERATED_CONTENT {
            assert!(regex(mark.has).is_some(), "{}", mark.has);
        }
        assert!(VIM.is_some() && EMACS.is_some());
    }

    #[test]
    fn content_tells_the_languages_of_a_shared_ending_apart() {
        for (file, content, expected) in [
            ("a.h", "#include <stdio.h>\nint x;\n", "C"),
            ("a.h", "#include <vector>\nclass X;\n", "C++"),
            ("a.h", "#import \"x.h\"\n@interface X\n@end\n", "Objective-C"),
            ("a.m", "% a comment\nx = 1;\n", "MATLAB"),
            ("a.m", "@implementation X\n@end\n", "Objective-C"),
            ("a.pl", "use strict;\nmy $x;\n", "Perl"),
            ("a.pl", "parent(X, Y) :- child(Y, X).\n", "Prolog"),
            ("a.pm", "use v6;\nmodule X { }\n", "Raku"),
            ("a.ts", "<!DOCTYPE TS>\n<TS version=\"2.1\">\n", "XML"),
            ("a.ts", "export const x: number = 1;\n", "TypeScript"),
            ("a.rs", "<?xml version=\"1.0\"?>\n", "XML"),
            ("a.rs", "use std::fmt;\n", "Rust"),
            ("a.v", "module m (\n  input clk);\nendmodule\n", "Verilog"),
            ("a.v", "Require Import Arith.\nProof.\n", "Rocq Prover"),
            ("a.cls", "\\NeedsTeXFormat{LaTeX2e}\n", "TeX"),
            ("a.cls", "public class A { }\n", "Apex"),
            ("a.fs", "module A\nopen System\n", "F#"),
            ("a.fs", "#version 330\nuniform mat4 m;\n", "GLSL"),
            ("a.inc", "<?php echo 1;\n", "PHP"),
            ("a.sql", "CREATE FUNCTION f() AS $$ BEGIN; $$\n", "PLpgSQL"),
            ("a.sql", "SELECT 1;\n", "SQL"),
            ("a.php", "<?hh\n", "Hack"),
            ("a.r", "x <- 1\n", "R"),
            ("a.d", "module a.b;\nimport std.stdio;\n", "D"),
            ("a.md", "(define_insn \"x\")\n", "GCC Machine Description"),
            ("a.md", "# Title\n", "Markdown"),
            ("a.cs", "using System;\n", "C#"),
            ("a.ex", "defmodule A do\n  @moduledoc \"x\"\nend\n", "Elixir"),
            ("a.mm", "#import <x.h>\n", "Objective-C++"),
        ] {
            assert_eq!(name(file, content), Some(expected), "{file}: {content}");
        }
    }

    #[test]
    fn the_interpreter_names_the_language_with_and_without_an_ending() {
        for (first, expected) in [
            ("#!/bin/bash", "Shell"),
            ("#!/usr/bin/env python3.12", "Python"),
            ("#!/usr/bin/env -S deno run --allow-net", "TypeScript"),
            ("#! /usr/bin/env A=b ruby -w", "Ruby"),
            ("#!/usr/bin/node", "JavaScript"),
        ] {
            assert_eq!(name("tool", &format!("{first}\n1\n")), Some(expected), "{first}");
        }
        assert_eq!(name("tool", "plain text\n"), None);
        assert_eq!(name("tool", "#!\n"), None);
        assert_eq!(name("tool", "<?xml version=\"1.0\"?>\n"), Some("XML"));
    }

    #[test]
    fn a_mode_line_ranks_before_name_and_ending() {
        assert_eq!(name("a.inc", "x\n# vim: set ft=ruby :\n"), Some("Ruby"));
        assert_eq!(name("a.txt", "// vim: noai:ts=4:ft=javascript\n"), Some("JavaScript"));
        assert_eq!(name("a.h", "/* -*- mode: c++; tab-width: 4 -*- */\n"), Some("C++"));
        assert_eq!(name("tool", "# -*- python -*-\n"), Some("Python"));
        assert_eq!(name("a.py", "x = 1  # see soft=1\n"), Some("Python"));
    }

    #[test]
    fn marks_of_generators_and_minified_code_are_seen() {
        assert!(generated("a.go", b"// Code generated by mockgen. DO NOT EDIT.\n\npackage a\n", true));
        assert!(generated(
            "a.py",
            b"# -*- coding\n# Generated by the protocol buffer compiler.  DO NOT EDIT!\n",
            true
        ));
        assert!(generated("a.js", format!("var a={};\n", "1+".repeat(500)).as_bytes(), true));
        assert!(generated("a.js", b"var a;\n//# sourceMappingURL=a.js.map\n", true));
        assert!(!generated("a.js", b"var a;\n", true));
        assert!(!generated("a.rs", b"fn main() {}\n// nothing here is @generated\n", true));
    }

    #[test]
    fn a_binary_has_no_language() {
        assert_eq!(language(table::named("a.py"), b"\x00\x01"), None);
    }
}
