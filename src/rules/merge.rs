//! Requests of several rules for the same component become one, or an error that names both rules.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::decisions::{Omission, Range, Reason, Request, Setting};
use super::load::Loaded;
use crate::error::Diagnostic;
use crate::library::Reference;

/// What a rule asks for.
pub(super) struct Ask<'r> {
    pub(super) loaded: &'r Loaded,
    /// Name, value, and the fact that it is the value of.
    pub(super) inputs: Vec<(&'r str, Value, Option<String>)>,
    pub(super) reason: Reason,
}

/// One component for one project under one job id.
#[derive(PartialEq, Eq, PartialOrd, Ord, Clone)]
struct Key {
    subject: usize,
    component: String,
    job: Option<String>,
}

#[derive(Default)]
struct Asked<'r> {
    project: Option<String>,
    ranges: Vec<Range>,
    asks: Vec<Ask<'r>>,
}

struct Omitted<'r> {
    subject: usize,
    project: Option<String>,
    component: String,
    loaded: &'r Loaded,
    reason: Reason,
}

/// Collects what rules ask for and take back.
#[derive(Default)]
pub(super) struct Merge<'r> {
    subject: usize,
    asked: BTreeMap<Key, Asked<'r>>,
    omitted: Vec<Omitted<'r>>,
}

/// What decides between two rules: `final` first, then the priority.
fn weight(loaded: &Loaded) -> (bool, u32) {
    (loaded.rule.is_final, loaded.rule.priority.get())
}

impl<'r> Merge<'r> {
    /// What follows is about the next project.
    pub(super) fn next_subject(&mut self) {
        self.subject += 1;
    }

    pub(super) fn ask(
        &mut self,
        project: Option<String>,
        component: &Reference,
        job: Option<String>,
        ask: Ask<'r>,
    ) {
        let key = Key { subject: self.subject, component: component.id.clone(), job };
        let asked = self.asked.entry(key).or_default();
        asked.project = project;
        asked.ranges.push(Range { range: component.range.clone(), rule: ask.loaded.rule.name.clone() });
        asked.asks.push(ask);
    }

    pub(super) fn omit(
        &mut self,
        project: Option<String>,
        component: &str,
        loaded: &'r Loaded,
        reason: Reason,
    ) {
        let component = component.to_owned();
        self.omitted.push(Omitted { subject: self.subject, project, component, loaded, reason });
    }

    /// The requests that remain, and what was taken back; contradictions go to `wrong`.
    pub(super) fn finish(mut self, wrong: &mut Vec<Diagnostic>) -> (Vec<Request>, Vec<Omission>) {
        let omitted = std::mem::take(&mut self.omitted);
        let omissions = omitted.into_iter().map(|omitted| self.take_back(omitted, wrong)).collect();
        let requests = self.asked.into_iter().map(|(key, asked)| asked.merge(key, wrong)).collect();
        (requests, omissions)
    }

    fn take_back(&mut self, omitted: Omitted<'r>, wrong: &mut Vec<Diagnostic>) -> Omission {
        let mut taken_back = Vec::new();
        self.asked.retain(|key, asked| {
            if key.subject != omitted.subject || key.component != omitted.component {
                return true;
            }
            let Some(strongest) = asked.asks.iter().max_by_key(|ask| weight(ask.loaded)) else {
                return true;
            };
            let (asking, omitting) = (weight(strongest.loaded), weight(omitted.loaded));
            if asking == omitting {
                let about =
                    format!("one asks for `{}`{} and one omits it", key.component, whom(&omitted.project));
                wrong.push(contradiction(strongest.loaded, omitted.loaded, &about));
            }
            if asking < omitting {
                taken_back.extend(asked.asks.iter().map(|ask| ask.loaded.rule.name.clone()));
            }
            asking >= omitting
        });
        Omission {
            project: omitted.project,
            component: omitted.component,
            taken_back,
            reason: omitted.reason,
        }
    }
}

impl Asked<'_> {
    fn merge(mut self, key: Key, wrong: &mut Vec<Diagnostic>) -> Request {
        self.asks.sort_by_key(|ask| Reverse(weight(ask.loaded)));
        let mut inputs: BTreeMap<String, (Setting, &Loaded)> = BTreeMap::new();
        for ask in &self.asks {
            let rule = &ask.loaded.rule.name;
            for (name, value, fact) in &ask.inputs {
                match inputs.get(*name) {
                    None => {
                        let setting =
                            Setting { value: value.clone(), fact: fact.clone(), rule: rule.clone() };
                        inputs.insert((*name).to_owned(), (setting, ask.loaded));
                    }
                    Some((there, by)) if weight(by) == weight(ask.loaded) && there.value != *value => {
                        let whom = whom(&self.project);
                        let about =
                            format!("they set the input `{name}` of `{}`{whom} differently", key.component);
                        let values = format!("`{}` sets {}, `{rule}` sets {value}", there.rule, there.value);
                        wrong.push(contradiction(by, ask.loaded, &about).hint(values));
                    }
                    Some(_) => {}
                }
            }
        }
        let inputs = inputs.into_iter().map(|(name, (setting, _))| (name, setting)).collect();
        let reasons = self.asks.into_iter().map(|ask| ask.reason).collect();
        Request {
            project: self.project,
            component: key.component,
            job: key.job,
            inputs,
            ranges: self.ranges,
            reasons,
        }
    }
}

fn whom(project: &Option<String>) -> String {
    project.as_ref().map(|id| format!(" for `{id}`")).unwrap_or_default()
}

fn contradiction(one: &Loaded, other: &Loaded, about: &str) -> Diagnostic {
    let priority = match weight(one) {
        (true, priority) => format!("final with priority {priority}"),
        (false, priority) => format!("of priority {priority}"),
    };
    let (one, name) = (&one.rule.name, &other.rule.name);
    Diagnostic::new(format!(
        "the rules `{one}` and `{name}` contradict each other: {about}, and both are {priority}"
    ))
    .at(other.origin.location())
    .hint("give one of them a higher priority, or conditions that exclude each other")
}
