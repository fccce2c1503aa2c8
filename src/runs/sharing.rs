//! Runs for strangers: what remains says how long things took and how they ended, and not whose they are.
//!
//! Repositories, workflows, jobs, steps and labels of own runners become ordinals; branches, commits, actors and ids become
//! keyed hashes, so that the same one is still the same; titles, files, numbers and runners go. Times stay, because they are
//! what the data is about: who has the public history of the same repository can find it again by them.

use std::collections::HashMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::record::{Job, Run, Step};

/// Takes the names out of runs.
pub struct Anonymizer {
    key: Vec<u8>,
    ordinals: HashMap<(&'static str, String), usize>,
    counts: HashMap<&'static str, usize>,
}

impl Anonymizer {
    /// One whose hashes nobody can test a guess against without `key`; see [`crate::history::History::sharing_key`].
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        Anonymizer { key: key.into(), ordinals: HashMap::new(), counts: HashMap::new() }
    }

    /// The run without names.
    pub fn anonymous(&mut self, run: &Run) -> Run {
        let hashed = |kind: &str, text: &Option<String>| {
            text.as_ref()
                .map(|text| format!("{:016x}", self.hash(kind, &format!("{}\n{text}", run.repository))))
        };
        let (branch, commit) = (hashed("branch", &run.branch), hashed("commit", &run.commit));
        let actor = run.actor.as_ref().map(|actor| format!("{:016x}", self.hash("actor", actor)));
        let workflow = format!("{}\n{}", run.repository, run.workflow);
        Run {
            repository: format!("shared/{}", self.ordinal("repository", &run.repository)),
            id: self.id("run", run.id),
            attempt: run.attempt,
            workflow: self.ordinal("workflow", &workflow),
            path: None,
            number: None,
            title: None,
            event: run.event.clone(),
            branch,
            commit,
            actor,
            created: run.created,
            started: run.started,
            updated: run.updated,
            status: run.status,
            conclusion: run.conclusion,
            duration: run.duration,
            changed_files: run.changed_files,
            changed_lines: run.changed_lines,
            simulated: run.simulated,
            jobs: run.jobs.iter().map(|job| self.job(&workflow, job)).collect(),
        }
    }

    fn job(&mut self, workflow: &str, job: &Job) -> Job {
        let name = format!("{workflow}\n{}", job.name);
        Job {
            id: self.id("job", job.id),
            name: self.ordinal("job", &name),
            labels: job.labels.iter().map(|label| self.label(label)).collect(),
            runner: None,
            steps: job.steps.iter().map(|step| self.step(&name, step)).collect(),
            ..*job
        }
    }

    fn step(&mut self, job: &str, step: &Step) -> Step {
        Step { name: self.ordinal("step", &format!("{job}\n{}", step.name)), ..*step }
    }

    /// GitHub's own labels say what the machine is; others may say whose.
    fn label(&mut self, label: &str) -> String {
        let size = |part: &str| ["latest", "slim", "arm", "intel", "large", "xlarge"].contains(&part);
        let version = |part: &str| part.len() < 6 && part.chars().all(|c| c.is_ascii_digit() || c == '.');
        let mut parts = label.split('-');
        let hosted = matches!(parts.next(), Some("ubuntu" | "windows" | "macos"));
        match label == "self-hosted" || hosted && parts.all(|part| size(part) || version(part)) {
            true => label.to_owned(),
            false => self.ordinal("label", label),
        }
    }

    /// `kind-N`, the same for the same name.
    fn ordinal(&mut self, kind: &'static str, name: &str) -> String {
        let key = (kind, name.to_owned());
        let count = self.counts.entry(kind).or_default();
        let number = *self.ordinals.entry(key).or_insert_with(|| {
            *count += 1;
            *count
        });
        format!("{kind}-{number}")
    }

    /// An id of 53 bits, which every reader of JSON keeps exactly; ours stay ours.
    fn id(&self, kind: &str, id: u64) -> u64 {
        let ours = id & (1 << 63);
        self.hash(kind, &id.to_string()) >> 11 | ours
    }

    fn hash(&self, kind: &str, text: &str) -> u64 {
        // HMAC takes a key of any length, so the error has no case.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return 0 };
        mac.update(kind.as_bytes());
        mac.update(b"\n");
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
    }
}
