//! `track prune`: what the history keeps.

use std::path::Path;

use crate::clock;
use crate::commands::place;
use crate::error::{Error, Result};
use crate::report::Outcome;
use crate::report::track::Pruned;
use crate::units;

/// Deletes runs that are older than an age, or tells which it would.
pub(super) fn prune(db: Option<&Path>, older_than: &str, dry_run: bool) -> Result<Outcome> {
    let age = units::age(older_than)?;
    let limit = clock::now()
        .checked_sub(age)
        .map_err(|_| Error::usage(format!("`{older_than}` is longer than there is time")))?;
    let history = place::read(db)?;
    let removal = if dry_run { history.older_than(limit)? } else { history.remove_older_than(limit)? };
    Ok(Outcome::done(Pruned { removal, limit, dry_run }))
}
