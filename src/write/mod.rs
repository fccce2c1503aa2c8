//! Ownership, three-way merge, transaction, rollback.
