//! How long a survey of a large tree takes, beside what others need to list it. Prints a table of ratios.
//!
//! `cargo bench --bench ratios` makes the tree once, below `target/`. Every contender is a process of its own, they take
//! turns, and the median counts: whatever else the machine does hits all of them.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

mod tree;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use wfgen::characteristics::{languages, secrets};
use wfgen::checkout::{Checkout, Options};

const FILES: usize = 100_000;
const ROUNDS: usize = 15;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["survey", what, root] => survey(what, Path::new(root)),
        ["generate", root, files] => {
            tree::generate(Path::new(root), files.parse().unwrap_or(FILES), true).map_err(Into::into)
        }
        _ => compare(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// One survey of a tree in this process.
fn survey(what: &str, root: &Path) -> Outcome {
    let options = Options { tracked: what.contains("tracked"), deep: what.contains("deep") };
    let start = Instant::now();
    let step = |name: &str| {
        if env::var_os("STEPS").is_some() {
            eprintln!("{name:>12} {:>8.1} ms", start.elapsed().as_secs_f64() * 1e3);
        }
    };
    let checkout = Checkout::open(root, &options)?;
    step("list");
    println!("{} files, {} warnings", checkout.files().len(), checkout.warnings().len());
    if what.starts_with("list") {
        return Ok(());
    }
    let languages = languages::of(&checkout);
    step("languages");
    println!("{} languages, {} files read", languages.repository().len(), languages.read);
    let scan = secrets::scan(&checkout);
    step("secrets");
    println!("{} findings in {} files", scan.secrets.len(), scan.scanned);
    println!("on {}", checkout.git().default_branch.value);
    step("git");
    if env::var_os("STEPS").is_some() {
        let status = fs::read_to_string("/proc/self/status")?;
        eprintln!("{}", status.lines().find(|l| l.starts_with("VmHWM")).unwrap_or_default());
    }
    Ok(())
}

fn compare() -> Outcome {
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tree-{FILES}"));
    if !root.join(".git/index").exists() {
        eprintln!("writing a tree of {FILES} files to {}", root.display());
        tree::generate(&root, FILES, true)?;
    }
    let me = env::current_exe()?;
    let contender = |what: &str| {
        let mut command = Command::new(&me);
        command.args(["survey", what]).arg(&root);
        command
    };
    let mut rg = Command::new("rg");
    rg.arg("--files").arg(&root);
    let mut status = Command::new("git");
    status.args(["ls-files"]).current_dir(&root);
    let mut contenders = [
        ("rg --files", rg),
        ("git ls-files", status),
        ("list", contender("list")),
        ("list --tracked", contender("list-tracked")),
        ("survey", contender("all")),
        ("survey --tracked", contender("all-tracked")),
    ];
    let mut times = vec![Vec::with_capacity(ROUNDS); contenders.len()];
    for _ in 0..=ROUNDS {
        for ((_, command), times) in contenders.iter_mut().zip(&mut times) {
            let start = Instant::now();
            command.stdout(Stdio::null()).status()?;
            times.push(start.elapsed());
        }
    }
    let median = |times: &[Duration]| {
        // The first round only warms the caches.
        let mut times = times[1..].to_vec();
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    let base = median(&times[0]);
    println!("{FILES} files, median of {ROUNDS} rounds");
    for ((name, _), times) in contenders.iter().zip(&times) {
        println!("{name:<22} {:>8.1} ms {:>6.2} x", median(times), median(times) / base);
    }
    Ok(())
}
