//! The history against real SQLite files: what is stored, joined, refused, and kept through interruptions.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::unit_arg)]

mod interruptions;
mod join;
mod other_tables;
mod refusals;
mod size;
mod store;

use std::path::PathBuf;

use jiff::Timestamp;
use wfgen::history::{Filter, History};
use wfgen::runs::{Conclusion, Job, Run, Status, Step};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_760_000_000 + second).unwrap()
}

/// A finished run that took a minute.
fn run(id: u64) -> Run {
    Run {
        repository: "octo/hello".into(),
        id,
        attempt: 1,
        workflow: "CI".into(),
        path: Some(".github/workflows/ci.yml".into()),
        number: Some(id),
        title: Some("Fix the thing".into()),
        event: "push".into(),
        branch: Some("main".into()),
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        actor: Some("octocat".into()),
        created: at(id as i64 * 100),
        started: Some(at(id as i64 * 100)),
        updated: Some(at(id as i64 * 100 + 60)),
        status: Status::Completed,
        conclusion: Some(Conclusion::Success),
        duration: None,
        changed_files: None,
        changed_lines: None,
        simulated: false,
        jobs: Vec::new(),
    }
}

fn job(id: u64, started: i64, completed: i64) -> Job {
    Job {
        id,
        name: format!("job {id}"),
        status: Status::Completed,
        conclusion: Some(Conclusion::Success),
        created: Some(at(started - 5)),
        started: Some(at(started)),
        completed: Some(at(completed)),
        labels: vec!["ubuntu-24.04".into()],
        runner: None,
        steps: vec![Step {
            number: 1,
            name: "Test".into(),
            conclusion: Some(Conclusion::Success),
            started: Some(at(started)),
            completed: Some(at(completed)),
        }],
    }
}

fn whole(history: &History) -> Vec<Run> {
    let mut runs = Vec::new();
    let all = Filter { simulated: true, ..Filter::default() };
    history.each_whole(&all, |run| Ok(runs.push(run))).unwrap();
    runs
}

fn ids(history: &History, filter: &Filter) -> Vec<u64> {
    let mut ids = Vec::new();
    history.each_run(filter, |run| Ok(ids.push(run.id))).unwrap();
    ids
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".wfgen/history.db");
    (folder, path)
}
