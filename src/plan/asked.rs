//! What the rules decided and what the user configured, as requests.

use std::collections::BTreeMap;

use super::request::{Demand, Reason, Request};
use super::setting::{Origin, Setting};
use crate::characteristics::{Characteristics, Role};
use crate::config::{ComponentConfig, Config};
use crate::error::{Error, Result, did_you_mean};
use crate::library::{Library, component::Kind};
use crate::rules::Decisions;

/// Who asks where the user does.
const CONFIG: &str = "wfgen.toml";

/// The requests of the rules, changed by what the user says.
///
/// # Errors
/// When the configuration names a component or a project that is not there.
pub fn requests(
    decisions: &Decisions,
    config: &Config,
    characteristics: &Characteristics,
    library: &Library,
) -> Result<Vec<Request>> {
    let mut requests: Vec<Request> = decisions.requests.iter().map(|r| decided(r, characteristics)).collect();
    for (key, settings) in &config.components {
        let (id, path) = key.split_once(':').map_or((key.as_str(), None), |(id, path)| (id, Some(path)));
        let newest = library.versions(id)?.next();
        let project = path.map(|path| project_at(path, id, characteristics)).transpose()?;
        let concerns =
            |r: &Request| r.component == id && project.as_ref().is_none_or(|p| r.project.as_ref() == Some(p));
        if settings.enabled == Some(false) {
            requests.retain(|request| !concerns(request));
            continue;
        }
        let is_steps = newest.is_some_and(|component| component.kind == Kind::Steps);
        if settings.enabled == Some(true) && !is_steps && !requests.iter().any(concerns) {
            requests.extend(wanted(id, project.as_deref(), characteristics));
        }
        requests.iter_mut().filter(|r| concerns(r)).for_each(|request| configure(request, settings));
    }
    requests.retain(|request| {
        let file = library.versions(&request.component).ok().and_then(|mut versions| versions.next());
        let name =
            file.and_then(|component| component.workflow.as_deref().or(file_stem(component.path.as_deref())));
        name.is_none_or(|name| config.workflows.get(name) != Some(&false))
    });
    Ok(requests)
}

/// `dependabot` of `.github/dependabot.yml`.
fn file_stem(path: Option<&str>) -> Option<&str> {
    path?.rsplit('/').next()?.split('.').next()
}

fn decided(request: &crate::rules::Request, characteristics: &Characteristics) -> Request {
    let project =
        request.project.as_ref().and_then(|id| characteristics.projects.iter().find(|p| p.id == *id));
    let place = |fact: &str| {
        let own = project.and_then(|p| p.facts.get(fact)).or_else(|| characteristics.facts.get(fact))?;
        own.evidence.first().map(ToString::to_string)
    };
    let with = request.inputs.iter().map(|(name, setting)| {
        let origin = match &setting.fact {
            Some(fact) => Origin::Fact { name: fact.clone(), place: place(fact) },
            None => Origin::Rule { name: setting.rule.clone() },
        };
        (name.clone(), Setting::new(setting.value.clone(), origin))
    });
    Request {
        component: request.component.clone(),
        project: request.project.clone(),
        name: request.job.clone(),
        workflow: None,
        with: with.collect(),
        demands: request
            .ranges
            .iter()
            .map(|r| Demand { range: r.range.clone(), by: format!("rule {}", r.rule) })
            .collect(),
        reasons: request
            .reasons
            .iter()
            .map(|r| Reason { rule: r.rule.clone(), because: r.because.clone() })
            .collect(),
    }
}

/// A component that only the user asks for: for one project, or for every project of its pack.
fn wanted(id: &str, project: Option<&str>, characteristics: &Characteristics) -> Vec<Request> {
    let pack = id.split('/').next().unwrap_or_default();
    let drivers = characteristics.projects.iter().filter(|p| p.role == Role::Driver && p.pack == pack);
    let projects: Vec<Option<String>> = match project {
        Some(project) => vec![Some(project.to_owned())],
        None => {
            let of_pack: Vec<_> = drivers.map(|p| Some(p.id.clone())).collect();
            if of_pack.is_empty() { vec![None] } else { of_pack }
        }
    };
    let request = |project| Request {
        component: id.to_owned(),
        project,
        name: None,
        workflow: None,
        with: BTreeMap::new(),
        demands: Vec::new(),
        reasons: vec![Reason { rule: CONFIG.to_owned(), because: "you asked for it".to_owned() }],
    };
    projects.into_iter().map(request).collect()
}

fn configure(request: &mut Request, settings: &ComponentConfig) {
    if let Some(range) = &settings.version {
        request.demands.push(Demand { range: range.clone(), by: CONFIG.to_owned() });
    }
    for (name, value) in &settings.with {
        request.with.insert(name.clone(), Setting::new(value.clone(), Origin::Config));
    }
}

fn project_at(path: &str, component: &str, characteristics: &Characteristics) -> Result<String> {
    let pack = component.split('/').next().unwrap_or_default();
    let at = |p: &&crate::characteristics::Project| p.path == path;
    let found = characteristics.projects.iter().filter(at);
    let best = found.clone().find(|p| p.pack == pack).or_else(|| found.clone().next());
    best.map(|project| project.id.clone()).ok_or_else(|| {
        let paths = characteristics.projects.iter().map(|p| p.path.as_str());
        let error =
            Error::usage(format!("`{CONFIG}` configures `{component}` for `{path}`, where no project is"));
        match did_you_mean(path, paths) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint("`wfgen analyze` lists the projects"),
        }
    })
}
