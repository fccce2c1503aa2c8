//! The experiments of a checkout, woven into its plan.

use std::collections::BTreeMap;

use serde_json::json;

use crate::config::Config;
use crate::error::{Diagnostic, Error, Kind, Result};
use crate::experiment::assign::Assignment;
use crate::experiment::definition::{Definition, FOLDER, variable};
use crate::experiment::safety;
use crate::experiment::variants::{self, Selector};
use crate::plan::{Content, Origin, Plan, Reason, Request, Setting};
use crate::workflow::Workflow;

/// Makes the plan of a configuration and of more requests than it has.
pub type Compose<'a> = &'a dyn Fn(&Config, &[Request]) -> Result<Plan>;

/// The plan with both variants of every experiment in it, and the jobs that each of them changes.
///
/// # Errors
/// When a plan can't be made, a treatment is weaker than its control, or a difference can't follow the arm of a run.
pub fn weave(
    config: &Config,
    experiments: &BTreeMap<String, Definition>,
    compose: Compose<'_>,
) -> Result<(Plan, BTreeMap<String, Vec<String>>)> {
    let control = compose(config, &[])?;
    if experiments.is_empty() {
        return Ok((control, BTreeMap::new()));
    }
    let mut trials: Vec<Trial<'_>> = Vec::new();
    for (id, definition) in experiments {
        let trial = Trial::new(id, definition, config, &control, compose)?;
        let taken = trials.iter().filter(|other| other.definition.workflow == definition.workflow);
        for other in taken {
            if let Some(job) = trial.jobs.iter().find(|job| other.jobs.contains(*job)) {
                let message = format!("the job `{job}` is in the experiment `{}` already", other.id);
                return Err(trial.refuse(&[message]).hint("one experiment at a time changes a job"));
            }
        }
        trials.push(trial);
    }
    let assignments: Vec<Request> = trials.iter().filter_map(Trial::request).collect();
    let mut plan = compose(config, &assignments)?;
    for trial in &trials {
        trial.lay_into(&mut plan)?;
    }
    Ok((plan, trials.into_iter().map(|trial| (trial.id.to_owned(), trial.jobs)).collect()))
}

/// An experiment with both variants of its workflow.
struct Trial<'a> {
    id: &'a str,
    definition: &'a Definition,
    treatment: Workflow,
    jobs: Vec<String>,
}

impl<'a> Trial<'a> {
    fn new(
        id: &'a str,
        definition: &'a Definition,
        config: &Config,
        control: &Plan,
        compose: Compose<'_>,
    ) -> Result<Self> {
        let mut trial = Trial { id, definition, treatment: Workflow::default(), jobs: Vec::new() };
        let treated = compose(&definition.treated(config), &[])?;
        let path = trial.path();
        let Some((one, other)) = workflow(control, &path).zip(workflow(&treated, &path)) else {
            return Err(trial.refuse(&[format!("no workflow `{path}` is generated")]));
        };
        let elsewhere = control.files.iter().filter(|file| file.path != path);
        let elsewhere = elsewhere.filter(|file| !treated.files.iter().any(|other| same(file, other)));
        let mut faults: Vec<String> =
            elsewhere.map(|file| format!("the treatment changes `{}` too", file.path)).collect();
        faults.extend(safety::weaker(one, other));
        match variants::differing(one, other) {
            Ok(jobs) if jobs.is_empty() => {
                faults.push(format!("the treatment changes nothing in `{path}`"));
            }
            Ok(jobs) => trial.jobs = jobs,
            Err(why) => faults.extend(why),
        }
        let foreign = definition.jobs.iter().filter(|job| !one.jobs.contains_key(*job));
        faults.extend(foreign.map(|job| format!("`{path}` has no job `{job}`")));
        trial.treatment = other.clone();
        if faults.is_empty() { Ok(trial) } else { Err(trial.refuse(&faults)) }
    }

    fn path(&self) -> String {
        format!(".github/workflows/{}.yml", self.definition.workflow)
    }

    /// The request for the job that assigns, where one does.
    fn request(&self) -> Option<Request> {
        let set = |value: &str| Setting::new(json!(value), Origin::Plan);
        let with = [
            ("experiment", self.id.to_owned()),
            ("salt", self.definition.salt(self.id).to_owned()),
            ("variable", variable(self.id)),
        ];
        (self.definition.assignment == Assignment::Blocks).then(|| Request {
            component: "experiment/assign".to_owned(),
            project: None,
            name: Some(variants::job(self.id)),
            workflow: Some(self.definition.workflow.clone()),
            with: with.into_iter().map(|(name, value)| (name.to_owned(), set(&value))).collect(),
            demands: Vec::new(),
            reasons: vec![Reason {
                rule: format!("{FOLDER}/{}.yml", self.id),
                because: self.definition.hypothesis.clone(),
            }],
        })
    }

    fn lay_into(&self, plan: &mut Plan) -> Result<()> {
        let path = self.path();
        let selector = Selector::new(self.id, self.definition.salt(self.id), self.definition.assignment);
        let Some(file) = plan.files.iter_mut().find(|file| file.path == path) else { return Ok(()) };
        let Content::Workflow(workflow) = &mut file.content else { return Ok(()) };
        let mut woven = variants::weave(workflow, &self.treatment, &self.jobs, &selector)
            .map_err(|faults| self.refuse(&faults))?;
        for id in &self.jobs {
            let Some(job) = woven.jobs.get_mut(id) else { continue };
            let arm = format!("${{{{ {} }}}}", selector.arm_in_step());
            let shared = variants::separate_caches(&mut job.steps, &arm);
            plan.notes.extend(shared.iter().map(|step| {
                format!(
                    "experiment `{}`: the cache of `{step}` in the job `{id}` can't have a key of its own in each \
                     arm, so what one arm saves the other may find",
                    self.id
                )
            }));
        }
        **workflow = woven;
        for job in file.jobs.iter_mut().filter(|job| self.jobs.contains(&job.id)) {
            if let Some(first) = &selector.needs {
                job.needs.insert(0, first.clone());
            }
        }
        Ok(())
    }

    fn refuse(&self, faults: &[String]) -> Error {
        let message = format!("the experiment `{}` ({FOLDER}/{}.yml) can't be run", self.id, self.id);
        let diagnostic = faults.iter().fold(Diagnostic::new(message), |d, fault| d.hint(fault.clone()));
        Error::new(Kind::Invalid, diagnostic)
    }
}

fn workflow<'p>(plan: &'p Plan, path: &str) -> Option<&'p Workflow> {
    plan.files.iter().find(|file| file.path == path).and_then(|file| match &file.content {
        Content::Workflow(workflow) => Some(&**workflow),
        Content::Data(_) => None,
    })
}

fn same(one: &crate::plan::PlannedFile, other: &crate::plan::PlannedFile) -> bool {
    one.path == other.path
        && match (&one.content, &other.content) {
            (Content::Workflow(one), Content::Workflow(other)) => one == other,
            (Content::Data(one), Content::Data(other)) => one == other,
            _ => false,
        }
}
