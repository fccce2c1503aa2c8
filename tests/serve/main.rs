//! Receiving webhooks, from friends and others.

#![allow(clippy::unwrap_used, unreachable_pub, missing_docs)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use wfgen::error::{Error, Result};
use wfgen::runs::rest::WorkflowRun;
use wfgen::runs::serve::{self, Happened, Inbox, Options, Received};
use wfgen::runs::{Run, Secret, Stop};

const SECRET: &str = "It's a Secret to Everybody";

/// What was stored, and how the store behaves.
#[derive(Debug, Default)]
struct Stored {
    deliveries: BTreeSet<String>,
    runs: Vec<Run>,
    fails: bool,
    slow: Duration,
}

#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Stored>>);

impl Inbox for Memory {
    fn receive(&mut self, delivery: &str, run: &Run) -> Result<Received> {
        let slow = self.0.lock().unwrap().slow;
        std::thread::sleep(slow);
        let mut stored = self.0.lock().unwrap();
        if stored.fails {
            return Err(Error::environment("the disk is full"));
        }
        if !stored.deliveries.insert(delivery.to_owned()) {
            return Ok(Received::Known);
        }
        stored.runs.push(run.clone());
        Ok(Received::New)
    }
}

fn parse(event: &str, payload: &Value) -> Result<Option<Run>> {
    if event != "workflow_run" {
        return Ok(None);
    }
    let run: WorkflowRun = serde_json::from_value(payload["workflow_run"].clone())
        .map_err(|error| Error::invalid(format!("no run: {error}")))?;
    Ok(run.into_run("acme/app"))
}

fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap()
}

/// A receiver that runs until it is dropped.
struct Receiver {
    address: SocketAddr,
    memory: Memory,
    stop: Stop,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Receiver {
    fn start(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(0, Secret::new(SECRET), now);
        change(&mut options);
        let (memory, stop) = (Memory::default(), options.stop.clone());
        let (tell, address) = channel();
        let inbox = memory.clone();
        let thread = std::thread::spawn(move || {
            serve::run(&options, inbox, parse, move |happened| {
                if let Happened::Listening(address) = happened {
                    tell.send(*address).unwrap();
                }
            })
        });
        Receiver { address: address.recv().unwrap(), memory, stop, thread: Some(thread) }
    }

    /// Sends bytes as they are and reads until the other side closes.
    fn send(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // A server that has seen enough closes, and then the rest can't be sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn get(&self, path: &str) -> String {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
    }

    fn deliver(&self, event: &str, id: &str, body: &str) -> String {
        self.send(delivery(event, id, body, &sign(body)).as_bytes())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

fn sign(body: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let mut hex = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(hex, "{byte:02x}").unwrap();
    }
    hex
}

fn delivery(event: &str, id: &str, body: &str, signature: &str) -> String {
    format!(
        "POST /webhook HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-github-event: {event}\r\nx-github-delivery: {id}\r\n\
         x-hub-signature-256: {signature}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn run(id: u64) -> String {
    format!(
        r#"{{"action": "completed", "workflow_run": {{"id": {id}, "name": "CI", "status": "completed",
        "conclusion": "success", "created_at": "2026-01-01T00:00:00Z"}}}}"#
    )
}

#[track_caller]
fn assert_status(answer: &str, status: u16, says: &str) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(says), "{answer}");
}

#[test]
fn a_signed_run_is_stored_before_it_is_answered_and_a_replay_is_not() {
    let receiver = Receiver::start(|_| {});
    assert_status(&receiver.deliver("workflow_run", "a-1", &run(7)), 202, "recorded");
    assert_eq!(receiver.memory.0.lock().unwrap().runs[0].id, 7);
    assert_status(&receiver.deliver("workflow_run", "a-1", &run(7)), 202, "already known");
    assert_eq!(receiver.memory.0.lock().unwrap().runs.len(), 1);
    let root = delivery("workflow_run", "a-2", &run(8), &sign(&run(8))).replace("/webhook", "/");
    assert_status(&receiver.send(root.as_bytes()), 202, "recorded");
}

