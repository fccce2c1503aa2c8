//! Text as it is compared: without byte order mark, `\n` line ends, a final newline.

use sha1::{Digest, Sha1};
use sha2::Sha256;

/// How a file on disk differs from the text that is compared; whatever is written keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    bom: bool,
    crlf: bool,
    final_newline: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { bom: false, crlf: false, final_newline: true }
    }
}

/// Takes a file's text apart into what is compared and how it was written.
pub(super) fn normalise(text: &str) -> (String, Style) {
    let (bom, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let crlf = body.matches("\r\n").count();
    let style = Style {
        bom,
        crlf: crlf > 0 && crlf * 2 > body.matches('\n').count(),
        final_newline: body.is_empty() || body.ends_with('\n'),
    };
    let mut body = body.replace("\r\n", "\n");
    if !body.ends_with('\n') && !body.is_empty() {
        body.push('\n');
    }
    (body, style)
}

/// The bytes to write for a text, in the style of the file that is replaced.
pub(super) fn encode(text: &str, style: Style) -> String {
    let mut out = String::with_capacity(text.len() + 3);
    if style.bom {
        out.push('\u{feff}');
    }
    let body = if style.final_newline { text } else { text.trim_end_matches('\n') };
    match style.crlf {
        true => out.push_str(&body.replace('\n', "\r\n")),
        false => out.push_str(body),
    }
    out
}

/// The object id that git gives to a file with this content, in lower-case hex.
pub(super) fn blob_id(content: &[u8], format: ObjectFormat) -> String {
    let header = format!("blob {}\0", content.len());
    match format {
        ObjectFormat::Sha1 => hex(&Sha1::new_with_prefix(header).chain_update(content).finalize()),
        ObjectFormat::Sha256 => hex(&Sha256::new_with_prefix(header).chain_update(content).finalize()),
    }
}

/// The hash that a repository names its objects with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ObjectFormat {
    /// What nearly every repository has.
    #[default]
    Sha1,
    /// `extensions.objectFormat = sha256`.
    Sha256,
}

impl ObjectFormat {
    /// The format of an id, told by its length; `None` when it is no object id.
    pub(super) fn of(id: &str) -> Option<Self> {
        let hex = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match id.len() {
            40 if hex => Some(ObjectFormat::Sha1),
            64 if hex => Some(ObjectFormat::Sha256),
            _ => None,
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_of_a_file_survives_a_round_trip() {
        for text in ["a\nb\n", "a\r\nb\r\n", "\u{feff}a\n", "a\nb", "\u{feff}a\r\nb", ""] {
            let (body, style) = normalise(text);
            assert!(!body.contains('\r') && (body.is_empty() || body.ends_with('\n')));
            assert_eq!(encode(&body, style), text);
        }
    }

    #[test]
    fn blob_ids_are_those_of_git() {
        // `printf 'hello\n' | git hash-object --stdin`, in a repository of each format.
        assert_eq!(blob_id(b"hello\n", ObjectFormat::Sha1), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(
            blob_id(b"hello\n", ObjectFormat::Sha256),
            "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"
        );
    }
}
