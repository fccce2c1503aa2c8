//! Ownership, three-way merge, transaction, rollback.
//!
//! The generator owns structure, the committed file owns pins, the user owns slots: jobs and steps that were added,
//! and every edit by hand. [`compare`] sorts what differs by owner and merges; [`apply`] writes the result as one
//! transaction over all files; [`rollback`] takes the last one back; [`recover`] cleans up after a crash.
//! `docs/design.md` says which rules hold.

mod actions_lock;
mod adopt;
mod base;
mod beyond;
mod blocks;
mod cause;
mod compare;
mod comparison;
mod differences;
pub mod disk;
mod interrupt;
mod journal;
mod lock;
mod marker;
mod merge;
mod paths;
mod pins;
mod side;
mod text;
mod transaction;

use std::collections::{BTreeMap, BTreeSet};

use crate::workflow::memory::Memory;

pub use beyond::{Beyond, Own, own_jobs};
pub use cause::{Cause, Grounds, Kept, REPOSITORY, Was};
pub use compare::compare;
pub use comparison::{Comparison, FileComparison, State};
pub use differences::{Difference, Owner};
pub use lock::PATH as LOCK_PATH;
pub use marker::{MARKER, header, parse as marker};
pub use merge::Conflict;
pub use transaction::{Recovered, Validate, Written, apply, apply_on, recover, rollback, rollback_on};

/// One file that the generator wants to exist.
#[derive(Debug, Clone, Default)]
pub struct Generated {
    /// Relative to the root, with `/`, below `.github/`.
    pub path: String,
    /// The whole text, with [`header`] and the library's own pins.
    pub text: String,
    /// The components it was composed of, with their versions.
    pub components: BTreeMap<String, String>,
    /// What they took from the checkout.
    pub facts: Grounds,
    /// The lines of a file of the user's at this path that say what is generated: its steps are not needed beside it.
    pub said_at: BTreeSet<u32>,
}

/// How to compare.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Overwrite: files that are not ours, and edits that clash with what is generated.
    pub force: bool,
    /// Take over files that are not ours: what is only in them is kept, and where both have something ours wins.
    pub adopt: bool,
    /// The version of the library, for the lock file.
    pub library: String,
    /// What workflows of the user's say, for the lock file to remember.
    pub remembered: Memory,
    /// What entry points of the repository are called, and what they run.
    pub scripts: BTreeMap<String, String>,
}
