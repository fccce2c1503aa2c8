//! A GitHub that holds a few repositories and answers as the real one does: pages, totals, links, searches, ETags.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::server::{Reply, Request};

/// 2026-01-01T00:00:00Z: the time of the first made-up run.
pub const START: i64 = 1_767_225_600;

#[derive(Debug, Clone)]
pub struct FakeRun {
    pub id: u64,
    pub created: i64,
    pub attempt: u32,
    pub completed: bool,
    pub jobs: usize,
}

/// What one repository has, newest run first.
#[derive(Debug, Clone)]
pub struct GitHub {
    pub runs: Vec<FakeRun>,
    /// The most that a page has.
    pub page: usize,
    /// The most that a search gives.
    pub search: usize,
    /// Whether it knows `created=`.
    pub searches: bool,
    /// Whether it sends `Link`.
    pub links: bool,
    /// Whether it has addresses for attempts.
    pub attempts: bool,
}

pub type Shared = Arc<Mutex<GitHub>>;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

impl GitHub {
    /// This many runs, an hour apart, each with two jobs.
    pub fn with(runs: u64) -> GitHub {
        let runs = (1..=runs).rev().map(|id| FakeRun {
            id,
            created: START + 3600 * id as i64,
            attempt: 1,
            completed: true,
            jobs: 2,
        });
        GitHub { runs: runs.collect(), page: 100, search: 1000, searches: true, links: true, attempts: true }
    }

    pub fn shared(self) -> Shared {
        Arc::new(Mutex::new(self))
    }

    /// Answers a request, whichever repository it is for.
    pub fn answer(&self, request: &Request) -> Reply {
        let mut words = request.path.split('/').skip(4);
        if words.next() != Some("actions") || words.next() != Some("runs") {
            return missing();
        }
        let rest: Vec<&str> = words.collect();
        let Some(id) = rest.first() else { return self.list(request) };
        let Some(run) = self.runs.iter().find(|run| run.id.to_string() == *id) else { return missing() };
        let attempt =
            |number: &str| number.parse().ok().filter(|n| self.attempts && (1..=run.attempt).contains(n));
        let value = match rest[1..] {
            [] => run.json(run.attempt),
            ["attempts", number] => match attempt(number) {
                Some(number) => run.json(number),
                None => return missing(),
            },
            ["attempts", number, "jobs"] => match attempt(number) {
                Some(number) => run.jobs(number, request, self.page),
                None => return missing(),
            },
            ["jobs"] => run.jobs(run.attempt, request, self.page),
            ["timing"] => json!({"billable": {}, "run_duration_ms": 61_500}),
            _ => return missing(),
        };
        tagged(request, value.to_string())
    }

    fn list(&self, request: &Request) -> Reply {
        let number =
            |name: &str, or: usize| request.query.get(name).and_then(|n| n.parse().ok()).unwrap_or(or);
        let (size, page) = (number("per_page", 30).min(self.page), number("page", 1));
        let created = request.query.get("created").filter(|_| self.searches);
        let found: Vec<&FakeRun> =
            self.runs.iter().filter(|run| created.is_none_or(|c| run.is_in(c))).collect();
        let given = if created.is_some() { found.len().min(self.search) } else { found.len() };
        let some: Vec<Value> = found[..given]
            .iter()
            .skip(size * (page - 1))
            .take(size)
            .map(|run| run.json(run.attempt))
            .collect();
        let body = json!({"total_count": found.len(), "workflow_runs": some}).to_string();
        let reply = tagged(request, body);
        if !self.links || given <= size {
            return reply;
        }
        let more = size * page < given;
        reply.with("link", if more { "<x>; rel=\"next\"" } else { "<x>; rel=\"first\"" })
    }
}

impl FakeRun {
    fn is_in(&self, created: &str) -> bool {
        let parse = |time: &str| time.parse::<Timestamp>().unwrap().as_second();
        match created.split_once("..") {
            Some((from, to)) => (parse(from)..=parse(to)).contains(&self.created),
            None => self.created <= parse(created.strip_prefix("<=").unwrap()),
        }
    }

    fn json(&self, attempt: u32) -> Value {
        let completed = self.completed || attempt < self.attempt;
        json!({
            "id": self.id, "name": "CI", "path": ".github/workflows/ci.yml", "run_number": self.id,
            "run_attempt": attempt, "display_title": "Change", "event": "push", "head_branch": "main",
            "head_sha": "acb5820ced9479c074f688cc328bf03f341a511d", "actor": {"login": "octocat"},
            "status": if completed { "completed" } else { "in_progress" },
            "conclusion": if completed { Some("success") } else { None },
            "created_at": at(self.created), "run_started_at": at(self.created + 1000 * i64::from(attempt - 1)),
            "updated_at": at(self.created + 1000 * i64::from(attempt - 1) + 90),
            "repository": {"full_name": "acme/app"},
        })
    }

    fn jobs(&self, attempt: u32, request: &Request, size: usize) -> Value {
        let page: usize = request.query.get("page").map_or(1, |page| page.parse().unwrap());
        // The first job succeeded at once; re-runs only list it again.
        let start = |job: usize| self.created + 5 + 1000 * if job == 0 { 0 } else { i64::from(attempt - 1) };
        let jobs = (0..self.jobs).skip(size * (page - 1)).take(size).map(|job| {
            json!({
                "id": self.id * 10_000 + u64::from(attempt) * 1_000 + job as u64, "run_id": self.id,
                "run_attempt": attempt, "name": format!("test ({job})"), "status": "completed",
                "conclusion": "success", "created_at": at(start(job) - 5), "started_at": at(start(job)),
                "completed_at": at(start(job) + 60), "labels": ["ubuntu-24.04"], "runner_name": "GitHub Actions 1",
                "steps": [{"number": 1, "name": "Set up job", "status": "completed", "conclusion": "success",
                           "started_at": at(start(job)), "completed_at": at(start(job) + 2)}],
            })
        });
        json!({"total_count": self.jobs, "jobs": jobs.collect::<Vec<_>>()})
    }
}

fn missing() -> Reply {
    Reply::new(404, r#"{"message": "Not Found"}"#)
}

fn tagged(request: &Request, body: String) -> Reply {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let tag = format!("W/\"{:x}\"", hasher.finish());
    let unchanged = request.header("if-none-match") == Some(&tag);
    let (status, body) = if unchanged { (304, String::new()) } else { (200, body) };
    Reply::new(status, body).with("etag", tag)
}
