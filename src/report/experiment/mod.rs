//! What `experiment` found out.

mod design;
mod list;
mod power;
mod status;

pub use design::Designed;
pub use list::{Entry, Listed, Stage};
pub use power::Simulated;
pub use status::Status;
