//! The runs of a workflow as an experiment sees them.

use std::path::Path;

use crate::commands::pipeline;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::experiment::definition::Definition;
use crate::experiment::outcome::{Conclusion, Record};
use crate::experiment::variants;
use crate::features::{self, Query, Run as Lesson};
use crate::history::{Filter, History};
use crate::insight::prices::Prices;
use crate::plan::Content;
use crate::prediction::Forecaster;
use crate::runs::{self, Job, Run};
use crate::workflow::Workflow;

/// What an experiment measures: the jobs of a workflow, known by the names that they show.
pub(super) struct Measured {
    /// The workflow's name, as runs have it.
    pub(super) workflow: String,
    /// The names of the jobs.
    jobs: Vec<Template>,
}

/// A job's name with gaps for what differs from run to run.
struct Template {
    prefix: String,
    suffix: String,
}

impl Measured {
    /// What the experiment of this id measures in the workflow with both variants in it.
    pub(super) fn new(id: &str, definition: &Definition, workflow: &Workflow, jobs: &[String]) -> Self {
        let wanted = if definition.jobs.is_empty() { jobs } else { &definition.jobs };
        let name =
            workflow.name.clone().unwrap_or_else(|| format!(".github/workflows/{}.yml", definition.workflow));
        let label = format!(" [{id}=");
        let template = |job: &String| {
            let shown =
                workflow.jobs.get(job).and_then(|body| body.name.clone()).unwrap_or_else(|| job.clone());
            let shown = shown.split(&label).next().unwrap_or_default();
            let prefix = shown.split("${{").next().unwrap_or_default().to_owned();
            let suffix =
                shown.rsplit("}}").next().filter(|_| shown.contains("${{")).unwrap_or_default().to_owned();
            Template { prefix, suffix }
        };
        Measured { workflow: name, jobs: wanted.iter().map(template).collect() }
    }

    /// The jobs of a run that are measured: those that ran.
    fn of<'r>(&self, run: &'r Run) -> Vec<&'r Job> {
        let ran = run.jobs.iter().filter(|job| job.conclusion != Some(runs::Conclusion::Skipped));
        ran.filter(|job| self.jobs.iter().any(|template| template.is(&job.name))).collect()
    }

    /// The seconds from the first of these jobs starting to the last one's end; those of the run where its jobs are
    /// not known.
    pub(super) fn duration(&self, run: &Run) -> Option<f64> {
        if run.jobs.is_empty() {
            return run.duration();
        }
        let jobs = self.of(run);
        let first = jobs.iter().map(|job| job.started).min()??;
        let last = jobs.iter().map(|job| job.completed).collect::<Option<Vec<_>>>()?.into_iter().max()?;
        Some(last.duration_since(first).as_secs_f64()).filter(|s| *s >= 0.0)
    }

    fn queue(&self, run: &Run) -> Option<f64> {
        self.of(run).iter().filter_map(|job| job.queued()).reduce(f64::max)
    }

    /// How the measured jobs ended, taken together.
    pub(super) fn conclusion(&self, run: &Run) -> Conclusion {
        let of = |conclusion: Option<runs::Conclusion>| {
            let name = conclusion.and_then(|c| serde_json::to_value(c).ok());
            Conclusion::from_github(name.as_ref().and_then(|name| name.as_str()))
        };
        if run.status != runs::Status::Completed {
            return Conclusion::Running;
        }
        let jobs: Vec<Conclusion> = self.of(run).iter().map(|job| of(job.conclusion)).collect();
        // The worst of them; without jobs it is the run's.
        [Conclusion::Failure, Conclusion::Cancelled, Conclusion::Success]
            .into_iter()
            .find(|conclusion| jobs.contains(conclusion))
            .unwrap_or_else(|| if run.jobs.is_empty() { of(run.conclusion) } else { Conclusion::Skipped })
    }
}

