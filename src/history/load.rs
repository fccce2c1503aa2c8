//! A run as it is kept, read back whole.

use rusqlite::{Connection, OptionalExtension, Row};

use super::merge::Account;
use super::sql;
use crate::runs::record::{Job, Run, Step};

/// The account of a run and its row, if it is known.
pub(super) fn account(
    connection: &Connection,
    repository: (i64, &str),
    run: u64,
    attempt: u32,
) -> rusqlite::Result<Option<(i64, Account)>> {
    let mut statement = connection.prepare_cached(
        "SELECT runs.id, workflows.name, run, attempt, number, title, path, event, branch, sha, actor, created,
             stated_started, stated_updated, status, conclusion, stated_duration_s, changed_files, changed_lines, simulated,
             older
         FROM runs JOIN workflows ON workflows.id = workflow_id
         WHERE runs.repository_id = ?1 AND run = ?2 AND attempt = ?3",
    )?;
    let found = statement.query_row((repository.0, sql::key(run), attempt), |row| read(row, repository.1));
    let Some((row, mut account)) = found.optional()? else { return Ok(None) };
    account.run.jobs = jobs(connection, row)?;
    Ok(Some((row, account)))
}

fn read(row: &Row<'_>, repository: &str) -> rusqlite::Result<(i64, Account)> {
    let older = match sql::maybe_text(row, 20)? {
        None => Default::default(),
        Some(json) => serde_json::from_str(json).map_err(|e| {
            rusqlite::Error::FromSqlConversionFailure(20, rusqlite::types::Type::Text, Box::new(e))
        })?,
    };
    let run = Run {
        repository: repository.to_owned(),
        workflow: row.get(1)?,
        id: sql::id(row, 2)?,
        attempt: row.get(3)?,
        number: row.get::<_, Option<i64>>(4)?.map(i64::cast_unsigned),
        title: row.get(5)?,
        path: row.get(6)?,
        event: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
        branch: row.get(8)?,
        commit: row.get(9)?,
        actor: row.get(10)?,
        created: sql::time(row, 11)?,
        started: sql::maybe_time(row, 12)?,
        updated: sql::maybe_time(row, 13)?,
        status: sql::status(row, 14)?,
        conclusion: sql::conclusion(row, 15)?,
        duration: row.get(16)?,
        changed_files: row.get(17)?,
        changed_lines: row.get(18)?,
        simulated: row.get(19)?,
        jobs: Vec::new(),
    };
    Ok((row.get(0)?, Account { run, older }))
}

/// The jobs of a run, with their steps, by id.
pub(super) fn jobs(connection: &Connection, run: i64) -> rusqlite::Result<Vec<Job>> {
    let mut statement = connection.prepare_cached(
        "SELECT job, name, status, conclusion, created, started, completed, labels, runner FROM jobs WHERE run_id = ?1",
    )?;
    let rows = statement.query_map([run], |row| {
        Ok(Job {
            id: sql::id(row, 0)?,
            name: row.get(1)?,
            status: sql::status(row, 2)?,
            conclusion: sql::conclusion(row, 3)?,
            created: sql::maybe_time(row, 4)?,
            started: sql::maybe_time(row, 5)?,
            completed: sql::maybe_time(row, 6)?,
            labels: sql::labels(sql::maybe_text(row, 7)?),
            runner: row.get(8)?,
            steps: Vec::new(),
        })
    })?;
    let mut jobs = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    if !jobs.is_empty() {
        steps(connection, run, &mut jobs)?;
    }
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

fn steps(connection: &Connection, run: i64, jobs: &mut [Job]) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "SELECT job, number, name, conclusion, started, completed FROM steps WHERE run_id = ?1 ORDER BY job, number",
    )?;
    let mut rows = statement.query([run])?;
    while let Some(row) = rows.next()? {
        let id = sql::id(row, 0)?;
        let step = Step {
            number: row.get(1)?,
            name: row.get(2)?,
            conclusion: sql::conclusion(row, 3)?,
            started: sql::maybe_time(row, 4)?,
            completed: sql::maybe_time(row, 5)?,
        };
        if let Some(job) = jobs.iter_mut().find(|job| job.id == id) {
            job.steps.push(step);
        }
    }
    Ok(())
}
