//! The GitHub Actions model: expressions, reading, emitting.
//!
//! ```text
//! component data --decode--> Workflow --emit--> text --read--> Document
//! ```
//!
//! [`Workflow`] is what wfgen composes: typed, strict, in canonical order. [`read::Document`] is a view of whatever
//! somebody wrote: lenient, every part with its line.

pub mod emit;
pub mod expression;
pub mod model;
pub mod read;

pub use model::{
    Concurrency, Container, Credentials, Defaults, Environment, Job, Level, Permission, Permissions,
    RunDefaults, SCOPES, Step, Strategy, Target, Uses, Workflow,
};
