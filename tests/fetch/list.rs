//! Which runs are read, and how often.

use super::*;

#[test]
fn runs_come_with_their_jobs_and_steps() {
    let server = serve(&GitHub::with(3).shared());
    let mut store = Memory::default();
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(
        (fetched.repositories[0].runs, fetched.repositories[0].new, fetched.repositories[0].jobs),
        (3, 3, 6)
    );
    let run = &store.runs[&("acme/app".to_owned(), 2, 1)];
    assert_eq!((run.workflow.as_str(), run.number, run.jobs.len()), ("CI", Some(2), 2));
    assert_eq!(run.jobs[1].name, "test (1)");
    assert_eq!(run.jobs[1].steps[0].duration(), Some(2.0));
}

#[test]
fn more_than_a_thousand_runs_are_read_through_searches() {
    let mut github = GitHub::with(2345);
    github.runs.iter_mut().for_each(|run| run.created = START + run.id as i64 / 7);
    let server = serve(&github.shared());
    let mut store = Memory::default();
    let options = Options { jobs: false, ..options(&server) };
    complete(&options, &mut store);
    assert_eq!(store.ids(), (1..=2345).collect::<Vec<_>>());
    let asked = server.requests();
    assert!(asked.iter().any(|request| request.query.contains_key("created")));
    assert!(asked.len() < 30, "{}", asked.len());
}

#[test]
fn a_server_that_knows_no_search_is_read_page_by_page() {
    let mut github = GitHub::with(1250);
    github.searches = false;
    let server = serve(&github.shared());
    let mut store = Memory::default();
    complete(&Options { jobs: false, ..options(&server) }, &mut store);
    assert_eq!(store.ids().len(), 1250);
}

#[test]
fn a_server_without_links_is_read_by_its_total() {
    let mut github = GitHub::with(25);
    (github.links, github.page) = (false, 4);
    let server = serve(&github.shared());
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    assert_eq!(store.ids().len(), 25);
}

#[test]
fn a_second_fetch_of_nothing_new_is_one_request_that_costs_nothing() {
    let server = serve(&GitHub::with(250).shared());
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    server.take_paths();
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(server.requests().len(), 1);
    assert!(server.requests()[0].header("if-none-match").is_some());
    assert_eq!((fetched.repositories[0].unchanged, fetched.repositories[0].runs), (1, 0));
}

#[test]
fn new_runs_are_read_and_known_ones_are_not_read_again() {
    let github = GitHub::with(250).shared();
    let server = serve(&github);
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    server.take_paths();
    let newer = GitHub::with(420).runs;
    github.lock().unwrap().runs = newer;
    complete(&options(&server), &mut store);
    assert_eq!(store.ids().len(), 420);
    assert_eq!(store.repeated, 0);
    let lists = server.take_paths().iter().filter(|path| path.ends_with("/runs")).count();
    assert_eq!(lists, 2, "two pages reach what is known, and nothing is before that");
}

#[test]
fn a_run_in_progress_is_looked_at_again_wherever_it_is_in_the_list() {
    let mut github = GitHub::with(300);
    github.runs[250].completed = false;
    let open = github.runs[250].id;
    let github = github.shared();
    let server = serve(&github);
    let mut store = Memory::default();
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(fetched.repositories[0].open, 1);
    let key = ("acme/app".to_owned(), open, 1);
    assert!(store.runs[&key].jobs.is_empty() && store.runs[&key].duration().is_none());
    complete(&options(&server), &mut store);
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(
        fetched.repositories[0].unchanged, 2,
        "the list and the run cost nothing while nothing happens"
    );
    github.lock().unwrap().runs[250].completed = true;
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(fetched.repositories[0].open, 0);
    assert_eq!(store.runs[&key].jobs.len(), 2);
}

#[test]
fn a_run_that_was_deleted_while_open_is_forgotten() {
    let mut github = GitHub::with(120);
    github.runs[110].completed = false;
    let github = github.shared();
    let server = serve(&github);
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    github.lock().unwrap().runs.remove(110);
    assert_eq!(complete(&options(&server), &mut store).repositories[0].open, 0);
}

#[test]
fn every_attempt_of_a_rerun_run_is_read_once() {
    let github = GitHub::with(5).shared();
    let server = serve(&github);
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    github.lock().unwrap().runs[2].attempt = 3;
    complete(&options(&server), &mut store);
    let attempts: Vec<u32> = store.runs.keys().filter(|(_, id, _)| *id == 3).map(|(_, _, n)| *n).collect();
    assert_eq!(attempts, [1, 2, 3]);
    assert_eq!(store.repeated, 0);
    let run = |attempt| &store.runs[&("acme/app".to_owned(), 3, attempt)];
    let jobs = |attempt| run(attempt).jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>();
    assert_eq!(jobs(1), ["test (0)", "test (1)"]);
    assert_eq!(jobs(2), ["test (1)"], "the other one did not run again");
    assert_eq!(run(3).duration(), Some(60.0));
}

