//! One file per subcommand: arguments to a report.

pub mod analyze;
