//! Interruptions and company: kills, several processes, readers beside writers.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use wfgen::history::{Filter, History};
use wfgen::runs::Run;

use super::{folder, ids, job, run};

/// Stores batches until it is killed and prints the last id of each once it is reported as stored.
#[test]
#[ignore = "a child of the tests below, not a test"]
fn child_that_records() {
    let path = PathBuf::from(std::env::var_os("WFGEN_TEST_HISTORY").unwrap());
    let from: u64 = std::env::var("WFGEN_TEST_FROM").unwrap().parse().unwrap();
    let batches: u64 = std::env::var("WFGEN_TEST_BATCHES").unwrap().parse().unwrap();
    let history = History::open(&path).unwrap();
    for batch in 0..batches {
        let first = from + batch * 20;
        let mut runs: Vec<Run> = (first..first + 20).map(run).collect();
        runs.iter_mut().for_each(|run| run.jobs = vec![job(run.id, 10, 20)]);
        history.record(&runs).unwrap();
        println!("stored {}", first + 19);
    }
}

fn child(path: &Path, from: u64, batches: u64) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "interruptions::child_that_records", "--ignored", "--nocapture"])
        .env("WFGEN_TEST_HISTORY", path)
        .env("WFGEN_TEST_FROM", from.to_string())
        .env("WFGEN_TEST_BATCHES", batches.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn stored_by(child: &mut std::process::Child) -> Option<u64> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.filter_map(|line| line.rsplit_once("stored ")?.1.parse().ok()).max()
}

#[test]
fn killing_an_import_loses_nothing_that_was_reported_as_stored() {
    let (_folder, path) = folder();
    let (mut next, mut kills_in_the_middle) = (1, 0);
    for round in 0..25u64 {
        let mut child = child(&path, next, 1_000_000);
        std::thread::sleep(Duration::from_millis(15 + round * 7 % 60));
        child.kill().unwrap();
        let reported = stored_by(&mut child);
        child.wait().unwrap();
        let history = History::open(&path).unwrap();
        let known: BTreeSet<u64> = ids(&history, &Filter::default()).into_iter().collect();
        if let Some(last) = reported {
            kills_in_the_middle += 1;
            assert!((1..=last).all(|id| known.contains(&id)), "round {round}: lost some of 1 to {last}");
        }
        assert_eq!(known.len() % 20, 0, "round {round}: a batch is there in part");
        let mut jobs = 0;
        history.each_job(&Filter::default(), |_| Ok(jobs += 1)).unwrap();
        assert_eq!(jobs, known.len());
        next = known.last().map_or(1, |last| last + 1);
    }
    assert!(kills_in_the_middle > 5, "only {kills_in_the_middle} of 25 kills hit a working import");
}

#[test]
fn several_processes_that_begin_at_once_all_store_all_of_theirs() {
    let (_folder, path) = folder();
    let mut children: Vec<_> = (0..5).map(|n| child(&path, 1 + n * 200, 10)).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(ids(&History::open(&path).unwrap(), &Filter::default()), (1..=1000).collect::<Vec<_>>());
}

#[test]
fn a_reader_sees_one_moment_while_others_write() {
    let (_folder, path) = folder();
    let (reader, writer) = (History::open(&path).unwrap(), History::open(&path).unwrap());
    writer.record(&[run(1), run(2)]).unwrap();
    let mut seen = Vec::new();
    reader
        .each_run(&Filter::default(), |row| {
            writer.record(&[run(row.id + 10)])?;
            Ok(seen.push(row.id))
        })
        .unwrap();
    assert_eq!(seen, [1, 2]);
    assert_eq!(ids(&reader, &Filter::default()), [1, 2, 11, 12]);
}
