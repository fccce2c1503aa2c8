//! Text that must not be seen.

use std::fmt;

/// A token, a key or a shared secret. `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text from being seen; white space around it is no part of it.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into().trim().to_owned())
    }

    /// The text, for the one place that sends or signs with it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_in_its_debug_output() {
        assert_eq!(format!("{:?}", Secret::new("ghp_example\n")), "Secret(…)");
        assert_eq!(Secret::new("ghp_example\n").expose(), "ghp_example");
    }
}
