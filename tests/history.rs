//! The history against real SQLite files: what is stored, joined, refused, and kept through interruptions.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use wfgen::error::Kind;
use wfgen::history::{
    Assignment, Benchmark, CachedResponse, Experiment, Filter, History, Look, Prediction, Recorded, State,
    Verdict,
};
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

#[test]
fn a_stored_run_comes_back_as_it_was_with_what_follows_from_it() {
    let (_folder, path) = folder();
    let mut stored = run(1);
    stored.jobs = vec![job(7, 110, 130), job(8, 115, 150)];
    History::open(&path).unwrap().with_actors().record(&[stored.clone()]).unwrap();

    let history = History::open(&path).unwrap();
    assert_eq!(whole(&history), [stored]);
    history
        .each_run(&Filter::default(), |run| {
            assert_eq!((run.duration_s, run.queue_s), (Some(40.0), Some(10.0)));
            assert_eq!((run.started, run.finished), (at(100), Some(at(150))));
            Ok(())
        })
        .unwrap();
    let mut jobs = Vec::new();
    history.each_job(&Filter::default(), |job| Ok(jobs.push((job.id, job.duration_s, job.queue_s)))).unwrap();
    assert_eq!(jobs, [(7, Some(20.0), Some(5.0)), (8, Some(35.0), Some(5.0))]);
    let mut steps = Vec::new();
    history
        .each_step(&Filter::default(), |step| Ok(steps.push((step.job.id, step.name.to_owned()))))
        .unwrap();
    assert_eq!(steps, [(7, "Test".to_owned()), (8, "Test".to_owned())]);
}

#[test]
fn the_folder_of_a_history_ignores_itself_in_git() {
    let (_folder, path) = folder();
    History::open(&path).unwrap();
    assert_eq!(fs::read_to_string(path.with_file_name(".gitignore")).unwrap(), "*\n");
}

#[test]
fn recording_says_what_was_new_updated_and_unchanged() {
    let history = History::in_memory().unwrap();
    let waiting = Run { status: Status::InProgress, conclusion: None, updated: None, ..run(1) };
    let recorded = |new, updated, unchanged| Recorded { new, updated, unchanged };
    assert_eq!(history.record(&[waiting.clone(), run(2)]).unwrap(), recorded(2, 0, 0));
    assert_eq!(history.record(&[run(1), run(2), run(3)]).unwrap(), recorded(1, 1, 1));
    assert_eq!(history.record(&[waiting]).unwrap(), recorded(0, 0, 1));
}

#[test]
fn what_one_account_lacks_is_kept_from_the_other_and_the_further_one_wins() {
    let early = Run { status: Status::Queued, title: Some("early".into()), changed_files: Some(3), ..run(1) };
    let late = Run { title: Some("late".into()), path: None, ..run(1) };
    for order in [[&early, &late], [&late, &early]] {
        let history = History::in_memory().unwrap();
        order.into_iter().for_each(|run| assert!(history.record(std::slice::from_ref(run)).is_ok()));
        let joined = whole(&history).remove(0);
        assert_eq!(joined.title.as_deref(), Some("late"));
        assert_eq!((joined.changed_files, joined.path), (Some(3), run(1).path));
        assert_eq!(joined.status, Status::Completed);
    }
}

#[test]
fn a_job_without_an_id_gives_way_to_the_one_of_its_name_that_has_it() {
    let ours = Run { jobs: vec![Job { id: 1 << 63 | 5, name: "job 7".into(), ..job(7, 1, 2) }], ..run(1) };
    let theirs = Run { jobs: vec![job(7, 1, 2)], ..run(1) };
    for order in [[&ours, &theirs], [&theirs, &ours]] {
        let history = History::in_memory().unwrap();
        order.into_iter().for_each(|run| assert!(history.record(std::slice::from_ref(run)).is_ok()));
        let jobs: Vec<u64> = whole(&history)[0].jobs.iter().map(|job| job.id).collect();
        assert_eq!(jobs, [7]);
    }
}

