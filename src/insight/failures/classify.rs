//! From a log, the name of the failed step and the conclusion to a class, with the line that says so.

use std::sync::LazyLock;

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Serialize;

use super::Class;
use crate::runs::Conclusion;

/// The rules: `class weight pattern` in each line.
const RULES: &str = include_str!("rules.txt");

/// What names of steps hint at.
const STEPS: &[(Class, &str)] = &[
    (
        Class::RunnerOrInfrastructure,
        r"^set up job$|^complete job$|^initialize containers|^post |^stop containers|actions/checkout|^checkout|actions/cache|upload-artifact|download-artifact",
    ),
    (
        Class::Lint,
        r"\b(lint|linters?|clippy|eslint|fmt|format(ting)?|rustfmt|prettier|black|ruff|flake8|mypy|style|pre-?commit|stylelint|golangci|shellcheck|actionlint|audit|deny)\b",
    ),
    (
        Class::Test,
        r"\b(tests?|testing|specs?|e2e|pytest|jest|vitest|nextest|cypress|playwright|integration|unit|coverage|doctest)\b",
    ),
    (
        Class::DependencyOrRegistry,
        r"\b(install|dependencies|deps|restore|npm ci|bundle|setup|set up|toolchain)\b",
    ),
    (Class::Compile, r"\b(build|compile|package|bundle|typecheck|type-check|tsc|docs?|check)\b"),
];

/// How much the name of the failed step, or its command, counts against the lines of its log.
const STEP_WEIGHT: f64 = 5.5;
/// Lines this near before the last error count in full.
const NEAR: usize = 100;
/// More of a line is not read.
const MOST_CHARACTERS: usize = 2_000;
/// GitHub stops a job of its own runners after six hours, in seconds.
const SIX_HOURS: f64 = 6.0 * 3_600.0 - 30.0;

/// What was tried again may have gone well then.
const AGAIN: &str = r"(?i)tries remaining|retrying|will retry|trying again|attempt \d+ (of|/)";
/// So much of a line's weight is left when it was tried again.
const AGAIN_WEIGHT: f64 = 0.3;

struct Rules {
    set: RegexSet,
    again: RegexSet,
    of: Vec<(Class, f64)>,
    steps: Vec<(Class, Regex)>,
}

static RULE_SET: LazyLock<Rules> = LazyLock::new(|| {
    let parsed: Vec<(Class, f64, &str)> = RULES.lines().filter_map(parse).collect();
    let patterns = parsed.iter().map(|(_, _, pattern)| pattern);
    let set = RegexSetBuilder::new(patterns).case_insensitive(true).size_limit(64 << 20).build();
    let step = |(class, pattern): &(Class, &str)| Some((*class, Regex::new(&format!("(?i){pattern}")).ok()?));
    Rules {
        set: set.unwrap_or_else(|_| RegexSet::empty()),
        again: RegexSet::new([AGAIN]).unwrap_or_else(|_| RegexSet::empty()),
        of: parsed.iter().map(|(class, weight, _)| (*class, *weight)).collect(),
        steps: STEPS.iter().filter_map(step).collect(),
    }
});

fn parse(line: &str) -> Option<(Class, f64, &str)> {
    let mut words = line.splitn(3, ' ');
    let class = match words.next()? {
        "test" => Class::Test,
        "compile" => Class::Compile,
        "lint" => Class::Lint,
        "dependency" => Class::DependencyOrRegistry,
        "network" => Class::Network,
        "runner" => Class::RunnerOrInfrastructure,
        "timeout" => Class::Timeout,
        "resources" => Class::OutOfMemoryOrDisk,
        "ratelimit" => Class::RateLimit,
        "permission" => Class::Permission,
        "cancelled" => Class::Cancelled,
        _ => return None,
    };
    Some((class, words.next()?.parse().ok()?, words.next()?))
}

/// What is known of a failed job.
#[derive(Debug, Clone, Copy, Default)]
pub struct Symptoms<'a> {
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// The seconds it ran.
    pub seconds: Option<f64>,
    /// The name of the step that failed first.
    pub step: Option<&'a str>,
    /// Its log.
    pub log: Option<&'a str>,
}

/// A class, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The class.
    pub class: Class,
    /// What says so.
    pub evidence: Option<Evidence>,
}

/// What says of which class a failure is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Evidence {
    /// A line of the log.
    Log {
        /// Its 1-based number.
        line: u64,
        /// Its text, without time stamps and colours.
        text: String,
    },
    /// The name of the step that failed.
    Step {
        /// Its name.
        name: String,
    },
    /// How the job ended.
    Conclusion {
        /// In words.
        how: String,
    },
}

/// The class of a failure.
pub fn classify(symptoms: &Symptoms) -> Diagnosis {
    let mut scores: Vec<Score> = Class::ALL.iter().map(|class| Score::new(*class)).collect();
    if let Some(log) = symptoms.log {
        read(log, &mut scores);
    }
    if let Some((step, class)) = symptoms.step.and_then(|step| Some((step, hint(step)?))) {
        scores[class as usize].add(STEP_WEIGHT, || Evidence::Step { name: step.to_owned() });
    }
    let how = |how: &str| Evidence::Conclusion { how: how.to_owned() };
    match symptoms.conclusion {
        Some(Conclusion::TimedOut) => scores[Class::Timeout as usize].add(20.0, || how("timed out")),
        Some(Conclusion::StartupFailure) => {
            scores[Class::RunnerOrInfrastructure as usize].add(20.0, || how("it could not start"));
        }
        Some(Conclusion::Cancelled) => scores[Class::Cancelled as usize].add(8.0, || how("cancelled")),
        _ => {}
    }
    if symptoms.seconds.is_some_and(|seconds| seconds >= SIX_HOURS) {
        scores[Class::Timeout as usize].add(15.0, || how("it ran for six hours, which is GitHub's limit"));
    }
    let best = scores.into_iter().max_by(|a, b| a.total().total_cmp(&b.total()).then(b.class.cmp(&a.class)));
    match best {
        Some(score) if score.total() >= 1.5 => Diagnosis { class: score.class, evidence: score.evidence },
        _ => Diagnosis { class: Class::Unknown, evidence: None },
    }
}

