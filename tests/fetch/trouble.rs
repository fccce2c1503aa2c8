//! What a server and a network do to a fetch, and what the fetch makes of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use wfgen::runs::Stop;

use super::*;
use crate::server::{Reply, Request};

/// Answers as GitHub does, unless `first` has something else to say; it is given the number of the request.
fn troubled(
    github: GitHub,
    first: impl Fn(usize, &Request) -> Option<Reply> + Send + Sync + 'static,
) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |request| {
        first(count.fetch_add(1, Ordering::SeqCst), request).unwrap_or_else(|| github.answer(request))
    })
}

/// What was told while fetching: waits and retries.
fn told(options: &Options, store: &mut Memory) -> (Fetched, Vec<String>) {
    let mut told = Vec::new();
    let fetched = fetch::run(options, store, &mut |progress| match progress {
        fetch::Progress::Waiting { limit, .. } => told.push(format!("{limit:?}")),
        fetch::Progress::Retrying { why, .. } => told.push((*why).to_owned()),
        _ => {}
    });
    (fetched.unwrap(), told)
}

fn date(second: i64) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at(second)).unwrap()
}

/// A fetch through this trouble that still gets everything.
fn survives(first: impl Fn(usize, &Request) -> Option<Reply> + Send + Sync + 'static) -> Vec<String> {
    let server = troubled(GitHub::with(4), first);
    let mut store = Memory::default();
    let (fetched, told) = told(&options(&server), &mut store);
    assert!(matches!(fetched.repositories[0].ended, Ended::Complete), "{:?}", fetched.repositories[0].ended);
    assert_eq!(store.ids(), [1, 2, 3, 4]);
    assert!(store.runs.values().all(|run| run.jobs.len() == 2));
    told
}

