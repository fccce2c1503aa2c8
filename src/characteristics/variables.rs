//! Variables of makefiles and shell scripts, as far as a line sets them to plain words and nothing else does.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::paths;

/// A longer line, or one that variables make longer, says nothing any more.
const MAX_LINE: usize = 1_000;
/// No list of paths is longer, and many variables in a line could make much of it.
const MAX_VALUE: usize = 200;

static SETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:export\s+)?([A-Za-z_]\w*)\s*(?::=|\?=|=)\s*["']?([\w./ -]*)["']?\s*$"#)
        .expect("a constant pattern")
});
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$(?:\(([A-Za-z_]\w*)\)|\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))").expect("a constant pattern")
});

/// Whether the variables of a file are read.
pub(super) fn are_read(path: &str) -> bool {
    let name = paths::name(path);
    name.to_ascii_lowercase().ends_with("makefile") || name.ends_with(".sh") || !name.contains('.')
}

/// The lines of a file in which variables stand that are known, with what they stand for, each with its number.
pub(super) fn spelt_out(text: &str) -> Vec<(u32, String)> {
    let mut known: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for found in text.lines().filter_map(|line| SETS.captures(line)) {
        let (name, value) =
            (found.get(1).map_or("", |m| m.as_str()), found.get(2).map_or("", |m| m.as_str()));
        // What is set to two things can be either; an empty one is what it is before it is set.
        let both = |old: Option<&str>| (old == Some("") || old == Some(value)).then_some(value);
        let value = known.get(name).map_or(Some(value), |old| both(*old));
        known.insert(name, value.filter(|value| value.len() <= MAX_VALUE));
    }
    let value = |found: &Captures<'_>| {
        let name = (1..=3).find_map(|group| found.get(group)).map_or("", |name| name.as_str());
        known.get(name).copied().flatten()
    };
    let spelt = |(line, number): (&str, u32)| {
        NAMES.captures_iter(line).any(|found| value(&found).is_some()).then(|| {
            let spelt =
                NAMES.replace_all(line, |found: &Captures<'_>| value(found).unwrap_or(&found[0]).to_owned());
            (number, spelt.into_owned())
        })
    };
    let is_short = |line: &str| line.len() <= MAX_LINE;
    let lines = text.lines().zip(1..).filter(|(line, _)| is_short(line));
    lines.filter_map(spelt).filter(|(_, line)| is_short(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_variables_are_spelt_out_and_others_are_not() {
        let text = "sources = app tests\nPREFIX=\"\"\nCC ?= gcc\nCC = clang\nlint:\n\truff check $(sources)\n${PREFIX}ruff format $sources $OTHER\n$(CC) -c\n";
        let expected =
            [(6, "\truff check app tests".to_owned()), (7, "ruff format app tests $OTHER".to_owned())];
        assert_eq!(spelt_out(text), expected);
    }

    #[test]
    fn long_values_and_long_lines_are_left_as_they_are() {
        let long = format!("A={}\nB=b\n$A$A\n{}\n", "x".repeat(1 << 19), "$B".repeat(1 << 18));
        assert_eq!(spelt_out(&long), []);
    }

    #[test]
    fn variables_of_makefiles_and_scripts_are_read() {
        assert!(["Makefile", "a/GNUmakefile", "scripts/check", "x.sh"].iter().all(|path| are_read(path)));
        assert!(!are_read("setup.cfg") && !are_read("a.py"));
    }
}
