//! Load, check, evaluate: facts to decisions with reasons.
