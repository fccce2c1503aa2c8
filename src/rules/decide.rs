//! Rules and facts to decisions.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::condition::Operand;
use super::decisions::{Advice, Decisions, FactRead, Reason};
use super::evaluate::{Evaluator, Fault, Lookup, Options};
use super::file::{Event, Rule, Scope};
use super::load::{Loaded, RuleSet};
use super::merge::{Ask, Merge};
use super::outcome::Outcome;
use super::value::Val;
use crate::characteristics::{Characteristics, Facts, Project, Role};
use crate::error::{Diagnostic, Error, Kind, Result};

/// What is known where rules are evaluated: about one project and the repository, or about the repository alone.
///
/// A project's own facts come first, then `project.id`, `.pack`, `.path`, `.name`, `.workspace` and `.depends-on`
/// as the project has them, then the facts of the repository and `repository.projects`: `{id, pack, path, name}` of
/// every project that drives workflows.
#[derive(Default)]
pub struct Known<'c>(HashMap<&'c str, Cow<'c, Value>>);

impl<'c> Known<'c> {
    /// What a rule about the repository sees.
    pub fn repository(characteristics: &'c Characteristics) -> Self {
        let brief = |project: &Project| {
            let Project { id, pack, path, name, .. } = project;
            json!({ "id": id, "pack": pack, "path": path, "name": name })
        };
        let projects: Vec<Value> = drivers(characteristics).map(brief).collect();
        let mut known = Known::default();
        known.set("repository.projects", projects.into());
        known.add(&characteristics.facts);
        known
    }

    /// What a rule about a project sees.
    pub fn project<'k>(&'k self, project: &'k Project) -> Known<'k> {
        let mut known = Known(self.0.iter().map(|(name, value)| (*name, Cow::Borrowed(&**value))).collect());
        known.set("project.id", json!(project.id));
        known.set("project.pack", json!(project.pack));
        known.set("project.path", json!(project.path));
        known.set("project.name", json!(project.name));
        known.set("project.workspace", json!(project.workspace));
        known.set("project.depends-on", json!(project.depends_on));
        known.add(&project.facts);
        known
    }

    fn set(&mut self, name: &'static str, value: Value) {
        if !value.is_null() {
            self.0.insert(name, Cow::Owned(value));
        }
    }

    fn add(&mut self, facts: &'c Facts) {
        self.0.extend(facts.iter().map(|(name, fact)| (name, Cow::Borrowed(&fact.value))));
    }
}

/// A fact that a checkout does not have is null to its rules, so `notEqual null` asks whether it is there.
impl Lookup for Known<'_> {
    fn lookup(&self, name: &str) -> Option<&Value> {
        Some(self.0.get(name).map_or(&Value::Null, Cow::as_ref))
    }
}

/// The projects that rules are evaluated for.
fn drivers(characteristics: &Characteristics) -> impl Iterator<Item = &Project> {
    characteristics.projects.iter().filter(|project| project.role == Role::Driver)
}

/// A fact that a checkout does not have is an ordinary thing.
const OPTIONS: Options = Options { allow_undefined_facts: true, allow_undefined_conditions: false };

impl RuleSet {
    /// Evaluates a rule, and tells how each condition came out.
    ///
    /// # Errors
    /// When its conditions can't be evaluated on these values.
    pub fn evaluate<'a>(&'a self, loaded: &'a Loaded, known: &'a Known<'_>) -> Result<Outcome<'a>> {
        let evaluator = Evaluator::new(known, self.named(), OPTIONS);
        evaluator.evaluate(&loaded.rule.conditions).map_err(|fault| wrong(loaded, None, &fault))
    }
}

/// Evaluates the rules about the repository once and the rules about projects for every project that drives
/// workflows, and merges what they ask for.
///
/// # Errors
/// Rules that contradict each other, and rules that can't be evaluated: all of them, with their names.
pub fn decide(rules: &RuleSet, characteristics: &Characteristics) -> Result<Decisions> {
    let mut deciding = Deciding { rules, merge: Merge::default(), advice: Vec::new(), wrong: Vec::new() };
    let repository = Known::repository(characteristics);
    for loaded in rules.rules().iter().filter(|loaded| loaded.rule.scope == Scope::Repository) {
        deciding.rule(loaded, &repository, None);
    }
    for project in drivers(characteristics) {
        deciding.merge.next_subject();
        let known = repository.project(project);
        for loaded in rules.rules().iter().filter(|loaded| loaded.is_for(&project.pack)) {
            deciding.rule(loaded, &known, Some(&project.id));
        }
    }
    let Deciding { merge, advice, mut wrong, .. } = deciding;
    let (requests, omissions) = merge.finish(&mut wrong);
    match wrong.is_empty() {
        true => Ok(Decisions { requests, omissions, advice }),
        false => Err(Error { kind: Kind::Invalid, diagnostics: wrong }),
    }
}

struct Deciding<'r> {
    rules: &'r RuleSet,
    merge: Merge<'r>,
    advice: Vec<Advice>,
    wrong: Vec<Diagnostic>,
}

