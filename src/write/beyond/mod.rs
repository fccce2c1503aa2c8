//! What a workflow of the user's does that nothing generated does: whoever replaces it wants to know.

mod commands;
mod legs;

use std::collections::{BTreeMap, BTreeSet};

use commands::{Done, Scripts, commands, keys, tool};
use legs::Legs;

use super::blocks::Block;
use super::text::normalise;
use crate::data::{Node, yaml};
use crate::workflow::{hands_on, is_preparation};

/// A job of the user's that does more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Its id.
    pub job: String,
    /// The commands that nothing generated runs; an action, when it has no commands of its own.
    pub runs: Vec<String>,
    /// How many more there are.
    pub more: usize,
    /// Versions and machines that nothing generated runs on.
    pub on: Vec<String>,
    /// Variables that nothing generated sets.
    pub with: Vec<String>,
}

impl Beyond {
    fn is_nothing(&self) -> bool {
        self.runs.is_empty() && self.on.is_empty() && self.with.is_empty()
    }

    /// In words: "runs `a` and `b`, and on Node.js 18", with a word for the last of several.
    pub fn said(&self, and: &str) -> String {
        let quoted = |texts: &[String]| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>();
        let mut runs = quoted(&self.runs);
        runs.extend((self.more > 0).then(|| format!("{} more", self.more)));
        let parts = [("", runs), ("on ", self.on.clone()), ("with ", quoted(&self.with))];
        let parts = parts.into_iter().filter(|(_, items)| !items.is_empty());
        let parts: Vec<String> =
            parts.map(|(word, items)| format!("{word}{}", listed(&items, and))).collect();
        format!("runs {}", parts.join(&format!(", {and} ")))
    }
}

/// A list in words.
fn listed(items: &[String], and: &str) -> String {
    match items.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} {and} {last}", before.join(", ")),
        _ => items.concat(),
    }
}

/// What a workflow of the user's is beside what is generated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// Some of what it does is generated too.
    pub is_doubled: bool,
    /// All of it is.
    pub is_whole: bool,
    /// The jobs that do more.
    pub beyond: Vec<Beyond>,
}

/// So many letters of a command are enough to know it.
const LONGEST: usize = 60;
/// So many commands of a job are named.
const MOST: usize = 4;

/// Flags that the environment gives to a compiler or a runtime, which change what a check finds.
const FLAGS: [&str; 4] = ["RUSTFLAGS", "GOFLAGS", "CFLAGS", "NODE_OPTIONS"];

/// What is generated, as far as it matters here.
struct Known<'a> {
    done: Done,
    actions: BTreeSet<String>,
    legs: Legs,
    flags: BTreeSet<&'static str>,
    scripts: &'a Scripts,
}

impl<'a> Known<'a> {
    fn of(ours: &[Node], scripts: &'a Scripts) -> Self {
        let all = || ours.iter().flat_map(|file| jobs(file).map(move |job| (file, job)));
        let texts =
            all().flat_map(|(_, job)| steps(job).iter().flat_map(|step| commands(job, step)).flatten());
        let mut legs = Legs::default();
        all().for_each(|(_, job)| legs.add(job, true));
        Known {
            done: Done::of(texts, scripts),
            actions: all().flat_map(|(_, job)| steps(job)).filter_map(action).collect(),
            legs,
            flags: all().flat_map(|(file, job)| flags(file, job)).map(|(name, _)| name).collect(),
            scripts,
        }
    }

    /// The commands of a job that nothing generated runs, and whether some of it is run.
    fn lost_runs(&self, job: &Node, said_at: &BTreeSet<u32>) -> (Vec<String>, bool) {
        let mut lost: Vec<String> = Vec::new();
        let mut is_doubled = false;
        for step in steps(job) {
            let is_said = is_said(step, said_at);
            for legs in commands(job, step) {
                let varies = varies(&legs);
                for run in legs {
                    let keys = keys(&run);
                    if keys.is_empty() {
                        continue;
                    }
                    let is_known = self.done.has(&run, self.scripts);
                    // What is generated for a line may be called otherwise, but not where its own program is used.
                    let has_tool =
                        self.done.keys.iter().any(|known| keys.iter().any(|key| tool(key) == tool(known)));
                    is_doubled |= is_known || is_said;
                    let is_done =
                        is_known && (!varies || self.done.texts.contains(&run)) || is_said && !has_tool;
                    let run = shortened(&run);
                    if !is_done && !lost.contains(&run) {
                        lost.push(run);
                    }
                }
            }
        }
        (lost, is_doubled)
    }

    /// An action that nothing generated uses, before others one that hands on what was made; or a workflow that is called.
    fn lost_action(&self, job: &Node) -> Option<String> {
        let called = job.get("uses").and_then(Node::as_str).map(str::to_owned);
        let new = |action: &String| !self.actions.contains(action);
        let all: Vec<String> = steps(job).iter().filter_map(action).filter(new).collect();
        called.or_else(|| all.iter().find(|action| hands_on(action)).or(all.first()).cloned())
    }