impl Template {
    fn is(&self, name: &str) -> bool {
        let plain = name.split(" [").next().unwrap_or(name).trim_end();
        match self.suffix.is_empty() && !self.prefix.ends_with([' ', '(']) {
            // Without a name of its own a leg of a matrix is `test (1.27)`.
            true => {
                plain.strip_prefix(&self.prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
            }
            false => plain.starts_with(&self.prefix) && plain.ends_with(&self.suffix),
        }
    }
}

/// The runs of the measured workflow, oldest first.
pub(super) fn of(history: &History, repository: Option<&str>, measured: &Measured) -> Result<Vec<Run>> {
    let filter = Filter {
        repository: repository.map(str::to_owned),
        workflow: Some(measured.workflow.clone()),
        simulated: history.is_simulated()?,
        ..Filter::default()
    };
    let mut runs = Vec::new();
    history.each_whole(&filter, |run| {
        runs.push(run);
        Ok(())
    })?;
    Ok(runs)
}

/// So many runs before the experiment teach what its runs are expected to take.
const LESSONS: usize = 2_000;

/// What was known of each run before it started and may explain its duration: the logarithms of the predicted
/// duration and of the size of the change. Only runs of the experiment have any.
pub(super) fn covariates(id: &str, measured: &Measured, runs: &[Run]) -> Vec<Vec<f64>> {
    let first = runs.iter().position(|run| is_in(id, run)).unwrap_or(runs.len());
    let from = first.saturating_sub(LESSONS);
    let mut lessons: Vec<(usize, Lesson)> =
        (from..runs.len()).filter_map(|at| Some((at, lesson(measured, &runs[at])?))).collect();
    lessons.sort_by(|(_, a), (_, b)| a.finished().total_cmp(&b.finished()));
    let mut questions: Vec<(usize, Query)> = (first..runs.len()).map(|at| (at, query(&runs[at]))).collect();
    questions.sort_by(|(_, a), (_, b)| a.started.total_cmp(&b.started));
    let mut known = vec![Vec::new(); runs.len()];
    let mut forecaster = Forecaster::new();
    let mut lessons = lessons.into_iter().peekable();
    for (at, query) in questions {
        while let Some((_, lesson)) = lessons.next_if(|(_, lesson)| lesson.finished() <= query.started) {
            forecaster.learn(&lesson);
        }
        let predicted = forecaster.forecast(&query).value_s.map_or(f64::NAN, f64::ln);
        let size = runs[at].changed_lines.map_or(f64::NAN, |lines| f64::from(lines).ln_1p());
        known[at] = vec![predicted, size];
    }
    known
}

fn is_in(id: &str, run: &Run) -> bool {
    run.title
        .iter()
        .chain(run.jobs.iter().map(|job| &job.name))
        .any(|name| variants::visible(id, name).is_some())
}

fn lesson(measured: &Measured, run: &Run) -> Option<Lesson> {
    let outcome = match measured.conclusion(run) {
        Conclusion::Success => features::Outcome::Success,
        Conclusion::Failure => features::Outcome::Failure,
        Conclusion::Cancelled => features::Outcome::Cancelled,
        Conclusion::Skipped | Conclusion::Running => return None,
    };
    Some(Lesson { query: query(run), duration_s: measured.duration(run)?, outcome })
}

fn query(run: &Run) -> Query {
    let seconds = |at: jiff::Timestamp| at.as_second() as f64;
    Query {
        repository: run.repository.clone(),
        workflow: run.workflow.clone(),
        event: run.event.clone(),
        branch: run.branch.clone().unwrap_or_default(),
        commit: run.commit.clone().unwrap_or_default(),
        actor: run.actor.clone().unwrap_or_default(),
        created: seconds(run.created),
        started: seconds(run.started.unwrap_or(run.created)),
        attempt: run.attempt,
        changed_files: run.changed_files.map(f64::from),
        lines: run.changed_lines.map(f64::from),
        ..Query::default()
    }
}

/// What the jobs of a run cost at list price, in US dollars: each job's minutes rounded up, as GitHub bills them. None
/// when no job is known.
pub(super) fn cost(run: &Run) -> Option<f64> {
    let prices = Prices::default();
    let minutes = |job: &Job| Some((job.duration()? / 60.0).ceil());
    let cost = |job: &Job| Some(minutes(job)? * prices.of(&job.labels.join(",")).usd_a_minute());
    (!run.jobs.is_empty()).then(|| run.jobs.iter().filter_map(cost).sum())
}

/// A run as a record of the experiment of this id; the arm is what its name or a job's shows.
pub(super) fn record(id: &str, measured: &Measured, run: &Run, covariates: Vec<f64>) -> Option<Record> {
    let shown = run.title.iter().chain(run.jobs.iter().map(|job| &job.name));
    let seen = shown.filter_map(|name| variants::visible(id, name)).next();
    Some(Record {
        run_number: run.number?,
        run_id: run.id,
        attempt: run.attempt,
        arm: seen.map(|(arm, _)| arm),
        share: seen.map_or(0, |(_, share)| share),
        conclusion: measured.conclusion(run),
        duration: measured.duration(run),
        queue: measured.queue(run),
        covariates,
    })
}

/// The workflow of a definition as it is with the definition's experiment in it, and what is measured there.
pub(super) fn woven(root: &Path, id: &str, definition: &Definition) -> Result<(Workflow, Measured)> {
    let config = Config::load(root)?;
    let mut experiments = Definition::all(root)?;
    experiments.insert(id.to_owned(), definition.clone());
    let mut prepared = pipeline::prepare_with(root, &config, &experiments, false)?;
    let path = format!(".github/workflows/{}.yml", definition.workflow);
    let file = prepared.plan.files.into_iter().find(|file| file.path == path);
    match file.map(|file| file.content) {
        Some(Content::Workflow(workflow)) => {
            let jobs = prepared.experiments.remove(id).unwrap_or_default();
            let measured = Measured::new(id, definition, &workflow, &jobs);
            Ok((*workflow, measured))
        }
        _ => Err(Error::nothing(format!("no workflow `{path}` is generated"))),
    }
}
