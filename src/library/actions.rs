//! The action table: name to version, SHA and inputs.
