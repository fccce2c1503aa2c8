//! The GitHub Actions model: expressions, reading, emitting.
