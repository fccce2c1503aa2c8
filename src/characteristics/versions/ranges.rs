//! Ranges of versions, as package managers write them.

use crate::library::pack::Dialect;

/// A version with three parts.
type Version = [u64; 3];

/// From the first version to the one that is just no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Interval {
    low: Version,
    high: Version,
}

const EVERYTHING: Interval = Interval { low: [0; 3], high: [u64::MAX; 3] };

impl Interval {
    fn and(self, other: Interval) -> Interval {
        Interval { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    fn overlaps(self, other: Interval) -> bool {
        let both = self.and(other);
        both.low < both.high
    }
}

/// Whether some release of a line (`3.12`, `22`) is in a range. `None` when the range can't be read.
pub(super) fn allows(dialect: Dialect, range: &str, line: &str) -> Option<bool> {
    let line = precise(line)?;
    let alternatives = intervals(dialect, range)?;
    Some(alternatives.into_iter().any(|interval| interval.overlaps(line)))
}

/// The alternatives of a range.
fn intervals(dialect: Dialect, range: &str) -> Option<Vec<Interval>> {
    match dialect {
        Dialect::Minimum => Some(vec![Interval { low: padded(&numbers(range)?), ..EVERYTHING }]),
        Dialect::Pep440 => range.split("||").map(|part| all_of(dialect, part.split(','))).collect(),
        Dialect::Npm => range
            .split("||")
            .map(|part| match part.split_once(" - ") {
                Some((low, high)) => {
                    let low = padded(&numbers(low)?);
                    Some(Interval { low, high: precise(high)?.high })
                }
                None => all_of(dialect, npm_clauses(part).iter().map(String::as_str)),
            })
            .collect(),
    }
}

/// `>= 18 <23` is two clauses: an operator belongs to the word after it.
fn npm_clauses(part: &str) -> Vec<String> {
    let mut clauses: Vec<String> = Vec::new();
    let mut open = false;
    for word in part.split_whitespace() {
        match clauses.last_mut().filter(|_| open) {
            Some(last) => last.push_str(word),
            None => clauses.push(word.to_owned()),
        }
        open = word.chars().all(|c| "<>=~^".contains(c));
    }
    clauses
}

fn all_of<'a>(dialect: Dialect, clauses: impl Iterator<Item = &'a str>) -> Option<Interval> {
    let mut whole = EVERYTHING;
    for clause in clauses.map(str::trim).filter(|clause| !clause.is_empty()) {
        whole = whole.and(clause_interval(dialect, clause)?);
    }
    Some(whole)
}

fn clause_interval(dialect: Dialect, clause: &str) -> Option<Interval> {
    let operators = ["~=", "===", "==", "!=", ">=", "<=", ">", "<", "=", "^", "~"];
    let operator = operators.into_iter().find(|operator| clause.starts_with(operator)).unwrap_or("");
    let text = clause[operator.len()..].trim().trim_start_matches('v');
    if matches!(text, "" | "*" | "x" | "X") {
        return Some(EVERYTHING);
    }
    let numbers = numbers(text)?;
    let (low, exact) = (padded(&numbers), numbers.len() == 3);
    let npm = dialect == Dialect::Npm;
    let wild = text.ends_with(".*") || text.ends_with(".x") || text.ends_with(".X");
    Some(match operator {
        ">=" => Interval { low, ..EVERYTHING },
        ">" if npm && !exact => Interval { low: after(&numbers, numbers.len()), ..EVERYTHING },
        ">" => Interval { low: after(&low, 3), ..EVERYTHING },
        "<" => Interval { high: low, ..EVERYTHING },
        "<=" if npm => Interval { high: after(&numbers, numbers.len()), ..EVERYTHING },
        "<=" => Interval { high: after(&low, 3), ..EVERYTHING },
        // One release that is left out leaves the line; a whole line that is left out is a hole.
        "!=" => EVERYTHING,
        "~=" => Interval { low, high: after(&numbers, numbers.len().saturating_sub(1).max(1)) },
        "~" => Interval { low, high: after(&numbers, numbers.len().min(2)) },
        "^" => {
            let first = numbers.iter().position(|n| *n > 0).unwrap_or(numbers.len().saturating_sub(1));
            Interval { low, high: after(&numbers, first + 1) }
        }
        _ if wild || npm || operator.is_empty() => Interval { low, high: after(&numbers, numbers.len()) },
        _ => Interval { low, high: after(&low, 3) },
    })
}

/// The first parts of a version, up to what is no number.
pub(super) fn numbers(text: &str) -> Option<Vec<u64>> {
    let text = text.trim().trim_start_matches(['v', '=']);
    let mut found = Vec::new();
    for part in text.split('.').take(3) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        match digits.parse() {
            Ok(number) => found.push(number),
            Err(_) => break,
        }
        if digits.len() < part.len() {
            break;
        }
    }
    (!found.is_empty()).then_some(found)
}

