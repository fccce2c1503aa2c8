//! One file per subcommand: arguments to a report.

pub mod analyze;
pub mod causes;
pub mod components;
pub mod diff;
pub mod experiment;
mod first_run;
pub mod generate;
pub mod pipeline;
pub mod place;
pub mod predict;
pub mod rules;
pub mod settings;
pub mod track;
pub mod validate;
pub mod variants;
