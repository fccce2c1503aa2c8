//! Decisions and components to ordered jobs, and from there to workflows.

mod request;
mod resolve;
mod setting;
mod substitute;

pub use request::{Demand, Reason, Request};
pub use setting::{Origin, Setting};
