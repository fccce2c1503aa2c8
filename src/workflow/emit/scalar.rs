//! Single values: plain where every reader agrees, quoted where one might not.
//!
//! The rules are those of YAML 1.1 (yaml.org/type: yes, on, 1_000, 12:30:45, dates, `=`, `<<`) and of the 1.2 core
//! schema together, and a little wider than both, since readers differ in the corners.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Number, Value};

/// Where a value is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// After a key or a dash; many lines are indented by `indent`.
    Block {
        /// Columns of a block's lines.
        indent: usize,
    },
    /// Between brackets.
    Flow,
}

/// Writes a value that has nothing inside: no line break at the end, a block of many lines with its `|`.
pub(super) fn write(value: &Value, place: Place) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Number(n) => number(n),
        Value::String(text) => string(text, place),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
    }
}

/// Writes a key.
pub(super) fn key(text: &str) -> String {
    string(text, Place::Flow)
}

/// A comment's text behind its `#`, on one line whatever it holds.
pub(super) fn comment(text: &str) -> String {
    let line: String = text.chars().map(|c| if must_escape(c) { ' ' } else { c }).collect();
    match line.trim_end() {
        "" => String::new(),
        line => format!(" {line}"),
    }
}

/// Whether blank lines after this written value would become part of it.
pub(super) fn keeps_blank_lines(written: &str) -> bool {
    let first = written.lines().next().unwrap_or_default();
    first.starts_with('|') && first.ends_with('+')
}

fn string(text: &str, place: Place) -> String {
    if let Place::Block { indent } = place
        && fits_block(text)
    {
        return block(text, indent);
    }
    if is_plain(text, place) {
        return text.to_owned();
    }
    let must_be_double = text.contains(must_escape);
    let escapes = text.bytes().filter(|b| matches!(b, b'"' | b'\\')).count();
    if !must_be_double && escapes > text.bytes().filter(|b| *b == b'\'').count() {
        return format!("'{}'", text.replace('\'', "''"));
    }
    double_quoted(text)
}

/// Whole numbers as they are; others with a point and a signed exponent, without which YAML 1.1 sees text.
fn number(n: &Number) -> String {
    let text = n.to_string();
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with(['-', '+']) { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

/// Many lines that need no escape; lines of blanks stand between others only, where readers agree about them.
fn fits_block(text: &str) -> bool {
    let blank = |line: &str| !line.is_empty() && line.trim_matches(' ').is_empty();
    let content = text.trim_matches('\n');
    text.contains('\n')
        && !content.is_empty()
        && !content.lines().next().is_some_and(blank)
        && !content.lines().next_back().is_some_and(blank)
        && !content.lines().any(|line| !line.is_empty() && line.trim().is_empty() && !blank(line))
        && !text.contains(|c| c != '\n' && c != '\t' && must_escape(c))
}

fn block(text: &str, indent: usize) -> String {
    let content = text.trim_end_matches('\n');
    let chomp = match text.len() - content.len() {
        0 => "-",
        1 => "",
        _ => "+",
    };
    // Without the indicator a reader takes the leading blanks for indentation.
    let first = content.trim_start_matches('\n');
    let indicator = if first.starts_with([' ', '\t']) { "2" } else { "" };
    let mut out = format!("|{indicator}{chomp}");
    for line in content.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            out.push_str(line);
        }
    }
    out.extend(std::iter::repeat_n('\n', (text.len() - content.len()).saturating_sub(1)));
    out
}

fn double_quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !must_escape(c) => out.push(c),
            c => {
                let code = c as u32;
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push('"');
    out
}

/// What can't or shouldn't stand in a file as itself: control characters, line breaks of any kind, blanks that look
/// like others, characters that nobody sees or that turn the direction of a line.
fn must_escape(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let noncharacter = c as u32 & 0xfffe == 0xfffe;
    let invisible = matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}');
    noncharacter || invisible || c.is_control() || c.is_whitespace()
}

/// Whether every reader takes the text, written as it is, for this very text.
fn is_plain(text: &str, place: Place) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let in_flow = matches!(place, Place::Flow);
    let first_fits = match first {
        '-' => !in_flow && text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphanumeric()),
        ' ' | '?' | ':' | ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
        | '%' | '@' | '`' => false,
        _ => true,
    };
    first_fits
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !(in_flow && (text.contains([',', '[', ']', '{', '}', ':', '?', '*']) || text.ends_with(" -")))
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !text.contains(must_escape)
        && !means_something_else(text)
}

/// Whether some reader takes the plain text for null, a bool, a number, a date, a time or a merge.
fn means_something_else(text: &str) -> bool {
    const WORDS: [&str; 13] =
        ["null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "=", "<<", "+"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text)) || looks_like_number(text)
}

/// Digits with what numbers, dates, times and versions are made of; also `.inf` and `.nan`.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let word: Cow<'_, str> = unsigned.to_ascii_lowercase().into();
    match word.bytes().next() {
        Some(b'0'..=b'9') => word.bytes().all(|b| b.is_ascii_hexdigit() || b"xotz_.:+- ".contains(&b)),
        Some(b'.') => {
            let rest = &word[1..];
            matches!(rest, "inf" | "nan")
                || (rest.len() > 1 || rest.starts_with(|c: char| c.is_ascii_digit() || c == '_'))
                    && rest.bytes().all(|b| b.is_ascii_digit() || b"e_.:+-".contains(&b))
        }
        _ => false,
    }
}
