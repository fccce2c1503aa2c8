//! Comments that exempt a place from a check, in zizmor's notation, and other things only the raw text knows.

use saphyr_parser::{Event, Parser};

use super::Finding;
use super::report::Lines;

/// `# zizmor: ignore[check, ...]` in a line.
pub(super) struct Exemption<'t> {
    line: u32,
    checks: &'t str,
}

/// The exemptions of a file. Most have none, so this is one search.
pub(super) fn read(text: &str) -> Vec<Exemption<'_>> {
    const MARK: &str = "# zizmor: ignore[";
    if !text.contains(MARK) {
        return Vec::new();
    }
    let lines = text.lines().zip(1..);
    lines
        .filter_map(|(line, number)| {
            let (_, rest) = line.split_once(MARK)?;
            Some(Exemption { line: number, checks: rest.split_once(']')?.0 })
        })
        .collect()
}

/// True when one of the exemptions in these lines names the finding's check.
pub(super) fn apply(exemptions: &[Exemption<'_>], finding: &Finding, (first, last): Lines) -> bool {
    exemptions
        .iter()
        .filter(|e| (first..=last).contains(&e.line))
        .any(|e| e.checks.split(',').any(|check| check.trim() == finding.check))
}

/// Anchors without an alias: name, line, column. The tree has them expanded already, so this reads the events
/// again, for the few files that could have one.
pub(super) fn unused_anchors(text: &str) -> Vec<(String, u32, u32)> {
    if !memchr::memmem::find_iter(text.as_bytes(), b" &").any(|n| starts_a_name(text.as_bytes().get(n + 2))) {
        return Vec::new();
    }
    let mut anchors: Vec<(usize, u32, u32)> = Vec::new();
    let mut used = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else {
            return Vec::new();
        };
        match event {
            Event::Alias(id) => used.push(id),
            Event::Scalar(_, _, id, _) | Event::SequenceStart(id, _) | Event::MappingStart(id, _)
                if id != 0 =>
            {
                anchors.push((id, span.start.line() as u32, span.start.col() as u32 + 1));
            }
            _ => {}
        }
    }
    anchors.retain(|(id, ..)| !used.contains(id));
    anchors.into_iter().filter_map(|(_, line, column)| named(text, line, column)).collect()
}

fn starts_a_name(byte: Option<&u8>) -> bool {
    byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// The anchor itself stands before the node that the parser reports, in the same line or above it.
fn named(text: &str, line: u32, column: u32) -> Option<(String, u32, u32)> {
    for back in 0..3 {
        let number = line.checked_sub(back)?;
        let source = text.lines().nth(number.checked_sub(1)? as usize)?;
        let end = if back == 0 { (column as usize).min(source.len()) } else { source.len() };
        let Some(at) = source.get(..end).and_then(|s| s.rfind(" &")) else {
            continue;
        };
        let name: String = source[at + 2..].chars().take_while(|c| !c.is_whitespace()).collect();
        return Some((name, number, at as u32 + 2));
    }
    None
}
