//! Lists that change while they are read, and fetches that are ended at any point.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;
use crate::server::Reply;

/// Runs `change` on what the server has before each of its answers, with the number of the answer.
fn shifting(github: GitHub, change: impl Fn(usize, &mut GitHub) + Send + Sync + 'static) -> Server {
    let github = github.shared();
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        let mut github = github.lock().unwrap();
        change(count.fetch_add(1, Ordering::Relaxed), &mut github);
        github.answer(request)
    })
}

/// Options that read only the list, of a server with small pages.
fn lists(server: &Server) -> Options {
    Options { jobs: false, ..options(server) }
}

#[test]
fn runs_that_push_the_list_on_are_neither_missed_nor_doubled() {
    let mut github = GitHub::with(60);
    github.page = 10;
    let server = shifting(github, |count, github| {
        let id = 61 + count as u64;
        let newest = GitHub::with(id).runs.remove(0);
        github.runs.insert(0, newest);
    });
    let mut store = Memory::default();
    complete(&lists(&server), &mut store);
    let ids = store.ids();
    assert!((1..=60).all(|id| ids.contains(&id)), "{ids:?}");
}

#[test]
fn runs_that_are_deleted_while_the_list_is_read_hide_no_others() {
    let mut github = GitHub::with(60);
    github.page = 10;
    let server = shifting(github, |count, github| {
        if count == 2 {
            github.runs.drain(0..7);
        }
        if count == 5 {
            github.runs.drain(3..15);
        }
    });
    let mut store = Memory::default();
    complete(&lists(&server), &mut store);
    let ids = store.ids();
    assert!((1..=40).all(|id| ids.contains(&id)), "{ids:?}");
}

/// What happens to the list before an answer.
#[derive(Debug, Clone, Copy)]
enum Change {
    Nothing,
    Added(u64),
    Deleted(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => Just(Change::Nothing),
        1 => (1u64..6).prop_map(Change::Added),
        1 => (0usize..80, 1usize..9).prop_map(|(place, count)| Change::Deleted(place, count)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_the_list_every_run_that_stays_is_read(
        changes in prop::collection::vec(change(), 0..24),
        (page, search) in (3usize..12, 20usize..60),
        (links, searches) in (any::<bool>(), any::<bool>()),
        together in 1i64..5,
    ) {
        let mut github = GitHub::with(80);
        (github.page, github.links, github.searches) = (page, links, searches);
        github.search = search;
        github.runs.iter_mut().for_each(|run| run.created = START + 600 * (run.id as i64 / together));
        let shared = github.shared();
        let answers = std::sync::Arc::new(AtomicUsize::new(0));
        let (inner, count) = (shared.clone(), answers.clone());
        let server = Server::start(move |request| {
            let mut github = inner.lock().unwrap();
            match changes.get(count.fetch_add(1, Ordering::Relaxed)) {
                Some(Change::Added(more)) => {
                    for _ in 0..*more {
                        let mut newest = GitHub::with(1).runs.remove(0);
                        newest.id = github.runs.first().map_or(1000, |run| run.id.max(1000) + 1);
                        newest.created = START + 600 * newest.id as i64;
                        github.runs.insert(0, newest);
                    }
                }
                Some(Change::Deleted(place, count)) => {
                    let from = (*place).min(github.runs.len());
                    let to = (place + count).min(github.runs.len());
                    github.runs.drain(from..to);
                }
                _ => {}
            }
            github.answer(request)
        });
        let mut store = Memory::default();
        complete(&lists(&server), &mut store);
        // What came to be while reading is what the next fetch is for, in which nothing changes any more.
        answers.store(1000, Ordering::Relaxed);
        complete(&lists(&server), &mut store);
        let ids = store.ids();
        let lost: Vec<u64> =
            shared.lock().unwrap().runs.iter().map(|run| run.id).filter(|id| !ids.contains(id)).collect();
        prop_assert!(lost.is_empty(), "{:?}", lost);
    }

    #[test]
    fn a_fetch_that_is_ended_anywhere_goes_on_without_a_gap_or_a_double(
        ends in prop::collection::vec(0usize..40, 1..6),
        by_store in any::<bool>(),
        grows in 0u64..4,
    ) {
        let mut github = GitHub::with(90);
        (github.page, github.search) = (8, 40);
        github.runs[30].attempt = 2;
        let shared = github.shared();
        let left = std::sync::Arc::new(AtomicUsize::new(usize::MAX));
        let (inner, requests) = (shared.clone(), left.clone());
        let server = Server::start(move |request| {
            let github = inner.lock().unwrap();
            match requests.load(Ordering::SeqCst) {
                0 => Reply { reset: true, ..Reply::default() },
                left => {
                    requests.store(left - 1, Ordering::SeqCst);
                    github.answer(request)
                }
            }
        });
        let options = Options { timing: Timing { retries: 0, ..options(&server).timing }, ..options(&server) };
        let mut store = Memory::default();
        let cuts = ends.len();
        for end in ends {
            if by_store {
                store.writes_left = Some(end);
                let _ = fetch::run(&options, &mut store, &mut |_| {});
                store.writes_left = None;
            } else {
                left.store(end, Ordering::SeqCst);
                fetch(&options, &mut store);
                left.store(usize::MAX, Ordering::SeqCst);
            }
            let newest = shared.lock().unwrap().runs[0].id;
            shared.lock().unwrap().runs.splice(0..0, GitHub::with(newest + grows).runs.drain(..grows as usize));
        }
        complete(&options, &mut store);
        let count = shared.lock().unwrap().runs.len();
        prop_assert_eq!(store.ids().len(), count + 1, "every run, and the one with two attempts");
        let jobs_of = |attempt| if attempt == 1 { 2 } else { 1 };
        let whole = store.runs.values().all(|run| run.jobs.len() == jobs_of(run.attempt));
        prop_assert!(whole);
        // What was stored when the cursor could not be is read again.
        let most = if by_store { 20 * cuts } else { 0 };
        prop_assert!(store.repeated <= most);
    }
}
