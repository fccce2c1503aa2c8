//! What commands come down to, so that two that do the same are known to.
//!
//! Commands are compared by their first words, without options and without what brings them into an environment: `uv run
//! pytest -x` and `pytest` are the same here. That can err on both sides, and nothing depends on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::data::Node;
use crate::workflow::matrix;

/// Programs that do what their first argument says.
const TASKS: [&str; 18] = [
    "cargo",
    "go",
    "make",
    "just",
    "task",
    "poe",
    "mvn",
    "gradle",
    "docker",
    "coverage",
    "biome",
    "deno",
    "ruff",
    "golangci-lint",
    "hatch",
    "pdm",
    "poetry",
    "uv",
];
/// Programs that run environments, by the letters or variables that name these.
const RUNNERS: [(&str, &str); 2] = [("tox", "TOX_ENV"), ("nox", "NOXSESSION")];
/// The tests of a Python project, whoever runs them.
const TESTS: [&str; 4] = ["pytest", "unittest", "tox tests", "nox tests"];

/// A step that runs more commands tells nothing more.
const MAX_PIECES: usize = 1_000;

/// What brings a command into an environment.
static WRAPPER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\w+=\S*\s+|sudo\s+|time\s+|(?:uv|poetry|pdm|pipenv|hatch) run\s+(?:(?:--(?:(?:only-)?group|extra|python|with)|-p)[= ]\S+\s+|--?[\w-]+\s+)*|uvx\s+(?:--with\s+\S+\s+)*|npx\s+|(?:npm|pnpm|yarn) exec\s+|python3? -m\s+|coverage run (?:-\S+ )*-m\s+|(?:ba)?sh\s+|xvfb-run\s+)")
        .expect("a constant pattern")
});

/// A variable of the workflow.
static NAMED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{\{\s*env\.([A-Za-z]+)\s*\}\}").expect("a constant pattern"));

/// Commands that only prepare, show or change something.
static PREPARES: LazyLock<Regex> = LazyLock::new(|| {
    let words = r"\b(?:install|sync|upgrade|bootstrap|download|generate-lockfile)\b";
    let shell = "echo|cd|mkdir|cp|mv|rm|ls|cat|export|set|if|fi|then|else|elif|for|do|done|while|case|esac|test|exit|eval|\
                 source|printf|touch|chmod|tee|tr|jq|grep|find|perl|awk|sed|xargs|sort|sleep|which|unset|true|false";
    let machine = "git|curl|wget|tar|unzip|rustup|corepack|pip|apt-get|brew|choco|gpg|udevadm|tmux|uname|lscpu|sysctl|gh";
    let managers =
        "(?:npm|pnpm|yarn|bun) (?:i|ci|add|config|pkg|set|version|json)|hatch env|go get|cargo metadata";
    let signs = r"\[|[^\w./]|[\w.]+\(|\S+\)\s|\w+=";
    let ends = r"--?version$|--fix\b|--write\b|:fix\b";
    let reports = r"^coverage (?:combine|html|xml|json|lcov|erase)\b";
    let begins = format!(r"^(?:(?:{shell}|{machine}|{managers})(?:\s|$)|{signs})");
    Regex::new(&format!("{words}|{begins}|{ends}|{reports}")).expect("a constant pattern")
});

/// The oldest versions that the manifest allows are chosen, and what is checked then is something else.
static OLDEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"-Z ?(?:direct-)?minimal-versions\b").expect("a constant pattern"));

/// Makes the distributions of a Python project.
static BUILDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:build|(?:uv|hatch|poetry|pdm|flit) build)(?:\s|$)").expect("a constant pattern")
});

/// The environments that a runner is told to run.
static ENVIRONMENTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\s(?:-e|-f|-s|-m|--env|--sessions?)[ =]?["']?([^\s"']+)"#).expect("a constant pattern")
});

/// The part of an environment's name that is about the version.
static OF_VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?:\$\{?[^-]*\}?|\$\{\{.*\}\}|(?:c?python|py|pypy)?-?\d[\d.]*t?|py|pypy)(?:-|$)")
        .expect("a constant pattern")
});

/// What entry points are called, and what they run.
pub(super) type Scripts = BTreeMap<String, String>;

