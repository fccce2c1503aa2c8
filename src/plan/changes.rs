//! Which outputs the changes job has: per project whether a pull request concerns it, and per folded job the directories of
//! those that it concerns.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::filters::pathspecs;
use super::names::{Named, slug};
use super::pending::Pending;
use super::setting::{Origin, Setting};
use super::substitute::Scope;
use crate::characteristics::{Characteristics, Project};

/// The outputs of the changes job, by the projects that they are about.
#[derive(Debug, Default)]
pub(super) struct Filters<'a> {
    outputs: BTreeMap<Vec<&'a str>, Filter>,
}

/// One output of the changes job.
#[derive(Debug)]
pub(super) struct Filter {
    name: String,
    /// The pathspecs of every project, with its directory.
    lines: Vec<(String, Vec<String>)>,
    is_list: bool,
    /// All pathspecs.
    pub(super) specs: Vec<String>,
}

impl<'a> Filters<'a> {
    /// The outputs for these jobs; none when there is nothing to tell apart.
    pub(super) fn new(
        pending: &[Pending<'a>],
        names: &[Named],
        characteristics: &'a Characteristics,
        workflow: &str,
    ) -> Filters<'a> {
        let mut drivers: Vec<&Project> =
            pending.iter().flat_map(|job| job.projects.iter().copied()).collect();
        drivers.sort_by(|a, b| a.id.cmp(&b.id));
        drivers.dedup_by(|a, b| a.id == b.id);
        let paths: BTreeSet<&str> = drivers.iter().map(|p| p.path.as_str()).collect();
        let mut filters = Filters::default();
        if paths.len() < 2 {
            return filters;
        }
        let specs = |project: &Project| pathspecs(project, &drivers, characteristics, workflow);
        let mut jobs: Vec<(&Pending<'a>, &Named)> = pending.iter().zip(names).collect();
        // The widest job over several projects gives its output the name of the pack.
        jobs.sort_by_key(|(job, _)| (Reverse(job.projects.len()), ids(job)));
        for (job, named) in jobs {
            let ids = ids(job);
            if ids.is_empty() || filters.outputs.contains_key(&ids) {
                continue;
            }
            let filter = match job.projects.as_slice() {
                [project] => specs(project).map(|specs| filters.one(project, specs)),
                many => Some(filters.list(many, named, specs)),
            };
            filters.outputs.extend(filter.map(|filter| (ids, filter)));
        }
        filters
    }

    pub(super) fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    /// The output that decides whether the job runs; none when it always does.
    pub(super) fn of(&self, job: &Pending<'a>) -> Option<&Filter> {
        self.outputs.get(&ids(job))
    }

    /// What the component of the changes job is filled with.
    pub(super) fn scope(&self) -> Scope {
        let (lists, single): (Vec<&Filter>, Vec<&Filter>) = self.outputs.values().partition(|f| f.is_list);
        let single: BTreeSet<String> = single
            .into_iter()
            .flat_map(|f| f.lines.iter().map(|(_, specs)| format!("{} {}\n", f.name, specs.join(" "))))
            .collect();
        let lists: Vec<String> = lists
            .into_iter()
            .flat_map(|f| {
                f.lines
                    .iter()
                    .map(|(directory, specs)| format!("{} {directory} {}\n", f.name, specs.join(" ")))
            })
            .collect();
        let output = |f: &Filter| {
            let step = if f.is_list { "list" } else { "filter" };
            (f.name.clone(), json!(format!("${{{{ steps.{step}.outputs.{} }}}}", f.name)))
        };
        let outputs: BTreeMap<String, Value> = self.outputs.values().map(output).collect();
        let outputs: Map<String, Value> = outputs.into_iter().collect();
        let mut scope = Scope::default();
        // Pathspecs are plain words: what is not makes no filter.
        let mut set = |name: &str, value: Value| scope.set(name, Setting::new(value, Origin::Plan));
        set("changes.filters", single.into_iter().collect::<String>().into());
        set("changes.lists", lists.into_iter().collect::<String>().into());
        set("changes.outputs", Value::Object(outputs));
        scope
    }

    /// The output about one project. Two packs in one directory share it when the same files concern them.
    fn one(&self, project: &Project, specs: Vec<String>) -> Filter {
        let base = if project.path == "." { "root".to_owned() } else { slug(&project.path) };
        let same = |f: &&Filter| f.name == base;
        let name = match self.outputs.values().find(same) {
            Some(other) if other.is_list || other.specs != specs => format!("{base}-{}", project.pack),
            _ => base,
        };
        Filter { name, lines: vec![(project.path.clone(), specs.clone())], is_list: false, specs }
    }

    /// The output with the directories of many projects: called after the pack, else after the job.
    fn list(
        &self,
        projects: &[&Project],
        named: &Named,
        specs: impl Fn(&Project) -> Option<Vec<String>>,
    ) -> Filter {
        let pack = projects.first().map(|project| project.pack.clone()).unwrap_or_default();
        let is_taken = self.outputs.values().any(|f| f.name == pack);
        // Whatever is not a plain path may be anywhere.
        let anything = || vec![".".to_owned()];
        let lines: Vec<(String, Vec<String>)> = projects
            .iter()
            .map(|project| (project.path.clone(), specs(project).unwrap_or_else(anything)))
            .collect();
        let all: BTreeSet<&String> = lines.iter().flat_map(|(_, specs)| specs).collect();
        let specs = all.into_iter().cloned().collect();
        Filter { name: if is_taken { named.id.clone() } else { pack }, lines, is_list: true, specs }
    }
}

impl Filter {
    /// The output as an expression.
    pub(super) fn output(&self, changes: &str) -> String {
        format!("needs.{changes}.outputs.{}", self.name)
    }

    /// When the job runs.
    pub(super) fn condition(&self, changes: &str) -> String {
        let wanted = if self.is_list { "!= '[]'" } else { "== 'true'" };
        format!("{} {wanted}", self.output(changes))
    }
}

fn ids<'a>(job: &Pending<'a>) -> Vec<&'a str> {
    job.projects.iter().map(|project| project.id.as_str()).collect()
}