#[test]
fn a_rerun_behind_the_first_page_is_found_within_the_time_that_is_read_again() {
    let github = GitHub::with(300).shared();
    let server = serve(&github);
    let mut store = Memory::default();
    let again = Options { again: SignedDuration::from_hours(24 * 180), ..options(&server) };
    complete(&again, &mut store);
    github.lock().unwrap().runs[220].attempt = 2;
    complete(&again, &mut store);
    assert_eq!(store.ids().len(), 301);
    assert_eq!(store.repeated, 0);
}

#[test]
fn jobs_are_read_page_by_page_and_from_servers_without_attempts() {
    let mut github = GitHub::with(2);
    (github.page, github.attempts) = (3, false);
    github.runs[0].jobs = 8;
    let server = serve(&github.shared());
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    assert_eq!(store.runs[&("acme/app".to_owned(), 2, 1)].jobs.len(), 8);
}

#[test]
fn jobs_are_added_to_runs_that_were_read_without() {
    let server = serve(&GitHub::with(150).shared());
    let mut store = Memory::default();
    complete(&Options { jobs: false, ..options(&server) }, &mut store);
    assert!(server.take_paths().iter().all(|path| path.ends_with("/runs")));
    complete(&options(&server), &mut store);
    assert!(store.runs.values().all(|run| run.jobs.len() == 2));
}

#[test]
fn a_run_without_jobs_is_not_asked_for_them_again() {
    let mut github = GitHub::with(10);
    github.runs.iter_mut().for_each(|run| run.jobs = 0);
    let github = github.shared();
    let server = serve(&github);
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    server.take_paths();
    github.lock().unwrap().runs = GitHub::with(11).runs;
    complete(&options(&server), &mut store);
    let asked: Vec<String> = server.take_paths().into_iter().filter(|path| path.ends_with("/jobs")).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[test]
fn since_bounds_what_is_read_and_an_earlier_one_reads_on() {
    let server = serve(&GitHub::with(500).shared());
    let mut store = Memory::default();
    let since = |id: i64| Options { since: Some(at(START + 3600 * id)), ..options(&server) };
    complete(&since(401), &mut store);
    assert_eq!(store.ids(), (401..=500).collect::<Vec<_>>());
    complete(&since(380), &mut store);
    assert_eq!(store.ids(), (380..=500).collect::<Vec<_>>());
    complete(&since(390), &mut store);
    assert_eq!(store.ids().len(), 121);
    complete(&options(&server), &mut store);
    assert_eq!(store.ids(), (1..=500).collect::<Vec<_>>());
    assert_eq!(store.repeated, 0);
}

#[test]
fn a_limit_ends_a_fetch_and_the_next_one_goes_on() {
    let server = serve(&GitHub::with(260).shared());
    let mut store = Memory::default();
    let some = Options { limit: Some(130), ..options(&server) };
    let fetched = fetch(&some, &mut store);
    assert!(matches!(fetched.repositories[0].ended, Ended::Enough));
    assert_eq!(store.ids(), (131..=260).collect::<Vec<_>>());
    complete(&some, &mut store);
    assert_eq!(store.ids().len(), 260);
    assert_eq!(store.repeated, 0);
}

#[test]
fn a_limit_that_is_a_whole_page_leaves_nothing_out() {
    let server = serve(&GitHub::with(320).shared());
    let mut store = Memory::default();
    let page = Options { limit: Some(100), ..options(&server) };
    for stored in [100, 200, 300] {
        assert!(matches!(fetch(&page, &mut store).repositories[0].ended, Ended::Enough));
        assert_eq!(store.runs.len(), stored);
    }
    complete(&page, &mut store);
    assert_eq!(store.ids(), (1..=320).collect::<Vec<_>>());
    assert_eq!(store.repeated, 0);
}

#[test]
fn a_run_that_a_webhook_stored_in_part_is_made_whole() {
    let server = serve(&GitHub::with(3).shared());
    let (mut store, mut whole) = (Memory::default(), Memory::default());
    complete(&options(&server), &mut whole);
    let mut part = whole.runs[&("acme/app".to_owned(), 2, 1)].clone();
    part.jobs.truncate(1);
    store.runs.insert(("acme/app".to_owned(), 2, 1), part);
    complete(&options(&server), &mut store);
    assert_eq!(store.runs, whole.runs);
}

#[test]
fn a_run_that_was_removed_from_the_store_does_not_come_back() {
    let github = GitHub::with(10).shared();
    let server = serve(&github);
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    store.runs.retain(|(_, id, _), _| *id > 5);
    github.lock().unwrap().runs = GitHub::with(11).runs;
    complete(&options(&server), &mut store);
    assert_eq!(store.ids(), (6..=11).collect::<Vec<_>>());
}

#[test]
fn durations_are_asked_for_when_wanted() {
    let server = serve(&GitHub::with(1).shared());
    let mut store = Memory::default();
    complete(&Options { durations: true, jobs: false, ..options(&server) }, &mut store);
    assert_eq!(store.runs.values().next().unwrap().duration(), Some(61.5));
}

#[test]
fn a_repository_without_runs_is_complete() {
    let server = serve(&GitHub::with(0).shared());
    let mut store = Memory::default();
    assert_eq!(complete(&options(&server), &mut store).repositories[0].runs, 0);
    complete(&options(&server), &mut store);
}
