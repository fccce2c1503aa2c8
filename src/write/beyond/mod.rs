//! What a workflow of the user's runs that nothing generated runs: whoever replaces it wants to know.
//!
//! Commands are compared by their first words, without options and without what brings them into an environment: `uv run
//! pytest -x` and `pytest` are the same here. That can err on both sides, and nothing depends on it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::adopt::{is_said, steps};
use super::blocks::Block;
use super::text::normalise;
use crate::workflow::is_preparation;

/// A job of the user's that does more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beyond {
    /// Its id.
    pub job: String,
    /// The first command or action that nothing generated runs.
    pub what: String,
}

/// Programs that do what their first argument says.
const TASKS: [&str; 9] = ["cargo", "go", "make", "just", "task", "poe", "mvn", "gradle", "docker"];

/// So many letters of a command are enough to know it.
const LONGEST: usize = 60;

/// What brings a command into an environment.
static WRAPPER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\w+=\S*\s+|sudo\s+|time\s+|(?:uv|poetry|pdm|pipenv|hatch) run\s+|uvx\s+|npx\s+|(?:npm|pnpm|yarn) exec\s+|python3? -m\s+|(?:ba)?sh\s+|xvfb-run\s+|\./)")
        .expect("a constant pattern")
});

/// A variable of the workflow.
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{\{\s*env\.([A-Za-z]+)\s*\}\}").expect("a constant pattern"));

/// Commands that only prepare, or show something.
static PREPARES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:install|ci|sync|upgrade|bootstrap|download|generate-lockfile)\b|^(?:(?:echo|cd|mkdir|cp|mv|rm|ls|cat|export|set|if|fi|then|else|for|do|done|while|test|exit|git|curl|wget|tar|unzip|rustup|corepack|source|eval|printf|touch|chmod|pip|sed|apt-get|brew|choco)\b|\[|\W)|^\w+=|--?version$")
        .expect("a constant pattern")
});

/// The jobs of a workflow that run something which none of the generated ones runs.
pub(super) fn beyond(theirs: &Block, ours: &[&Block], said_at: &BTreeSet<u32>) -> Vec<Beyond> {
    let known: BTreeSet<String> = ours
        .iter()
        .flat_map(|file| jobs(file))
        .flat_map(steps)
        .flat_map(runs)
        .filter_map(|run| key(&run))
        .collect();
    let actions: BTreeSet<String> =
        ours.iter().flat_map(|file| jobs(file)).flat_map(steps).filter_map(action).collect();
    let mut found = Vec::new();
    for job in jobs(theirs) {
        let commands = || {
            steps(job).iter().filter(|step| step.value.as_ref().is_some_and(|step| step.get("run").is_some()))
        };
        let is_new = |step: &&Block| !is_said(step, said_at);
        // One job says how all others ended, which ours does too.
        if job.child("needs").is_some() && says_always(job) {
            continue;
        }
        let new = commands()
            .filter(is_new)
            .flat_map(runs)
            .find(|run| key(run).is_some_and(|key| !known.contains(&key)));
        let action = || {
            let own = job.child("uses").and_then(|uses| {
                let value = uses.value.as_ref()?;
                value.get("uses").unwrap_or(value).as_str().map(str::to_owned)
            });
            let mut uses = steps(job).iter().filter_map(action);
            let new = |action: &String| !actions.contains(action);
            let is_idle = commands().flat_map(runs).all(|run| key(&run).is_none());
            own.or_else(|| uses.find(new).filter(|_| is_idle))
        };
        if let Some(what) = new.or_else(action) {
            let what = shortened(&what);
            found.push(Beyond { job: job.id.clone(), what });
        }
    }
    found
}