/// What the name of a step, or its command, hints at.
fn hint(step: &str) -> Option<Class> {
    RULE_SET.steps.iter().find(|(_, pattern)| pattern.is_match(step)).map(|(class, _)| *class)
}

/// The two strongest signs of a class, and the strongest itself.
struct Score {
    class: Class,
    first: f64,
    second: f64,
    evidence: Option<Evidence>,
}

impl Score {
    fn new(class: Class) -> Self {
        Score { class, first: 0.0, second: 0.0, evidence: None }
    }

    fn add(&mut self, weight: f64, evidence: impl FnOnce() -> Evidence) {
        if weight > self.first {
            self.second = self.first;
            self.first = weight;
            self.evidence = Some(evidence());
        } else {
            self.second = self.second.max(weight);
        }
    }

    fn total(&self) -> f64 {
        self.first + 0.3 * self.second
    }
}

fn read(log: &str, scores: &mut [Score]) {
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.iter().rposition(|line| line.contains("##[error]")).unwrap_or(lines.len());
    // GitHub writes each step's command before what it prints.
    let command = |(i, line): (usize, &&str)| Some((i, clean(line).strip_prefix("Run ")?.to_owned()));
    let ran = lines[..last].iter().enumerate().rev().find_map(command);
    if let Some((i, class)) = ran.and_then(|(i, command)| Some((i, hint(&command)?))) {
        let text = clean(lines[i]).trim().to_owned();
        scores[class as usize].add(STEP_WEIGHT, || Evidence::Log { line: i as u64 + 1, text });
    }
    // A rule counts once, by its best line.
    let mut best: Vec<Option<(f64, usize)>> = vec![None; RULE_SET.of.len()];
    for (i, line) in lines.iter().enumerate() {
        let text = clean(line);
        let near = match i {
            _ if i > last => 0.3,
            _ if i + NEAR >= last => 1.0,
            _ => 0.5,
        };
        let matches = RULE_SET.set.matches(&text);
        let again = matches.matched_any() && RULE_SET.again.is_match(&text);
        let near = if again { near * AGAIN_WEIGHT } else { near };
        for rule in &matches {
            let weight = RULE_SET.of[rule].1 * near;
            if best[rule].is_none_or(|(before, _)| weight > before) {
                best[rule] = Some((weight, i));
            }
        }
    }
    for (rule, found) in best.into_iter().enumerate() {
        let Some((weight, i)) = found else { continue };
        let evidence = || Evidence::Log { line: i as u64 + 1, text: clean(lines[i]).trim().to_owned() };
        scores[RULE_SET.of[rule].0 as usize].add(weight, evidence);
    }
}

/// A line without what GitHub, `gh run view --log` and terminals put around it.
fn clean(line: &str) -> String {
    let line = line.trim_start_matches('\u{feff}');
    // `gh` writes the job and the step before each line.
    let line = match line.splitn(3, '\t').collect::<Vec<_>>()[..] {
        [_, _, rest] if stamped(rest).is_some() => rest,
        _ => line,
    };
    let line = stamped(line).unwrap_or(line);
    let line = ["##[error]", "##[warning]", "##[group]"]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
        .unwrap_or(line);
    let mut out = String::with_capacity(line.len().min(MOST_CHARACTERS));
    let mut characters = line.chars().take(MOST_CHARACTERS);
    while let Some(c) = characters.next() {
        match c {
            '\u{1b}' => {
                // Up to the letter that ends the sequence.
                let _ = characters.by_ref().find(char::is_ascii_alphabetic);
            }
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// What follows a time stamp of GitHub's logs, if one is there.
fn stamped(line: &str) -> Option<&str> {
    let (stamp, rest) = line.split_once(' ').unwrap_or((line, ""));
    let stamp = stamp.trim_start_matches('\u{feff}');
    let shape = stamp.len() >= 20 && stamp.ends_with('Z') && stamp.as_bytes().get(10) == Some(&b'T');
    (shape && stamp.as_bytes()[..4].iter().all(u8::is_ascii_digit)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_read() {
        let rules = RULES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert_eq!(RULE_SET.of.len(), rules);
        assert_eq!(RULE_SET.set.len(), rules);
        assert_eq!(RULE_SET.again.len(), 1);
        assert_eq!(RULE_SET.steps.len(), STEPS.len());
    }

    #[test]
    fn what_surrounds_a_line_is_taken_off() {
        let line = "build\tTest\t\u{feff}2026-01-02T03:04:05.1234567Z ##[error]\u{1b}[31mboom\u{1b}[0m";
        assert_eq!(clean(line), "boom");
        assert_eq!(clean("a\tb\tc"), "a\tb\tc");
    }
}
