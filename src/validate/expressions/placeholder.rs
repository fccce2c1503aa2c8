//! Where expressions are in a text.

/// One `${{ }}` of a text.
pub(super) struct Placeholder<'s> {
    /// Where its inside starts.
    pub(super) offset: usize,
    pub(super) inner: &'s str,
}

/// The placeholders of a text; `Err` holds the offset of one that is not closed.
pub(super) fn placeholders(text: &str) -> Result<Vec<Placeholder<'_>>, usize> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = memchr::memmem::find(&text.as_bytes()[from..], b"${{").map(|n| n + from) {
        let offset = start + 3;
        let Some(end) = closing(&text[offset..]) else {
            return Err(start);
        };
        found.push(Placeholder { offset, inner: &text[offset..offset + end] });
        from = offset + end + 2;
    }
    Ok(found)
}

/// The offset of the `}}` that is not inside of a text literal.
fn closing(text: &str) -> Option<usize> {
    let mut quoted = false;
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|n| {
        quoted ^= bytes[*n] == b'\'';
        !quoted && bytes[*n..].starts_with(b"}}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_ends_outside_of_text_literals() {
        let found = placeholders("a ${{ format('}}') }} b ${{x}}").unwrap();
        assert_eq!(found.iter().map(|one| one.inner).collect::<Vec<_>>(), [" format('}}') ", "x"]);
        assert_eq!(placeholders("ab ${{ 'x }}").err(), Some(3));
    }
}
