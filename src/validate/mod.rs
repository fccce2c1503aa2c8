//! One file per check: a workflow to findings.
//!
//! The law: what GitHub's workflow schema, actionlint or zizmor (`--offline --persona=pedantic`) refuse is
//! refused here too. Where those disagree about what is allowed, only what all of them accept passes. On top of
//! that come a few rules of the house: timeouts, version comments, known inputs of pinned actions.
//!
//! Checks work on the positioned tree of [`crate::data`], so each finding has a line. [`CHECKS`] lists them.

mod actions;
mod catalogue;
mod composite;
mod dependabot;
mod events;
mod exemptions;
mod expressions;
mod jobs;
mod report;
mod runners;
mod security;
mod shell;
mod steps;
mod structure;
mod view;

use serde::Serialize;

pub use catalogue::{CHECKS, Check};

use crate::data::yaml;
use crate::error::{Diagnostic, Location};
use crate::library::actions::Actions;
use report::Report;
use view::Workflow;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// GitHub refuses the file, a job can't work, or somebody else can take it over.
    Error,
    /// It works, but not as well or as safely as it should.
    Warning,
}

/// Something that is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which check found it: an id of [`CHECKS`].
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, one sentence without a full stop.
    pub message: String,
    /// Where.
    pub location: Location,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Finding {
    /// The finding as a diagnostic that [`crate::ui`] can show.
    pub fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::new(format!("{} [{}]", self.message, self.check));
        diagnostic.location = Some(self.location.clone());
        diagnostic.hints.extend(self.help.clone());
        diagnostic
    }
}

/// What sort of file this is; its name decides, as it does for GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Workflow,
    Action,
    Dependabot,
}

impl Kind {
    fn of(file: &str) -> Self {
        match file.rsplit(['/', '\\']).next().unwrap_or(file) {
            "dependabot.yml" | "dependabot.yaml" => Kind::Dependabot,
            "action.yml" | "action.yaml" => Kind::Action,
            _ => Kind::Workflow,
        }
    }
}

/// Checks a workflow, an `action.yml` or a `dependabot.yml`; `file` is its name. Findings come in the order of
/// their lines. A text that is no YAML is one finding.
pub fn validate(file: &str, text: &str, actions: &Actions) -> Vec<Finding> {
    let mut report = Report::new(file, text);
    match yaml::parse(text) {
        Err(problem) => report.unreadable(&problem),
        Ok(root) => match Kind::of(file) {
            Kind::Dependabot => dependabot::check(&root, &mut report),
            Kind::Action => composite::check(&root, actions, &mut report),
            Kind::Workflow => {
                structure::workflow(&root, &mut report);
                report.anchors();
                check_workflow(&Workflow::new(&root), actions, &mut report);
            }
        },
    }
    report.finish()
}

fn check_workflow(workflow: &Workflow<'_>, actions: &Actions, report: &mut Report<'_>) {
    events::check(workflow, report);
    jobs::check(workflow, report);
    runners::check(workflow, report);
    steps::check(workflow, report);
    actions::check(workflow, actions, report);
    expressions::check(workflow, actions, report);
    security::check(workflow, report);
}
