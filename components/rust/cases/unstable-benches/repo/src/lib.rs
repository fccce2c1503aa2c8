//! A buffer.

/// Its length.
pub fn len(bytes: &[u8]) -> usize {
    bytes.len()
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts() {
        assert_eq!(super::len(b"ab"), 2);
    }
}
