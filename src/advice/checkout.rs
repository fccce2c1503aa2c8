//! What advice has to know of the workflows of a checkout, and which of their jobs a name in the history means.

use serde_json::Value;

/// The workflows of a checkout.
#[derive(Debug, Clone, Default)]
pub struct Checkout {
    /// The repository's default branch where it is known.
    pub default_branch: Option<String>,
    /// Its workflows.
    pub workflows: Vec<Workflow>,
}

/// A workflow file.
#[derive(Debug, Clone, Default)]
pub struct Workflow {
    /// The file's name without its folder and ending: `ci`.
    pub file_stem: String,
    /// What it calls itself; GitHub shows the path where it has no name.
    pub name: Option<String>,
    /// Whether wfgen generates it, so that settings reach it.
    pub generated: bool,
    /// The events that start it: `push`, `pull_request`...
    pub events: Vec<String>,
    /// The expressions of `on.schedule` with the time zone that each is read in, UTC where it names none.
    pub crons: Vec<Cron>,
    /// Whether a push or pull request starts it only when certain files change.
    pub path_filters: bool,
    /// Whether it has a `concurrency` group.
    pub concurrency: bool,
    /// Its jobs.
    pub jobs: Vec<Job>,
}

/// An entry of `on.schedule`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    /// The five fields.
    pub expression: String,
    /// The entry's `timezone`.
    pub time_zone: Option<String>,
}

/// A job of a workflow.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// Its id: `test`.
    pub id: String,
    /// Its `name`, which may hold `${{ }}`.
    pub name: Option<String>,
    /// Its `timeout-minutes`; none where it says nothing, not a number (NaN) where an expression says it, and then
    /// nothing is proposed.
    pub timeout_minutes: Option<f64>,
    /// Its `runs-on` where that is plain: a label, or labels joined by commas.
    pub runs_on: Option<String>,
    /// Its `strategy.matrix` where that is written out.
    pub matrix: Option<Matrix>,
    /// Its `strategy.fail-fast`.
    pub fail_fast: Option<bool>,
    /// The ids of the jobs that it waits for.
    pub needs: Vec<String>,
    /// Whether it has a `concurrency` group.
    pub concurrency: bool,
    /// Whether it has services or a container, or names an environment: it is more than its steps.
    pub special: bool,
    /// Its steps; none when it calls a workflow.
    pub steps: Vec<Step>,
}

/// A matrix that is written out.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// The axes in their order with their values.
    pub axes: Vec<(String, Vec<Value>)>,
    /// `include`.
    pub include: Vec<Value>,
    /// `exclude`.
    pub exclude: Vec<Value>,
}

/// A step of a job.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// Its `name`.
    pub name: Option<String>,
    /// Its `uses`.
    pub uses: Option<String>,
    /// Its `run`.
    pub run: Option<String>,
    /// Whether it is a cache, or its action uses one: see [`has_cache`].
    pub has_cache: bool,
}

impl Workflow {
    /// Whether a name in the history is this workflow's.
    pub fn is_called(&self, name: &str) -> bool {
        match &self.name {
            Some(own) => own == name,
            None => name
                .strip_prefix(".github/workflows/")
                .and_then(|file| file.strip_suffix(".yml").or(file.strip_suffix(".yaml")))
                .is_some_and(|stem| stem == self.file_stem),
        }
    }

    /// The place of the job that a name in the history means, by the one with the most literal text.
    pub fn job_called(&self, name: &str) -> Option<usize> {
        let scored = self.jobs.iter().enumerate().filter_map(|(i, job)| Some((job.likeness(name)?, i)));
        let best = scored.clone().max_by_key(|(likeness, _)| *likeness)?;
        // Two jobs that fit equally well: nobody knows which it was.
        let ambiguous = scored.filter(|(likeness, _)| *likeness == best.0).count() > 1;
        (!ambiguous).then_some(best.1)
    }

    /// The key of a job in `wfgen.toml`: `ci/test`.
    pub fn key(&self, job: &Job) -> String {
        format!("{}/{}", self.file_stem, job.id)
    }
}

impl Job {
    /// How many characters of its template a name in the history repeats; none when it is not of this job.
    fn likeness(&self, name: &str) -> Option<usize> {
        let template = self.name.as_deref().unwrap_or(&self.id);
        let literals = literals(template);
        let length = literals.iter().map(|text| text.len()).sum();
        let fits = |name: &str| fits(&literals, name);
        // GitHub puts the values of a matrix behind a name that does not say them, and an inner job behind a call.
        let legs = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
        let called = name.split_once(" / ").filter(|_| self.steps.is_empty());
        let is_it =
            fits(name) || legs.is_some_and(|(own, _)| fits(own)) || called.is_some_and(|(own, _)| fits(own));
        is_it.then_some(length)
    }

    /// The step that a name in the history means: by its name, or by what GitHub calls a step without one.
    pub fn step_called(&self, name: &str) -> Option<&Step> {
        let named = self.steps.iter().find(|step| step.name.as_deref() == Some(name));
        let told = |step: &&Step| {
            let what = step.uses.as_deref().or(step.run.as_deref().and_then(|run| run.lines().next()));
            step.name.is_none() && what.is_some_and(|what| name.strip_prefix("Run ") == Some(what.trim()))
        };
        named.or_else(|| self.steps.iter().find(told))
    }
}

