//! What is stored comes back, joined and filtered.

use std::fs;

use jiff::Timestamp;
use wfgen::history::{Filter, History, Recorded};
use wfgen::runs::{Job, Run, Status};

use super::{at, folder, ids, job, run, whole};

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
fn an_overview_counts_runs_by_repository_and_says_which_are_made_up() {
    let history = History::in_memory().unwrap();
    history.record(&[run(1), run(2), Run { simulated: true, ..run(3) }]).unwrap();
    let overview = history.overview().unwrap();
    assert_eq!(
        (overview[0].repository.as_str(), overview[0].runs, overview[0].simulated),
        ("octo/hello", 3, 1)
    );
    assert_eq!((overview[0].oldest, overview[0].newest, overview.len()), (at(100), at(300), 1));
}

#[test]
fn a_workflow_is_meant_by_its_name_or_its_file() {
    let history = History::in_memory().unwrap();
    let docs = Run { workflow: "Docs".into(), path: Some(".github/workflows/pages.yml".into()), ..run(2) };
    history.record(&[run(1), docs]).unwrap();
    for (text, name) in
        [("CI", "CI"), ("docs", "Docs"), ("pages.yml", "Docs"), (".github/workflows/ci.yml", "CI")]
    {
        assert_eq!(history.workflow_named("octo/hello", text).unwrap(), name);
    }
    let hint = |repository, text| {
        let error = history.workflow_named(repository, text).unwrap_err();
        assert_eq!(error.kind, wfgen::error::Kind::Nothing);
        error.diagnostics[0].hints[0].clone()
    };
    assert_eq!(hint("octo/hello", "Doks"), "did you mean `Docs`?");
    assert_eq!(hint("octo/hello", "Release"), "it has CI, Docs");
    assert_eq!(hint("octo/other", "CI"), "it has no run of this repository");
}

#[test]
fn a_stream_that_fails_has_stored_what_came_before() {
    let history = History::in_memory().unwrap();
    let stream = (1..=3).map(|id| if id < 3 { Ok(run(id)) } else { Err(wfgen::Error::invalid("torn")) });
    let mut told = Vec::new();
    let error = history.record_each(stream, |recorded| told.push(recorded.new)).unwrap_err();
    assert_eq!((error.to_string().as_str(), told), ("torn", vec![2]));
    assert_eq!(ids(&history, &Filter::default()), [1, 2]);
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
fn a_revision_is_never_used_again_even_when_its_runs_are_deleted() {
    let history = History::in_memory().unwrap();
    history.record(&[run(1)]).unwrap();
    history.record(&[run(2)]).unwrap();
    history.record(&[run(2)]).unwrap();
    assert_eq!(history.revision().unwrap(), 2, "what says nothing new is no revision");
    history.remove_older_than(at(1000)).unwrap();
    history.record(&[run(3)]).unwrap();
    assert_eq!(history.revision().unwrap(), 3);
}

#[test]
fn streams_can_be_read_inside_of_each_other() {
    let history = History::in_memory().unwrap();
    history.record(&[run(1), Run { jobs: vec![job(7, 210, 230)], ..run(2) }]).unwrap();
    let mut jobs = Vec::new();
    history
        .each_run(&Filter::default(), |run| {
            let filter = Filter { since: Some(run.created), ..Filter::default() };
            history.each_job(&filter, |job| Ok(jobs.push((run.id, job.id))))
        })
        .unwrap();
    assert_eq!(jobs, [(1, 7), (2, 7)]);
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
