//! `track` and `predict` as a person runs them: runs in, answers out, exit codes.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// A directory with a history.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    /// With a made-up history in it.
    fn simulated(runs: u32) -> Self {
        let place = Place::new();
        place.ok(&["track", "simulate", "--runs", &runs.to_string()]);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        name.to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wfgen"));
        command.args(arguments).current_dir(self.0.path());
        for name in [
            "WFGEN_DB",
            "GITHUB_REPOSITORY",
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "GITHUB_EVENT_PATH",
            "GITHUB_API_URL",
        ] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--format", "json"]);
        serde_json::from_slice(&self.run(&arguments).stdout).unwrap()
    }

    /// The exit code and what was said about it.
    fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// What the API says of a run.
fn run(number: u64, seconds: i64) -> Value {
    let time = |after: i64| {
        (jiff::Timestamp::from_second(1_790_000_000 + number as i64 * 3_600 + after).unwrap()).to_string()
    };
    json!({
        "id": 7_000 + number, "run_number": number, "run_attempt": 1, "name": "CI", "path": ".github/workflows/ci.yml",
        "event": "push", "head_branch": "main", "head_sha": format!("{number:040x}"), "status": "completed",
        "conclusion": "success", "display_title": "A change", "actor": { "login": "octocat" },
        "created_at": time(0), "run_started_at": time(0), "updated_at": time(seconds),
        "repository": { "full_name": "octo/glim" },
    })
}

fn page(numbers: impl Iterator<Item = u64>) -> String {
    let runs: Vec<Value> = numbers.map(|number| run(number, 100 + (number as i64 * 7) % 13)).collect();
    json!({ "total_count": runs.len(), "workflow_runs": runs }).to_string()
}

