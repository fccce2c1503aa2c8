//! `${{ }}`: syntax, what is available where, types.

mod calls;
mod contexts;
mod infer;
mod matrix;
mod placeholder;
mod scope;
mod smells;
mod types;

use github_actions_expressions::{Error, Expr, SpannedExpr};

use super::report::Report;
use super::view::{Job, Step, Workflow, is_placeholder, scalar_text};
use crate::data::{Data, Node};
use crate::library::actions::Actions;
use contexts::Contexts;
use infer::Inference;
use placeholder::placeholders;
use scope::Scope;
use types::Type;

/// Checks the expressions of a workflow.
pub(super) fn check(workflow: &Workflow<'_>, actions: &Actions, report: &mut Report<'_>) {
    let contexts = Contexts::of_workflow(workflow);
    let mut checker = Checker { contexts, report };
    checker.workflow(workflow);
    for job in &workflow.jobs {
        checker.report.set_scope(Some(job.lines));
        checker.contexts.enter(workflow, job);
        checker.job(job, actions);
    }
    checker.report.set_scope(None);
    checker.call_outputs(workflow);
}

/// Checks the expressions of a composite action.
pub(super) fn check_composite(root: &Node, actions: &Actions, report: &mut Report<'_>) {
    let contexts = Contexts::of_action(root);
    let mut checker = Checker { contexts, report };
    let steps = root.at(&["runs", "steps"]);
    let last = checker.report.last_line();
    for step in &Step::list(steps, last) {
        checker.report.set_scope(Some(step.lines));
        checker.step(step, scope::COMPOSITE_STEP, scope::COMPOSITE_IF, false);
        checker.contexts.add_step(step, actions);
    }
    checker.report.set_scope(None);
    if let Some(outputs) = root.get("outputs") {
        checker.texts(outputs, scope::COMPOSITE_STEP);
    }
}

struct Checker<'r, 't> {
    contexts: Contexts,
    report: &'r mut Report<'t>,
}

impl Checker<'_, '_> {
    fn workflow(&mut self, workflow: &Workflow<'_>) {
        for (key, value) in workflow.root.entries() {
            match key.as_str() {
                Some("jobs") => {}
                Some("on") => self.triggers(value),
                Some("run-name") => drop(self.text(value, scope::RUN_NAME)),
                Some("env") => self.env(value, scope::ENV),
                Some("concurrency") => self.concurrency(value, scope::CONCURRENCY),
                _ => self.texts(value, scope::ANYWHERE),
            }
        }
    }

    fn triggers(&mut self, on: &Node) {
        if on.as_str().is_some() || !on.items().is_empty() {
            return self.texts(on, scope::ANYWHERE);
        }
        for (event, body) in on.entries() {
            if event.as_str() != Some("workflow_call") {
                self.texts(body, scope::ANYWHERE);
                continue;
            }
            for (key, value) in body.entries().iter().filter(|(key, _)| key.as_str() != Some("outputs")) {
                let inputs = key.as_str() == Some("inputs");
                for (name, value) in value.entries().iter().flat_map(|(_, input)| input.entries()) {
                    let default = inputs && name.as_str() == Some("default");
                    self.texts(value, if default { scope::CALL_INPUT_DEFAULT } else { scope::ANYWHERE });
                }
            }
        }
    }

    /// The outputs of a reusable workflow see its jobs.
    fn call_outputs(&mut self, workflow: &Workflow<'_>) {
        let outputs = workflow.trigger("workflow_call").and_then(|trigger| trigger.body?.get("outputs"));
        let Some(outputs) = outputs else { return };
        self.contexts.set_jobs(workflow);
        for (key, value) in outputs.entries().iter().flat_map(|(_, output)| output.entries()) {
            let is_value = key.as_str() == Some("value");
            self.texts(value, if is_value { scope::CALL_OUTPUT } else { scope::ANYWHERE });
        }
    }

