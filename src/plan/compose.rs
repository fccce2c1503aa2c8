//! Requests to a plan: versions chosen, jobs built, named, filtered and put in order, files assembled.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde_json::{Map, Value, json};

use super::changes::Filters;
use super::files;
use super::fold::{fold, over_directories};
use super::inputs::View;
use super::job;
use super::machines;
use super::names::{self, Named, Wanted};
use super::patch;
use super::pending::Pending;
use super::pins;
use super::request::Request;
use super::resolve::{Chosen, resolve};
use super::setting::{Origin, Setting};
use super::steps::Expander;
use super::substitute::{Fault, Scope, fill};
use super::types::{Content, Omission, Plan, PlannedFile, PlannedJob};
use crate::characteristics::{Characteristics, Project};
use crate::config::Config;
use crate::data::{Node, decode};
use crate::error::{Error, Result};
use crate::library::Library;
use crate::library::actions::Actions;
use crate::library::component::Kind;
use crate::workflow::Workflow;

/// The capability of the job that finds out which projects a pull request concerns.
const CHANGES: &str = "changes";
/// The capability of the job that stands for all others as a required check.
const GATE: &str = "gate";
/// The capability of a job that assigns runs to the arms of an experiment.
const ASSIGNMENT: &str = "assignment";

/// Everything a plan is made from.
pub struct Inputs<'a> {
    /// What was found out about the checkout.
    pub characteristics: &'a Characteristics,
    /// Where components come from.
    pub library: &'a Library,
    /// The versions of actions.
    pub actions: &'a Actions,
    /// What the user says of finished jobs and triggers.
    pub config: &'a Config,
}

/// Makes a plan out of what was asked for.
///
/// # Errors
/// When versions can't be resolved, or a component or a request for it is wrong. What the checkout does not allow
/// is left out and listed in [`Plan::omitted`] instead.
pub fn compose(inputs: &Inputs<'_>, requests: &[Request]) -> Result<Plan> {
    let chosen = resolve(inputs.library, requests)?;
    let mut composer = Composer { inputs, chosen: &chosen, plan: Plan::default() };
    composer.plan.notes.extend(chosen.notes.iter().cloned());
    check_capabilities(&chosen, requests)?;
    let mut frames = BTreeMap::new();
    let mut jobs: BTreeMap<&str, Vec<&Request>> = BTreeMap::new();
    for request in requests {
        let Some(component) = chosen.get(&request.component) else { continue };
        let workflow = request.workflow.as_deref().or(component.workflow.as_deref()).unwrap_or("ci");
        match component.kind {
            Kind::Workflow => drop(frames.insert(workflow, request)),
            Kind::Job => jobs.entry(workflow).or_default().push(request),
            Kind::File | Kind::Entry => {}
            Kind::Steps => {
                let message = format!("`{}` is steps: use it in a job", component.id);
                return Err(Error::invalid(message));
            }
        }
    }
    for (workflow, requests) in jobs {
        let frame = frames.get(workflow).ok_or_else(|| {
            let first = requests.first().map_or("", |r| &r.component);
            Error::invalid(format!("`{first}` goes into the workflow `{workflow}`, which nobody asks for"))
        })?;
        composer.workflow(workflow, frame, &requests)?;
    }
    files::data_files(inputs, &chosen, requests, &mut composer.plan)?;
    patch::check(inputs.config, &composer.plan.files)?;
    composer.plan.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(composer.plan)
}

struct Composer<'a> {
    inputs: &'a Inputs<'a>,
    chosen: &'a Chosen<'a>,
    plan: Plan,
}