    /// What a job does more.
    fn of_job(&self, file: &Node, id: &str, job: &Node, mut runs: Vec<String>) -> Beyond {
        let mut beyond = Beyond { job: id.to_owned(), ..Beyond::default() };
        if checks(job) {
            let mut legs = Legs::default();
            legs.add(job, false);
            beyond.on = legs.beyond(&self.legs);
            let lost = flags(file, job).into_iter().filter(|(name, _)| !self.flags.contains(name));
            beyond.with = lost.map(|(name, value)| format!("{name}={value}")).collect();
        }
        if runs.is_empty() && !checks(job) || publishes(job) {
            runs.extend(self.lost_action(job));
        }
        beyond.more = runs.len().saturating_sub(MOST);
        runs.truncate(MOST);
        Beyond { runs, ..beyond }
    }
}

/// The jobs of a workflow that do more than the generated ones.
fn own(theirs: &Node, ours: &[Node], said_at: &BTreeSet<u32>, scripts: &Scripts) -> Own {
    let known = Known::of(ours, scripts);
    let mut own = Own { is_doubled: false, is_whole: true, beyond: Vec::new() };
    let mut told: BTreeSet<String> = BTreeSet::new();
    for (id, job) in theirs.get("jobs").map(Node::entries).unwrap_or_default() {
        let id = id.key_text();
        if is_gate(job) || is_switch(&id, theirs) {
            continue;
        }
        let (runs, is_doubled) = known.lost_runs(job, said_at);
        let mut beyond = known.of_job(theirs, &id, job, runs);
        // What all jobs have is said of the first.
        beyond.with.retain(|with| told.insert(with.clone()));
        let uses_same = || steps(job).iter().filter_map(action).any(|action| known.actions.contains(&action));
        own.is_doubled |= is_doubled || uses_same();
        own.is_whole &= beyond.is_nothing() && known.lost_action(job).is_none();
        own.beyond.extend((!beyond.is_nothing()).then_some(beyond));
    }
    own
}

/// Whether the legs of a matrix run a command with other arguments, which are about no version or machine.
fn varies(legs: &[String]) -> bool {
    let [one, other, ..] = legs else { return false };
    let differ = one.bytes().zip(other.bytes()).find(|(a, b)| a != b);
    let is_version = differ.is_none_or(|(a, b)| a.is_ascii_digit() || b.is_ascii_digit());
    let named = ["ubuntu", "windows", "macos", "nightly", "stable", "beta"];
    let is_named = legs.iter().any(|leg| named.iter().any(|name| leg.contains(name)));
    !is_version && !is_named && legs.iter().all(|leg| keys(leg) == keys(one))
}

/// What of a workflow, given as text, is beside what is generated; nothing when it is no YAML.
pub fn own_jobs(
    theirs: &str,
    generated: &[super::Generated],
    said_at: &BTreeSet<u32>,
    scripts: &BTreeMap<String, String>,
) -> Own {
    let Ok(theirs) = yaml::parse(&normalise(theirs).0) else { return Own::default() };
    let ours: Vec<Node> = generated.iter().filter_map(|file| yaml::parse(&file.text).ok()).collect();
    own(&theirs, &ours, said_at, scripts)
}

/// The same for a file that is replaced by one that is generated.
pub(super) fn beyond(
    theirs: &Block,
    ours: &Block,
    said_at: &BTreeSet<u32>,
    scripts: &Scripts,
) -> Vec<Beyond> {
    let (Ok(theirs), Ok(ours)) = (yaml::parse(&theirs.text()), yaml::parse(&ours.text())) else {
        return Vec::new();
    };
    own(&theirs, &[ours], said_at, scripts).beyond
}

/// The events that start the one workflow and not the other.
pub(super) fn lost_events(theirs: &Block, ours: &Block) -> Vec<String> {
    let events = |file: &Block| -> Vec<String> {
        let on = file.child("on");
        on.into_iter().flat_map(|on| &on.children).map(|event| event.id.clone()).collect()
    };
    let ours = events(ours);
    events(theirs).into_iter().filter(|event| !ours.contains(event) && !event.is_empty()).collect()
}

fn shortened(what: &str) -> String {
    match what.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}...", &what[..at]),
        None => what.to_owned(),
    }
}

/// The action of a step that does more than prepare, or hand something on.
fn action(step: &Node) -> Option<String> {
    if is_preparation(&step.to_value()) {
        return None;
    }
    let action = step.get("uses")?.as_str()?.split('@').next()?;
    let hands_on = ["-artifact", "cache", "rust-toolchain", "/install-action", "/paths-filter"];
    (!hands_on.iter().any(|end| action.ends_with(end))).then(|| action.to_owned())
}

/// Whether a job only says how all others ended, which ours does too.
fn is_gate(job: &Node) -> bool {
    let always = job.get("if").and_then(Node::as_str).is_some_and(|condition| condition.contains("always()"));
    job.get("needs").is_some() && always && !checks(job)
}

