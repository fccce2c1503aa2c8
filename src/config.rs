//! `wfgen.toml`: which workflows, inputs of components, overlays, ownership, thresholds.
