//! Runs written for others and read back, made-up histories, and what sharing leaves out.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wfgen::history::{Filter, History};
use wfgen::runs::export::{self, Level};
use wfgen::runs::import::Import;
use wfgen::runs::sharing::Anonymizer;
use wfgen::runs::simulate::{Plan, Simulation};
use wfgen::runs::{Conclusion, Run};

fn made_up(seed: u64, runs: usize) -> Vec<Run> {
    let plan = Plan {
        repository: "made/up".into(),
        from: Timestamp::from_second(1_750_000_000).unwrap(),
        changes_per_day: 40.0,
        seed,
    };
    Simulation::new(plan).take(runs).collect()
}

fn read(bytes: Vec<u8>) -> Vec<Run> {
    let mut import = Import::new("export", std::io::Cursor::new(bytes), None).unwrap();
    let runs = import.by_ref().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(import.warnings(), []);
    runs
}

fn csv(runs: &[Run], level: Level) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut table = export::Table::new(&mut bytes, level).unwrap();
    runs.iter().for_each(|run| table.write(run).unwrap());
    table.finish().unwrap();
    bytes
}

#[test]
fn json_lines_come_back_as_they_went() {
    let mut runs = made_up(1, 300);
    runs[0].title = Some("a \"title\"\nof two lines, {\"workflow_runs\": [".into());
    let mut bytes = Vec::new();
    runs.iter().for_each(|run| export::json_line(run, &mut bytes).unwrap());
    assert_eq!(read(bytes), runs);
}

#[test]
fn a_csv_of_runs_comes_back_with_all_that_it_can_say() {
    let mut runs = made_up(2, 300);
    runs[0].title = Some("a \"title\"\nof two lines".into());
    let bytes = csv(&runs, Level::Runs);
    let back = read(bytes.clone());
    let expected = |run: &Run| Run { duration: run.duration(), jobs: Vec::new(), ..run.clone() };
    assert_eq!(back, runs.iter().map(expected).collect::<Vec<_>>());
    assert_eq!(csv(&back, Level::Runs), bytes);
}

#[test]
fn a_csv_of_jobs_comes_back_as_what_the_jobs_were() {
    let runs = made_up(3, 100);
    let back = read(csv(&runs, Level::Jobs));
    let facts = |runs: &[Run]| -> Vec<_> {
        let jobs = runs.iter().flat_map(|run| run.jobs.iter().map(move |job| (run, job)));
        jobs.map(|(run, j)| {
            (run.id, run.attempt, j.id, j.name.clone(), j.conclusion, j.duration(), j.queued())
        })
        .collect()
    };
    assert_eq!(facts(&back), facts(&runs));
}

#[test]
fn a_made_up_history_is_marked_and_the_same_for_the_same_seed() {
    assert_eq!(made_up(5, 200), made_up(5, 200));
    assert_ne!(made_up(5, 200), made_up(6, 200));
    let history = History::in_memory().unwrap();
    history.record(&made_up(5, 200)).unwrap();
    let seen = |simulated| {
        let (mut marks, filter) = (Vec::new(), Filter { simulated, ..Filter::default() });
        history
            .each_run(&filter, |run| {
                marks.push(run.simulated);
                Ok(())
            })
            .unwrap();
        marks
    };
    assert_eq!(seen(false), [false; 0]);
    assert_eq!(seen(true), [true; 200]);
}

