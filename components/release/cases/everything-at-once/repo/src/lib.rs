//! Four at once.
