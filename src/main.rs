//! The `wfgen` command: parse what was typed, run it, give back its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    wfgen::cli::main()
}
