//! Decisions and components to ordered jobs, and from there to workflows.

mod asked;
mod changes;
mod compose;
mod files;
mod filters;
mod fold;
mod grounds;
mod inputs;
mod job;
mod machines;
mod names;
mod patch;
mod pending;
mod pins;
mod request;
mod resolve;
mod setting;
mod steps;
mod substitute;
mod types;

pub use asked::requests;
pub use compose::{Inputs, compose};
pub use grounds::Ground;
pub use request::{Demand, Reason, Request};
pub use setting::{Origin, Setting};
pub use types::{Content, Omission, Plan, PlannedFile, PlannedJob};