#[test]
fn the_primary_limit_is_waited_for_until_its_reset_by_the_servers_clock() {
    // The server's clock is five years behind ours.
    let told = survives(|count, _| {
        (count == 1).then(|| {
            Reply::new(403, r#"{"message": "API rate limit exceeded for installation ID 1."}"#)
                .with("date", date(START - 5 * 365 * 86_400))
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", START - 5 * 365 * 86_400 + 1)
        })
    });
    assert_eq!(told, ["Primary"]);
}

#[test]
fn the_last_request_of_the_hour_is_used_and_the_next_one_waits() {
    let server = troubled(GitHub::with(1), |count, _| {
        (count == 0).then(|| {
            let list = GitHub::with(1);
            let request = Request {
                method: "GET".to_owned(),
                path: "/repos/acme/app/actions/runs".to_owned(),
                query: Default::default(),
                headers: Default::default(),
            };
            list.answer(&request)
                .with("date", date(START))
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", START + 1)
        })
    });
    let mut store = Memory::default();
    let (_, told) = told(&options(&server), &mut store);
    assert_eq!(told, ["Primary"]);
    assert_eq!(server.requests().len(), 2, "none was refused");
    assert_eq!(store.runs.len(), 1);
}

#[test]
fn the_secondary_limit_is_waited_for_in_each_of_its_forms() {
    let message = r#"{"message": "You have exceeded a secondary rate limit."}"#;
    let told = survives(move |count, _| (count < 2).then(|| Reply::new(403, message)));
    assert_eq!(told, ["Secondary", "Secondary"]);
    let told = survives(move |count, _| (count == 0).then(|| Reply::new(429, "")));
    assert_eq!(told, ["Secondary"]);
    let told = survives(move |count, _| (count == 0).then(|| Reply::new(429, "").with("retry-after", 1)));
    assert_eq!(told, ["Secondary"]);
}

#[test]
fn a_limit_that_lasts_too_long_ends_the_fetch_with_the_time_to_go_on() {
    let limited = Arc::new(AtomicUsize::new(1));
    let on = limited.clone();
    let server = troubled(GitHub::with(50), move |count, _| {
        (count > 30 && on.load(Ordering::SeqCst) == 1).then(|| {
            Reply::new(403, r#"{"message": "API rate limit exceeded"}"#)
                .with("date", date(START))
                .with("x-ratelimit-remaining", 0)
                .with("x-ratelimit-reset", START + 1800)
        })
    });
    let mut store = Memory::default();
    let started = Instant::now();
    let (fetched, told) = told(&options(&server), &mut store);
    let Ended::Limited { until } = fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!((until.duration_since(now()).as_secs() - 1800).abs() <= 2, "{until}");
    assert!(told.is_empty() && started.elapsed().as_secs() < 10);
    let stored = store.runs.len();
    assert!((20..50).contains(&stored), "what was read is stored: {stored}");
    limited.store(0, Ordering::SeqCst);
    complete(&options(&server), &mut store);
    assert_eq!((store.runs.len(), store.repeated), (50, 0));
}

#[test]
fn a_missing_permission_is_no_limit_and_is_told_at_once() {
    let server = troubled(GitHub::with(1), |_, _| {
        let message = r#"{"message": "Resource not accessible by personal access token"}"#;
        Some(Reply::new(403, message).with("x-ratelimit-remaining", 4999))
    });
    let fetched = fetch(&options(&server), &mut Memory::default());
    let Ended::Failed(error) = &fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!(error.to_string().contains("Resource not accessible"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn failures_that_pass_are_tried_again() {
    let told = survives(|count, _| (count < 2).then(|| Reply::new(502, "<html>Unicorn!</html>")));
    assert_eq!(told, vec!["the server answered 502 Bad Gateway"; 2]);
    let told = survives(|count, _| (count == 0).then(|| Reply { reset: true, ..Reply::default() }));
    assert!(told.len() == 1 && told[0].contains("connection"), "{told:?}");
    let list = |count, request: &Request| (count == 0).then(|| GitHub::with(4).answer(request));
    let told =
        survives(move |count, request| list(count, request).map(|reply| Reply { cut: Some(200), ..reply }));
    assert!(told.len() == 1 && told[0].contains("broke off"), "{told:?}");
    let told = survives(move |count, request| {
        list(count, request).map(|reply| Reply { body: reply.body[..200].to_owned(), ..reply })
    });
    assert_eq!(told, ["the answer broke off"]);
}

#[test]
fn a_body_that_comes_too_slowly_is_given_up_and_asked_for_again() {
    let server = troubled(GitHub::with(2), |count, request| {
        let slow = Some(Duration::from_secs(30));
        (count == 0).then(|| Reply { slow, ..GitHub::with(2).answer(request) })
    });
    let mut options = options(&server);
    options.timing.timeout = Duration::from_millis(600);
    let mut store = Memory::default();
    let (_, told) = told(&options, &mut store);
    assert_eq!(told.first().map(String::as_str), Some("the server took too long"));
    assert_eq!(store.runs.len(), 2);
}

#[test]
fn a_body_that_is_too_large_is_not_read() {
    let server = serve(&GitHub::with(100).shared());
    let small = Options { body_limit: 10_000, ..options(&server) };
    let fetched = fetch(&small, &mut Memory::default());
    let Ended::Failed(error) = &fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!(error.to_string().contains("larger than 10000 bytes"), "{error}");
}

#[test]
fn jobs_that_can_not_be_read_leave_their_run_open_for_the_next_time() {
    let broken = Arc::new(AtomicUsize::new(1));
    let on = broken.clone();
    let server = troubled(GitHub::with(30), move |_, request| {
        (on.load(Ordering::SeqCst) == 1 && request.path.contains("/runs/7/")).then(|| Reply::new(500, ""))
    });
    let mut store = Memory::default();
    let fetched = complete(&options(&server), &mut store);
    assert_eq!((store.runs.len(), fetched.repositories[0].open), (30, 1));
    broken.store(0, Ordering::SeqCst);
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(fetched.repositories[0].open, 0);
    assert!(store.runs.values().all(|run| run.jobs.len() == 2));
}

#[test]
fn the_breaker_opens_for_every_repository_and_the_history_stays() {
    let server = serve(&GitHub::with(3).shared());
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    let dead = troubled(GitHub::with(3), |_, _| Some(Reply::new(503, "")));
    let names: Vec<String> = (0..20).map(|n| format!("acme/app{n}")).collect();
    let fetched = fetch(&Options { repositories: names, concurrency: 2, ..options(&dead) }, &mut store);
    assert_eq!(fetched.repositories.len(), 20);
    let unavailable = |r: &fetch::Repository| matches!(r.ended, Ended::Unavailable { .. });
    assert!(fetched.repositories.iter().all(unavailable));
    assert!(dead.requests().len() <= 10, "{}", dead.requests().len());
    assert_eq!(store.runs.len(), 3);
}

#[test]
fn a_server_that_is_not_there_is_told_and_not_waited_for() {
    let gone =
        Options { base_url: "http://127.0.0.1:1".to_owned(), ..options(&serve(&GitHub::with(0).shared())) };
    let fetched = fetch(&gone, &mut Memory::default());
    let Ended::Unavailable { why } = &fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!(why.contains("cannot connect"), "{why}");
}

#[test]
fn one_repository_that_fails_stops_no_other() {
    let github = GitHub::with(3);
    let server = troubled(github, |_, request| {
        request.path.starts_with("/repos/acme/gone/").then(|| Reply::new(404, r#"{"message": "Not Found"}"#))
    });
    let names = ["acme/gone", "acme/app", "Acme/App"].map(str::to_owned).to_vec();
    let mut store = Memory::default();
    let fetched = fetch(&Options { repositories: names, ..options(&server) }, &mut store);
    assert!(
        matches!(&fetched.repositories[0].ended, Ended::Failed(error) if error.to_string().contains("acme/gone"))
    );
    assert!(matches!(fetched.repositories[1].ended, Ended::Complete));
    assert_eq!((fetched.repositories.len(), store.runs.len()), (2, 3));
}

#[test]
fn a_redirect_on_the_same_host_is_followed_with_the_token() {
    let server = troubled(GitHub::with(2), |_, request| {
        (request.path == "/repos/old/name/actions/runs")
            .then(|| Reply::new(301, "").with("location", "/repos/acme/app/actions/runs?per_page=100&page=1"))
    });
    let token = fetch::Auth::Token(fetch::Secret::new("ghp_example"));
    let options =
        Options { repositories: vec!["old/name".to_owned()], auth: token, jobs: false, ..options(&server) };
    let mut store = Memory::default();
    let fetched = complete(&options, &mut store);
    assert_eq!(fetched.repositories[0].renamed.as_deref(), Some("acme/app"));
    assert!(server.requests().iter().all(|r| r.header("authorization") == Some("Bearer ghp_example")));
    assert!(store.runs.keys().all(|(name, ..)| name == "old/name"));
}

#[test]
fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = serve(&GitHub::with(2).shared());
    let target = format!("{}/repos/acme/app/actions/runs", elsewhere.base);
    let server = troubled(GitHub::with(2), move |_, _| Some(Reply::new(302, "").with("location", &target)));
    let token = fetch::Auth::Token(fetch::Secret::new("ghp_example"));
    let fetched = fetch(&Options { auth: token, ..options(&server) }, &mut Memory::default());
    let Ended::Failed(error) = &fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!(error.to_string().contains("another host"), "{error}");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_token_that_is_refused_is_told_and_not_shown() {
    let server = troubled(GitHub::with(2), |_, _| Some(Reply::new(401, r#"{"message": "Bad credentials"}"#)));
    let token = fetch::Auth::Token(fetch::Secret::new("ghp_example"));
    let options = Options { auth: token, ..options(&server) };
    let fetched = fetch(&options, &mut Memory::default());
    let Ended::Failed(error) = &fetched.repositories[0].ended else { panic!("{fetched:?}") };
    assert!(error.to_string().contains("Bad credentials"), "{error}");
    assert!(!format!("{options:?} {fetched:?} {error:?}").contains("ghp_example"));
}

#[test]
fn a_store_that_fails_ends_the_fetch() {
    let server = serve(&GitHub::with(3).shared());
    let mut store = Memory { writes_left: Some(0), ..Memory::default() };
    let error = fetch::run(&options(&server), &mut store, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "killed");
}

#[test]
fn a_broken_entry_is_counted_and_hides_no_other() {
    let seen = Mutex::new(());
    let server = troubled(GitHub::with(3), move |_, request| {
        let _one = seen.lock();
        let reply = GitHub::with(3).answer(request);
        (request.path.ends_with("/runs"))
            .then(|| Reply { body: reply.body.replace(r#""id":2,"#, r#""id":"two","#), ..reply })
    });
    let mut store = Memory::default();
    let fetched = complete(&options(&server), &mut store);
    assert_eq!(fetched.repositories[0].unreadable, 1);
    assert_eq!(store.ids(), [1, 3]);
}

#[test]
fn a_fetch_that_is_stopped_ends_at_once_and_goes_on_next_time() {
    let count = AtomicUsize::new(0);
    let stop = Stop::default();
    let (github, stopper) = (GitHub::with(60), stop.clone());
    let server = Server::start(move |request| {
        if count.fetch_add(1, Ordering::SeqCst) == 35 {
            stopper.stop();
        }
        github.answer(request)
    });
    let mut store = Memory::default();
    let fetched = fetch(&Options { stop, ..options(&server) }, &mut store);
    assert!(matches!(fetched.repositories[0].ended, Ended::Interrupted));
    assert!((20..60).contains(&store.runs.len()), "{}", store.runs.len());
    complete(&options(&server), &mut store);
    assert_eq!((store.runs.len(), store.repeated), (60, 0));
}

#[test]
fn an_enterprise_server_has_its_api_below_a_path() {
    let github = GitHub::with(2);
    let server = Server::start(move |request| match request.path.strip_prefix("/api/v3") {
        Some(path) => github.answer(&Request { path: path.to_owned(), ..request.clone() }),
        None => Reply::new(404, ""),
    });
    for base in ["/api/v3", "/api/v3/"] {
        let options = Options { base_url: format!("{}{base}", server.base), ..options(&server) };
        complete(&options, &mut Memory::default());
    }
}

#[test]
fn a_server_that_repeats_itself_is_left_in_the_end() {
    let same = GitHub::with(5);
    let server = Server::start(move |request| {
        let first = Request { query: Default::default(), ..request.clone() };
        same.answer(&first).with("link", "<x>; rel=\"next\"")
    });
    let mut store = Memory::default();
    complete(&options(&server), &mut store);
    assert_eq!(store.ids(), [1, 2, 3, 4, 5]);
    assert!(server.requests().len() < 50, "{}", server.requests().len());
}

#[test]
fn a_page_that_is_empty_although_more_is_there_is_not_taken_for_the_end() {
    let mut github = GitHub::with(12);
    (github.page, github.links, github.searches) = (4, false, false);
    let hiccup = Arc::new(AtomicUsize::new(1));
    let on = hiccup.clone();
    let server = troubled(github, move |_, request| {
        let later = request.path.ends_with("/runs") && request.query["page"] != "1";
        (later && on.load(Ordering::SeqCst) == 1)
            .then(|| Reply::new(200, r#"{"total_count": 12, "workflow_runs": []}"#))
    });
    let mut store = Memory::default();
    fetch(&options(&server), &mut store);
    assert_eq!(store.ids(), [9, 10, 11, 12]);
    hiccup.store(0, Ordering::SeqCst);
    complete(&options(&server), &mut store);
    assert_eq!(store.ids(), (1..=12).collect::<Vec<_>>());
}
