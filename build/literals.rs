//! What a text must have somewhere for an expression to match in it: most expressions meet no such text, and are then
//! never compiled.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How an expression is read.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// Over text; its literals are compared exactly.
    Text,
    /// Over bytes and line by line; its literals are in small letters and are compared without regard to case.
    AnyCase,
    /// The same, compared exactly.
    Bytes,
}

/// Literals of which each match of an expression has one; none when there are no such, or the expression is malformed.
/// Shorter ones than two bytes (three in any case, for whoever looks for their first three) are in every text.
pub(crate) fn needs(pattern: &str, reading: Reading) -> Vec<String> {
    let text = matches!(reading, Reading::Text);
    let parsed = ParserBuilder::new().unicode(text).utf8(text).multi_line(!text).build().parse(pattern);
    let any_case = matches!(reading, Reading::AnyCase);
    let literals = parsed.ok().and_then(|hir| required(&hir, any_case));
    let shortest = if any_case { 3 } else { 2 };
    let text = |literal: Vec<u8>| String::from_utf8(literal).ok().filter(|text| text.len() >= shortest);
    literals.and_then(|literals| literals.into_iter().map(text).collect()).unwrap_or_default()
}

/// Literals of which each match has one.
fn required(hir: &Hir, any_case: bool) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Concat(parts) => {
            let mut choices: Vec<Vec<Vec<u8>>> = Vec::new();
            let mut run = Vec::new();
            for part in parts {
                match exact(part, any_case) {
                    Some(literal) => run.extend(literal),
                    None => {
                        choices.push(vec![std::mem::take(&mut run)]);
                        choices.extend(required(part, any_case));
                    }
                }
            }
            choices.push(vec![run]);
            choices.into_iter().max_by_key(|literals| literals.iter().map(Vec::len).min())
        }
        HirKind::Alternation(parts) => {
            let parts: Option<Vec<_>> = parts.iter().map(|part| required(part, any_case)).collect();
            Some(parts?.concat())
        }
        HirKind::Capture(capture) => required(&capture.sub, any_case),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub, any_case),
        _ => exact(hir, any_case).map(|literal| vec![literal]),
    }
}

/// The only text that matches; what looks around takes none.
fn exact(hir: &Hir, any_case: bool) -> Option<Vec<u8>> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Literal(literal) if any_case => Some(literal.0.to_ascii_lowercase()),
        HirKind::Literal(literal) => Some(literal.0.to_vec()),
        HirKind::Class(Class::Bytes(class)) if any_case => match class.ranges() {
            [big, small] if big.start() == big.end() && small.start() == small.end() => {
                let lower = big.start().to_ascii_lowercase();
                (lower == small.start()).then(|| vec![lower])
            }
            _ => None,
        },
        HirKind::Capture(capture) => exact(&capture.sub, any_case),
        _ => None,
    }
}