fn publishes(job: &Node) -> bool {
    steps(job).iter().filter_map(action).any(|action| hands_on(&action))
}

/// Whether a job has commands that do more than prepare.
fn checks(job: &Node) -> bool {
    let commands = steps(job).iter().flat_map(|step| commands(job, step)).flatten();
    commands.into_iter().any(|run| !keys(&run).is_empty())
}

/// Whether a job is there for the conditions of others.
fn is_switch(id: &str, file: &Node) -> bool {
    let output = format!("needs.{id}.outputs.");
    jobs(file)
        .any(|job| job.get("if").and_then(Node::as_str).is_some_and(|condition| condition.contains(&output)))
}

/// Whether every command of a step stands on one of the lines.
fn is_said(step: &Node, said_at: &BTreeSet<u32>) -> bool {
    let Some(run) = step.get("run") else { return false };
    let lines = run.as_str().unwrap_or_default().lines();
    let commands =
        lines.clone().filter(|line| !line.trim().is_empty() && !line.trim().starts_with('#')).count();
    let end = run.line + u32::try_from(lines.count()).unwrap_or_default();
    commands > 0 && said_at.range(run.line..=end).count() >= commands
}

fn jobs(file: &Node) -> impl Iterator<Item = &Node> {
    file.get("jobs").map(Node::entries).unwrap_or_default().iter().map(|(_, job)| job)
}

fn steps(job: &Node) -> &[Node] {
    job.get("steps").map(Node::items).unwrap_or_default()
}

/// The flags that hold for the commands of a job.
fn flags(file: &Node, job: &Node) -> Vec<(&'static str, String)> {
    let all = [Some(file), Some(job)].into_iter().flatten().chain(steps(job));
    let named = |holder: &Node, name: &'static str| {
        let value = holder.at(&["env", name])?.key_text();
        (!value.is_empty() && !value.contains("${{")).then_some((name, value))
    };
    let mut found: Vec<(&'static str, String)> =
        all.flat_map(|holder| FLAGS.iter().filter_map(move |name| named(holder, name))).collect();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "\
env:
  RUSTFLAGS: -Dwarnings
jobs:
  pre:
    uses: ./.github/workflows/pre.yml
  test:
    if: needs.pre.outputs.go
    strategy:
      matrix:
        node: [18, 24]
        task: [test, format]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: ${{ matrix.node }}
      - run: uv run pytest -n auto && npm run ${{ matrix.task }}
      - run: ./gradlew check
  snapshot:
    steps:
      - run: mvn -B clean deploy
  miri:
    steps:
      - run: |
          rustup toolchain install nightly
          cargo +nightly miri test
  said:
    steps:
      - run: scripts/lint
  links:
    steps:
      - uses: actions/checkout@v4
      - uses: lycheeverse/lychee-action@v2
  called:
    uses: ./.github/workflows/other.yml
  coverage:
    needs: test
    if: always()
    steps:
      - run: coverage combine
      - run: coverage report --fail-under=100
  all:
    needs: [test, miri]
    if: always()
    steps:
      - run: exit 1
";

    #[test]
    fn jobs_that_do_more_are_named_with_what_they_do() {
        let ours = "jobs:\n  test:\n    env: { RUSTFLAGS: x }\n    steps:\n      - uses: actions/setup-node@v6\n        with:\n          node-version: 24\n      - run: pytest\n      - run: npm run test\n      - run: gradle check\n      - run: mvn verify\n      - run: cargo test\n";
        let (theirs, ours) = (yaml::parse(THEIRS).unwrap(), yaml::parse(ours).unwrap());
        let found = own(&theirs, &[ours], &BTreeSet::from([30]), &Scripts::new());
        let text = |beyond: &Beyond| format!("{} {}", beyond.job, beyond.said("and"));
        let expected = [
            "test runs `npm run format`, and on Node.js 18",
            "snapshot runs `mvn -B clean deploy`",
            "miri runs `cargo +nightly miri test`",
            "links runs `lycheeverse/lychee-action`",
            "called runs `./.github/workflows/other.yml`",
            "coverage runs `coverage report --fail-under=100`",
        ];
        assert_eq!(found.beyond.iter().map(text).collect::<Vec<_>>(), expected);
        assert!(found.is_doubled);
    }

    #[test]
    fn flags_that_nothing_generated_has_are_named() {
        let theirs =
            yaml::parse("env: { RUSTFLAGS: -Dwarnings }\njobs:\n  t:\n    steps:\n      - run: cargo test\n")
                .unwrap();
        let ours = yaml::parse("jobs:\n  t:\n    steps:\n      - run: cargo test\n").unwrap();
        let found = own(&theirs, &[ours], &BTreeSet::new(), &Scripts::new());
        assert_eq!(found.beyond[0].said("or"), "runs with `RUSTFLAGS=-Dwarnings`");
    }
}
