//! `wfgen track`: the history of runs.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use crate::commands::track::{self, Action};

/// Which history.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct History {
    /// The history file; without it `WFGEN_DB`, else `.wfgen/history.db` in the checkout
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) db: Option<PathBuf>,
}

/// Which runs of it.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Which {
    /// Only the workflow of this name or file
    #[arg(long, value_name = "NAME")]
    workflow: Option<String>,
    /// Only this repository
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Option<String>,
    /// Only this branch
    #[arg(long)]
    branch: Option<String>,
    /// Only since a day (`2026-01-31`) or an age (`90d`, `12w`)
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
}

impl From<Which> for track::Which {
    fn from(which: Which) -> Self {
        let Which { workflow, repo, branch, since } = which;
        track::Which { workflow, repository: repo, branch, since }
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    history: History,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fetch runs from GitHub, from where the last fetch ended
    Fetch(Fetch),
    /// Read runs from files: API pages, `gh run list --json`, CSV, JSON Lines; `.gz` too; `-` is stdin
    Import {
        /// The files
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The repository, where the files don't say it
        #[arg(long, value_name = "OWNER/NAME")]
        repo: Option<String>,
        /// Store actors by name instead of as keyed hashes
        #[arg(long)]
        with_actors: bool,
    },
    /// Record one run: the event of the job this runs in, a payload, or what is said here
    Record(Record),
    /// Receive webhooks and record their runs
    Serve(Serve),
    /// Success, duration, waiting, trends, slow and flaky jobs, cost
    Report {
        #[command(flatten)]
        which: Which,
        /// What a minute of a runner costs in US dollars, such as `big-runner=0.05`; any number
        #[arg(long = "price", value_name = "LABEL=USD")]
        prices: Vec<String>,
    },
    /// Failed jobs by cause, and what has helped
    Failures {
        #[command(flatten)]
        which: Which,
        /// Logs of failed jobs: a file, or a folder as GitHub's archive extracts; any number
        #[arg(long = "log", value_name = "PATH")]
        logs: Vec<PathBuf>,
    },
    /// Runs outside their interval, level shifts, drifts, rising failure rates
    Anomalies {
        #[command(flatten)]
        which: Which,
    },
    /// Say whether the newest benchmark is a regression (exit code 1)
    Bench {
        /// Results: criterion, hyperfine, pytest-benchmark, `go test -bench`, github-action-benchmark
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Keep the results in the history, and judge the newest by all that it has of these benchmarks
        #[arg(long)]
        record: bool,
        /// Let only a confirmed regression give exit code 1: six results on a worse level, no first suspicion
        #[arg(long)]
        confirmed: bool,
    },
    /// Print the runs
    Export {
        #[command(flatten)]
        which: Which,
        /// How
        #[arg(long = "as", value_enum, default_value_t)]
        form: Form,
        /// Leave out names, branches, commits and messages
        #[arg(long)]
        share: bool,
    },
    /// Make up a history for trying things out; its runs are marked as such
    Simulate {
        /// How many runs
        #[arg(long, default_value_t = 500)]
        runs: u32,
        /// Another seed, another history
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Delete old runs; tells which
    Prune {
        /// Delete runs older than this (`365d`, `52w`)
        #[arg(long, value_name = "AGE")]
        older_than: String,
        /// Only tell
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Fetch {
    /// A repository; any number. Without it the one of the checkout
    #[arg(long, value_name = "OWNER/NAME")]
    repo: Vec<String>,
    /// Go back at most to a day (`2026-01-31`) or an age (`90d`)
    #[arg(long, value_name = "WHEN", default_value = "90d")]
    since: String,
    /// At most so many runs of a repository
    #[arg(long, value_name = "RUNS")]
    limit: Option<usize>,
    /// Only runs, without their jobs and steps
    #[arg(long)]
    no_jobs: bool,
    /// The API's base address; without it `GITHUB_API_URL`, else GitHub's
    #[arg(long, value_name = "URL")]
    api_url: Option<String>,
    /// Wait at most this long for a rate limit, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 900)]
    max_wait: u64,
    /// Authenticate as a GitHub App, with the private key in `WFGEN_APP_PRIVATE_KEY` (the PEM text)
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,
    /// Store actors by name instead of as keyed hashes
    #[arg(long)]
    with_actors: bool,
}

#[derive(Debug, clap::Args)]
struct Record {
    /// The payload of a `workflow_run` or `workflow_job` event; without it `GITHUB_EVENT_PATH`
    #[arg(long, value_name = "FILE", conflicts_with = "workflow")]
    event: Option<PathBuf>,
    /// Instead of a payload: the workflow that ran, by name
    #[arg(long, value_name = "NAME", requires_all = ["run_id", "started", "ended", "conclusion"])]
    workflow: Option<String>,
    /// The repository; without it `GITHUB_REPOSITORY`, else that of the checkout
    #[arg(long, value_name = "OWNER/NAME", requires = "workflow")]
    repo: Option<String>,
    /// The run's id
    #[arg(long, requires = "workflow")]
    run_id: Option<u64>,
    /// Its attempt
    #[arg(long, default_value_t = 1, requires = "workflow")]
    attempt: u32,
    /// When it started (`2026-01-31T10:00:00Z`)
    #[arg(long, value_name = "TIME", requires = "workflow")]
    started: Option<String>,
    /// When it ended
    #[arg(long, value_name = "TIME", requires = "workflow")]
    ended: Option<String>,
    /// How it ended: success, failure, cancelled, timed_out...
    #[arg(long, requires = "workflow")]
    conclusion: Option<String>,
    /// What started it
    #[arg(long, value_name = "EVENT", default_value = "push", requires = "workflow")]
    trigger: String,
    /// The branch it ran for
    #[arg(long, requires = "workflow")]
    branch: Option<String>,
    /// The commit it ran on
    #[arg(long, requires = "workflow")]
    commit: Option<String>,
    /// Store actors by name instead of as keyed hashes
    #[arg(long)]
    with_actors: bool,
}

impl From<Record> for Action {
    fn from(args: Record) -> Self {
        let said = args.workflow.zip(args.run_id).zip(args.started.zip(args.ended)).zip(args.conclusion);
        let said = said.map(|(((workflow, id), (started, ended)), conclusion)| track::Said {
            repository: args.repo,
            workflow,
            id,
            attempt: args.attempt,
            started,
            ended,
            conclusion,
            event: args.trigger,
            branch: args.branch,
            commit: args.commit,
        });
        Action::Record { event: args.event, said, with_actors: args.with_actors }
    }
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Where to listen; the secret is `WFGEN_WEBHOOK_SECRET`
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8787")]
    listen: std::net::SocketAddr,
    /// The largest delivery, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 25 << 20)]
    max_body: usize,
    /// Store actors by name instead of as keyed hashes
    #[arg(long)]
    with_actors: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Form {
    /// Everything, a run a line
    #[default]
    JsonLines,
    /// A run a row
    Csv,
    /// A job a row
    JobsCsv,
}

impl From<Form> for track::Form {
    fn from(form: Form) -> Self {
        match form {
            Form::JsonLines => track::Form::JsonLines,
            Form::Csv => track::Form::Runs,
            Form::JobsCsv => track::Form::Jobs,
        }
    }
}

impl Args {
    /// What to do, and with which history.
    pub(super) fn split(self) -> (Option<PathBuf>, Action) {
        let action = match self.command {
            Command::Fetch(args) => Action::Fetch(track::Fetch {
                repositories: args.repo,
                since: args.since,
                limit: args.limit,
                jobs: !args.no_jobs,
                api_url: args.api_url,
                max_wait: std::time::Duration::from_secs(args.max_wait),
                app_id: args.app_id,
                with_actors: args.with_actors,
            }),
            Command::Import { files, repo, with_actors } => {
                Action::Import { files, repository: repo, with_actors }
            }
            Command::Record(args) => args.into(),
            Command::Serve(Serve { listen, max_body, with_actors }) => {
                Action::Serve { listen, max_body, with_actors }
            }
            Command::Report { which, prices } => Action::Report { which: which.into(), prices },
            Command::Failures { which, logs } => Action::Failures { which: which.into(), logs },
            Command::Anomalies { which } => Action::Anomalies { which: which.into() },
            Command::Bench { files, record, confirmed } => Action::Bench { files, record, confirmed },
            Command::Export { which, form, share } => {
                Action::Export { which: which.into(), form: form.into(), share }
            }
            Command::Simulate { runs, seed } => Action::Simulate { runs, seed },
            Command::Prune { older_than, dry_run } => Action::Prune { older_than, dry_run },
        };
        (self.history.db, action)
    }
}