/// The commands of a step that a usual shell runs, each as the legs of the matrix run it.
pub(super) fn commands(job: &Node, step: &Node) -> Vec<Vec<String>> {
    let said = |key: &str| step.get(key)?.as_str();
    if said("shell").is_some_and(|shell| !matches!(shell, "bash" | "sh")) {
        return Vec::new();
    }
    // A program that a variable names is most often called so.
    let run = said("run").unwrap_or_default().replace("\\\n", " ");
    let run = NAMED.replace_all(&run, |named: &Captures<'_>| named[1].to_lowercase());
    let lines = run.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let environment = RUNNERS.iter().find_map(|(_, variable)| step.at(&["env", variable])?.as_str());
    let named = |piece: String| match environment {
        Some(environment) if keys(&piece).iter().any(|key| is_runner(tool(key))) => {
            format!("{piece} -e {environment}")
        }
        _ => piece,
    };
    lines.flat_map(pieces).map(named).take(MAX_PIECES).map(|piece| matrix::spelt_out(job, &piece)).collect()
}

/// Signs that end a command, and what stands for them where they are part of an expression of GitHub.
const ENDS: [(char, char); 3] = [('&', '\u{1}'), (';', '\u{2}'), ('|', '\u{3}')];

static EXPRESSION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{\{.*?\}\}").expect("a constant pattern"));

/// The commands of a line.
fn pieces(line: &str) -> Vec<String> {
    let hide = |found: &Captures<'_>| {
        ENDS.iter().fold(found[0].to_owned(), |text, (sign, hidden)| text.replace(*sign, &hidden.to_string()))
    };
    let show = |text: &str| {
        ENDS.iter().fold(text.to_owned(), |text, (sign, hidden)| text.replace(*hidden, &sign.to_string()))
    };
    let line = &*EXPRESSION.replace_all(line, hide);
    // Quotes may hold what looks like the end of a command.
    let pieces: Vec<&str> = match line.contains(['"', '\'']) {
        true => vec![line],
        false => line.split("&&").flat_map(|piece| piece.split([';', '|'])).map(str::trim).collect(),
    };
    pieces.into_iter().filter(|piece| !piece.is_empty()).map(show).collect()
}

/// What commands come down to.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Their keys, with those of the scripts that they call.
    pub(super) keys: BTreeSet<String>,
    /// Their texts, with those of these scripts.
    pub(super) texts: BTreeSet<String>,
}

impl Done {
    pub(super) fn of(runs: impl Iterator<Item = String>, scripts: &Scripts) -> Self {
        let mut done = Done::default();
        let mut open: Vec<String> = runs.collect();
        while let Some(run) = open.pop() {
            // Scripts may call one another in a circle.
            if done.texts.contains(&run) {
                continue;
            }
            for key in keys(&run) {
                open.extend(script(&key, scripts).into_iter().flat_map(pieces));
                done.keys.insert(key);
            }
            done.texts.insert(run);
        }
        done
    }

    /// Whether a command does nothing but what is done; one that checks nothing does.
    pub(super) fn has(&self, run: &str, scripts: &Scripts) -> bool {
        let has_script = |commands: &str| {
            let pieces = pieces(commands);
            let is_done = |piece: &String| {
                // Two scripts may call one program for two things.
                let calls = keys(piece).iter().any(|key| key.starts_with("npm "));
                self.texts.contains(piece) || calls && keys(piece).iter().all(|key| self.keys.contains(key))
            };
            !pieces.is_empty() && pieces.iter().all(is_done)
        };
        let is_done = |key: &String| {
            self.keys.contains(key)
                || TESTS.contains(&key.as_str()) && TESTS.iter().any(|tests| self.keys.contains(*tests))
                // What is no script is a program.
                || key.strip_prefix("npm ").is_some_and(|name| self.keys.contains(name))
                || script(key, scripts).is_some_and(has_script)
        };
        keys(run).iter().all(is_done)
    }
}

/// What the script runs that a key calls.
fn script<'a>(key: &str, scripts: &'a Scripts) -> Option<&'a str> {
    key.strip_prefix("npm ").and_then(|name| scripts.get(name)).map(String::as_str)
}

/// The program that a key is of.
pub(super) fn tool(key: &str) -> &str {
    key.split(' ').next().unwrap_or(key)
}