#[test]
fn a_page_of_the_api_becomes_a_prediction() {
    let place = Place::new();
    let file = place.write("runs.json", &page(1..=30));
    assert!(place.ok(&["track", "import", &file]).starts_with("30 new runs, 0 updated, 0 known already\n"));
    assert!(place.ok(&["track", "import", &file]).starts_with("0 new runs, 0 updated, 30 known already\n"));
    assert_eq!(fs::read_to_string(place.path(".wfgen/.gitignore")).unwrap().trim(), "*");

    let said = place.json(&["predict", "duration", "CI"]);
    let prediction = &said["predictions"][0];
    let value = prediction["value_s"].as_f64().unwrap();
    assert!((100.0..=113.0).contains(&value), "{said}");
    let (low, high) = (
        prediction["interval_90"]["low_s"].as_f64().unwrap(),
        prediction["interval_90"]["high_s"].as_f64().unwrap(),
    );
    assert!(low <= value && value <= high && low > 80.0 && high < 140.0, "{said}");
    // The state that was kept says the same.
    assert_eq!(place.json(&["predict", "duration", "CI"])["predictions"], said["predictions"]);

    let table = place.json(&["predict", "backtest"]);
    let methods: Vec<&str> =
        table["methods"].as_array().unwrap().iter().map(|m| m["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["last", "mean-10", "median-10", "median-10-event-main", "ets", "booster", "wfgen"]);
}

#[test]
fn with_too_little_data_it_says_so_and_exits_with_3() {
    let place = Place::new();
    assert_eq!(place.fails(&["predict", "duration"]).0, 3);
    assert_eq!(place.fails(&["track", "report"]).0, 3);
    assert!(!place.path(".wfgen").exists());
    let file = place.write("runs.json", &page(1..=3));
    place.ok(&["track", "import", &file]);
    let output = place.run(&["predict", "duration"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("not enough data yet: 3 of 10 runs"), "{said}");
    assert_eq!(place.fails(&["predict", "backtest"]).0, 3);
    let (code, error) = place.fails(&["predict", "duration", "IC"]);
    assert_eq!(code, 3);
    assert!(error.contains("did you mean `CI`?"), "{error}");
}

#[test]
fn a_repository_that_the_history_does_not_know_is_told_with_those_that_it_does() {
    let place = Place::simulated(60);
    for command in ["report", "failures", "anomalies"] {
        let (code, error) = place.fails(&["track", command, "--repo", "no/where"]);
        assert_eq!(code, 3, "{error}");
        assert!(error.contains("no run of `no/where`") && error.contains("example/made-up"), "{error}");
    }
}

#[test]
fn what_is_no_history_and_no_runs_is_refused_and_left_alone() {
    let place = Place::new();
    for (text, code) in [("{]", 4), ("a,b\n1,2\n", 4), ("", 4), ("\u{0}\u{0}", 4)] {
        let file = place.write("odd", text);
        let (is, error) = place.fails(&["track", "import", &file]);
        assert_eq!(is, code, "{text:?}: {error}");
    }
    assert!(!place.path(".wfgen").exists());
    let history = place.write("history.db", "this is no database, but somebody's notes");
    let (code, error) = place.fails(&["track", "report", "--db", &history]);
    assert_eq!(
        (code, fs::read_to_string(place.path(&history)).unwrap().as_str()),
        (4, "this is no database, but somebody's notes"),
        "{error}"
    );
    assert_eq!(place.fails(&["track", "import", "nowhere.json"]).0, 5);
    assert_eq!(place.fails(&["track", "prune", "--older-than", "soon"]).0, 2);
    assert_eq!(place.fails(&["track", "report", "--since", "yesterday"]).0, 2);
    assert_eq!(place.fails(&["track", "fetch", "--repo", "no-repository"]).0, 2);
}

#[test]
fn actors_are_hashes_and_a_shared_export_has_no_names() {
    let place = Place::new();
    let file = place.write("runs.json", &page(1..=12));
    place.ok(&["track", "import", &file]);
    let plain = place.ok(&["track", "export"]);
    assert!(!plain.contains("octocat") && plain.contains("octo/glim"), "{plain}");
    for form in ["json-lines", "csv", "jobs-csv"] {
        let shared = place.ok(&["track", "export", "--share", "--as", form]);
        for name in ["octo", "glim", "main", "A change", "ci.yml", "000000000000000000000000000000000000000c"]
        {
            assert!(!shared.contains(name), "{form} has {name}: {shared}");
        }
    }
    let again = Place::new();
    let csv = again.write("runs.csv", &place.ok(&["track", "export", "--as", "csv"]));
    assert!(again.ok(&["track", "import", &csv]).starts_with("12 new runs"));
    // Each history hashes with a key of its own, so a hash is hashed again.
    let known = |place: &Place| {
        let text = place.ok(&["track", "export", "--as", "csv"]);
        let cells = |line: &str| {
            line.split(',').enumerate().filter(|(at, _)| *at != 16).map(|(_, c)| c.to_owned()).collect()
        };
        text.lines().map(cells).collect::<Vec<Vec<String>>>()
    };
    assert!(known(&again) == known(&place));
}

#[test]
fn a_made_up_history_says_that_it_is_one_everywhere() {
    let place = Place::simulated(300);
    let report = place.ok(&["track", "report", "--since", "60d"]);
    assert!(report.contains("made up by `wfgen track simulate`"), "{report}");
    for format in ["markdown", "html"] {
        assert!(
            place.ok(&["track", "report", "--since", "60d", "--format", format]).contains("made up"),
            "{format}"
        );
    }
    assert!(place.ok(&["predict", "duration"]).starts_with("From a made-up history\n"));
    assert!(place.json(&["track", "report", "--since", "60d"])["simulated"].as_u64().unwrap() > 0);
    for command in ["failures", "anomalies"] {
        let code = place.run(&["track", command, "--since", "60d"]).status.code().unwrap();
        assert!(matches!(code, 0 | 3), "{command}: {code}");
    }
}

#[test]
fn a_benchmark_that_got_slower_is_exit_code_1() {
    let place = Place::new();
    let results = |last: f64| {
        let bench = |n: u64, value: f64| {
            json!({ "commit": { "id": format!("{n:040x}"), "timestamp": format!("2026-01-{:02}T00:00:00Z", n + 1) },
                "date": 1_767_225_600_000u64 + n * 86_400_000, "tool": "cargo",
                "benches": [{ "name": "parse", "value": value, "unit": "ns/iter", "range": "± 3" }] })
        };
        let mut entries: Vec<Value> = (0..25).map(|n| bench(n, 1_000.0 + (n * 7 % 5) as f64)).collect();
        entries.extend((25..28).map(|n| bench(n, last)));
        json!({ "lastUpdate": 0, "repoUrl": "", "entries": { "Benchmark": entries } })
    };
    let steady = place.write("steady.json", &results(1_002.0).to_string());
    assert!(place.ok(&["track", "bench", &steady]).contains("1 benchmark"));
    let slower = place.write("slower.json", &results(1_200.0).to_string());
    assert_eq!(place.run(&["track", "bench", &slower]).status.code(), Some(1));
    let odd = place.write("odd.json", "[1, 2]");
    assert_eq!(place.fails(&["track", "bench", &odd]).0, 4);
    assert!(!place.path(".wfgen").exists());
}

#[test]
fn results_of_a_tool_without_a_history_are_kept_by_ours() {
    let place = Place::new();
    let measure = |n: u32, mean: f64| {
        let result = json!({ "results": [{ "command": "glim build", "mean": mean, "stddev": 0.004, "median": mean,
            "min": mean, "max": mean, "times": [mean, mean] }] });
        place.write(&format!("{n}.json"), &result.to_string())
    };
    let bench = |file: &str| place.run(&["track", "bench", "--record", file]);
    assert_eq!(bench(&measure(0, 1.0)).status.code(), Some(3));
    for n in 1..25 {
        bench(&measure(n, 1.0 + f64::from(n * 7 % 5) * 1e-3));
    }
    assert_eq!(bench(&measure(25, 1.003)).status.code(), Some(0));
    let last = [26, 27, 28].map(|n| bench(&measure(n, 1.3)).status.code());
    assert!(last.contains(&Some(1)), "{last:?}");
    // Without the history a file has one result.
    assert_eq!(place.run(&["track", "bench", "28.json"]).status.code(), Some(3));
}

#[test]
fn an_export_ends_quietly_when_nobody_reads_on_and_not_when_it_can_not_be_written() {
    let place = Place::simulated(300);
    let mut export =
        place.command(&["track", "export"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 10];
    export.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = export.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
    let few = Place::simulated(1);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(few.command(&["track", "export"]).stdout(full).output().unwrap().status.code(), Some(5));
}

#[test]
fn failed_runs_without_jobs_are_told() {
    let place = Place::new();
    let mut runs: Vec<Value> = (1..=9).map(|number| run(number, 100)).collect();
    runs[3]["conclusion"] = json!("failure");
    let file = place.write("runs.json", &json!({ "workflow_runs": runs }).to_string());
    place.ok(&["track", "import", &file]);
    let output = place.run(&["track", "failures"]);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("1 failed run without any job in the history"), "{said}");
    assert_eq!(place.json(&["track", "failures"])["without_jobs"], 1);
}

#[test]
fn an_event_is_recorded_from_the_job_that_it_started() {
    let place = Place::new();
    let event = json!({ "action": "completed", "workflow_run": run(5, 77), "repository": { "full_name": "octo/glim" } });
    let file = place.write("event.json", &event.to_string());
    let output = place.command(&["track", "record"]).env("GITHUB_EVENT_PATH", &file).output().unwrap();
    assert!(output.status.success());
    assert!(place.ok(&["track", "export"]).contains("\"id\":7005"));
    let other = place.write("other.json", "{\"action\": \"opened\", \"pull_request\": {}}");
    assert_eq!(place.fails(&["track", "record", "--event", &other]).0, 4);
    assert_eq!(place.fails(&["track", "record"]).0, 2);

    let said =
        "track record --workflow CI --repo octo/glim --run-id 9 --started 2026-01-31T10:00:00Z --conclusion";
    let mut words: Vec<&str> = said.split(' ').collect();
    words.extend(["failure", "--ended", "2026-01-31T10:02:00Z"]);
    assert!(place.ok(&words).starts_with("1 new run"));
    words[10] = "perhaps";
    assert_eq!(place.fails(&words).0, 2);
}

/// Answers the API's list of runs on a port of its own, for as long as the test runs. Gives the port and what was asked.
fn api() -> (u16, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            for line in BufReader::new(stream.try_clone().unwrap()).lines() {
                match line {
                    Ok(line) if !line.is_empty() => request += &(line + "\n"),
                    _ => break,
                }
            }
            let body = if request.contains("/actions/runs?") {
                page((1..=12).rev())
            } else {
                "{\"total_count\":0,\"jobs\":[]}".to_owned()
            };
            log.lock().unwrap().push(request);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (port, asked)
}

#[test]
fn runs_are_fetched_with_a_token_that_is_never_shown() {
    let place = Place::new();
    let (port, asked) = api();
    let url = format!("http://127.0.0.1:{port}");
    let fetch = ["track", "fetch", "--repo", "octo/glim", "--api-url", &url, "--since", "2026-01-01", "-v"];
    let output = place.command(&fetch).env("GITHUB_TOKEN", "ghs_hunter2").output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    assert!(out.contains("octo/glim: 12 runs (12 new)"), "{out}");
    assert!(!out.contains("hunter2") && !err.contains("hunter2"), "{out}{err}");
    assert!(
        asked
            .lock()
            .unwrap()
            .iter()
            .all(|request| request.to_lowercase().contains("authorization: bearer ghs_hunter2"))
    );
    let history = fs::read(place.path(".wfgen/history.db")).unwrap();
    assert!(!history.windows(7).any(|bytes| bytes == b"hunter2"));
    assert!(place.ok(&["predict", "duration"]).starts_with("CI"));
}

#[test]
fn a_server_that_is_not_there_leaves_the_history_as_it_was() {
    let place = Place::new();
    let file = place.write("runs.json", &page(1..=12));
    place.ok(&["track", "import", &file]);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{closed}");
    let output = place.run(&["track", "fetch", "--repo", "octo/glim", "--api-url", &url]);
    assert_eq!(output.status.code(), Some(5));
    assert!(place.ok(&["track", "export"]).lines().count() == 12);
}

#[test]
fn webhooks_are_received_until_a_signal() {
    let place = Place::new();
    assert_eq!(place.fails(&["track", "serve", "--listen", "127.0.0.1:0"]).0, 2);
    let mut server = place
        .command(&["track", "serve", "--listen", "127.0.0.1:0"])
        .env("WFGEN_WEBHOOK_SECRET", "It's a Secret to Everybody")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(server.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let ask = |request: String| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    assert!(
        ask(format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"))
            .starts_with("HTTP/1.1 200")
    );
    let refused = ask(format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nx-github-event: workflow_run\r\nx-github-delivery: 1\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
    ));
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    let ended = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
    assert!(Path::new(&place.path(".wfgen/history.db")).exists());
}

/// A page with a run that starts in a minute and takes so many seconds.
fn a_minute_from_now(seconds: i64) -> String {
    let mut arrived = run(31, seconds);
    let time = |after: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(after)).to_string();
    for (key, after) in [("created_at", 60), ("run_started_at", 60), ("updated_at", 60 + seconds)] {
        arrived[key] = json!(time(after));
    }
    json!({ "workflow_runs": [arrived] }).to_string()
}

#[test]
fn a_prediction_is_compared_with_the_run_that_it_was_about() {
    let place = Place::new();
    let file = place.write("runs.json", &page(1..=30));
    place.ok(&["track", "import", &file]);
    assert_eq!(place.fails(&["predict", "accuracy"]).0, 3);
    place.ok(&["predict", "duration", "CI"]);
    let file = place.write("next.json", &a_minute_from_now(104));
    place.ok(&["track", "import", &file]);
    let accuracy = place.json(&["predict", "accuracy"]);
    assert_eq!(accuracy["overall"]["n"], 1, "{accuracy}");
    assert!(place.ok(&["predict", "accuracy", "--csv"]).lines().count() == 2);
    assert_eq!(place.fails(&["predict", "accuracy", "--target", "0.5", "--critical", "0.9"]).0, 2);
}

#[test]
fn a_run_outside_the_interval_that_was_predicted_for_it_is_out_of_the_ordinary() {
    let place = Place::new();
    place.ok(&["track", "import", &place.write("runs.json", &page(1..=30))]);
    let said = place.json(&["predict", "duration", "CI"]);
    let interval = &said["predictions"][0]["interval_90"];
    let file = place.write("next.json", &a_minute_from_now(900));
    place.ok(&["track", "import", &file]);
    let found = place.json(&["track", "anomalies"]);
    let [one] = &found["anomalies"].as_array().unwrap()[..] else { panic!("{found}") };
    let middle = (interval["low_s"].as_f64().unwrap() * interval["high_s"].as_f64().unwrap()).sqrt();
    assert!((one["expected"]["value"].as_f64().unwrap() - middle).abs() < 1e-6, "{one} {said}");
}

#[test]
fn a_scheduled_workflow_moves_away_from_the_full_hour() {
    let place = Place::simulated(400);
    let nightly = "name: Nightly\non:\n  schedule:\n    - cron: 0 3 * * *\njobs:\n  fuzz:\n    name: Fuzz\n    runs-on: ubuntu-24.04\n    steps:\n      - run: \"true\"\n";
    assert_eq!(place.fails(&["predict", "schedule"]).0, 3);
    fs::create_dir_all(place.path(".github/workflows")).unwrap();
    place.write(".github/workflows/nightly.yml", nightly);
    let timetable = place.json(&["predict", "schedule"]);
    let patch = &timetable["proposals"][0]["patch"]["triggers"]["nightly"]["schedule"][0]["cron"];
    let minute = patch.as_str().unwrap_or_else(|| panic!("{timetable}")).split(' ').next().unwrap();
    assert!(!["0", "30"].contains(&minute), "{timetable}");
    // Settings don't reach what somebody else wrote.
    let (code, error) = place.fails(&["predict", "schedule", "--apply"]);
    assert!(code == 3 && error.contains("wfgen does not generate `nightly`"), "{error}");
    assert!(place.ok(&["predict", "schedule"]).contains("by hand"));
    assert!(place.ok(&["predict", "schedule", "--min-confidence", "1"]).contains("0 proposals"));
    for wrong in [["--time-zone", "Mars/Olympus"], ["--avoid", "never"], ["--min-confidence", "2"]] {
        assert_eq!(place.fails(&["predict", "schedule", wrong[0], wrong[1]]).0, 2, "{wrong:?}");
    }
    place.write("carbon.csv", "from,to,intensity\nsoon,later,12\n");
    assert_eq!(place.fails(&["predict", "schedule", "--carbon", "carbon.csv"]).0, 4);
}

#[test]
fn a_recommendation_for_what_somebody_else_wrote_is_for_a_person() {
    let place = Place::simulated(1_500);
    fs::create_dir_all(place.path(".github/workflows")).unwrap();
    let nightly = "name: Nightly\non:\n  schedule:\n    - cron: 7 3 * * *\njobs:\n  fuzz:\n    name: Fuzz\n    runs-on: ubuntu-24.04\n    steps:\n      - run: \"true\"\n";
    place.write(".github/workflows/nightly.yml", nightly);
    assert!(place.ok(&["predict", "recommend"]).contains("wfgen does not generate `nightly`"));
    let (code, error) = place.fails(&["predict", "recommend", "--apply", "timeout/nightly/fuzz"]);
    assert!(code == 2 && error.contains("wfgen does not generate `nightly`"), "{error}");
    assert_eq!(fs::read_to_string(place.path(".github/workflows/nightly.yml")).unwrap(), nightly);
}
