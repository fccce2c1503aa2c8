//! Files that are refused, and stay as they are.

use std::fs;

use wfgen::error::Kind;
use wfgen::history::{Filter, History};

use super::{folder, run};

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