#[test]
fn filters_let_through_what_they_name() {
    let history = History::in_memory().unwrap();
    let other = Run { repository: "octo/other".into(), workflow: "Docs".into(), ..run(2) };
    let branch = Run { branch: Some("topic".into()), event: "pull_request".into(), ..run(3) };
    let made_up = Run { simulated: true, ..run(4) };
    history.record(&[run(1), other, branch, made_up]).unwrap();
    let all = Filter::default;
    assert_eq!(ids(&history, &all()), [1, 2, 3]);
    assert_eq!(ids(&history, &Filter { simulated: true, ..all() }), [1, 2, 3, 4]);
    assert_eq!(ids(&history, &Filter::of_repository("octo/hello")), [1, 3]);
    assert_eq!(ids(&history, &Filter { workflow: Some("Docs".into()), ..all() }), [2]);
    let none = Filter { workflow: Some("Docs".into()), ..Filter::of_repository("octo/hello") };
    assert!(ids(&history, &none).is_empty());
    assert_eq!(ids(&history, &Filter { branch: Some("topic".into()), ..all() }), [3]);
    assert_eq!(ids(&history, &Filter { event: Some("push".into()), ..all() }), [1, 2]);
    assert_eq!(ids(&history, &Filter { since: Some(at(200)), until: Some(at(300)), ..all() }), [2]);
    let revision = history.revision().unwrap();
    history.record(&[run(1), Run { title: None, changed_files: Some(1), ..run(2) }, run(5)]).unwrap();
    assert_eq!(ids(&history, &Filter { after_revision: Some(revision), ..all() }), [2, 5]);
    let pairs = [("octo/hello", "CI"), ("octo/other", "Docs")].map(|(r, w)| (r.to_owned(), w.to_owned()));
    assert_eq!(history.workflows().unwrap()[..1], pairs[..1]);
    assert!(history.workflows().unwrap().contains(&pairs[1]));
}

#[test]
fn a_reader_that_fails_ends_the_stream_with_its_own_error() {
    let history = History::in_memory().unwrap();
    history.record(&[run(1), run(2)]).unwrap();
    let mut seen = 0;
    let stopped = history.each_run(&Filter::default(), |_| {
        seen += 1;
        Err(wfgen::Error::nothing("enough"))
    });
    assert_eq!((seen, stopped.unwrap_err().to_string()), (1, "enough".to_owned()));
}

#[test]
fn actors_are_hashed_with_a_key_of_the_file_unless_names_are_wanted() {
    let (first, second) = (History::in_memory().unwrap(), History::in_memory().unwrap());
    let actor = |history: &History| {
        history.record(&[run(1)]).unwrap();
        whole(history)[0].actor.clone().unwrap()
    };
    let (a, b) = (actor(&first), actor(&second));
    assert!(a.len() == 16 && a.chars().all(|c| c.is_ascii_hexdigit()), "{a}");
    assert_ne!(a, b, "each history has its own key");
    assert_eq!(actor(&first), a, "and keeps it");
    assert_eq!(actor(&History::in_memory().unwrap().with_actors()), "octocat");
}

#[test]
fn retention_tells_what_it_would_delete_and_deletes_just_that() {
    let history = History::in_memory().unwrap();
    let mut old = run(1);
    old.jobs = vec![job(7, 110, 130)];
    history.record(&[old, run(2), run(3)]).unwrap();
    let told = history.older_than(at(300)).unwrap();
    assert_eq!((told.runs, told.jobs, told.steps), (2, 1, 1));
    assert_eq!((told.oldest, told.newest), (Some(at(100)), Some(at(200))));
    assert_eq!(told.repositories, [("octo/hello".to_owned(), 2)]);
    assert_eq!(whole(&history).len(), 3);
    assert_eq!(history.remove_older_than(at(300)).unwrap(), told);
    assert_eq!(ids(&history, &Filter::default()), [3]);
    assert_eq!(history.older_than(at(300)).unwrap().runs, 0);
}

