//! Runs, and what can be told about one at its start from those that had finished by then.

mod extract;
mod history;
mod run;

pub(crate) use extract::{CATEGORIES, Row, WINDOW, extract, feature};
pub(crate) use history::{By, History, Keys, Record};
pub use run::{Outcome, Query, Run, count_in_flight};
