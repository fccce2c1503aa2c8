//! Sums at compile time.
