//! A local HTTP/1.1 server that answers each request from a closure, also badly: late, cut off, or not at all.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: BTreeMap<String, String>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// An answer, and what goes wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Send only so many bytes of the body, then close.
    pub cut: Option<usize>,
    /// Close without a byte.
    pub reset: bool,
    /// Wait before the body's second half.
    pub slow: Option<Duration>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Reply { status, body: body.into(), ..Reply::default() }
    }

    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name.to_owned(), format!("{value}")));
        self
    }
}

type Handler = dyn Fn(&Request) -> Reply + Send + Sync;

/// A server on a port of its own, and every request that it got.
pub struct Server {
    pub base: String,
    log: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (handler, seen): (Arc<Handler>, _) = (Arc::new(handler), log.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, seen) = (handler.clone(), seen.clone());
                std::thread::spawn(move || serve(&stream, &*handler, &seen));
            }
        });
        Server { base, log }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.log.lock().unwrap().clone()
    }

    /// The paths that were asked for since the last call, with the page where there is one.
    pub fn take_paths(&self) -> Vec<String> {
        std::mem::take(&mut *self.log.lock().unwrap()).into_iter().map(|request| request.path).collect()
    }
}

fn serve(stream: &TcpStream, handler: &Handler, log: &Mutex<Vec<Request>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    std::io::copy(&mut (&mut reader).take(length), &mut std::io::sink()).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = query.map(|(name, value)| {
        (name.to_owned(), value.replace("%3C", "<").replace("%3D", "=").replace("%3A", ":"))
    });
    let request = Request { method, path: path.to_owned(), query: query.collect(), headers };
    log.lock().unwrap().push(request.clone());
    let reply = handler(&request);
    if reply.reset {
        return None;
    }
    let mut head = format!("HTTP/1.1 {} x\r\nconnection: close\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", reply.body.len()));
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok()?;
    let (first, second) = reply.body.as_bytes().split_at(reply.cut.unwrap_or(reply.body.len() / 2));
    stream.write_all(first).ok()?;
    if reply.cut.is_none() {
        if let Some(slow) = reply.slow {
            std::thread::sleep(slow);
        }
        stream.write_all(second).ok()?;
    }
    Some(())
}

/// Asks the server at `base` what it would answer.
pub fn forward(base: &str, request: &Request) -> Reply {
    let mut stream = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap();
    let query: Vec<String> = request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut text = format!("{} {}?{} HTTP/1.1\r\n", request.method, request.path, query.join("&"));
    for (name, value) in request.headers.iter().filter(|(name, _)| *name != "content-length") {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut reply = Reply::new(status, body);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        if !matches!(name, "content-length" | "connection") {
            reply = reply.with(name, value);
        }
    }
    reply
}
