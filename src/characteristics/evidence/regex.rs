//! `regex`: a line of a file matches. Gives the first group, or the match.

use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use foldhash::HashMap;
use regex::{Regex, bytes};

use super::{Absent, Evidence, Hit, Names, Scope, Source, places};

/// More lines than this prove nothing more.
const MAX_HITS: usize = 256;

pub(super) fn find(expression: &str, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    let itself = Names(vec![".".to_owned()]);
    let places = places(source.files.as_ref().unwrap_or(&itself), source.upwards, scope);
    if places.is_empty() {
        return Vec::new();
    }
    let expression = pattern(expression);
    let mut hits = Vec::new();
    for path in places {
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

// `(expression, literals of which each match has one)` of the bundled packs, sorted.
include!(concat!(env!("OUT_DIR"), "/expressions.rs"));

/// An expression for lines, compiled when a text has what it needs: packs look for hundreds, and a checkout has ten.
#[derive(Debug)]
pub(crate) struct Expression {
    text: String,
    needs: &'static [&'static str],
    compiled: OnceLock<Option<Regex>>,
    /// For texts that are ASCII, as most are: it says the same of them, and without the classes of Unicode it is compiled in a
    /// part of the time.
    ascii: OnceLock<Option<bytes::Regex>>,
}

impl Expression {
    fn new(text: &str) -> Self {
        let known = NEEDS.binary_search_by(|(known, _)| (*known).cmp(text));
        let needs = known.map_or(&[][..], |at| NEEDS[at].1);
        Expression { text: text.to_owned(), needs, compiled: OnceLock::new(), ascii: OnceLock::new() }
    }

    /// Whether a text has what a match needs.
    fn can_match(&self, text: &str) -> bool {
        let has = |word: &&str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
        self.needs.is_empty() || self.needs.iter().any(has)
    }

    /// Without Unicode, when that is possible.
    fn ascii(&self) -> Option<&bytes::Regex> {
        let compile = || bytes::RegexBuilder::new(&self.text).unicode(false).build().ok();
        self.ascii.get_or_init(compile).as_ref()
    }

    /// The expression is well-formed, which a test of all packs makes sure.
    fn compiled(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(&self.text).ok()).as_ref()
    }

    /// What it says in a text: the first group, or the match.
    pub(crate) fn said<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.said_in(text, text.is_ascii())
    }

    fn said_in<'a>(&self, text: &'a str, is_ascii: bool) -> Option<&'a str> {
        if !self.can_match(text) {
            return None;
        }
        if let Some(regex) = is_ascii.then(|| self.ascii()).flatten() {
            let groups = regex.captures(text.as_bytes())?;
            return text.get(groups.get(1).or(groups.get(0))?.range());
        }
        let groups = self.compiled()?.captures(text)?;
        Some(groups.get(1).or(groups.get(0))?.as_str())
    }

    /// Whether one line matches.
    pub(crate) fn is_match(&self, line: &str) -> bool {
        self.said(line).is_some()
    }

    /// What it says in each line of a text.
    pub(crate) fn lines(&self, text: &str) -> Vec<Line> {
        if !self.can_match(text) {
            return Vec::new();
        }
        let is_ascii = text.is_ascii();
        let say = |(line, number): (&str, u32)| {
            let said = self.said_in(line, is_ascii)?.to_owned();
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

/// An expression, of which there is only one for each text.
pub(crate) fn pattern(expression: &str) -> Arc<Expression> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Expression>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(expression) {
        return known.clone();
    }
    let new = Arc::new(Expression::new(expression));
    known.insert(expression.to_owned(), new.clone());
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_the_whole_text_first_loses_no_line() {
        let text = "a: 1\r\n# b: 2\n\nb: 3\nlast: 4";
        let found = |expression: &str| {
            let lines = pattern(expression).lines(text);
            lines.into_iter().map(|line| (line.said, line.number, line.comment)).collect::<Vec<_>>()
        };
        assert_eq!(found(r"^a: (\d)$"), [("1".to_owned(), 1, false)]);
        assert_eq!(found(r"b: (\d)"), [("2".to_owned(), 2, true), ("3".to_owned(), 4, false)]);
        assert_eq!(found(r"^last: \d$"), [("last: 4".to_owned(), 5, false)]);
        assert_eq!(found(r"^\s*$"), [(String::new(), 3, false)]);
        assert!(found("c").is_empty());
    }

    #[test]
    fn of_ascii_both_forms_say_the_same() {
        let texts =
            ["npm run test", "  KEY: k1 ", "a-b_c 3.12", "x\u{b}y\tz", "on: [push]", "é: ñandú", "#!\"'"];
        for text in texts {
            for (pack, _) in NEEDS {
                let expression = pattern(pack);
                let full = expression.compiled().and_then(|regex| regex.captures(text));
                let full = full.and_then(|groups| Some(groups.get(1).or(groups.get(0))?.as_str()));
                assert_eq!(expression.said(text), full, "{pack} in {text}");
            }
        }
    }

    #[test]
    fn what_an_expression_needs_is_known_and_in_every_match() {
        let known = NEEDS.iter().filter(|(_, needs)| !needs.is_empty()).count();
        assert!(known * 4 > NEEDS.len() * 3, "{known} of {}", NEEDS.len());
        assert!(NEEDS.is_sorted_by(|a, b| a.0 < b.0));
        for (text, line) in [
            (r"\bnpm (?:run )?test\b(?: +--?[a-z-]+)* +--ignore-scripts\b", "npm test --ignore-scripts"),
            (r"\b(build|compile|tsc)\b", "run tsc now"),
        ] {
            let expression = pattern(text);
            assert!(!expression.needs.is_empty() && expression.is_match(line), "{expression:?}");
        }
    }

    #[test]
    fn an_expression_that_many_ask_for_at_once_is_one() {
        for n in 0..50 {
            let text = format!("^asked for at once {n}: (\\d+)$");
            let start = std::sync::Barrier::new(8);
            let ask = || {
                start.wait();
                pattern(&text)
            };
            let all: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert!(all.iter().all(|one| Arc::ptr_eq(one, &all[0])), "{text}");
        }
    }
}
