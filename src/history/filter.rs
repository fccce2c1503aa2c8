//! Which runs to read.

use jiff::Timestamp;
use rusqlite::types::Value;

use super::sql;

/// Which runs to read; the default is all that are not simulated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only this repository, as `owner/name`.
    pub repository: Option<String>,
    /// Only the workflow of this name.
    pub workflow: Option<String>,
    /// Only this branch.
    pub branch: Option<String>,
    /// Only this event.
    pub event: Option<String>,
    /// Only runs created then or later.
    pub since: Option<Timestamp>,
    /// Only runs created before then.
    pub until: Option<Timestamp>,
    /// Only runs that a write after this one changed; see [`super::History::revision`].
    pub after_revision: Option<u64>,
    /// Made-up runs too. Every row says whether it is one.
    pub simulated: bool,
}

impl Filter {
    /// All runs of a repository that are not simulated.
    pub fn of_repository(repository: impl Into<String>) -> Self {
        Filter { repository: Some(repository.into()), ..Filter::default() }
    }

    /// The `WHERE` clause on `runs`, and what to bind to its `?`s.
    pub(super) fn sql(&self) -> (String, Vec<Value>) {
        let mut clauses = vec!["1"];
        let mut values = Vec::new();
        let of_repository = "runs.repository_id = (SELECT id FROM repositories WHERE name = ?)";
        let of_workflow = "runs.workflow_id IN (SELECT id FROM workflows WHERE name = ?)";
        let of_both = "runs.workflow_id = (SELECT workflows.id FROM workflows
            JOIN repositories ON repositories.id = repository_id WHERE workflows.name = ? AND repositories.name = ?)";
        match (&self.repository, &self.workflow) {
            (Some(repository), Some(workflow)) => {
                clauses.push(of_both);
                values.extend([Value::from(workflow.clone()), Value::from(repository.clone())]);
            }
            (Some(repository), None) => {
                clauses.push(of_repository);
                values.push(repository.clone().into());
            }
            (None, Some(workflow)) => {
                clauses.push(of_workflow);
                values.push(workflow.clone().into());
            }
            (None, None) => {}
        }
        let mut and = |clause, value: Option<Value>| {
            if let Some(value) = value {
                clauses.push(clause);
                values.push(value);
            }
        };
        and("runs.branch = ?", self.branch.clone().map(Value::from));
        and("runs.event = ?", self.event.clone().map(Value::from));
        and("runs.created >= ?", self.since.map(|time| sql::seconds(time).into()));
        and("runs.created < ?", self.until.map(|time| sql::seconds(time).into()));
        and("runs.revision > ?", self.after_revision.map(|revision| sql::key(revision).into()));
        if !self.simulated {
            clauses.push("NOT runs.simulated");
        }
        (clauses.join(" AND "), values)
    }

    /// The index of `runs` to read by: one that gives the order of creation for what it narrows down to. Chosen here
    /// because SQLite, which knows no sizes, would rather sort everything.
    pub(super) fn index(&self) -> &'static str {
        match (self.after_revision, &self.repository, &self.workflow) {
            (Some(_), ..) => "runs_by_revision",
            (_, Some(_), Some(_)) => "runs_by_workflow",
            (_, Some(_), None) => "runs_by_repository",
            (_, None, _) => "runs_by_created",
        }
    }
}