impl<'r> Deciding<'r> {
    fn rule(&mut self, loaded: &'r Loaded, known: &Known<'_>, project: Option<&str>) {
        let evaluator = Evaluator::new(known, self.rules.named(), OPTIONS);
        // Few rules fire, and only of those it matters how.
        let done = match evaluator.holds(&loaded.rule.conditions) {
            Ok(false) => Ok(()),
            Ok(true) => evaluator
                .evaluate(&loaded.rule.conditions)
                .and_then(|outcome| self.fire(loaded, &evaluator, project, reason(&loaded.rule, &outcome))),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = done {
            self.wrong.extend(wrong(loaded, project, &fault).diagnostics);
        }
    }

    fn fire(
        &mut self,
        loaded: &'r Loaded,
        evaluator: &Evaluator<'_>,
        project: Option<&str>,
        reason: Reason,
    ) -> Result<(), Fault> {
        let project = project.map(str::to_owned);
        match &loaded.rule.event {
            Event::Component(event) => {
                let job = event.job.as_ref().map(|job| text(evaluator, "as", job)).transpose()?.flatten();
                let mut inputs = Vec::new();
                for (name, operand) in &event.with {
                    let fact = match operand {
                        Operand::Fact(reference) => Some(reference.fact.clone()),
                        Operand::Literal(_) => None,
                    };
                    let value = evaluator.operand(operand)?.to_json();
                    // A fact that the checkout does not have leaves the input unset.
                    if let Some(value) = value.filter(|value| fact.is_none() || !value.is_null()) {
                        inputs.push((name.as_str(), value, fact));
                    }
                }
                self.merge.ask(project, &event.component, job, Ask { loaded, inputs, reason });
            }
            Event::Omit(event) => self.merge.omit(project, &event.component.id, loaded, reason),
            Event::Finding(event) => {
                let message = text(evaluator, "message", &event.message)?;
                let message =
                    message.ok_or_else(|| Fault("its `message` is a fact that isn't known".to_owned()))?;
                let hint =
                    event.hint.as_ref().map(|hint| text(evaluator, "hint", hint)).transpose()?.flatten();
                self.advice.push(Advice { project, message, hint, reason });
            }
        }
        Ok(())
    }
}

/// The text that an operand stands for; nothing for a fact that isn't known.
fn text(evaluator: &Evaluator<'_>, key: &str, operand: &Operand) -> Result<Option<String>, Fault> {
    match evaluator.operand(operand)? {
        Val::Undefined => Ok(None),
        value if value.to_json().is_some_and(|value| value.is_null()) => Ok(None),
        value if value.is_text() => Ok(Some(value.text())),
        value => Err(Fault(format!("its `{key}` is {}, not text", value.sort()))),
    }
}

fn reason(rule: &Rule, outcome: &Outcome<'_>) -> Reason {
    let mut facts: Vec<FactRead> = Vec::new();
    for read in outcome.reads() {
        let path = read.reference.path.as_ref().map(ToString::to_string);
        if !facts.iter().any(|known| known.fact == read.reference.fact && known.path == path) {
            facts.push(FactRead { fact: read.reference.fact.clone(), path, value: read.value.to_json() });
        }
    }
    Reason {
        rule: rule.name.clone(),
        because: rule.because.clone(),
        priority: rule.priority.get(),
        is_final: rule.is_final,
        facts,
    }
}

fn wrong(loaded: &Loaded, project: Option<&str>, Fault(why): &Fault) -> Error {
    let whom = project.map(|id| format!(" for `{id}`")).unwrap_or_default();
    Error::invalid(format!("the rule `{}` can't be evaluated{whom}: {why}", loaded.rule.name))
        .at(loaded.origin.location())
        .hint(format!("`wfgen rules show {}` prints it", loaded.rule.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixture::{checkout, project, rules};

    fn one() -> Characteristics {
        let tasks = json!({ "project.tasks": { "test": "make test" }, "project.kind": ["binary"] });
        let mut member = project("rust", "member", json!({}));
        member.role = Role::Member;
        checkout(json!({ "repository.slug": "o/r" }), vec![project("rust", ".", tasks), member])
    }

    #[allow(clippy::needless_pass_by_value, reason = "`json!` gives values")]
    fn ask(name: &str, priority: u32, with: Value) -> Value {
        let event = json!({ "type": "component", "params": { "use": "rust/test@^1", "with": with } });
        json!({ "name": name, "priority": priority, "event": event })
    }

    fn omit(name: &str, priority: u32) -> Value {
        json!({ "name": name, "priority": priority, "event": { "type": "omit", "params": { "use": "rust/test" } } })
    }

    #[test]
    fn requests_merge_and_the_higher_priority_wins_per_input() {
        let rules = rules(json!([
            ask("a/low", 1, json!({ "command": "cargo test", "runner": "ubuntu-24.04" })),
            ask("a/high", 5, json!({ "command": { "fact": "project.tasks", "path": "$.test" } })),
        ]));
        let decisions = decide(&rules, &one()).unwrap();
        let [request] = decisions.requests.as_slice() else { panic!("{decisions:?}") };
        assert_eq!((request.project.as_deref(), request.component.as_str()), (Some("rust:."), "rust/test"));
        let command = &request.inputs["command"];
        assert_eq!((&command.value, command.fact.as_deref()), (&json!("make test"), Some("project.tasks")));
        assert_eq!(request.inputs["runner"].rule, "a/low");
        let asked: Vec<String> =
            request.ranges.iter().map(|range| format!("{} {}", range.rule, range.range)).collect();
        assert_eq!(asked, ["a/high ^1", "a/low ^1"]);
    }

    #[test]
    fn a_contradiction_of_equal_priority_names_both_rules_and_the_input() {
        let rules = rules(json!([
            ask("a/one", 3, json!({ "command": "x" })),
            ask("a/other", 3, json!({ "command": "y" })),
        ]));
        let error = decide(&rules, &one()).unwrap_err().to_string();
        for part in ["`a/one`", "`a/other`", "`command`", "`rust/test`", "`rust:.`", "priority 3"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_contradiction_that_a_higher_priority_settles_is_none() {
        let settled = json!([
            ask("a/one", 3, json!({ "command": "x" })),
            ask("a/other", 3, json!({ "command": "y" })),
            ask("a/top", 4, json!({ "command": "z" })),
        ]);
        let decisions = decide(&rules(settled), &one()).unwrap();
        assert_eq!(decisions.requests[0].inputs["command"].value, json!("z"));
    }

    #[test]
    fn final_wins_over_any_priority() {
        let mut last = ask("a/final", 1, json!({ "command": "ours" }));
        last["final"] = json!(true);
        let decisions =
            decide(&rules(json!([ask("a/high", 99, json!({ "command": "x" })), last])), &one()).unwrap();
        assert_eq!(decisions.requests[0].inputs["command"].value, json!("ours"));
        assert_eq!(decisions.requests[0].reasons[0].rule, "a/final");
    }

    #[test]
    fn a_request_is_taken_back_by_a_higher_priority_only() {
        let omitted =
            |priority| decide(&rules(json!([ask("a/ask", 2, json!({})), omit("a/omit", priority)])), &one());
        let taken = omitted(3).unwrap();
        assert!(taken.requests.is_empty());
        assert_eq!(taken.omissions[0].taken_back, ["a/ask"]);
        assert_eq!(omitted(1).unwrap().requests.len(), 1);
        let error = omitted(2).unwrap_err().to_string();
        assert!(error.contains("`a/ask`") && error.contains("`a/omit`"), "{error}");
    }

    #[test]
    fn a_rule_of_a_pack_is_for_the_projects_of_that_pack() {
        let rule = json!({ "name": "go/x", "because": "b", "conditions": { "all": [] },
            "event": { "type": "component", "params": { "use": "go/test" } } });
        let load = |rule: &Value| {
            let source = crate::rules::fixture::source(&[("components/go/rules/x.json", &rule.to_string())]);
            decide(&RuleSet::load(&[source]).unwrap(), &one()).unwrap().requests.len()
        };
        assert_eq!(load(&rule), 0);
        let mut wider = rule;
        wider["packs"] = json!(["rust"]);
        assert_eq!(load(&wider), 1);
    }

    #[test]
    fn facts_of_the_project_hide_those_of_the_repository_and_reasons_show_what_was_read() {
        let conditions = json!({ "all": [
            { "fact": "project.path", "operator": "equal", "value": "." },
            { "fact": "repository.slug", "operator": "equal", "value": "o/r" },
            { "fact": "project.kind", "path": "$[0]", "operator": "equal", "value": "binary" },
            { "fact": "nothing", "operator": "notEqual", "value": 1 },
        ] });
        let event = json!({ "type": "finding", "params": { "message": { "fact": "project.id" } } });
        let rules = rules(json!([{ "name": "a/find", "conditions": conditions, "event": event }]));
        let decisions = decide(&rules, &one()).unwrap();
        let [advice] = decisions.advice.as_slice() else { panic!("{decisions:?}") };
        assert_eq!(advice.message, "rust:.");
        let read: Vec<(&str, Option<&Value>)> =
            advice.reason.facts.iter().map(|read| (read.fact.as_str(), read.value.as_ref())).collect();
        let [path, slug, kind] = [json!("."), json!("o/r"), json!("binary")];
        assert_eq!(
            read,
            [
                ("project.path", Some(&path)),
                ("repository.slug", Some(&slug)),
                ("project.kind", Some(&kind)),
                ("nothing", Some(&Value::Null)),
            ]
        );
    }

    #[test]
    fn an_input_from_a_fact_that_is_not_known_stays_unset() {
        let rules = rules(json!([ask("a/one", 1, json!({ "command": { "fact": "nothing" } }))]));
        assert!(decide(&rules, &one()).unwrap().requests[0].inputs.is_empty());
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_is_named() {
        let conditions = json!({ "all": [{ "fact": "project.path", "operator": "in", "value": 1 }] });
        let mut rule = ask("a/broken", 1, json!({}));
        rule["conditions"] = conditions;
        let error = decide(&rules(json!([rule])), &one()).unwrap_err().to_string();
        assert!(error.contains("`a/broken`") && error.contains("`project.path`"), "{error}");
    }
}
