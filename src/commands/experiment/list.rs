//! `experiment list`: those that are running here, and those that the history knows.

use std::path::Path;

use crate::commands::place;
use crate::error::Result;
use crate::experiment::definition::Definition;
use crate::history::History;
use crate::report::Outcome;
use crate::report::experiment::{Entry, Listed, Stage};

/// Lists them.
pub(super) fn run(db: Option<&Path>) -> Result<Outcome> {
    let running = Definition::all(&place::root()?)?;
    let file = place::file(db)?;
    let history = if file.exists() { Some(History::open_existing(&file)?) } else { None };
    let mut entries: Vec<Entry> = Vec::new();
    for experiment in
        history.iter().map(History::experiments).collect::<Result<Vec<_>>>()?.into_iter().flatten()
    {
        let text = String::from_utf8_lossy(&experiment.definition);
        let definition = Definition::parse(&format!("experiment {}", experiment.id), &text)?;
        let verdicts = history.as_ref().map_or(Ok(Vec::new()), |history| history.verdicts(&experiment.id))?;
        let stage = match running.contains_key(&experiment.id) {
            true => Stage::Running,
            false => Stage::Ended,
        };
        entries.push(Entry {
            last: verdicts.last().map(|verdict| (verdict.at, verdict.kind.clone())),
            id: experiment.id,
            definition,
            stage,
            registered: Some(experiment.at),
        });
    }
    for (id, definition) in running {
        if !entries.iter().any(|entry| entry.id == id) {
            entries.push(Entry { id, definition, stage: Stage::Running, registered: None, last: None });
        }
    }
    entries.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(Outcome::done(Listed { entries }))
}
