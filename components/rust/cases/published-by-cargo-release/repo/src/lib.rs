//! Sums.

/// One more.
pub fn next(n: u8) -> u8 {
    n + 1
}