fn padded(numbers: &[u64]) -> Version {
    [0, 1, 2].map(|at| numbers.get(at).copied().unwrap_or(0))
}

/// The first version after all that begin with the first `parts` numbers.
fn after(numbers: &[u64], parts: usize) -> Version {
    let mut next = [0; 3];
    for (at, slot) in next.iter_mut().enumerate().take(parts.clamp(1, 3)) {
        *slot = numbers.get(at).copied().unwrap_or(0);
    }
    let last = parts.clamp(1, 3) - 1;
    next[last] = next[last].saturating_add(1);
    next
}

/// All versions that a text like `3.12` or `22` stands for.
fn precise(text: &str) -> Option<Interval> {
    let numbers = numbers(text)?;
    Some(Interval { low: padded(&numbers), high: after(&numbers, numbers.len()) })
}

/// Whether every version that a range allows is in another range.
pub(super) fn is_within(dialect: Dialect, range: &str, other: &str) -> bool {
    let (Some(ours), Some(others)) = (intervals(dialect, range), intervals(dialect, other)) else {
        return false;
    };
    let inside =
        |ours: &Interval| others.iter().any(|other| other.low <= ours.low && ours.high <= other.high);
    !ours.is_empty() && ours.iter().all(inside)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges_of_python_allow_the_lines_that_have_a_release_in_them() {
        let cases = [
            (">=3.9", "3.9", true),
            (">=3.9", "3.8", false),
            (">=3.9.2", "3.9", true),
            (">3.9", "3.9", true),
            ("<3.13", "3.13", false),
            (">=3.9,<4", "3.14", true),
            (">=3.9, !=3.9.7", "3.9", true),
            ("~=3.10", "3.12", true),
            ("~=3.10.1", "3.11", false),
            ("^3.9", "3.13", true),
            ("^3.9", "3.8", false),
            ("~3.9", "3.10", false),
            ("==3.11.*", "3.11", true),
            ("==3.11.*", "3.12", false),
            ("3.11", "3.11", true),
            ("<=3.12", "3.12", true),
            ("*", "3.12", true),
            (">=2.7,<3 || >=3.10", "3.9", false),
        ];
        for (range, line, expected) in cases {
            assert_eq!(allows(Dialect::Pep440, range, line), Some(expected), "{line} in {range}");
        }
    }

    #[test]
    fn ranges_of_npm_allow_the_lines_that_have_a_release_in_them() {
        let cases = [
            (">=18", "22", true),
            (">= 18.0.0", "16", false),
            ("^20.19.0 || >=22.12.0", "20", true),
            ("^20.19.0 || >=22.12.0", "21", false),
            ("^20.19.0 || >=22.12.0", "22", true),
            ("18.x", "18", true),
            ("18 || 20", "22", false),
            (">18", "18", false),
            (">=18 <23", "24", false),
            ("<=20", "20", true),
            ("18 - 20", "20", true),
            ("18 - 20", "21", false),
            ("~20.1", "20", true),
            ("20.11.1", "20", true),
            ("*", "24", true),
            ("", "24", true),
        ];
        for (range, line, expected) in cases {
            assert_eq!(allows(Dialect::Npm, range, line), Some(expected), "{line} in {range}");
        }
        assert_eq!(allows(Dialect::Npm, "latest", "24"), None);
    }

    #[test]
    fn a_range_is_within_another_when_it_allows_nothing_else() {
        let within = |range| is_within(Dialect::Npm, range, ">=8 <11");
        assert!(within("^9.2.2") && within("10.x") && within("8 || ^9 || ~10.1"));
        assert!(!within(">=9") && !within("^11") && !within("^7 || ^9") && !within("latest") && !within("*"));
    }

    proptest! {
        #[test]
        fn no_range_makes_it_panic(range in "[0-9.<>=~^! |x*,v-]{0,30}", line in "[0-9.]{0,8}") {
            for dialect in [Dialect::Pep440, Dialect::Npm, Dialect::Minimum] {
                let _ = allows(dialect, &range, &line);
            }
        }
    }
}
