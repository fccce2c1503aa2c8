//! What the other parts keep.

use wfgen::history::{
    Assignment, Benchmark, CachedResponse, Experiment, History, Look, Prediction, State, Verdict,
};
use wfgen::runs::{Conclusion, Run, Status};

use super::{at, folder, job, run};

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
fn what_a_fetch_still_has_to_look_at_is_found() {
    let history = History::in_memory().unwrap();
    let running = Run { status: Status::InProgress, conclusion: None, ..run(1) };
    let never_began = Run { conclusion: Some(Conclusion::StartupFailure), ..run(3) };
    let with_jobs = Run { jobs: vec![job(7, 410, 430)], ..run(4) };
    let not_of_github = Run { id: 1 << 63 | 5, ..run(5) };
    history.record(&[running, run(2), never_began, with_jobs, not_of_github]).unwrap();
    assert_eq!(history.unfinished_runs("octo/hello").unwrap(), [(1, 1)]);
    assert_eq!(history.runs_without_jobs("octo/hello", at(0)).unwrap(), [(2, 1)]);
    assert_eq!(history.runs_without_jobs("octo/hello", at(300)).unwrap(), []);
    assert_eq!(history.runs_without_jobs("octo/other", at(0)).unwrap(), []);
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