#[test]
fn what_is_not_signed_is_refused_and_never_stored() {
    let receiver = Receiver::start(|_| {});
    let body = run(7);
    let signed = delivery("workflow_run", "a-1", &body, &sign(&body));
    for wrong in [
        signed.replace(&sign(&body), &sign("another body")),
        signed.replace(&sign(&body), ""),
        signed.replace(&sign(&body), &sign(&body).replace("sha256=", "sha1=")),
        signed.replace("x-hub-signature-256", "x-hub-signature"),
        signed.replace("\"id\": 7", "\"id\": 8"),
    ] {
        assert_status(&receiver.send(wrong.as_bytes()), 401, "signature");
    }
    assert!(receiver.memory.0.lock().unwrap().runs.is_empty());
}

#[test]
fn other_events_are_answered_and_ignored() {
    let receiver = Receiver::start(|_| {});
    assert_status(&receiver.deliver("ping", "a-1", r#"{"zen": "Keep it logically awesome."}"#), 200, "pong");
    assert_status(&receiver.deliver("push", "a-2", "{}"), 202, "ignored");
    assert_status(&receiver.deliver("workflow_job", "a-3", "{}"), 202, "ignored");
    assert!(receiver.memory.0.lock().unwrap().deliveries.is_empty());
}

#[test]
fn what_can_not_be_understood_is_told_to_the_sender() {
    let receiver = Receiver::start(|_| {});
    assert_status(&receiver.deliver("workflow_run", "a-1", "payload=%7B%7D"), 400, "application/json");
    assert_status(
        &receiver.deliver("workflow_run", "a-2", r#"{"workflow_run": {"id": "x"}}"#),
        400,
        "understood",
    );
    assert_status(&receiver.deliver("workflow_run", "a 3", &run(1)), 400, "X-GitHub-Delivery");
    assert_status(&receiver.get("/webhook"), 405, "");
    assert_status(&receiver.get("/elsewhere"), 404, "");
}

#[test]
fn a_body_over_the_limit_is_not_read() {
    let receiver = Receiver::start(|options| options.body_limit = 1000);
    let large = format!("{{\"x\": \"{}\"}}", "x".repeat(2000));
    assert_status(&receiver.deliver("workflow_run", "a-1", &large), 413, "too large");
    let chunked = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nx-hub-signature-256: {}\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n",
        sign(&large),
        "x".repeat(2000)
    );
    assert_status(&receiver.send(chunked.as_bytes()), 413, "too large");
}

#[test]
fn a_store_that_fails_is_told_to_the_sender_who_delivers_again() {
    let receiver = Receiver::start(|_| {});
    receiver.memory.0.lock().unwrap().fails = true;
    assert_status(&receiver.get("/healthz"), 200, "ok");
    assert_status(&receiver.deliver("workflow_run", "a-1", &run(7)), 500, "could not be stored");
    assert_status(&receiver.get("/healthz"), 503, "could not be stored");
    receiver.memory.0.lock().unwrap().fails = false;
    assert_status(&receiver.deliver("workflow_run", "a-1", &run(7)), 202, "recorded");
    assert_status(&receiver.get("/healthz"), 200, "ok");
}

#[test]
fn prometheus_reads_what_happened() {
    let receiver = Receiver::start(|_| {});
    receiver.deliver("workflow_run", "a-1", &run(7));
    receiver.deliver("workflow_run", "a-1", &run(7));
    receiver.deliver("made-up-by-a-stranger", "a-2", "{}");
    receiver.send(delivery("workflow_run", "a-3", &run(8), "sha256=00").as_bytes());
    let metrics = receiver.get("/metrics");
    for line in [
        r#"wfgen_deliveries_total{event="workflow_run",outcome="recorded"} 1"#,
        r#"wfgen_deliveries_total{event="workflow_run",outcome="known"} 1"#,
        r#"wfgen_deliveries_total{event="workflow_run",outcome="refused"} 1"#,
        r#"wfgen_deliveries_total{event="other",outcome="ignored"} 1"#,
        "wfgen_runs_recorded_total 1",
        "wfgen_store_errors_total 0",
        "wfgen_last_delivery_timestamp_seconds 1767225600.0",
        r#"wfgen_http_request_duration_seconds_bucket{le="+Inf"} 4"#,
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    assert!(metrics.contains("content-type: text/plain; version=0.0.4"));
    assert!(!metrics.contains("stranger"));
    let accept =
        "GET /metrics HTTP/1.1\r\nhost: x\r\naccept: application/openmetrics-text;version=1.0.0\r\n\r\n";
    assert!(receiver.send(accept.as_bytes()).contains("content-type: application/openmetrics-text"));
}

#[test]
fn clients_that_are_slow_or_silent_are_let_go_and_hold_nobody_up() {
    let receiver = Receiver::start(|options| {
        options.timeout = Duration::from_millis(800);
        options.connections = 4;
    });
    let body = run(7);
    let whole = delivery("workflow_run", "slow", &body, &sign(&body));
    let stopped_in_the_body = &whole[..whole.len() - 20];
    let hostile: Vec<TcpStream> = ["", "POST / HT", &whole[..60], stopped_in_the_body]
        .into_iter()
        .map(|start| {
            let mut stream = TcpStream::connect(receiver.address).unwrap();
            stream.write_all(start.as_bytes()).unwrap();
            stream
        })
        .collect();
    assert_status(&receiver.deliver("workflow_run", "a-1", &run(8)), 202, "recorded");
    for mut stream in hostile {
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut answer = String::new();
        let ended = stream.read_to_string(&mut answer);
        assert!(ended.is_ok() || ended.is_err_and(|e| e.kind() != std::io::ErrorKind::WouldBlock));
        assert!(answer.is_empty() || answer.contains("408"), "{answer}");
    }
    assert_eq!(receiver.memory.0.lock().unwrap().runs.len(), 1);
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let receiver = Receiver::start(|_| {});
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let answer = receiver.send(format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[test]
fn a_delivery_that_is_under_way_is_stored_and_answered_before_the_end() {
    let receiver = Receiver::start(|_| {});
    receiver.memory.0.lock().unwrap().slow = Duration::from_millis(200);
    let (address, stop, memory) = (receiver.address, receiver.stop.clone(), receiver.memory.clone());
    let body = run(7);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(delivery("workflow_run", "a-1", &body, &sign(&body)).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(100));
    stop.stop();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert_status(&answer, 202, "recorded");
    assert_eq!(memory.0.lock().unwrap().runs.len(), 1);
    drop(receiver);
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn many_at_once_are_each_stored_once() {
    let receiver = Receiver::start(|_| {});
    std::thread::scope(|scope| {
        for n in 0..40 {
            let receiver = &receiver;
            scope.spawn(move || receiver.deliver("workflow_run", &format!("id-{}", n % 20), &run(n % 20)));
        }
    });
    assert_eq!(receiver.memory.0.lock().unwrap().runs.len(), 20);
}

#[test]
fn a_receiver_without_a_secret_does_not_start() {
    let options = Options::new(0, Secret::new(" "), now);
    let started = Instant::now();
    let error = serve::run(&options, Memory::default(), parse, |_| {}).unwrap_err();
    assert!(error.to_string().contains("secret") && started.elapsed().as_secs() < 5);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let receiver = Receiver::start(|_| {});
    let options = Options { address: receiver.address, ..Options::new(0, Secret::new(SECRET), now) };
    let error = serve::run(&options, Memory::default(), parse, |_| {}).unwrap_err();
    assert!(error.to_string().contains(&receiver.address.to_string()), "{error}");
}
