//! One file per check: a workflow to findings.
