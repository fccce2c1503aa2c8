//! What can be typed: one file per subcommand, clap types only.

mod analyze;
mod completions;
mod components;
mod diff;
mod experiment;
mod generate;
mod predict;
mod rules;
mod track;
mod validate;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::error::{Kind, Result};
use crate::report::{self, Outcome};
use crate::ui::{Ui, Verbosity};

/// What is printed for `--version`.
const VERSION: &str = concat!("wfgen ", env!("CARGO_PKG_VERSION"), "\n");

/// GitHub Actions workflows from what a repository really is.
#[derive(Debug, Parser)]
#[command(name = "wfgen", version, about, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the answer is \"no\": drift, findings, a regression, a verdict against
  2    wrong usage or configuration
  3    nothing to work on, or too little data to say
  4    an input is invalid
  5    the environment failed: I/O, the network, a locked history
  70   a bug in wfgen
  130  interrupted";

#[derive(Debug, clap::Args)]
struct Global {
    /// How to print what was found out
    #[arg(long, value_enum, global = true, default_value_t)]
    format: Format,
    /// Say only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true)]
    verbose: bool,
    /// When to use colour
    #[arg(long, value_enum, global = true, default_value_t)]
    color: Color,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Human,
    Json,
    Sarif,
    Github,
    Markdown,
    Html,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find out what checkouts are: projects and facts, with evidence
    Analyze(analyze::Args),
    /// Write the workflows of a checkout, or check that they are current
    Generate(generate::Args),
    /// Show what `generate` would change, sorted by owner
    Diff(diff::Args),
    /// Keep a history of runs, and tell what is in it
    Track(track::Args),
    /// Say what will happen, how sure that is, and what to change
    Predict(predict::Args),
    /// Change one thing in a workflow for a share of its runs, and find out whether it helped
    Experiment(experiment::Args),
    /// List what workflows can be composed from
    Components(components::Args),
    /// List, show, explain and test the rules
    Rules(rules::Args),
    /// Check workflows: structure, expressions, security
    Validate(validate::Args),
    /// Print the completion script of a shell
    Completions(completions::Args),
    /// Print the manual page
    Man,
}

/// Parses the command line, runs it, and gives back the exit code.
pub fn main() -> ExitCode {
    if is_version_asked() {
        let told = Ui::default().data(VERSION);
        return ExitCode::from(told.map_or_else(|_| Kind::Environment.exit_code(), |()| 0));
    }
    let cli = Cli::parse();
    anstream::ColorChoice::write_global(match cli.global.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    });
    let verbosity = match (cli.global.quiet, cli.global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let ui = Ui { verbosity };
    match run(cli, ui) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            ui.error(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Whether the version is all that is asked. Installers and prompts ask it again and again, and to set the whole command line
/// up takes longer than to answer.
fn is_version_asked() -> bool {
    let mut arguments = std::env::args_os().skip(1);
    arguments.next().is_some_and(|only| only == "--version" || only == "-V") && arguments.next().is_none()
}

fn run(cli: Cli, ui: Ui) -> Result<u8> {
    let format = match cli.global.format {
        Format::Human => report::Format::Human,
        Format::Json => report::Format::Json,
        Format::Sarif => report::Format::Sarif,
        Format::Github => report::Format::Github,
        Format::Markdown => report::Format::Markdown,
        Format::Html => report::Format::Html,
    };
    // With `--quiet`, that nothing is wrong is said by the exit code.
    let is_quiet = matches!(&cli.command, Command::Generate(args) if cli.global.quiet && args.acts());
    let Outcome { report, code, warnings } = match cli.command {
        Command::Analyze(args) => commands::analyze::run(&args.into())?,
        Command::Generate(args) => commands::generate::run(&args.into())?,
        Command::Diff(args) => commands::diff::run(&args.into())?,
        Command::Track(args) => {
            let (db, action) = args.split();
            let say: commands::track::Say = std::sync::Arc::new(move |text: &str| ui.status(text));
            let mut stream = ui.stream();
            match commands::track::run(db.as_deref(), &action, &mut stream, &say) {
                Err(_) if stream.is_closed() => return Ok(0),
                told => told?,
            }
        }
        Command::Predict(args) => {
            let (db, action) = args.split();
            commands::predict::run(db.as_deref(), &action)?
        }
        Command::Experiment(args) => {
            let (db, action) = args.split();
            commands::experiment::run(db.as_deref(), &action)?
        }
        Command::Components(args) => commands::components::run(&args.into())?,
        Command::Completions(args) => return print(ui, &completions::script(&args)),
        Command::Man => return print(ui, &completions::manual()?),
        Command::Rules(args) => commands::rules::run(&args.into())?,
        Command::Validate(args) => validate::run(&args)?,
    };
    for warning in &warnings {
        ui.warning(warning);
    }
    if code != 0 || !is_quiet || format != report::Format::Human {
        print(ui, &report::render(report.as_ref(), format)?)?;
    }
    // What it holds ends with the process, which is sooner than piece by piece.
    std::mem::forget(report);
    Ok(code)
}

fn print(ui: Ui, text: &str) -> Result<u8> {
    ui.data(text).map_err(|e| crate::Error::environment(format!("cannot write to stdout: {e}")))?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