impl<'a> Composer<'a> {
    fn workflow(&mut self, name: &str, frame: &Request, requests: &[&'a Request]) -> Result<()> {
        let mut used = BTreeSet::new();
        let is = |request: &Request, capability: &str| {
            self.chosen.get(&request.component).is_some_and(|c| c.provides.iter().any(|p| p == capability))
        };
        let (special, ordinary): (Vec<&Request>, Vec<&Request>) =
            requests.iter().copied().partition(|r| [CHANGES, GATE, ASSIGNMENT].iter().any(|c| is(r, c)));
        let changes = special.iter().copied().find(|r| is(r, CHANGES));
        let gate = special.iter().copied().find(|r| is(r, GATE));

        let mut pending = Vec::new();
        for request in ordinary {
            pending.extend(self.draft(request, &Scope::default(), &mut used)?);
        }
        if pending.is_empty() {
            return Ok(());
        }
        // Projects in one directory belong together; jobs of no project come last.
        let position = |job: &Pending<'_>| {
            let path = job.projects.first().map(|project| project.path.clone());
            (path.is_none(), path, job.component.order, job.request.component.clone())
        };
        pending.sort_by_key(position);
        let pending = fold(pending);
        let wanted: Vec<Wanted<'_>> =
            pending.iter().map(|job| Wanted { base: job.base(), projects: &job.projects }).collect();
        let names = names::name(&wanted);

        let path = format!(".github/workflows/{name}.yml");
        let mut planned = Vec::new();
        let mut bodies = Map::new();
        let filters = match changes {
            Some(_) => Filters::new(&pending, &names, self.inputs.characteristics, &path),
            None => Filters::default(),
        };
        if let Some(changes) = changes.filter(|_| !filters.is_empty())
            && let Some(job) = self.draft(changes, &filters.scope(), &mut used)?
        {
            let base = job.base().to_owned();
            bodies.insert(base.clone(), Value::Object(job.draft.body.clone()));
            planned.push(self.planned(&job, &base, Vec::new(), Vec::new()));
        }
        let changes_id = planned.first().map(|job: &PlannedJob| job.id.clone());
        for assignment in special.iter().copied().filter(|r| is(r, ASSIGNMENT)) {
            if let Some(job) = self.draft(assignment, &Scope::default(), &mut used)? {
                let id = job.base().to_owned();
                bodies.insert(id.clone(), Value::Object(job.draft.body.clone()));
                planned.push(self.planned(&job, &id, Vec::new(), Vec::new()));
            }
        }
        for (job, named) in pending.iter().zip(&names) {
            let filter = filters.of(job).zip(changes_id.as_deref());
            let mut needs = self.needs(job, &pending, &names)?;
            let mut body = job.draft.body.clone();
            let mut runs_for = Vec::new();
            if let Some((filter, changes)) = filter {
                needs.insert(0, changes.to_owned());
                only_if(&mut body, &filter.condition(changes));
                runs_for.clone_from(&filter.specs);
            }
            if job.projects.len() > 1 {
                let directories = match filter {
                    Some((filter, changes)) => {
                        json!(format!("${{{{ fromJSON({}) }}}}", filter.output(changes)))
                    }
                    None => job.projects.iter().map(|project| project.path.as_str()).collect(),
                };
                over_directories(&mut body, &directories);
            } else {
                machines::spread(&mut body, &job.draft.also_on);
            }
            label(&mut body, named.label.as_deref());
            set_needs(&mut body, &needs);
            bodies.insert(named.id.clone(), Value::Object(body));
            planned.push(self.planned(job, &named.id, needs, runs_for));
        }
        if let Some(gate) = gate {
            let scope = gate_scope(&planned);
            if let Some(job) = self.draft(gate, &scope, &mut used)? {
                let needs: Vec<String> = planned.iter().map(|job| job.id.clone()).collect();
                let base = job.base().to_owned();
                let mut body = job.draft.body.clone();
                set_needs(&mut body, &needs);
                bodies.insert(base.clone(), Value::Object(body));
                planned.push(self.planned(&job, &base, needs, Vec::new()));
            }
        }
        self.file(path, frame, bodies, planned, used)
    }

