//! Opening the file: its folder, what it must not be, migrations, and what its failures mean.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::{History, actors::Actors};
use crate::error::{Error, Result};

/// How long to wait for other writers before giving up.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// `wfgn`, in the header of our files, so that another program's database is never taken for a history.
const APPLICATION: i32 = 0x7766_676e;

/// The schema, one step per version. A step never changes once it is released.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/1.sql")];

const VERSION: u32 = MIGRATIONS.len() as u32;

impl History {
    /// Opens the history at `path`, making it and its folder when they are not there. A folder named `.wfgen` gets a
    /// `.gitignore` that makes git ignore all of it.
    ///
    /// # Errors
    /// When the file is no history, is damaged, or was written by a newer wfgen: it is left as it is. When it can't be
    /// read or written, or another process keeps it locked for a minute.
    pub fn open(path: &Path) -> Result<History> {
        refuse_foreign(path)?;
        make_folder(path)?;
        connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens the history at `path` only if there is one.
    ///
    /// # Errors
    /// As [`History::open`]; and of the kind [`crate::error::Kind::Nothing`] when there is no file.
    pub fn open_existing(path: &Path) -> Result<History> {
        if !path.exists() {
            return Err(Error::nothing(format!("there is no history at `{}`", path.display())).hint(
                "`wfgen track fetch` reads the runs of a repository, `wfgen track import` reads files",
            ));
        }
        refuse_foreign(path)?;
        connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// A history in memory, gone with the value.
    ///
    /// # Errors
    /// When SQLite fails.
    pub fn in_memory() -> Result<History> {
        connect(Path::new(":memory:"), OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<History> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = with_patience(|| {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let version = version_of(&connection)?;
        if is_foreign(&connection, version)? {
            return Ok(Err(foreign(path)));
        }
        if version > VERSION {
            return Ok(Err(newer(path, version)));
        }
        set_up(&connection)?;
        migrate(&connection, version, &MIGRATIONS)?;
        let actors = Actors::load(&connection)?;
        Ok(Ok(History { connection, path: path.to_owned(), actors }))
    });
    opened.map_err(|e| explain(path, "open", &e))?
}

fn version_of(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Whether another program made the database; one that nobody has written to yet is nobody's.
fn is_foreign(connection: &Connection, version: u32) -> rusqlite::Result<bool> {
    let application: i32 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables: u32 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(application != APPLICATION && (version, tables) != (0, 0))
}

/// Synchronous `FULL`: a commit of the write-ahead log is on the disk before it is reported, whatever fails then.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;
         PRAGMA cache_size = -65536; PRAGMA trusted_schema = OFF;",
    )?;
    // Keeps the plan of a prepared statement whatever is bound to it; without, SQLite plans again for every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Takes the steps that the file has not seen, all or none.
fn migrate(connection: &Connection, version: u32, steps: &[&str]) -> rusqlite::Result<()> {
    if version as usize == steps.len() {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Another process may have been faster.
    let version = version_of(&transaction)?;
    for step in steps.iter().skip(version as usize) {
        transaction.execute_batch(step)?;
    }
    if version == 0 {
        Actors::make_key(&transaction)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", version.max(steps.len() as u32))?;
    transaction.commit()
}

/// Looks at the header before SQLite does, so that a file that is not ours stays as it is to the byte. The layout is
/// that of <https://www.sqlite.org/fileformat2.html#the_database_header>.
fn refuse_foreign(path: &Path) -> Result<()> {
    let mut header = Vec::with_capacity(100);
    match fs::File::open(path) {
        Ok(file) => file.take(100).read_to_end(&mut header).map_err(|e| Error::io("read", path, &e))?,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("read", path, &e)),
    };
    if header.is_empty() {
        return Ok(());
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(damaged(path, "it is no SQLite database"));
    }
    let number = |at: usize| header[at..at + 4].iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte));
    let (pages, version, application) = (number(28), number(60), number(68));
    // A new history says who it belongs to in its log first, and has one empty page until then.
    if application != APPLICATION as u32 && ((application, version) != (0, 0) || pages > 1) {
        return Err(foreign(path));
    }
    if version > VERSION {
        return Err(newer(path, version));
    }
    let page_size = match u64::from(number(16) >> 16) {
        1 => 65536,
        size => size,
    };
    let length = fs::metadata(path).map_err(|e| Error::io("read", path, &e))?.len();
    // With a write-ahead log the missing pages may be in there.
    let log = fs::metadata(format!("{}-wal", path.display())).is_ok_and(|log| log.len() > 0);
    if !log && number(24) == number(92) && length < page_size * u64::from(pages) {
        return Err(damaged(
            path,
            &format!("it ends after {length} of {} bytes", page_size * u64::from(pages)),
        ));
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    fs::create_dir_all(folder).map_err(|e| Error::io("create", folder, &e))?;
    let ignore = folder.join(".gitignore");
    if folder.file_name().is_some_and(|name| name == ".wfgen") && !ignore.exists() {
        fs::write(&ignore, "*\n").map_err(|e| Error::io("write", &ignore, &e))?;
    }
    Ok(())
}

/// Does `work` again while others hold the lock, with a growing pause. SQLite's own busy timeout covers the usual wait;
/// this covers what it does not: changing to WAL mode, recovery, and a lock held for longer.
pub(super) fn with_patience<T>(mut work: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        match work() {
            Err(e) if is_busy(&e) && began.elapsed() < PATIENCE => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(250));
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn foreign(path: &Path) -> Error {
    Error::invalid(format!("`{}` is the database of another program", path.display()))
        .hint("name another file with `--db` or `WFGEN_DB`; this one was left as it is")
}

fn newer(path: &Path, version: u32) -> Error {
    Error::invalid(format!(
        "the history `{}` has version {version}, and this wfgen knows up to version {VERSION}",
        path.display()
    ))
    .hint("update wfgen, or name another file with `--db`; this one was left as it is")
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::invalid(format!("the history `{}` is damaged: {why}", path.display()))
        .hint("it was left as it is: restore it from a backup, or move it away and import the runs again")
        .hint("`sqlite3 FILE .recover` saves what can still be read")
}

/// What a failure of SQLite means for the person whose file it is.
pub(super) fn explain(path: &Path, doing: &str, error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, &error.to_string()),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::environment(format!(
            "another process has kept the history `{}` locked for {} s",
            path.display(),
            PATIENCE.as_secs()
        ))
        .hint("try again when it is done"),
        Some(ErrorCode::DiskFull) => {
            Error::environment(format!("the disk is full: cannot {doing} the history `{}`", path.display()))
                .hint("nothing that was reported as stored is lost")
        }
        _ => Error::environment(format!("cannot {doing} the history `{}`: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_older_file_is_brought_forward_with_what_is_in_it() {
        let history = History::in_memory().unwrap();
        let connection = &history.connection;
        connection.execute("INSERT INTO repositories (name) VALUES ('o/r')", []).unwrap();
        let key = history.actors.digest("x");
        let steps = [MIGRATIONS[0], "ALTER TABLE repositories ADD COLUMN note TEXT DEFAULT 'kept'"];
        migrate(connection, 1, &steps).unwrap();
        let row: (String, String) = connection
            .query_row("SELECT name, note FROM repositories", [], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap();
        assert_eq!(row, ("o/r".into(), "kept".into()));
        assert_eq!(version_of(connection).unwrap(), 2);
        assert_eq!(Actors::load(connection).unwrap().digest("x"), key, "the key stays");
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_at_its_version() {
        let history = History::in_memory().unwrap();
        let steps = [MIGRATIONS[0], "CREATE TABLE good (x)", "CREATE TABLE runs (x)"];
        assert!(migrate(&history.connection, 1, &steps).is_err());
        assert_eq!(version_of(&history.connection).unwrap(), 1);
        let query = "SELECT count(*) FROM sqlite_schema WHERE name = 'good'";
        assert_eq!(history.connection.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}
