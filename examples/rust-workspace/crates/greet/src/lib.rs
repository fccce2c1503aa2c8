//! Greetings.

/// Greets somebody.
///
/// ```
/// assert_eq!(greet::greet("Ada"), "Hello, Ada!");
/// ```
pub fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

#[cfg(test)]
mod tests {
    #[test]
    fn somebody_is_greeted_by_name() {
        assert_eq!(super::greet("Grace"), "Hello, Grace!");
    }
}
