//! The heart.

/// Adds.
pub fn add(a: u32, b: u32) -> u32 {
    a + b
}

// #[test] in a comment is none
#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        let text = "#[test] fn no() {}";
        assert_eq!(super::add(1, 2), text.len() as u32 - 15);
    }
}