    fn job(&mut self, job: &Job<'_>, actions: &Actions) {
        let steps_if = job.call().is_none();
        if let Some(strategy) = job.body.get("strategy") {
            self.strategy(strategy);
        }
        for (key, value) in job.body.entries() {
            match key.as_str() {
                Some("steps" | "strategy" | "outputs" | "environment") => {}
                Some("if") => self.condition(value, scope::JOB_IF, steps_if),
                Some("runs-on") => self.runs_on(value),
                Some("concurrency") => self.concurrency(value, scope::JOB),
                Some("env") => self.env(value, scope::JOB_ENV),
                Some("defaults") => self.texts(value, scope::JOB_DEFAULTS),
                Some("continue-on-error") => self.typed(value, scope::JOB, &Type::Bool),
                Some("timeout-minutes") => self.typed(value, scope::JOB, &Type::Number),
                Some("container") => self.container(value),
                Some("services") => {
                    self.texts_here(value, scope::JOB);
                    value.entries().iter().for_each(|(_, service)| self.container(service));
                }
                Some("with" | "name") => self.texts(value, scope::JOB),
                Some("secrets") => self.texts(value, scope::JOB_SECRETS),
                _ => self.texts(value, scope::ANYWHERE),
            }
        }
        for step in &job.steps {
            self.report.set_scope(Some(step.lines));
            self.step(step, scope::STEP, scope::STEP_IF, true);
            self.contexts.add_step(step, actions);
        }
        self.report.set_scope(Some(job.lines));
        if let Some(outputs) = job.body.get("outputs") {
            self.texts(outputs, scope::JOB_OUTPUTS);
        }
        if let Some(environment) = job.body.get("environment") {
            self.texts_here(environment, scope::JOB);
            for (key, value) in environment.entries() {
                match key.as_str() {
                    Some("url") => self.texts(value, scope::ENVIRONMENT_URL),
                    Some("deployment") => self.typed(value, scope::JOB, &Type::Bool),
                    _ => self.texts(value, scope::JOB),
                }
            }
        }
    }

    fn step(&mut self, step: &Step<'_>, scope: Scope, if_scope: Scope, in_job: bool) {
        for (key, value) in step.body.entries() {
            match key.as_str() {
                Some("if") => self.condition(value, if_scope, in_job),
                Some("env") => self.env(value, scope),
                Some("continue-on-error") => self.typed(value, scope, &Type::Bool),
                Some("timeout-minutes") => self.typed(value, scope, &Type::Number),
                Some("name" | "run" | "with" | "working-directory") => self.texts(value, scope),
                _ => self.texts(value, scope::ANYWHERE),
            }
        }
    }

    fn runs_on(&mut self, node: &Node) {
        let labels = node.get("labels").unwrap_or(node);
        if labels.as_str().is_some_and(is_placeholder) {
            let ty = self.one(labels, scope::JOB);
            if let Some(ty @ (Type::Null | Type::Number | Type::Bool | Type::Object(_))) = ty {
                self.report.error("expression", labels, format!("a runner is text or a list, not {ty}"));
            }
        } else {
            self.texts(labels, scope::JOB);
        }
        if let Some(group) = node.get("group") {
            self.texts(group, scope::JOB);
        }
    }

    fn concurrency(&mut self, node: &Node, scope: Scope) {
        self.texts_here(node, scope);
        for (key, value) in node.entries() {
            match key.as_str() {
                Some("cancel-in-progress") => self.typed(value, scope, &Type::Bool),
                _ => self.texts(value, scope),
            }
        }
    }

    fn container(&mut self, node: &Node) {
        self.texts_here(node, scope::JOB);
        for (key, value) in node.entries() {
            match key.as_str() {
                Some("credentials") => self.texts(value, scope::CREDENTIALS),
                Some("env") => self.env(value, scope::CONTAINER_ENV),
                _ => self.texts(value, scope::JOB),
            }
        }
    }

    /// Names and values, or one expression that gives an object.
    fn env(&mut self, node: &Node, scope: Scope) {
        if node.as_str().is_some() {
            if let Some(ty) = self.one(node, scope).filter(|ty| !matches!(ty, Type::Any | Type::Object(_))) {
                self.report.error("expression", node, format!("`env` must be an object, not {ty}"));
            }
            return;
        }
        for (key, value) in node.entries() {
            self.text(key, scope);
            self.text(value, scope);
        }
    }

    /// A value that is one expression of a type, or a literal.
    fn typed(&mut self, node: &Node, scope: Scope, wanted: &Type) {
        if let Some(ty) = self.one(node, scope).filter(|ty| *ty != Type::Any && ty != wanted) {
            self.report.error("expression", node, format!("this must be {wanted}, not {ty}"));
        }
    }

    /// The type of a text that is one expression.
    fn one(&mut self, node: &Node, scope: Scope) -> Option<Type> {
        node.as_str()?;
        let mut types = self.expressions(node, scope)?;
        if types.len() == 1 { types.pop() } else { None }
    }

    /// The node itself if it is text, nothing inside of it.
    fn texts_here(&mut self, node: &Node, scope: Scope) {
        if node.as_str().is_some() {
            self.text(node, scope);
        }
    }