#[test]
fn hostile_values_are_stored_without_a_panic() {
    let history = History::in_memory().unwrap();
    let mut hostile = run(u64::MAX);
    hostile.attempt = u32::MAX;
    hostile.number = Some(u64::MAX);
    hostile.title = Some(format!("nul \0 and {}", "é".repeat(5000)));
    hostile.created = Timestamp::MIN;
    hostile.updated = Some(Timestamp::MAX);
    hostile.duration = Some(1e308);
    let nan = Run { duration: Some(f64::NAN), started: Some(Timestamp::MAX), ..run(2) };
    let negative = Run { duration: Some(-5.0), updated: None, ..run(3) };
    let runs = [hostile, nan, negative];
    assert_eq!(history.record(&runs).unwrap().new, 3);
    assert_eq!(history.record(&runs).unwrap().unchanged, 3);
    let back = whole(&history);
    assert_eq!(back[0].id, u64::MAX);
    assert!(!back[0].title.as_ref().unwrap().contains('\0'));
    assert_eq!(back.iter().map(|run| run.duration).collect::<Vec<_>>(), [Some(1e12), None, None]);
}

// What is refused, and stays as it is.

fn refused(bytes: &[u8], says: &str) {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    for error in [History::open(&path).unwrap_err(), History::open_existing(&path).unwrap_err()] {
        assert_eq!(error.kind, Kind::Invalid, "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(fs::read(&path).unwrap() == bytes, "the file is as it was");
    assert!(!path.with_file_name("history.db-wal").exists());
}

fn file_of(set_up: impl FnOnce(&rusqlite::Connection)) -> Vec<u8> {
    let (_folder, path) = folder();
    let history = History::open(&path).unwrap();
    history.record(&(1..500).map(run).collect::<Vec<_>>()).unwrap();
    drop(history);
    let connection = rusqlite::Connection::open(&path).unwrap();
    set_up(&connection);
    drop(connection);
    fs::read(&path).unwrap()
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_stays_as_it_is() {
    refused(&file_of(|c| c.pragma_update(None, "user_version", 99).unwrap()), "has version 99");
}

#[test]
fn a_newer_version_that_is_only_in_the_log_so_far_is_refused() {
    let (_folder, path) = folder();
    let history = History::open(&path).unwrap();
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 99).unwrap();
    let error = History::open(&path).unwrap_err();
    assert!(error.to_string().contains("has version 99"), "{error}");
    drop((history, newer));
}

#[test]
fn a_truncated_file_is_refused_and_stays_as_it_is() {
    let bytes = file_of(|_| {});
    refused(&bytes[..bytes.len() / 2], "is damaged: it ends after");
    refused(&bytes[..50], "is damaged");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_stays_as_it_is() {
    refused(b"created_at,workflow\n", "is no SQLite database");
    refused(&[0; 4096], "is no SQLite database");
}

#[test]
fn a_database_of_another_program_is_refused_and_stays_as_it_is() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
    refused(&fs::read(&path).unwrap(), "the database of another program");
}

#[test]
fn overwritten_pages_are_an_error_and_not_a_panic() {
    let whole_file = file_of(|_| {});
    for at in (4096..whole_file.len()).step_by(4096) {
        let (_folder, path) = folder();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut bytes = whole_file.clone();
        bytes[at..at + 4096].fill(0xa5);
        fs::write(&path, &bytes).unwrap();
        let scan = |history: History| history.each_run(&Filter::default(), |_| Ok(()));
        if let Err(error) = History::open(&path).and_then(scan) {
            assert!(matches!(error.kind, Kind::Invalid | Kind::Environment), "{error}");
        }
        assert!(fs::read(&path).unwrap() == bytes, "reading changed the damaged file");
    }
}

#[test]
fn a_history_that_is_not_there_is_nothing_to_work_on() {
    let (_folder, path) = folder();
    assert_eq!(History::open_existing(&path).unwrap_err().kind, Kind::Nothing);
    assert!(!path.parent().unwrap().exists());
}

#[test]
fn an_empty_file_becomes_a_history() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "").unwrap();
    assert_eq!(History::open(&path).unwrap().record(&[run(1)]).unwrap().new, 1);
}