/// What a command comes down to: nothing when it only prepares, and something for each environment of a runner.
pub(super) fn keys(run: &str) -> Vec<String> {
    if OLDEST.is_match(run) {
        return vec!["cargo with the oldest versions".to_owned()];
    }
    let mut rest = run.trim();
    while let Some(found) = WRAPPER.find(rest) {
        rest = rest[found.end()..].trim_start();
    }
    if rest.is_empty() || PREPARES.is_match(rest) {
        return Vec::new();
    }
    let mut words = rest.split_whitespace().filter(|word| !word.starts_with(['-', '+', '$', '"', '\'']));
    let Some(tool) = words.next() else { return Vec::new() };
    if BUILDS.is_match(rest) {
        return vec!["distributions".to_owned()];
    }
    let name = tool.rsplit('/').next().unwrap_or(tool);
    let manager = matches!(name, "npm" | "pnpm" | "yarn" | "bun");
    let tool = if manager { "npm" } else { name };
    let tool = if matches!(tool, "mvnw" | "gradlew") { tool.trim_end_matches('w') } else { tool };
    if is_runner(tool) {
        return environments(tool, rest);
    }
    let second = words.find(|word| !(manager && *word == "run" || *word == "clean"));
    let second = second.map(|word| if manager && word == "t" { "test" } else { word });
    let second = second.filter(|_| manager || TASKS.contains(&tool));
    let has = |options: &[&str]| options.iter().any(|option| rest.contains(option));
    let what = match (tool, second) {
        // Whoever tests builds.
        ("cargo", Some("build" | "check")) => Some("test"),
        ("mvn", Some("compile" | "test" | "package" | "install")) => Some("verify"),
        ("gradle", Some("assemble" | "test" | "check")) => Some("build"),
        (_, second) => second,
    };
    let with = match tool {
        "cargo" | "go" if has(&["--target"]) => " for a target",
        "cargo" | "go" if has(&["-features", " -F", " -tags"]) => " with features",
        "cargo" if has(&[" --release"]) => " optimised",
        _ => "",
    };
    vec![what.map_or_else(|| tool.to_owned(), |what| format!("{tool} {what}{with}"))]
}

fn is_runner(tool: &str) -> bool {
    RUNNERS.iter().any(|(runner, _)| *runner == tool)
}

/// The environments that a runner runs, without what is about versions; the plain one is for the tests.
fn environments(tool: &str, rest: &str) -> Vec<String> {
    let named = ENVIRONMENTS
        .captures_iter(rest)
        .flat_map(|found| found[1].split(',').map(str::to_owned).collect::<Vec<_>>());
    let of = |name: String| {
        let plain = OF_VERSION.replace(&name, "").into_owned();
        match plain.as_str() {
            "" | "test" | "tests" | "pytest" => format!("{tool} tests"),
            other => format!("{tool} {other}"),
        }
    };
    let keys: Vec<String> = named.map(of).collect();
    if keys.is_empty() { vec![format!("{tool} tests")] } else { keys }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_comes_down_to_what_it_does() {
        for (run, expected) in [
            ("uv run --locked pytest -x", "pytest"),
            ("uv run --locked --only-group tox tox run -f lint", "tox lint"),
            ("tox run -e ${PYTHON}-tests", "tox tests"),
            ("tox -e py310,typing", "tox tests, tox typing"),
            ("nox -s lint", "nox lint"),
            ("./mvnw -B -q -DskipTests animal-sniffer:check", "mvn animal-sniffer:check"),
            ("mvn -ntp clean test", "mvn verify"),
            ("npm run lint:fix", ""),
            ("test -d x", ""),
            ("./test", "test"),
            ("./scripts/check", "check"),
            ("python -m build --sdist", "distributions"),
            ("uv build", "distributions"),
            ("npm t", "npm test"),
            ("cargo build --no-default-features", "cargo test with features"),
            ("cargo test --all-features", "cargo test with features"),
            ("cargo test --release", "cargo test optimised"),
            ("./ci.sh", "ci.sh"),
            ("cargo update -Z minimal-versions", "cargo with the oldest versions"),
            ("coverage report --fail-under=100", "coverage report"),
            ("coverage combine", ""),
            ("python -m coverage run -m pytest", "pytest"),
            ("echo done", ""),
            ("npm ci", ""),
            ("pnpm add -D vitest@3", ""),
            ("LC_ALL=C tmux new-session -d", ""),
        ] {
            assert_eq!(keys(run).join(", "), expected, "{run}");
        }
    }

    #[test]
    fn what_a_script_calls_is_done_too() {
        let scripts: Scripts = [
            ("test", "pnpm lint && vitest run"),
            ("lint", "eslint ."),
            ("all", "pnpm lint; eslint ."),
            ("it", "vitest run -c it.js && npm run it"),
        ]
        .map(|(name, runs)| (name.to_owned(), runs.to_owned()))
        .into();
        let circle = Done::of(["npm run it".to_owned()].into_iter(), &scripts);
        assert!(circle.has("npm run it", &scripts));
        let done = Done::of(["pnpm run test".to_owned()].into_iter(), &scripts);
        assert!(
            ["npm test", "npm lint", "vitest", "eslint"].iter().all(|key| done.keys.contains(*key)),
            "{done:?}"
        );
        assert!(done.has("pnpm run all", &scripts) && done.has("pnpm vitest", &scripts));
        for other in ["pnpm run format", "npm run it", "npm run none"] {
            assert!(!done.has(other, &scripts), "{other}");
        }
    }

    #[test]
    fn no_command_makes_it_panic() {
        for run in
            ["", "./", "uv run ", "A=b", "\\", "--", "npm", "npm run", "é", "tox -e", "tox -e ,", "coverage"]
        {
            let _ = keys(run);
        }
    }
}