/// The same for a text; nothing when it is no YAML.
pub fn own_jobs(theirs: &str, generated: &[super::Generated], said_at: &BTreeSet<u32>) -> Vec<Beyond> {
    let Ok(theirs) = Block::parse(&normalise(theirs).0) else { return Vec::new() };
    let ours: Vec<Block> = generated.iter().filter_map(|file| Block::parse(&file.text).ok()).collect();
    beyond(&theirs, &ours.iter().collect::<Vec<_>>(), said_at)
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
fn action(step: &Block) -> Option<String> {
    let step = step.value.as_ref().filter(|step| !is_preparation(step))?;
    let action = step.get("uses")?.as_str()?.split('@').next()?;
    let hands_on = ["-artifact", "cache", "rust-toolchain", "/install-action", "/paths-filter"];
    (!hands_on.iter().any(|end| action.ends_with(end))).then(|| action.to_owned())
}

fn says_always(job: &Block) -> bool {
    job.child("if").is_some_and(|condition| condition.head.iter().any(|line| line.text.contains("always()")))
}

fn jobs(file: &Block) -> impl Iterator<Item = &Block> {
    file.child("jobs").into_iter().flat_map(|jobs| &jobs.children)
}

/// The commands of a step that a usual shell runs.
fn runs(step: &Block) -> Vec<String> {
    let said = |key: &str| step.value.as_ref()?.get(key)?.as_str();
    if said("shell").is_some_and(|shell| !matches!(shell, "bash" | "sh")) {
        return Vec::new();
    }
    // A program that a variable names is most often called so.
    let run = said("run").unwrap_or_default().replace("\\\n", " ");
    let run = NAMED.replace_all(&run, |named: &Captures<'_>| named[1].to_lowercase());
    let lines = run.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    // Quotes may hold what looks like the end of a command.
    let pieces = lines.flat_map(|line| match line.contains(['"', '\'']) {
        true => vec![line],
        false => line.split("&&").flat_map(|piece| piece.split(';')).map(str::trim).collect(),
    });
    pieces.filter(|piece| !piece.is_empty()).map(str::to_owned).collect()
}

/// What a command comes down to; none when it only prepares.
fn key(run: &str) -> Option<String> {
    let mut rest = run.trim();
    while let Some(found) = WRAPPER.find(rest) {
        rest = rest[found.end()..].trim_start();
    }
    if rest.is_empty() || PREPARES.is_match(rest) {
        return None;
    }
    let mut words = rest.split_whitespace().filter(|word| !word.starts_with(['-', '+', '$', '"', '\'']));
    let tool = words.next()?;
    let name = tool.rsplit('/').next().unwrap_or(tool);
    let manager = matches!(name, "npm" | "pnpm" | "yarn" | "bun");
    let tool = if manager { "npm" } else { name };
    let tool = if matches!(tool, "mvnw" | "gradlew") { tool.trim_end_matches('w') } else { tool };
    let second = words.find(|word| !(manager && *word == "run" || *word == "clean"));
    let second = second.map(|word| if manager && word == "t" { "test" } else { word });
    let second = second.filter(|_| manager || TASKS.contains(&tool));
    let has = |options: &[&str]| options.iter().any(|option| rest.contains(option));
    let what = match (tool, second) {
        // Whoever tests builds.
        ("cargo", Some("build" | "check")) => Some("test"),
        (_, second) => second,
    };
    let with = match tool {
        "cargo" | "go" if has(&["--target"]) => " for a target",
        "cargo" | "go" if has(&["--features", "--no-default-features", " -F", " -tags"]) => " with features",
        _ => "",
    };
    Some(what.map_or_else(|| tool.to_owned(), |what| format!("{tool} {what}{with}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEIRS: &str = "\
jobs:
  test:
    steps:
      - uses: actions/checkout@v4
      - run: uv run pytest -n auto && npm t
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
";

    #[test]
    fn jobs_that_do_more_are_named_with_what_they_do() {
        let ours = "jobs:\n  test:\n    steps:\n      - run: pytest\n      - run: npm run test\n      - run: gradle check\n      - run: mvn verify\n      - run: cargo test\n";
        let (theirs, ours) = (Block::parse(THEIRS).unwrap(), Block::parse(ours).unwrap());
        let found = beyond(&theirs, &[&ours], &BTreeSet::from([17]));
        let found: Vec<_> = found.iter().map(|beyond| (beyond.job.as_str(), beyond.what.as_str())).collect();
        let expected = [
            ("snapshot", "mvn -B clean deploy"),
            ("miri", "cargo +nightly miri test"),
            ("links", "lycheeverse/lychee-action"),
            ("called", "./.github/workflows/other.yml"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_command_makes_it_panic() {
        for run in ["", "./", "uv run ", "A=b", "\\", "--", "npm", "npm run", "é"] {
            let _ = key(run);
        }
    }
}