// The law of the join.

fn any_time() -> impl Strategy<Value = Timestamp> {
    (0..6i64, 0..3i64).prop_map(|(s, ns)| at(s).checked_add((ns * 600_000).nanoseconds()).unwrap())
}

fn any_status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Queued, Status::InProgress, Status::Completed])
}

fn any_conclusion() -> impl Strategy<Value = Option<Conclusion>> {
    prop::option::of(prop::sample::select(vec![
        Conclusion::Success,
        Conclusion::Failure,
        Conclusion::Cancelled,
        Conclusion::Skipped,
    ]))
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["", "a", "b", "c"]).prop_map(str::to_owned))
}

prop_compose! {
    fn any_step()(
        number in 1..3u32, name in any_text(), conclusion in any_conclusion(),
        started in prop::option::of(any_time()), completed in prop::option::of(any_time()),
    ) -> Step {
        Step { number, name: name.unwrap_or_default(), conclusion, started, completed }
    }
}

prop_compose! {
    fn any_job()(
        id in prop::sample::select(vec![1, 2, 1 << 63 | 1, 1 << 63 | 2]), name in any_text(), status in any_status(),
        conclusion in any_conclusion(), times in prop::array::uniform3(prop::option::of(any_time())),
        labels in prop::collection::vec("[xy]", 0..2), runner in any_text(),
        steps in prop::collection::vec(any_step(), 0..3),
    ) -> Job {
        let [created, started, completed] = times;
        Job { id, name: name.unwrap_or_default(), status, conclusion, created, started, completed, labels, runner, steps }
    }
}

prop_compose! {
    fn any_run()(
        (id, attempt, repository) in (1..3u64, 1..3u32, prop::sample::select(vec!["o/a", "o/b"])),
        texts in prop::array::uniform7(any_text()), created in any_time(),
        times in prop::array::uniform2(prop::option::of(any_time())), status in any_status(),
        conclusion in any_conclusion(), duration in prop::option::of(prop::sample::select(vec![-1.0, 0.5, 2.0, 1e300])),
        numbers in prop::array::uniform3(prop::option::of(0..3u32)), simulated in prop::bool::weighted(0.1),
        jobs in prop::collection::vec(any_job(), 0..4),
    ) -> Run {
        let [workflow, path, title, event, branch, commit, actor] = texts;
        let [number, changed_files, changed_lines] = numbers;
        Run {
            repository: repository.into(), id, attempt, workflow: workflow.unwrap_or_default(), path,
            number: number.map(u64::from), title, event: event.unwrap_or_default(), branch, commit, actor, created,
            started: times[0], updated: times[1], status, conclusion, duration, changed_files, changed_lines, simulated,
            jobs,
        }
    }
}

/// All that can be seen of a history, without which write it was.
fn seen(history: &History) -> (Vec<Run>, Vec<String>) {
    let (mut rows, all) = (Vec::new(), Filter { simulated: true, ..Filter::default() });
    let plain = |text: String| text[..text.rfind("revision").unwrap()].to_owned();
    history.each_run(&all, |run| Ok(rows.push(plain(format!("{run:?}"))))).unwrap();
    let mut runs = whole(history);
    runs.sort_by(|a, b| (&a.repository, a.id, a.attempt).cmp(&(&b.repository, b.id, b.attempt)));
    rows.sort();
    (runs, rows)
}

fn recorded<'r>(batches: impl Iterator<Item = &'r [Run]>) -> History {
    let history = History::in_memory().unwrap().with_actors();
    batches.for_each(|batch| assert!(history.record(batch).is_ok()));
    history
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn neither_order_nor_repetition_nor_batches_change_what_is_known(
        runs in prop::collection::vec(any_run(), 1..9),
        order in any::<prop::sample::Index>(),
        size in 1..5usize,
    ) {
        let straight = recorded(runs.chunks(runs.len()));
        let mut turned = runs.clone();
        turned.rotate_left(order.index(runs.len()));
        turned.reverse();
        let other = recorded(turned.chunks(1));
        prop_assert_eq!(seen(&straight), seen(&other));
        turned.extend(runs.iter().cloned());
        prop_assert_eq!(seen(&straight), seen(&recorded(turned.chunks(size))));
        let again = straight.record(&runs).unwrap();
        prop_assert_eq!((again.new, again.updated), (0, 0));
    }
}

