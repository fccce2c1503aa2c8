//! Storing runs: each batch is one transaction, each run is joined with what is known of it.

use std::collections::HashMap;
use std::ops::AddAssign;

use rusqlite::{Connection, params};

use super::merge::Account;
use super::{History, load, sql};
use crate::error::Result;
use crate::runs::record::{Job, Run, Step};

/// How many runs, jobs and steps [`History::record_each`] stores at once: enough that syncing the disk costs little.
const ROWS_PER_BATCH: usize = 10_000;

/// What a batch did to the history, in runs (attempts).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recorded {
    /// Runs that were not known.
    pub new: u64,
    /// Known runs of which something more is known now.
    pub updated: u64,
    /// Runs that said nothing new.
    pub unchanged: u64,
}

impl AddAssign for Recorded {
    fn add_assign(&mut self, other: Recorded) {
        self.new += other.new;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

impl History {
    /// Stores runs, all or none. Runs that are known are joined with what is known of them, so that neither order nor
    /// repetition matters: the account that is further wins (status, then last change), and what one account lacks is kept
    /// from the other. When this returns, the runs are on the disk. A few thousand runs at once are a good batch.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn record(&self, runs: &[Run]) -> Result<Recorded> {
        if runs.is_empty() {
            return Ok(Recorded::default());
        }
        let batch = self.gather(runs);
        self.write(|transaction| {
            let mut writer = Writer {
                connection: transaction,
                repositories: HashMap::new(),
                last_was_known: false,
                revision: sql::key(sql::revision(transaction)? + 1),
            };
            let mut recorded = Recorded::default();
            for account in &batch {
                writer.store(account, &mut recorded)?;
            }
            if recorded.new + recorded.updated > 0 {
                let advance = "UPDATE settings SET value = ?1 WHERE name = 'revision'";
                transaction.execute(advance, [writer.revision])?;
            }
            Ok(recorded)
        })
    }

    /// Stores runs as they come, in batches, and tells `stored` of each batch once it is on the disk. Memory is bounded by
    /// a batch. When `runs` ends with an error, what came before it is stored all the same.
    ///
    /// # Errors
    /// When the file can't be written, and those of `runs`.
    pub fn record_each(
        &self,
        runs: impl IntoIterator<Item = Result<Run>>,
        mut stored: impl FnMut(Recorded),
    ) -> Result<Recorded> {
        let mut total = Recorded::default();
        let (mut batch, mut rows) = (Vec::new(), 0);
        let mut store = |batch: &mut Vec<Run>| -> Result<()> {
            let recorded = self.record(batch)?;
            batch.clear();
            total += recorded;
            stored(recorded);
            Ok(())
        };
        for run in runs {
            match run {
                Ok(run) => {
                    rows += 1 + run.jobs.iter().map(|job| 1 + job.steps.len()).sum::<usize>();
                    batch.push(run);
                }
                Err(error) => {
                    store(&mut batch)?;
                    return Err(error);
                }
            }
            if rows >= ROWS_PER_BATCH {
                store(&mut batch)?;
                rows = 0;
            }
        }
        store(&mut batch)?;
        Ok(total)
    }

    /// The accounts of a batch, one per run, in the order in which they came.
    fn gather(&self, runs: &[Run]) -> Vec<Account> {
        let mut places: HashMap<(&str, u64, u32), usize> = HashMap::with_capacity(runs.len());
        let mut accounts: Vec<Option<Account>> = Vec::with_capacity(runs.len());
        for run in runs {
            let mut account = Account::of(run.clone());
            account.run.actor = account.run.actor.map(|name| self.actors.stored(&name));
            let place = *places.entry((&run.repository, run.id, run.attempt)).or_insert(accounts.len());
            match accounts.get_mut(place) {
                Some(slot) => *slot = slot.take().map(|known| known.join(account)),
                None => accounts.push(Some(account)),
            }
        }
        accounts.into_iter().flatten().collect()
    }
}

struct Writer<'t> {
    connection: &'t Connection,
    repositories: HashMap<String, Repository>,
    /// What the next run probably is too: it decides which of the two ways is tried first, and nothing else.
    last_was_known: bool,
    revision: i64,
}

struct Repository {
    id: i64,
    workflows: HashMap<String, i64>,
}