    /// Builds a job, or lists it as left out.
    fn draft(
        &mut self,
        request: &'a Request,
        extra: &Scope,
        used: &mut BTreeSet<String>,
    ) -> Result<Option<Pending<'a>>> {
        let Some(component) = self.chosen.get(&request.component) else { return Ok(None) };
        let project = find(self.inputs.characteristics, request);
        let mut expander = self.expander(project);
        match job::build(&mut expander, component, request, extra) {
            Ok(Some(draft)) => {
                expander.used.insert(component.id.clone());
                used.extend(expander.used.iter().cloned());
                let Expander { used, grounds, .. } = expander;
                let projects = project.into_iter().collect();
                Ok(Some(Pending { component, request, projects, draft, used, grounds }))
            }
            Ok(None) => Ok(None),
            Err(Fault::Component(message)) => Err(Error::invalid(message)),
            Err(Fault::Foreign(because)) => {
                self.plan.omitted.push(omission(request, because));
                Ok(None)
            }
        }
    }

    fn expander(&self, project: Option<&'a Project>) -> Expander<'a> {
        let view = View { characteristics: self.inputs.characteristics, project };
        Expander { chosen: self.chosen, view, used: BTreeSet::new(), grounds: Vec::new() }
    }

    /// The jobs that come first: those with a capability that the component needs.
    fn needs(&self, job: &Pending<'_>, all: &[Pending<'_>], names: &[Named]) -> Result<Vec<String>> {
        let mut needs = Vec::new();
        for capability in &job.component.needs {
            let before = needs.len();
            for (other, named) in all.iter().zip(names) {
                if (other.projects.is_empty() || job.shares_projects(other))
                    && other.component.provides.contains(capability)
                {
                    needs.push(named.id.clone());
                }
            }
            if needs.len() == before {
                let message = format!(
                    "the component `{}` needs `{capability}`, which no job provides",
                    job.component.id
                );
                return Err(Error::invalid(message));
            }
        }
        Ok(needs)
    }

    fn planned(&self, job: &Pending<'_>, id: &str, needs: Vec<String>, runs_for: Vec<String>) -> PlannedJob {
        PlannedJob {
            id: id.to_owned(),
            component: job.component.id.clone(),
            version: job.component.version.clone(),
            projects: job.projects.iter().map(|p| p.id.clone()).collect(),
            needs,
            runs_for,
            inputs: job.draft.inputs.clone(),
            because: job.request.reasons.clone(),
            grounds: job.grounds.clone(),
            used: job.used.clone(),
        }
    }

    fn file(
        &mut self,
        path: String,
        frame: &Request,
        mut jobs: Map<String, Value>,
        planned: Vec<PlannedJob>,
        mut used: BTreeSet<String>,
    ) -> Result<()> {
        let Some(component) = self.chosen.get(&frame.component) else { return Ok(()) };
        let mut expander = self.expander(None);
        let filled = expander
            .scope(component, &frame.with)
            .and_then(|(scope, _)| fill(component.content().map_err(Fault::Component)?, &scope));
        let mut workflow = match filled {
            Ok(filled) => filled.value,
            Err(Fault::Component(message)) => return Err(Error::invalid(message)),
            Err(Fault::Foreign(because)) => {
                self.plan.omitted.push(omission(frame, because));
                return Ok(());
            }
        };
        used.insert(component.id.clone());
        let components: BTreeMap<String, Version> =
            used.iter().filter_map(|id| Some((id.clone(), self.chosen.get(id)?.version.clone()))).collect();
        let env: Map<String, Value> = used
            .iter()
            .filter_map(|id| self.chosen.get(id))
            .flat_map(|c| c.env.iter().map(|(name, value)| (name.clone(), json!(value))))
            .collect();
        if !env.is_empty() {
            let slot = &mut workflow["env"];
            match slot.as_object_mut() {
                Some(own) => own.extend(env),
                None => *slot = Value::Object(env),
            }
        }
        patch::settle(self.inputs.config, &path, &mut workflow, &mut jobs)?;
        workflow["jobs"] = Value::Object(jobs);
        let wrong = |message: String| {
            let parts: Vec<&str> = components.keys().map(String::as_str).collect();
            Error::invalid(format!(
                "the workflow `{path}` is not one: {message} (made from {})",
                parts.join(", ")
            ))
        };
        let mut workflow: Workflow =
            decode::decode(&Node::from_value(workflow)).map_err(|problem| wrong(problem.message))?;
        pins::pin(&mut workflow, self.inputs.actions).map_err(wrong)?;
        let content = Content::Workflow(Box::new(workflow));
        let grounds = expander.grounds;
        self.plan.files.push(PlannedFile { path, content, jobs: planned, components, grounds });
        Ok(())
    }
}

/// The project that a request is for.
pub(super) fn find<'a>(characteristics: &'a Characteristics, request: &Request) -> Option<&'a Project> {
    let id = request.project.as_deref()?;
    characteristics.projects.iter().find(|project| project.id == id)
}

pub(super) fn omission(request: &Request, because: String) -> Omission {
    Omission { component: request.component.clone(), project: request.project.clone(), because }
}

/// `conflicts:` within a project.
fn check_capabilities(chosen: &Chosen<'_>, requests: &[Request]) -> Result<()> {
    for request in requests {
        let Some(component) = chosen.get(&request.component) else { continue };
        for other in
            requests.iter().filter(|o| o.project == request.project && o.component != request.component)
        {
            let clash = chosen
                .get(&other.component)
                .and_then(|o| o.provides.iter().find(|capability| component.conflicts.contains(capability)));
            if let Some(capability) = clash {
                let who =
                    |r: &Request| r.reasons.iter().map(|r| r.rule.as_str()).collect::<Vec<_>>().join(", ");
                return Err(Error::invalid(format!(
                    "`{}` (asked for by {}) conflicts with `{}` (asked for by {}), which provides `{capability}`",
                    component.id,
                    who(request),
                    other.component,
                    who(other)
                )));
            }
        }
    }
    Ok(())
}

fn gate_scope(jobs: &[PlannedJob]) -> Scope {
    let lines: String = jobs
        .iter()
        .map(|job| {
            let may_skip = if job.runs_for.is_empty() { "" } else { " may-skip" };
            format!("{} ${{{{ needs.{}.result }}}}{may_skip}\n", job.id, job.id)
        })
        .collect();
    let mut scope = Scope::default();
    scope.set("jobs.results", Setting::new(lines.into(), Origin::Plan));
    scope
}

fn only_if(body: &mut Map<String, Value>, condition: &str) {
    let condition = match body.get("if").and_then(Value::as_str) {
        Some(own) => format!("{condition} && ({own})"),
        None => condition.to_owned(),
    };
    body.insert("if".to_owned(), condition.into());
}

fn label(body: &mut Map<String, Value>, label: Option<&str>) {
    if let Some((label, name)) = label.zip(body.get("name").and_then(Value::as_str)) {
        let name = format!("{label}: {name}");
        body.insert("name".to_owned(), name.into());
    }
}

fn set_needs(body: &mut Map<String, Value>, needs: &[String]) {
    if !needs.is_empty() {
        body.insert("needs".to_owned(), json!(needs));
    }
}