/// Actions that cache without being asked: <https://github.com/actions/setup-go>, <https://github.com/astral-sh/setup-uv>,
/// <https://github.com/gradle/actions>, <https://github.com/actions-rust-lang/setup-rust-toolchain>,
/// <https://github.com/jdx/mise-action>.
const CACHING: [(&str, &str); 5] = [
    ("actions/setup-go", "cache"),
    ("astral-sh/setup-uv", "enable-cache"),
    ("gradle/actions/setup-gradle", "cache-disabled"),
    ("actions-rust-lang/setup-rust-toolchain", "cache"),
    ("jdx/mise-action", "cache"),
];

/// Whether a step with this `uses` and `with` is a cache, or its action uses one.
pub fn has_cache(uses: Option<&str>, with: &Value) -> bool {
    let action = uses.and_then(|uses| uses.split('@').next()).unwrap_or_default().to_lowercase();
    let says = |input: &str| match with.get(input)? {
        Value::Bool(said) => Some(*said),
        Value::String(text) => Some(!matches!(text.to_lowercase().as_str(), "" | "false")),
        _ => None,
    };
    let asked = ["cache", "bundler-cache", "enable-cache", "cache-from"].into_iter().find_map(says);
    let by_itself = CACHING.iter().find(|(name, _)| *name == action);
    match (by_itself, asked) {
        (Some((_, "cache-disabled")), _) => says("cache-disabled") != Some(true),
        (_, Some(asked)) => asked,
        (by_itself, None) => by_itself.is_some() || action.contains("cache"),
    }
}

/// The text of a template around its expressions.
fn literals(template: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${{") {
        found.push(before);
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    found.push(rest);
    found
}

/// Whether the literals stand in the name in their order, the first at its beginning and the last at its end.
fn fits(literals: &[&str], name: &str) -> bool {
    let [first, middle @ .., last] = literals else { return literals.first() == Some(&name) };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for text in middle {
        let Some((_, after)) = rest.split_once(text) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(id: &str, name: Option<&str>, matrix: bool) -> Job {
        Job {
            id: id.into(),
            name: name.map(Into::into),
            matrix: matrix.then(Matrix::default),
            steps: vec![Step::default()],
            ..Job::default()
        }
    }

    #[test]
    fn a_name_in_the_history_means_the_job_whose_template_it_repeats_most() {
        let workflow = Workflow {
            jobs: vec![
                job("test", None, true),
                job("lint", Some("Lint"), false),
                job("py", Some("Test (Python ${{ matrix.python }})"), true),
                job("any", Some("${{ matrix.name }}"), true),
                Job { steps: Vec::new(), ..job("call", None, false) },
            ],
            ..Workflow::default()
        };
        let id = |name: &str| workflow.job_called(name).map(|i| workflow.jobs[i].id.as_str());
        assert_eq!(id("test (ubuntu-latest, 3.12)"), Some("test"));
        assert_eq!(id("Lint"), Some("lint"));
        assert_eq!(id("Test (Python 3.12)"), Some("py"));
        assert_eq!(id("call / build"), Some("call"));
        assert_eq!(id("something else"), Some("any"));
    }

    #[test]
    fn a_name_that_fits_two_jobs_equally_is_nobodys() {
        let both = vec![job("a", Some("${{ matrix.a }}"), true), job("b", Some("${{ matrix.b }}"), true)];
        let workflow = Workflow { jobs: both, ..Workflow::default() };
        assert_eq!(workflow.job_called("x"), None);
    }

    #[test]
    fn a_workflow_without_a_name_is_called_by_its_path() {
        let workflow = Workflow { file_stem: "ci".into(), ..Workflow::default() };
        assert!(workflow.is_called(".github/workflows/ci.yml"));
        assert!(!workflow.is_called("ci"));
    }

    #[test]
    fn a_cache_is_one_that_is_asked_for_or_used_without_asking() {
        use serde_json::json;
        for (uses, with, is) in [
            ("actions/setup-node@v7", json!({}), false),
            ("actions/setup-node@v7", json!({ "cache": "npm" }), true),
            ("actions/cache@v5", json!({ "path": "x" }), true),
            ("actions/setup-go@v6", json!({}), true),
            ("actions/setup-go@v6", json!({ "cache": false }), false),
            ("ruby/setup-ruby@v1", json!({ "bundler-cache": true }), true),
            ("astral-sh/setup-uv@v8", json!({ "enable-cache": "false" }), false),
            ("gradle/actions/setup-gradle@v5", json!({}), true),
            ("gradle/actions/setup-gradle@v5", json!({ "cache-disabled": true }), false),
        ] {
            assert_eq!(has_cache(Some(uses), &with), is, "{uses} {with}");
        }
        assert!(!has_cache(None, &Value::Null));
    }

    #[test]
    fn a_step_without_a_name_is_called_by_what_it_runs() {
        let steps = vec![Step { run: Some("npm ci\nnpm test".into()), ..Step::default() }];
        assert!(Job { steps, ..Job::default() }.step_called("Run npm ci").is_some());
    }
}
