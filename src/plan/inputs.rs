//! The inputs of a component: set by rules or the user, else by a fact, else by default.

use std::collections::BTreeMap;

use super::setting::{Origin, Setting};
use super::substitute::Fault;
use crate::characteristics::{Characteristics, Fact, Project};
use crate::error::did_you_mean;
use crate::library::Component;

/// The facts that a component for a project (or for the repository) can see.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) characteristics: &'a Characteristics,
    pub(super) project: Option<&'a Project>,
}

impl<'a> View<'a> {
    /// The fact of that name: the project's, else the repository's. A fact that could not be read is none.
    pub(super) fn fact(&self, name: &str) -> Option<&'a Fact> {
        let own = self.project.and_then(|project| project.facts.get(name));
        own.or_else(|| self.characteristics.facts.get(name)).filter(|fact| fact.confidence > 0.0)
    }
}

/// The value of every input of a component.
///
/// # Errors
/// An input that is not there, is of another type, or is required and has no value.
pub(super) fn settings(
    component: &Component,
    given: &BTreeMap<String, Setting>,
    view: View<'_>,
) -> Result<BTreeMap<String, Setting>, Fault> {
    for (name, setting) in given {
        let Some(input) = component.inputs.get(name) else {
            let known = component.inputs.keys().map(String::as_str);
            let meant =
                did_you_mean(name, known).map(|m| format!("; did you mean `{m}`?")).unwrap_or_default();
            return Err(fault(
                component,
                &format!("{} sets the input `{name}`, which it does not have{meant}", setting.origin),
            ));
        };
        if !input.kind.accepts(&setting.value) {
            let message = format!(
                "{} sets the input `{name}` to {}, which is not of its type",
                setting.origin, setting.value
            );
            return Err(fault(component, &message));
        }
    }
    let mut settings = BTreeMap::new();
    for (name, input) in &component.inputs {
        let from_fact = || {
            let fact_name = input.fact.as_deref()?;
            let fact = view.fact(fact_name).filter(|fact| input.kind.accepts(&fact.value))?;
            let place = fact.evidence.first().map(ToString::to_string);
            let origin = Origin::Fact { name: fact_name.to_owned(), place };
            (!fact.value.is_null()).then(|| Setting::new(fact.value.clone(), origin))
        };
        let setting = given
            .get(name)
            .cloned()
            .or_else(from_fact)
            .unwrap_or_else(|| Setting::new(input.default.clone(), Origin::Default));
        if input.required && setting.value.is_null() {
            return Err(fault(component, &format!("nobody sets the input `{name}`, which it needs")));
        }
        settings.insert(name.clone(), setting);
    }
    Ok(settings)
}

fn fault(component: &Component, message: &str) -> Fault {
    Fault::Component(format!("{message} (component `{}` {})", component.id, component.version))
}
