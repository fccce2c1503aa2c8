//! What `wfgen generate --plan` and `--explain` show.

use std::fmt::Write;

use serde_json::{Value, json};

use super::plain;
use crate::characteristics::Characteristics;
use crate::error::{Error, Result, did_you_mean};
use crate::plan::{Plan, PlannedJob};

/// The jobs that would be generated.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
}

impl super::Report for Planned {
    fn human(&self) -> String {
        let mut out = String::new();
        for file in &self.plan.files {
            let _ = writeln!(out, "{}", plain(&file.path));
            let width = file.jobs.iter().map(|job| job.id.len()).max().unwrap_or(0);
            for job in &file.jobs {
                let needs = if job.needs.is_empty() {
                    String::new()
                } else {
                    format!("  after {}", job.needs.join(", "))
                };
                let _ = writeln!(out, "  {:width$}  {} {}{needs}", job.id, job.component, job.version);
            }
        }
        for omission in &self.plan.omitted {
            let _ = writeln!(out, "left out: {}: {}", omission.component, plain(&omission.because));
        }
        out
    }

    fn json(&self) -> Value {
        json!({ "schema": "wfgen.plan/1", "plan": self.plan })
    }
}

/// Why jobs are there.
#[derive(Debug, Clone)]
pub struct Explained {
    jobs: Vec<(String, PlannedJob, Vec<String>)>,
}

impl Explained {
    /// Explains one job by id, or every job.
    ///
    /// # Errors
    /// When there is no such job.
    pub fn new(plan: Plan, job: Option<&str>, characteristics: &Characteristics) -> Result<Self> {
        let mut jobs = Vec::new();
        let ids: Vec<String> = plan.files.iter().flat_map(|f| &f.jobs).map(|job| job.id.clone()).collect();
        for file in plan.files {
            let wanted = file.jobs.into_iter().filter(|planned| job.is_none_or(|id| id == planned.id));
            jobs.extend(wanted.map(|job| {
                let projects = characteristics.projects.iter().filter(|p| job.projects.contains(&p.id));
                let mut depends_on: Vec<String> =
                    projects.flat_map(|p| p.depends_on.iter().cloned()).collect();
                depends_on.sort();
                depends_on.dedup();
                (file.path.clone(), job, depends_on)
            }));
        }
        if jobs.is_empty() {
            let id = job.unwrap_or_default();
            let error = Error::usage(format!("there is no job `{id}`"));
            return Err(match did_you_mean(id, ids.iter().map(String::as_str)) {
                Some(meant) => error.hint(format!("did you mean `{meant}`?")),
                None => error.hint(format!("there is {}", ids.join(", "))),
            });
        }
        Ok(Explained { jobs })
    }
}

impl super::Report for Explained {
    fn human(&self) -> String {
        let mut out = String::new();
        for (path, job, depends_on) in &self.jobs {
            let _ = writeln!(out, "{} in {}", job.id, plain(path));
            let projects = match job.projects.as_slice() {
                [] => String::new(),
                projects => format!(" for {}", plain(&projects.join(", "))),
            };
            let _ = writeln!(out, "  component {} {}{projects}", job.component, job.version);
            for reason in &job.because {
                let _ = writeln!(out, "  because {}  [{}]", plain(&reason.because), reason.rule);
            }
            for (name, setting) in &job.inputs {
                if !setting.value.is_null() {
                    let (value, origin) = (setting.value.to_string(), setting.origin.to_string());
                    let _ = writeln!(out, "  {name} = {}  from {}", plain(&value), plain(&origin));
                }
            }
            if !job.needs.is_empty() {
                let _ = writeln!(out, "  after {}", job.needs.join(", "));
            }
            if !job.runs_for.is_empty() {
                let _ = writeln!(
                    out,
                    "  in pull requests only for changes to {}",
                    plain(&job.runs_for.join(" "))
                );
            }
            if !depends_on.is_empty() {
                let _ = writeln!(out, "  depends on {}", plain(&depends_on.join(", ")));
            }
            out.push('\n');
        }
        out
    }

    fn json(&self) -> Value {
        let jobs: Vec<Value> = self
            .jobs
            .iter()
            .map(|(path, job, depends_on)| json!({ "file": path, "job": job, "depends-on": depends_on }))
            .collect();
        json!({ "schema": "wfgen.explain/1", "jobs": jobs })
    }
}