#[test]
fn a_made_up_history_has_what_real_ones_have() {
    let runs = made_up(7, 4000);
    let ci: Vec<&Run> = runs.iter().filter(|run| run.workflow == "CI").collect();
    let share =
        |conclusion| ci.iter().filter(|r| r.conclusion == Some(conclusion)).count() as f64 / ci.len() as f64;
    assert!((0.6..0.9).contains(&share(Conclusion::Success)), "{}", share(Conclusion::Success));
    assert!(share(Conclusion::Cancelled) > 0.01 && share(Conclusion::Failure) > 0.05);
    let weekend = |run: &&&Run| (run.created.as_second().div_euclid(86_400) + 3).rem_euclid(7) >= 5;
    assert!((ci.iter().filter(weekend).count() as f64) < 0.15 * ci.len() as f64);
    let events: BTreeSet<&str> = runs.iter().map(|run| run.event.as_str()).collect();
    assert_eq!(events, BTreeSet::from(["pull_request", "push", "schedule"]));

    // Flaky: a later attempt of the same run ends otherwise.
    let mut attempts: BTreeMap<u64, BTreeSet<Option<Conclusion>>> = BTreeMap::new();
    for run in &runs {
        attempts.entry(run.id).or_default().insert(run.conclusion);
    }
    assert!(attempts.values().filter(|ends| ends.len() > 1).count() > 20);
    let failed = runs.iter().flat_map(|r| &r.jobs).flat_map(|job| &job.steps);
    let failed: BTreeSet<&str> =
        failed.filter(|s| s.conclusion == Some(Conclusion::Failure)).map(|s| s.name.as_str()).collect();
    for step in ["Test", "Build", "Check formatting", "Install dependencies", "Check out", "Set up job"] {
        assert!(failed.contains(step), "no {step} failed: {failed:?}");
    }

    let durations: Vec<f64> = ci.iter().filter_map(|run| run.duration()).collect();
    let (mean, mut sorted) = (durations.iter().sum::<f64>() / durations.len() as f64, durations);
    sorted.sort_by(f64::total_cmp);
    assert!((200.0..1500.0).contains(&mean), "{mean}");
    for job in runs.iter().flat_map(|run| &run.jobs) {
        assert!(job.started <= job.completed && job.created <= job.started, "{job:?}");
    }
}

#[test]
fn sharing_leaves_no_name_behind() {
    let mut runs = made_up(8, 300);
    for run in &mut runs {
        run.repository = "secret-owner/secret-repo".into();
        run.actor = Some("secret-actor".into());
        run.workflow = format!("secret {}", run.workflow);
        run.path = Some("secret/path".into());
        run.title = Some("secret title".into());
        run.branch = Some(format!("secret-{}", run.branch.as_deref().unwrap()));
        for job in &mut run.jobs {
            job.name = format!("secret {}", job.name);
            job.labels = vec!["ubuntu-24.04".into(), "secret-runner".into(), "ubuntu-secret".into()];
            job.runner = Some("secret machine".into());
            job.steps.iter_mut().for_each(|step| step.name = format!("secret {}", step.name));
        }
    }
    let key = History::in_memory().unwrap().sharing_key();
    let shared = |key: &[u8]| -> Vec<Run> {
        let mut anonymizer = Anonymizer::new(key);
        runs.iter().map(|run| anonymizer.anonymous(run)).collect()
    };
    let (once, twice, other) = (shared(&key), shared(&key), shared(b"another key"));
    assert_eq!(once, twice);
    let text: String = once.iter().map(|run| serde_json::to_string(run).unwrap()).collect();
    assert!(!text.contains("secret"), "{}", &text[text.find("secret").unwrap_or(0)..][..200]);
    for run in &runs {
        assert!(!text.contains(run.commit.as_ref().unwrap()));
        assert!(!text.contains(&format!(":{},", run.id)));
    }
    assert!(text.contains("ubuntu-24.04"));
    assert_ne!(once[0].commit, other[0].commit);
    let distinct =
        |runs: &[Run]| runs.iter().map(|r| (r.id, r.branch.clone())).collect::<BTreeSet<_>>().len();
    assert_eq!(distinct(&once), distinct(&runs), "the same stays the same, and others stay apart");
    assert_eq!(
        once.iter().map(Run::duration).collect::<Vec<_>>(),
        runs.iter().map(Run::duration).collect::<Vec<_>>()
    );
    let mut bytes = Vec::new();
    once.iter().for_each(|run| export::json_line(run, &mut bytes).unwrap());
    assert_eq!(read(bytes), once, "and it can be imported");
}
