//! What the contexts hold: fixed ones, and those that the workflow itself defines.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use super::types::{Object, Type};
use crate::data::{Data, Node};
use crate::library::actions::Actions;
use crate::validate::view::{Job, Step, Workflow, is_placeholder};

const GITHUB_TEXT: &[&str] = &[
    "action",
    "action_path",
    "action_ref",
    "action_repository",
    "action_status",
    "actor",
    "actor_id",
    "api_url",
    "base_ref",
    "env",
    "event_name",
    "event_path",
    "graphql_url",
    "head_ref",
    "job",
    "output",
    "path",
    "ref",
    "ref_name",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "repositoryurl",
    "run_attempt",
    "run_id",
    "run_number",
    "secret_source",
    "server_url",
    "sha",
    "state",
    "step_summary",
    "token",
    "triggering_actor",
    "workflow",
    "workflow_ref",
    "workflow_sha",
    "workspace",
];

static GITHUB: LazyLock<Type> = LazyLock::new(|| {
    let mut github = named(GITHUB_TEXT, &Type::Text);
    github.push(("event".into(), Type::map(Type::Any)));
    github.push(("ref_protected".into(), Type::Bool));
    github.extend(named(&["artifact_cache_size_limit", "retention_days"], &Type::Number));
    Type::strict(github)
});

static JOB: LazyLock<Type> = LazyLock::new(|| {
    let service = Type::strict(vec![
        ("id".into(), Type::Text),
        ("network".into(), Type::Text),
        ("ports".into(), Type::map(Type::Text)),
    ]);
    Type::strict(vec![
        ("check_run_id".into(), Type::Number),
        ("container".into(), Type::strict(named(&["id", "network"], &Type::Text))),
        ("services".into(), Type::map(service)),
        ("status".into(), Type::Text),
    ])
});

static RUNNER: LazyLock<Type> = LazyLock::new(|| {
    Type::strict(named(&["name", "os", "arch", "temp", "tool_cache", "debug", "environment"], &Type::Text))
});

static STRATEGY: LazyLock<Type> = LazyLock::new(|| {
    let mut known = named(&["job-index", "job-total", "max-parallel"], &Type::Number);
    known.push(("fail-fast".into(), Type::Bool));
    Type::Object(Arc::new(Object { properties: known, rest: Some(Type::Any) }))
});

static TEXTS: LazyLock<Type> = LazyLock::new(|| Type::map(Type::Text));

fn named(names: &'static [&'static str], ty: &Type) -> Vec<(Cow<'static, str>, Type)> {
    names.iter().map(|name| (Cow::Borrowed(*name), ty.clone())).collect()
}

fn empty() -> Type {
    Type::strict(Vec::new())
}

/// Actions that give outputs which their metadata doesn't name.
const DYNAMIC_OUTPUTS: &[&str] = &[
    "actions/github-script",
    "dorny/paths-filter",
    "googleapis/release-please-action",
    "tj-actions/changed-files",
    "hashicorp/vault-action",
    "aws-actions/aws-secretsmanager-get-secrets",
    "google-github-actions/get-secretmanager-secrets",
    "1password/load-secrets-action",
];

/// The contexts at one place of a workflow.
pub(super) struct Contexts {
    github: Type,
    inputs: Type,
    secrets: Type,
    jobs: Option<Type>,
    needs: Type,
    matrix: Type,
    steps: Object,
    /// A step whose id is an expression makes every name possible.
    open_steps: bool,
}

impl Contexts {
    /// Those that are the same in a whole workflow.
    pub(super) fn of_workflow(workflow: &Workflow<'_>) -> Self {
        let dispatch = workflow.trigger("workflow_dispatch").map(|trigger| inputs(trigger.body, true));
        let call = workflow.trigger("workflow_call");
        let called = call.map(|trigger| inputs(trigger.body, false));
        let github = match &dispatch {
            Some(Type::Object(inputs)) => with_event_inputs(inputs),
            _ => GITHUB.clone(),
        };
        let inputs = match (called, dispatch) {
            (Some(a), Some(b)) => a.merge(&b),
            (a, b) => a.or(b).unwrap_or_else(empty),
        };
        let secrets =
            call.and_then(|trigger| trigger.body?.get("secrets")).map_or_else(|| TEXTS.clone(), secrets);
        Contexts { github, inputs, secrets, ..Contexts::bare() }
    }

    /// Those of a composite action.
    pub(super) fn of_action(root: &Node) -> Self {
        let declared = root.get("inputs").map_or(&[][..], Node::entries);
        let inputs = declared
            .iter()
            .map(|(key, _)| (key.key_text().to_ascii_lowercase().into(), Type::Text))
            .collect();
        Contexts { inputs: Type::strict(inputs), matrix: Type::map(Type::Any), ..Contexts::bare() }
    }

    fn bare() -> Self {
        Contexts {
            github: GITHUB.clone(),
            inputs: empty(),
            secrets: TEXTS.clone(),
            jobs: None,
            needs: empty(),
            matrix: empty(),
            steps: Object::default(),
            open_steps: false,
        }
    }

    /// The type of a context, if there is one of that name.
    pub(super) fn get(&self, name: &str) -> Option<Type> {
        Some(match name {
            "github" => self.github.clone(),
            "env" | "vars" => TEXTS.clone(),
            "job" => JOB.clone(),
            "jobs" => self.jobs.clone()?,
            "steps" if self.open_steps => Type::map(Type::Any),
            "steps" => Type::Object(Arc::new(self.steps.clone())),
            "runner" => RUNNER.clone(),
            "secrets" => self.secrets.clone(),
            "strategy" => STRATEGY.clone(),
            "matrix" => self.matrix.clone(),
            "needs" => self.needs.clone(),
            "inputs" => self.inputs.clone(),
            _ => return None,
        })
    }

