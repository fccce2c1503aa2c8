//! Docs.
//!
//! ```
//! assert!(true);
//! ```
