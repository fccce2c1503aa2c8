//! `regex`: a line of a file matches. Gives the first group, or the match.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Captures, Regex, RegexBuilder};

use super::{Absent, Evidence, Hit, Names, Scope, Source, places};

/// More lines than this prove nothing more.
const MAX_HITS: usize = 256;

pub(super) fn find(expression: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let (Some(expression), itself) = (pattern(expression), Names(vec![".".to_owned()])) else {
        return Vec::new();
    };
    let mut hits = Vec::new();
    for path in places(source.files.as_ref().unwrap_or(&itself), source.upwards, scope) {
        match scope.tree.text(&path) {
            Err(Absent::Missing) => {}
            Err(Absent::Broken) => hits.push(Hit::broken(path, "regex")),
            Ok(text) => {
                let lines = scope.tree.lines(&path, &text, &expression);
                hits.extend(
                    lines.iter().map(|l| Hit::new(l.said.as_str(), Evidence::at(&path, l.number, "regex"))),
                );
            }
        }
    }
    hits.truncate(MAX_HITS);
    hits
}

/// An expression for lines.
///
/// Most lines of most files match nothing, so the text as a whole is asked first, which costs a fraction of asking
/// line by line.
#[derive(Debug)]
pub(crate) struct Expression {
    /// For one line.
    line: Regex,
    /// For a text of many lines: finds all that `line` finds, and perhaps more.
    text: Regex,
}

impl Expression {
    /// The groups of a match.
    pub(crate) fn captures<'a>(&self, line: &'a str) -> Option<Captures<'a>> {
        self.line.captures(line)
    }

    /// Whether one line matches.
    pub(crate) fn is_match(&self, line: &str) -> bool {
        self.line.is_match(line)
    }

    /// What it says in each line of a text.
    pub(crate) fn lines(&self, text: &str) -> Vec<Line> {
        if !self.text.is_match(text) {
            return Vec::new();
        }
        let say = |(line, number): (&str, u32)| {
            let groups = self.line.captures(line)?;
            let said = groups.get(1).or(groups.get(0))?.as_str().to_owned();
            Some(Line { said, number, comment: line.trim_start().starts_with('#') })
        };
        text.lines().zip(1..).filter_map(say).take(MAX_HITS).collect()
    }
}

/// A line that matched.
#[derive(Debug)]
pub(crate) struct Line {
    /// The first group, or the match.
    pub(crate) said: String,
    /// 1-based.
    pub(crate) number: u32,
    /// It begins with `#`.
    pub(crate) comment: bool,
}

/// A regular expression, compiled once. `None` when it is malformed, which a test of all packs excludes.
pub(crate) fn pattern(expression: &str) -> Option<Arc<Expression>> {
    type Known = HashMap<String, Option<Arc<Expression>>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let lock = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(expression) {
        return known.clone();
    }
    // A line ends before `\r\n` as well as before `\n`.
    let build = |multi| RegexBuilder::new(expression).multi_line(multi).crlf(multi).build().ok();
    let built = build(false).zip(build(true)).map(|(line, text)| Arc::new(Expression { line, text }));
    // Whoever comes second takes what the first one built: an expression is known by its address, which must not be
    // used again for another one.
    lock().entry(expression.to_owned()).or_insert(built).clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_the_whole_text_first_loses_no_line() {
        let text = "a: 1\r\n# b: 2\n\nb: 3\nlast: 4";
        let found = |expression: &str| {
            let lines = pattern(expression).unwrap().lines(text);
            lines.into_iter().map(|line| (line.said, line.number, line.comment)).collect::<Vec<_>>()
        };
        assert_eq!(found(r"^a: (\d)$"), [("1".to_owned(), 1, false)]);
        assert_eq!(found(r"b: (\d)"), [("2".to_owned(), 2, true), ("3".to_owned(), 4, false)]);
        assert_eq!(found(r"^last: \d$"), [("last: 4".to_owned(), 5, false)]);
        assert_eq!(found(r"^\s*$"), [(String::new(), 3, false)]);
        assert!(found("c").is_empty());
    }

    #[test]
    fn an_expression_that_many_ask_for_at_once_is_one() {
        for n in 0..50 {
            let text = format!("^asked for at once {n}: (\\d+)$");
            let start = std::sync::Barrier::new(8);
            let ask = || {
                start.wait();
                pattern(&text).unwrap()
            };
            let all: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(all.iter().all(|one| Arc::ptr_eq(one, &all[0])), "{text}");
        }
    }
}
