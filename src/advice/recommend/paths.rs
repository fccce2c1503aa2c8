//! x
use super::Found;
use super::facts::Facts;
use super::value::NotYet;
pub(super) fn find(_facts: &Facts, _not_yet: &mut Vec<NotYet>) -> Found {
    Vec::new()
}