impl Writer<'_> {
    fn store(&mut self, account: &Account, recorded: &mut Recorded) -> rusqlite::Result<()> {
        let run = &account.run;
        let (repository, workflow) = self.names(&run.repository, &run.workflow)?;
        let load = || load::account(self.connection, (repository, &run.repository), run.id, run.attempt);
        let mut known = if self.last_was_known { load()? } else { None };
        if known.is_none() {
            if self.insert(repository, workflow, account)? {
                self.put_jobs(self.connection.last_insert_rowid(), &run.jobs, &[])?;
                self.last_was_known = false;
                recorded.new += 1;
                return Ok(());
            }
            known = load()?;
        }
        let Some((row, known)) = known else { return Err(rusqlite::Error::QueryReturnedNoRows) };
        self.last_was_known = true;
        let joined = match known == *account {
            true => None,
            false => Some(known.clone().join(account.clone())).filter(|joined| *joined != known),
        };
        let Some(joined) = joined else {
            recorded.unchanged += 1;
            return Ok(());
        };
        let (_, workflow) = self.names(&joined.run.repository, &joined.run.workflow)?;
        self.update(row, workflow, &joined)?;
        self.put_jobs(row, &joined.run.jobs, &known.run.jobs)?;
        recorded.updated += 1;
        Ok(())
    }

    /// The rows of a repository and a workflow, made when they are new.
    fn names(&mut self, repository: &str, workflow: &str) -> rusqlite::Result<(i64, i64)> {
        if !self.repositories.contains_key(repository) {
            let id = self.row_of(
                "SELECT id FROM repositories WHERE name = ?1",
                "INSERT INTO repositories (name) VALUES (?1)",
                [repository],
            )?;
            self.repositories.insert(repository.to_owned(), Repository { id, workflows: HashMap::new() });
        }
        let known = self.repositories.get(repository).map(|r| (r.id, r.workflows.get(workflow).copied()));
        let (repository_id, workflow_id) = known.unwrap_or_default();
        if let Some(id) = workflow_id {
            return Ok((repository_id, id));
        }
        let id = self.row_of(
            "SELECT id FROM workflows WHERE repository_id = ?1 AND name = ?2",
            "INSERT INTO workflows (repository_id, name) VALUES (?1, ?2)",
            (repository_id, workflow),
        )?;
        if let Some(repository) = self.repositories.get_mut(repository) {
            repository.workflows.insert(workflow.to_owned(), id);
        }
        Ok((repository_id, id))
    }

    fn row_of(
        &self,
        find: &str,
        insert: &str,
        names: impl rusqlite::Params + Clone,
    ) -> rusqlite::Result<i64> {
        let mut found = self.connection.prepare_cached(find)?;
        match found.query_row(names.clone(), |row| row.get(0)) {
            Err(rusqlite::Error::QueryReturnedNoRows) => {
                self.connection.prepare_cached(insert)?.insert(names)
            }
            id => id,
        }
    }

    /// Whether the run was new and is stored now.
    fn insert(&self, repository: i64, workflow: i64, account: &Account) -> rusqlite::Result<bool> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO runs (workflow_id, event, branch, sha, status, conclusion, created, started, finished, duration_s,
                 queue_s, simulated, number, changed_files, changed_lines, actor, path, title, revision, stated_started,
                 stated_updated, stated_duration_s, older, repository_id, run, attempt)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                 ?23, ?24, ?25, ?26)
             ON CONFLICT DO NOTHING",
        )?;
        self.bind(&mut statement, workflow, account)?;
        statement.raw_bind_parameter(24, repository)?;
        statement.raw_bind_parameter(25, sql::key(account.run.id))?;
        statement.raw_bind_parameter(26, account.run.attempt)?;
        Ok(statement.raw_execute()? == 1)
    }

    fn update(&self, row: i64, workflow: i64, account: &Account) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "UPDATE runs SET workflow_id = ?1, event = ?2, branch = ?3, sha = ?4, status = ?5, conclusion = ?6, created = ?7,
                 started = ?8, finished = ?9, duration_s = ?10, queue_s = ?11, simulated = ?12, number = ?13,
                 changed_files = ?14, changed_lines = ?15, actor = ?16, path = ?17, title = ?18, revision = ?19,
                 stated_started = ?20, stated_updated = ?21, stated_duration_s = ?22, older = ?23
             WHERE id = ?24",
        )?;
        self.bind(&mut statement, workflow, account)?;
        statement.raw_bind_parameter(24, row)?;
        statement.raw_execute().map(drop)
    }

    /// The parameters that an insertion and a change have in common.
    fn bind(
        &self,
        statement: &mut rusqlite::CachedStatement<'_>,
        workflow: i64,
        account: &Account,
    ) -> rusqlite::Result<()> {
        let run = &account.run;
        let older = match account.older.is_empty() {
            true => None,
            false => serde_json::to_string(&account.older).ok(),
        };
        statement.raw_bind_parameter(1, workflow)?;
        statement.raw_bind_parameter(2, Some(run.event.as_str()).filter(|event| !event.is_empty()))?;
        statement.raw_bind_parameter(3, run.branch.as_deref())?;
        statement.raw_bind_parameter(4, run.commit.as_deref())?;
        statement.raw_bind_parameter(5, sql::status_word(run.status))?;
        statement.raw_bind_parameter(6, run.conclusion.map(sql::conclusion_word))?;
        statement.raw_bind_parameter(7, sql::seconds(run.created))?;
        statement.raw_bind_parameter(8, sql::seconds(run.started.unwrap_or(run.created)))?;
        statement.raw_bind_parameter(9, run.finished().map(sql::seconds))?;
        statement.raw_bind_parameter(10, run.duration())?;
        statement.raw_bind_parameter(11, queued(run))?;
        statement.raw_bind_parameter(12, run.simulated)?;
        statement.raw_bind_parameter(13, run.number.map(sql::key))?;
        statement.raw_bind_parameter(14, run.changed_files)?;
        statement.raw_bind_parameter(15, run.changed_lines)?;
        statement.raw_bind_parameter(16, run.actor.as_deref())?;
        statement.raw_bind_parameter(17, run.path.as_deref())?;
        statement.raw_bind_parameter(18, run.title.as_deref())?;
        statement.raw_bind_parameter(19, self.revision)?;
        statement.raw_bind_parameter(20, run.started.map(sql::seconds))?;
        statement.raw_bind_parameter(21, run.updated.map(sql::seconds))?;
        statement.raw_bind_parameter(22, run.duration)?;
        statement.raw_bind_parameter(23, older)
    }

    /// Brings the jobs of a run from `known` to `jobs`; both are sorted by id.
    fn put_jobs(&self, run: i64, jobs: &[Job], known: &[Job]) -> rusqlite::Result<()> {
        for job in jobs {
            let before = known.binary_search_by_key(&job.id, |known| known.id).ok().map(|at| &known[at]);
            if before != Some(job) {
                self.put_job(run, job)?;
                self.put_steps(run, job, before.map_or(&[], |before| &before.steps))?;
            }
        }
        for gone in known.iter().filter(|known| jobs.binary_search_by_key(&known.id, |job| job.id).is_err()) {
            let mut statement =
                self.connection.prepare_cached("DELETE FROM jobs WHERE run_id = ?1 AND job = ?2")?;
            statement.execute((run, sql::key(gone.id)))?;
        }
        Ok(())
    }

    fn put_job(&self, run: i64, job: &Job) -> rusqlite::Result<()> {
        let labels = match job.labels.is_empty() {
            true => None,
            false => serde_json::to_string(&job.labels).ok(),
        };
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO jobs (run_id, job, name, status, conclusion, created, started, completed, duration_s, queue_s,
                 labels, runner)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT DO UPDATE SET name = ?3, status = ?4, conclusion = ?5, created = ?6, started = ?7, completed = ?8,
                 duration_s = ?9, queue_s = ?10, labels = ?11, runner = ?12",
        )?;
        let written = statement.execute(params![
            run,
            sql::key(job.id),
            job.name,
            sql::status_word(job.status),
            job.conclusion.map(sql::conclusion_word),
            job.created.map(sql::seconds),
            job.started.map(sql::seconds),
            job.completed.map(sql::seconds),
            job.duration(),
            job.queued(),
            labels,
            job.runner
        ]);
        written.map(drop)
    }

    fn put_steps(&self, run: i64, job: &Job, known: &[Step]) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(
            "INSERT INTO steps (run_id, job, number, name, conclusion, started, completed, duration_s)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT DO UPDATE SET name = ?4, conclusion = ?5, started = ?6, completed = ?7, duration_s = ?8",
        )?;
        for step in job.steps.iter().filter(|step| !known.contains(step)) {
            statement.execute(params![
                run,
                sql::key(job.id),
                step.number,
                step.name,
                step.conclusion.map(sql::conclusion_word),
                step.started.map(sql::seconds),
                step.completed.map(sql::seconds),
                step.duration()
            ])?;
        }
        Ok(())
    }
}

/// The seconds until the first job of the attempt started, where jobs are known. A first attempt waits from its creation;
/// when a later one was asked for is known only if its start is.
fn queued(run: &Run) -> Option<f64> {
    let asked = if run.attempt == 1 { Some(run.created) } else { run.started };
    let ran = run.jobs.iter().filter(|job| job.status != crate::runs::record::Status::Queued);
    let first = ran.filter_map(|job| job.started).min()?;
    Some(first.duration_since(asked?).as_secs_f64()).filter(|seconds| *seconds >= 0.0)
}
