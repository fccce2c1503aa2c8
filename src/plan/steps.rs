//! The steps of a job: conditions decided, `use:` replaced by the steps of a component.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::grounds::{self, Ground};
use super::inputs::{View, settings};
use super::resolve::Chosen;
use super::setting::{Origin, Setting};
use super::substitute::{Fault, Scope, fill, holds};
use crate::library::{Component, Reference};

/// Steps that use components that use components... deeper than this go round in a circle.
const MAX_DEPTH: usize = 8;

/// Expands the bodies of components into steps that GitHub understands.
pub(super) struct Expander<'a> {
    pub(super) chosen: &'a Chosen<'a>,
    pub(super) view: View<'a>,
    /// Every component whose steps were used.
    pub(super) used: BTreeSet<String>,
    /// What their inputs took from the checkout and the user.
    pub(super) grounds: Vec<Ground>,
}

impl Expander<'_> {
    /// The scope of a component's body: its inputs, and where the project is: `project.path` (`.` for the root),
    /// `project.directory` (nothing for the root), `project.rooted` (`/`, `/web`), `project.prefix` (empty for the root, else ending in `/`).
    pub(super) fn scope(
        &mut self,
        component: &Component,
        given: &BTreeMap<String, Setting>,
    ) -> Result<(Scope, BTreeMap<String, Setting>), Fault> {
        let settings = settings(component, given, self.view)?;
        self.grounds.extend(grounds::of(component, &settings, self.view));
        let mut scope = Scope::default();
        for (name, setting) in &settings {
            scope.set(format!("inputs.{name}"), setting.clone());
        }
        if let Some(project) = self.view.project {
            let origin = || Origin::Fact { name: "project.path".to_owned(), place: None };
            let prefix = if project.path == "." { String::new() } else { format!("{}/", project.path) };
            scope.set("project.path", Setting::new(project.path.clone().into(), origin()));
            scope.set("project.prefix", Setting::new(prefix.into(), origin()));
            let rooted = if project.path == "." { "/".to_owned() } else { format!("/{}", project.path) };
            scope.set("project.rooted", Setting::new(rooted.into(), origin()));
            let directory = (project.path != ".").then(|| project.path.clone());
            scope.set("project.directory", Setting::new(directory.into(), origin()));
        }
        Ok((scope, settings))
    }

    /// Expands a list of steps of `component`.
    pub(super) fn steps(
        &mut self,
        component: &Component,
        steps: &Value,
        scope: &Scope,
    ) -> Result<Vec<Value>, Fault> {
        self.expand(component, steps, scope, 0)
    }

    fn expand(
        &mut self,
        component: &Component,
        steps: &Value,
        scope: &Scope,
        depth: usize,
    ) -> Result<Vec<Value>, Fault> {
        let fault = |message: String| Fault::Component(format!("{message} (component `{}`)", component.id));
        let steps = steps.as_array().ok_or_else(|| fault("`steps:` is not a list".to_owned()))?;
        let mut expanded = Vec::new();
        for step in steps {
            let step = step.as_object().ok_or_else(|| fault("a step is not a mapping".to_owned()))?;
            let Some(mut step) = decide(step, scope)? else { continue };
            if let Some(list) = step.shift_remove("each") {
                for scope in each(component, &list, scope)? {
                    expanded.extend(self.expand(component, &json!([step]), &scope, depth)?);
                }
                continue;
            }
            match step.get("use").and_then(Value::as_str) {
                Some(reference) => {
                    let reference: Reference = reference.parse().map_err(fault)?;
                    if depth == MAX_DEPTH {
                        return Err(fault(format!("`use: {}` goes round in a circle", reference.id)));
                    }
                    if let Some(key) = step.keys().find(|key| !matches!(key.as_str(), "use" | "with")) {
                        return Err(fault(format!("a step with `use:` can't have `{key}:`")));
                    }
                    expanded.extend(self.steps_of(component, &reference, step.get("with"), scope, depth)?);
                }
                None => {
                    let mut filled = fill(&Value::Object(step), scope)?.value;
                    join_inputs(&mut filled);
                    if filled.get("run").or(filled.get("uses")).is_some() {
                        expanded.push(filled);
                    }
                }
            }
        }
        Ok(expanded)
    }

    /// The steps of a `steps` component that another one uses.
    fn steps_of(
        &mut self,
        by: &Component,
        reference: &Reference,
        with: Option<&Value>,
        scope: &Scope,
        depth: usize,
    ) -> Result<Vec<Value>, Fault> {
        let fault = |message: String| Fault::Component(format!("{message} (component `{}`)", by.id));
        let component = self
            .chosen
            .get(&reference.id)
            .ok_or_else(|| fault(format!("`use: {}` is not resolved", reference.id)))?;
        let mut given = BTreeMap::new();
        for (name, value) in with.and_then(Value::as_object).into_iter().flatten() {
            let filled = fill(value, scope)?;
            if !filled.value.is_null() {
                let origin = Origin::Component { id: by.id.clone(), foreign: filled.foreign };
                given.insert(name.clone(), Setting::new(filled.value, origin));
            }
        }
        let (scope, _) = self.scope(component, &given)?;
        self.used.insert(component.id.clone());
        let steps = component.content().map_err(fault)?;
        self.expand(component, steps, &scope, depth + 1)
    }
}

/// An input of an action is a text: the items of a list stand in it with commas between them.
fn join_inputs(step: &mut Value) {
    for (_, value) in step.get_mut("with").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Value::Array(items) = value {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            *value = Value::String(items.join(", "));
        }
    }
}

/// The scopes of a step that is there once for `each:` item of a list, as `each.item`.
fn each(component: &Component, list: &Value, scope: &Scope) -> Result<Vec<Scope>, Fault> {
    let list = fill(list, scope)?;
    let origin = Origin::Component { id: component.id.clone(), foreign: list.foreign };
    let of = |item: &Value| {
        let mut scope = scope.clone();
        scope.set("each.item", Setting::new(item.clone(), origin.clone()));
        scope
    };
    Ok(list.value.as_array().into_iter().flatten().map(of).collect())
}

/// Decides `when:` and `unless:`; none when the step is not wanted.
fn decide(step: &Map<String, Value>, scope: &Scope) -> Result<Option<Map<String, Value>>, Fault> {
    let mut step = step.clone();
    let mut decide = |key: &str, default: bool| match step.shift_remove(key) {
        Some(condition) => holds(&condition, scope),
        None => Ok(default),
    };
    let wanted = decide("when", true)? && !decide("unless", false)?;
    Ok(wanted.then_some(step))
}