// Interruptions and company.

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
        .args(["--exact", "child_that_records", "--ignored", "--nocapture"])
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

// What the other parts keep.

#[test]
fn responses_cursors_and_deliveries_are_remembered_and_forgotten() {
    let history = History::in_memory().unwrap();
    let response = CachedResponse { etag: Some("\"x\"".into()), last_modified: None, body: Some(vec![1, 2]) };
    assert_eq!(history.response("u").unwrap(), None);
    history.put_response("u", &CachedResponse::default(), at(0)).unwrap();
    history.put_response("u", &response, at(1)).unwrap();
    assert_eq!(history.response("u").unwrap(), Some(response));
    assert_eq!(history.prune_responses(at(2)).unwrap(), 1);

    history.put_cursor("o/r", "runs", "1", at(0)).unwrap();
    history.put_cursor("o/r", "runs", "2", at(0)).unwrap();
    assert_eq!(history.cursor("o/r", "runs").unwrap().as_deref(), Some("2"));
    history.remove_cursor("o/r", "runs").unwrap();
    assert_eq!(history.cursor("o/r", "runs").unwrap(), None);

    assert!(history.first_delivery("d", at(0)).unwrap());
    assert!(!history.first_delivery("d", at(5)).unwrap());
    history.forget_delivery("d").unwrap();
    assert!(history.first_delivery("d", at(6)).unwrap());
    assert_eq!(history.prune_deliveries(at(6)).unwrap(), 0);
    assert_eq!(history.prune_deliveries(at(7)).unwrap(), 1);
}

#[test]
fn a_state_replaces_the_earlier_one_of_its_kind() {
    let history = History::in_memory().unwrap();
    let state = |revision| State { version: 1, revision, blob: vec![0, 255] };
    history.put_state("o/r", "duration", &state(1), at(0)).unwrap();
    history.put_state("o/r", "duration", &state(2), at(1)).unwrap();
    assert_eq!(history.state("o/r", "duration").unwrap(), Some(state(2)));
    assert_eq!(history.state("o/r", "outcome").unwrap(), None);
}

#[test]
fn a_prediction_waits_for_the_first_run_that_it_was_about() {
    let history = History::in_memory().unwrap();
    let prediction = Prediction {
        repository: "octo/hello".into(),
        workflow: "CI".into(),
        event: Some("push".into()),
        branch: None,
        commit: None,
        made_at: at(150),
        value_s: 50.0,
        interval_50_s: (45.0, 55.0),
        interval_90_s: (30.0, 90.0),
        success_probability: Some(0.9),
        confidence: 0.8,
        model: "mix/1".into(),
    };
    let id = history.add_prediction(&prediction).unwrap();
    let other = Run { event: "schedule".into(), ..run(2) };
    let running = Run { status: Status::InProgress, conclusion: None, updated: Some(at(301)), ..run(3) };
    history.record(&[run(1), other, running, run(4)]).unwrap();
    assert_eq!(history.match_predictions(0.0).unwrap(), 0, "run 3 has not ended");
    history.record(&[run(3)]).unwrap();
    assert_eq!(history.match_predictions(0.0).unwrap(), 1);
    assert_eq!(history.match_predictions(0.0).unwrap(), 0);
    let stored = history.predictions(Some("octo/hello")).unwrap().remove(0);
    assert_eq!((stored.id, stored.prediction), (id, prediction));
    assert_eq!((stored.run, stored.actual_s), (Some((3, 1)), Some(60.0)));
    assert_eq!(stored.conclusion, Some(Conclusion::Success));
    assert!(history.predictions(Some("octo/other")).unwrap().is_empty());
}

