//! The header that makes a file ours.

pub use crate::workflow::MARKER;

/// The header of a generated file, as lines of a comment: who wrote it, how to write it again, what is kept.
pub fn header(library: &str) -> Vec<String> {
    vec![
        format!("{MARKER} {library}. Run `wfgen generate` to bring it up to date."),
        "Jobs, steps and edits of your own are kept, and so are newer versions of actions.".to_owned(),
    ]
}

/// The library version that a file's header names (empty when it names none); `None` when the file is not ours.
pub fn parse(text: &str) -> Option<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text
        .lines()
        .take_while(|line| line.trim().is_empty() || line.starts_with('#') || line.trim_end() == "---")
        .find(|line| line.starts_with('#') && line.contains(MARKER))?;
    let rest = line.split_once(MARKER)?.1.trim();
    let word = rest.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ',', ':']);
    Some(if word.starts_with(|c: char| c.is_ascii_digit()) { word } else { "" })
}
