//! `wfgen completions SHELL` and `wfgen man`.

use clap::CommandFactory;

use super::Cli;
use crate::error::{Error, Result};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(super) fn script(args: &Args) -> String {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wfgen", &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

pub(super) fn manual() -> Result<String> {
    let mut out = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut out)
        .map_err(|e| Error::bug(format!("cannot render the manual page: {e}")))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
