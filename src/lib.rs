//! wfgen: from a checkout to GitHub Actions workflows that an expert would commit.
//!
//! Three lines, one direction each, and every arrow is a value that can be printed as JSON:
//!
//! ```text
//! build:  checkout -> characteristics -> rules -> plan -> workflow -> validate -> write
//! run:    runs -> history -> features -> model -> prediction
//! trial:  variants -> assignment -> outcomes -> verdict
//! ```
//!
//! | module | what it is |
//! |---|---|
//! | [`data`] | JSON, YAML, TOML and XML as one tree in which every node knows its line |
//! | [`checkout`] | a read-only view of a repository: walk, read with size caps, git facts |
//! | [`characteristics`] | facts with evidence about the repository and each project in it |
//! | [`library`] | packs, components, rules and the action table: bundled, and overlays |
//! | [`rules`] | load, check, evaluate: facts to decisions with reasons |
//! | [`plan`] | decisions and components to ordered jobs, and from there to workflows |
//! | [`workflow`] | the GitHub Actions model: expressions, reading, emitting |
//! | [`validate`] | one file per check: a workflow to findings |
//! | [`write`] | ownership, three-way merge, transaction, rollback |
//! | [`runs`] | run records: from files, events, the network |
//! | [`history`] | the SQLite file that keeps them |
//! | [`insight`] | what a history tells: success, time, cost, failures, anomalies, benchmarks |
//! | [`features`] | what can be told about a run at its start |
//! | [`model`] | experts, trees, intervals, calibration |
//! | [`prediction`] | forecasts, and how good they are |
//! | [`stats`] | pure numbers: tests, intervals, sequential boundaries |
//! | [`experiment`] | variants of a workflow, how runs are assigned to them, and what came of it |
//! | [`commands`] | one file per subcommand: arguments to a report |
//! | [`report`] | reports to human text, JSON, SARIF, GitHub annotations, Markdown |
//! | [`cli`] | what can be typed |
//!
//! `tests/architecture.rs` holds the table of who may import whom.

pub mod characteristics;
pub mod checkout;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod data;
pub mod env_vars;
pub mod error;
pub mod experiment;
pub mod features;
pub mod history;
pub mod insight;
pub mod library;
pub mod model;
pub mod plan;
pub mod prediction;
pub mod report;
pub mod rules;
pub mod runs;
pub mod stats;
pub mod ui;
pub mod units;
pub mod validate;
pub mod workflow;
pub mod write;

pub use error::{Error, Result};