    /// Enters a job: its needs, a matrix whose type the caller works out, no steps yet.
    pub(super) fn enter(&mut self, workflow: &Workflow<'_>, job: &Job<'_>) {
        self.needs = needs(workflow, job);
        self.matrix = empty();
        self.steps = Object::default();
        self.open_steps = false;
    }

    pub(super) fn set_matrix(&mut self, matrix: Type) {
        self.matrix = matrix;
    }

    /// A step is over: later ones can refer to it.
    pub(super) fn add_step(&mut self, step: &Step<'_>, actions: &Actions) {
        let Some(id) = step.body.get("id").and_then(Node::as_str) else {
            return;
        };
        self.open_steps |= id.contains("${{");
        let step = vec![
            ("outputs".into(), outputs(step, actions)),
            ("conclusion".into(), Type::Text),
            ("outcome".into(), Type::Text),
        ];
        self.steps.set(id, Type::strict(step));
    }

    /// Makes `jobs` known, which only the outputs of a reusable workflow can use.
    pub(super) fn set_jobs(&mut self, workflow: &Workflow<'_>) {
        let jobs = workflow.jobs.iter().map(|job| {
            let job_type =
                Type::strict(vec![("outputs".into(), job_outputs(job)), ("result".into(), Type::Text)]);
            (job.id.to_ascii_lowercase().into(), job_type)
        });
        self.jobs = Some(Type::strict(jobs.collect()));
    }
}

/// `github` with `github.event.inputs`.
fn with_event_inputs(inputs: &Object) -> Type {
    let texts = inputs.properties.iter().map(|(name, _)| (name.clone(), Type::Text)).collect();
    let event = Object { properties: vec![("inputs".into(), Type::strict(texts))], rest: Some(Type::Any) };
    match &*GITHUB {
        Type::Object(github) => {
            let mut github = Object::clone(github);
            github.set("event", Type::Object(Arc::new(event)));
            Type::Object(Arc::new(github))
        }
        other => other.clone(),
    }
}

fn inputs(trigger: Option<&Node>, dispatch: bool) -> Type {
    let declared = trigger.and_then(|body| body.get("inputs")).map_or(&[][..], Node::entries);
    let typed = declared.iter().map(|(key, input)| {
        let ty = match input.get("type").and_then(Node::as_str) {
            Some("boolean") => Type::Bool,
            Some("number") => Type::Number,
            Some("string") => Type::Text,
            Some("choice" | "environment") if dispatch => Type::Text,
            _ => Type::Any,
        };
        (key.key_text().to_ascii_lowercase().into(), ty)
    });
    Type::strict(typed.collect())
}

fn secrets(declared: &Node) -> Type {
    let always = ["github_token", "actions_step_debug", "actions_runner_debug"].map(str::to_owned);
    let names = declared.entries().iter().map(|(key, _)| key.key_text().to_ascii_lowercase()).chain(always);
    Type::strict(names.map(|name| (name.into(), Type::Text)).collect())
}

fn needs(workflow: &Workflow<'_>, job: &Job<'_>) -> Type {
    let Some(needs) = job.body.get("needs") else {
        return empty();
    };
    let ids = if needs.as_str().is_some() { std::slice::from_ref(needs) } else { needs.items() };
    let jobs = ids.iter().filter_map(|id| {
        let id = id.as_str()?;
        let needed = workflow.jobs.iter().find(|job| job.id.eq_ignore_ascii_case(id))?;
        let result = vec![("outputs".into(), job_outputs(needed)), ("result".into(), Type::Text)];
        Some((id.to_ascii_lowercase().into(), Type::strict(result)))
    });
    Type::strict(jobs.collect())
}

fn job_outputs(job: &Job<'_>) -> Type {
    if job.call().is_some() {
        return TEXTS.clone();
    }
    let outputs = job.body.get("outputs").map_or(&[][..], Node::entries);
    Type::strict(
        outputs.iter().map(|(key, _)| (key.key_text().to_ascii_lowercase().into(), Type::Text)).collect(),
    )
}

/// What a step gives; the outputs of an action are known for the commit in the table.
fn outputs(step: &Step<'_>, actions: &Actions) -> Type {
    let Some((_, uses)) = step.repository() else {
        return TEXTS.clone();
    };
    let exact = actions.get(uses.action).filter(|action| !action.approximate && action.sha == uses.reference);
    match exact {
        Some(_) if DYNAMIC_OUTPUTS.iter().any(|action| uses.is(action)) => Type::map(Type::Any),
        Some(action) => {
            let names = action.outputs.iter().map(|name| (name.to_ascii_lowercase().into(), Type::Text));
            Type::strict(names.collect())
        }
        None if uses.is("actions/github-script") => Type::map(Type::Any),
        None => TEXTS.clone(),
    }
}

/// The type of a value that is written out in a matrix.
pub(super) fn of_value(node: &Node) -> Type {
    match &node.data {
        Data::Null => Type::Null,
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::String(text) if is_placeholder(text) => Type::Any,
        Data::String(text) => of_text(text),
        Data::List(items) => {
            Type::list(items.iter().map(of_value).reduce(|a, b| a.merge(&b)).unwrap_or(Type::Any))
        }
        Data::Map(entries) => {
            let properties = entries
                .iter()
                .map(|(key, value)| (key.key_text().to_ascii_lowercase().into(), of_value(value)));
            Type::strict(properties.collect())
        }
    }
}

/// GitHub turns text that looks like a number into one where it matters.
fn of_text(text: &str) -> Type {
    match text.trim() {
        "true" | "false" => Type::Bool,
        "null" => Type::Null,
        number if number.parse::<f64>().is_ok() => Type::Number,
        _ => Type::Text,
    }
}