    /// Every text in a node.
    fn texts(&mut self, node: &Node, scope: Scope) {
        match &node.data {
            Data::String(_) => drop(self.text(node, scope)),
            Data::List(items) => items.iter().for_each(|item| self.texts(item, scope)),
            Data::Map(entries) => entries.iter().for_each(|(_, value)| self.texts(value, scope)),
            _ => {}
        }
    }

    /// A text into which the values are pasted.
    fn text(&mut self, node: &Node, scope: Scope) -> Option<Vec<Type>> {
        let types = self.expressions(node, scope)?;
        for ty in types.iter().filter(|ty| !ty.is_printable()) {
            self.report
                .error("expression", node, format!("{ty} can't be pasted into text"))
                .help("`toJSON(...)` makes text of it");
        }
        Some(types)
    }

    /// The types of the expressions in a text; `None` when one of them is wrong.
    fn expressions(&mut self, node: &Node, scope: Scope) -> Option<Vec<Type>> {
        let text = node.as_str().filter(|text| text.contains("${{"))?;
        match placeholders(text) {
            Err(offset) => {
                self.report.error_inside("expression", node, offset, "`${{` is not closed by `}}`");
                None
            }
            Ok(found) => {
                found.iter().map(|one| self.expression(node, one.inner, one.offset, scope)).collect()
            }
        }
    }

    fn expression(&mut self, node: &Node, inner: &str, offset: usize, scope: Scope) -> Option<Type> {
        let expr = match Expr::parse(inner) {
            Ok(expr) => expr,
            Err(error) => {
                self.syntax(node, inner, offset, &error);
                return None;
            }
        };
        smells::check(&expr, node, offset, self.report);
        self.infer(&expr, node, offset, scope)
    }

    fn infer(&mut self, expr: &SpannedExpr<'_>, node: &Node, offset: usize, scope: Scope) -> Option<Type> {
        let mut inference = Inference { contexts: &self.contexts, scope, faults: Vec::new() };
        let ty = inference.infer(expr);
        let faults = inference.faults;
        let sound = faults.is_empty();
        for fault in faults {
            let finding = self.report.error_inside("context", node, offset + fault.offset, fault.message);
            finding.help = fault.help;
        }
        sound.then_some(ty)
    }

    fn syntax(&mut self, node: &Node, inner: &str, offset: usize, error: &Error) {
        let blanks = inner.len() - inner.trim_start().len();
        let (at, reason) = match error {
            Error::Syntax(error) => (error.offset, error.message.to_owned()),
            Error::Call(error) => (blanks, lower_first(&error.to_string())),
            Error::Depth => (blanks, "it is nested too deeply".to_owned()),
        };
        let message = match inner.trim() {
            "" => "there is no expression in `${{ }}`".to_owned(),
            text => format!("`{text}` is no expression: {reason}"),
        };
        self.report.error_inside("expression", node, offset + at, message);
    }

    /// An `if:`, which is an expression with or without `${{ }}`.
    fn condition(&mut self, node: &Node, scope: Scope, in_job: bool) {
        let Some(text) = scalar_text(node) else { return };
        let open = text.find("${{");
        let (start, inner) = match (open, text.find("}}")) {
            (Some(open), Some(close)) => {
                let around = open > 0 || close + 2 < text.len() || text.matches("${{").count() > 1;
                if around {
                    let check = if in_job { "unsound-condition" } else { "if-condition" };
                    self.report
                        .error(check, node, "this is always true: text around `${{ }}` makes it one long text")
                        .help("put all of it inside of one `${{ }}`, or drop the `${{ }}`; `|` and `>` need `-`");
                    self.text(node, scope);
                    return;
                }
                self.text(node, scope);
                (open + 3, text.get(open + 3..close).unwrap_or_default())
            }
            _ => (0, text.as_str()),
        };
        let expr = match Expr::parse(inner) {
            Ok(expr) => expr,
            Err(error) => {
                // Inside of `${{ }}` it was reported already.
                if start == 0 {
                    self.syntax(node, inner, 0, &error);
                }
                return;
            }
        };
        if start == 0 {
            self.infer(&expr, node, 0, scope);
        }
        if smells::is_constant(&expr) {
            self.report
                .error("if-condition", node, format!("`{}` never changes", inner.trim()))
                .help("remove the `if:`, or the step");
        }
        if in_job {
            smells::condition(&expr, node, start, self.report);
        }
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