#[test]
fn experiments_are_only_added_to() {
    let (_folder, path) = folder();
    let history = History::open(&path).unwrap();
    let experiment = Experiment {
        id: "cache".into(),
        repository: "octo/hello".into(),
        at: at(0),
        definition: b"{\"alpha\": 0.05}".to_vec(),
    };
    history.register_experiment(&experiment).unwrap();
    history.register_experiment(&experiment).unwrap();
    let changed = Experiment { definition: b"{\"alpha\": 0.5}".to_vec(), ..experiment.clone() };
    assert!(history.register_experiment(&changed).unwrap_err().to_string().contains("already registered"));
    assert_eq!(history.experiment("cache").unwrap(), Some(experiment.clone()));
    assert_eq!(history.experiments().unwrap(), [experiment]);

    let assignment =
        |variant: &str| Assignment { unit: "run 1".into(), variant: variant.into(), at: at(1), detail: None };
    assert_eq!(history.assign("cache", &assignment("a")).unwrap(), "a");
    assert_eq!(history.assign("cache", &assignment("b")).unwrap(), "a", "the first assignment stands");
    assert_eq!(history.assignments("cache").unwrap(), [assignment("a")]);
    assert!(history.assign("unknown", &assignment("a")).is_err());
    let look = Look { at: at(2), detail: "{}".into() };
    history.add_look("cache", &look).unwrap();
    assert_eq!(history.looks("cache").unwrap(), [look]);
    let verdict = Verdict { at: at(3), kind: "stopped".into(), detail: "{}".into() };
    history.add_verdict("cache", &verdict).unwrap();
    assert_eq!(history.verdicts("cache").unwrap(), [verdict]);

    let sql = rusqlite::Connection::open(&path).unwrap();
    for table in ["experiments", "assignments", "looks", "verdicts"] {
        for change in ["UPDATE {} SET at = 0", "DELETE FROM {}", "INSERT OR REPLACE INTO {} SELECT * FROM {}"]
        {
            let error = sql.execute(&change.replace("{}", table), []).unwrap_err();
            assert!(error.to_string().contains("only added to"), "{table}: {error}");
        }
    }
}

#[test]
fn benchmarks_come_back_oldest_first() {
    let history = History::in_memory().unwrap();
    let result = |second, value| Benchmark {
        series: "parse".into(),
        commit: "abc".into(),
        at: at(second),
        value,
        unit: "ns".into(),
        spread: Some(1.0),
    };
    assert_eq!(history.record_benchmarks(&[result(2, 7.0), result(1, 5.0), result(3, f64::NAN)]).unwrap(), 2);
    assert_eq!(history.record_benchmarks(&[result(2, 8.0)]).unwrap(), 0);
    assert_eq!(history.benchmarks("parse").unwrap(), [result(1, 5.0), result(2, 8.0)]);
    assert_eq!(history.benchmark_series().unwrap(), ["parse"]);
}

// What people read.

#[test]
fn the_documentation_holds_the_schema_and_its_queries_run() {
    let (_folder, path) = folder();
    History::open(&path).unwrap().record(&[run(1)]).unwrap();
    let sql = rusqlite::Connection::open(&path).unwrap();
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/history.md")).unwrap();
    let blocks: Vec<&str> =
        text.split("```sql\n").skip(1).map(|block| block.split("\n```").next().unwrap()).collect();
    let documented = rusqlite::Connection::open_in_memory().unwrap();
    let (schema, queries): (Vec<_>, Vec<_>) = blocks.iter().partition(|block| block.starts_with("CREATE"));
    documented.execute_batch(&schema.iter().map(|block| format!("{block}\n")).collect::<String>()).unwrap();
    let dump = |connection: &rusqlite::Connection| -> Vec<String> {
        let query =
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'trigger' ORDER BY type, name";
        let mut statement = connection.prepare(query).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(dump(&documented), dump(&sql));
    assert!(queries.len() >= 5);
    for query in queries {
        let mut statement = sql.prepare(query).unwrap_or_else(|e| panic!("{e}: {query}"));
        statement.query([]).unwrap().next().unwrap();
    }
}
