CREATE TABLE settings (
  name  TEXT NOT NULL PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings (name, value) VALUES ('revision', 0);  -- the number of the newest write that changed a run

CREATE TABLE repositories (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE             -- owner/name
) STRICT;

CREATE TABLE workflows (
  id            INTEGER PRIMARY KEY,
  repository_id INTEGER NOT NULL REFERENCES repositories (id),
  name          TEXT NOT NULL,
  UNIQUE (repository_id, name)
) STRICT;

CREATE TABLE runs (
  id                INTEGER PRIMARY KEY,
  repository_id     INTEGER NOT NULL REFERENCES repositories (id),
  workflow_id       INTEGER NOT NULL REFERENCES workflows (id),
  run               INTEGER NOT NULL,   -- GitHub's id; negative: ours, the source gave none
  attempt           INTEGER NOT NULL,
  event             TEXT,
  branch            TEXT,
  sha               TEXT,
  status            TEXT NOT NULL,
  conclusion        TEXT,
  created           REAL NOT NULL,      -- times are unix seconds, UTC
  started           REAL NOT NULL,      -- of the attempt; `created` where no source says it
  finished          REAL,
  duration_s        REAL,               -- from the first job's start to the last job's end where jobs are known
  queue_s           REAL,               -- until the first job started, where jobs are known
  simulated         INTEGER NOT NULL,   -- 1: made up
  number            INTEGER,
  changed_files     INTEGER,
  changed_lines     INTEGER,
  actor             TEXT,               -- a keyed hash, unless kept with `--with-actors`
  path              TEXT,
  title             TEXT,
  revision          INTEGER NOT NULL,   -- the write that changed the row last
  stated_started    REAL,               -- what sources said, from which the columns above follow
  stated_updated    REAL,
  stated_duration_s REAL,
  older             TEXT,               -- JSON: the fields that come from an older account than the status
  UNIQUE (repository_id, run, attempt)
) STRICT;
CREATE INDEX runs_by_created ON runs (created, run, attempt);
CREATE INDEX runs_by_repository ON runs (repository_id, created, run, attempt);
CREATE INDEX runs_by_workflow ON runs (workflow_id, created, run, attempt);
CREATE INDEX runs_by_revision ON runs (revision);

CREATE TABLE jobs (
  run_id     INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  job        INTEGER NOT NULL,          -- GitHub's id; negative: ours, the source gave none
  name       TEXT NOT NULL,
  status     TEXT NOT NULL,
  conclusion TEXT,
  created    REAL,
  started    REAL,
  completed  REAL,
  duration_s REAL,
  queue_s    REAL,
  labels     TEXT,                      -- JSON: the runner labels it asked for
  runner     TEXT,
  PRIMARY KEY (run_id, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE steps (
  run_id     INTEGER NOT NULL,
  job        INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  name       TEXT NOT NULL,
  conclusion TEXT,
  started    REAL,
  completed  REAL,
  duration_s REAL,
  PRIMARY KEY (run_id, job, number),
  FOREIGN KEY (run_id, job) REFERENCES jobs (run_id, job) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE VIEW runs_view AS
SELECT repositories.name AS repository, workflows.name AS workflow, run, attempt, number, event, branch, sha,
       status, conclusion,
       datetime(created, 'unixepoch') AS created, datetime(started, 'unixepoch') AS started,
       datetime(finished, 'unixepoch') AS finished,
       duration_s, queue_s, changed_files, changed_lines, actor, path, title, simulated
FROM runs
JOIN workflows ON workflows.id = workflow_id
JOIN repositories ON repositories.id = runs.repository_id;

CREATE VIEW jobs_view AS
SELECT repositories.name AS repository, workflows.name AS workflow, run, attempt, event, branch, sha,
       job, jobs.name AS name, jobs.status AS status, jobs.conclusion AS conclusion,
       datetime(jobs.started, 'unixepoch') AS started, datetime(jobs.completed, 'unixepoch') AS completed,
       jobs.duration_s AS duration_s, jobs.queue_s AS queue_s, labels, runner, simulated
FROM jobs
JOIN runs ON runs.id = run_id
JOIN workflows ON workflows.id = workflow_id
JOIN repositories ON repositories.id = runs.repository_id;

CREATE VIEW steps_view AS
SELECT repositories.name AS repository, workflows.name AS workflow, run, attempt, jobs.job AS job,
       jobs.name AS job_name, steps.number AS number, steps.name AS name, steps.conclusion AS conclusion,
       datetime(steps.started, 'unixepoch') AS started, datetime(steps.completed, 'unixepoch') AS completed,
       steps.duration_s AS duration_s, simulated
FROM steps
JOIN jobs ON jobs.run_id = steps.run_id AND jobs.job = steps.job
JOIN runs ON runs.id = steps.run_id
JOIN workflows ON workflows.id = workflow_id
JOIN repositories ON repositories.id = runs.repository_id;

CREATE TABLE responses (
  url           TEXT NOT NULL PRIMARY KEY,
  etag          TEXT,
  last_modified TEXT,
  body          BLOB,
  at            REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
  repository TEXT NOT NULL,
  name       TEXT NOT NULL,
  value      TEXT NOT NULL,             -- how far a fetch came
  at         REAL NOT NULL,
  PRIMARY KEY (repository, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  id TEXT NOT NULL PRIMARY KEY,         -- of a webhook
  at REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (at);

CREATE TABLE states (
  repository TEXT NOT NULL,
  kind       TEXT NOT NULL,
  version    INTEGER NOT NULL,          -- of the blob's format
  revision   INTEGER NOT NULL,          -- the newest write that it has learnt from
  state      BLOB NOT NULL,
  at         REAL NOT NULL,
  PRIMARY KEY (repository, kind)
) STRICT;

CREATE TABLE predictions (
  id                  INTEGER PRIMARY KEY,
  repository          TEXT NOT NULL,
  workflow            TEXT NOT NULL,
  event               TEXT,
  branch              TEXT,
  sha                 TEXT,
  made_at             REAL NOT NULL,
  value_s             REAL NOT NULL,
  lo50_s              REAL NOT NULL,
  hi50_s              REAL NOT NULL,
  lo90_s              REAL NOT NULL,
  hi90_s              REAL NOT NULL,
  success_probability REAL,
  confidence          REAL NOT NULL,    -- 0 to 1
  model               TEXT NOT NULL,    -- its version
  run                 INTEGER,          -- what it turned out to be about
  attempt             INTEGER,
  actual_s            REAL,
  conclusion          TEXT
) STRICT;
CREATE INDEX predictions_by_workflow ON predictions (repository, workflow, made_at);
CREATE INDEX predictions_waiting ON predictions (repository, workflow, made_at) WHERE run IS NULL;

CREATE TABLE experiments (
  id         TEXT NOT NULL PRIMARY KEY,
  repository TEXT NOT NULL,
  at         REAL NOT NULL,
  definition BLOB NOT NULL              -- JSON, byte for byte as registered
) STRICT;

CREATE TABLE assignments (
  seq        INTEGER PRIMARY KEY,
  experiment TEXT NOT NULL REFERENCES experiments (id),
  unit       TEXT NOT NULL,
  variant    TEXT NOT NULL,
  at         REAL NOT NULL,
  detail     TEXT,                      -- JSON
  UNIQUE (experiment, unit)
) STRICT;

CREATE TABLE looks (
  seq        INTEGER PRIMARY KEY,
  experiment TEXT NOT NULL REFERENCES experiments (id),
  at         REAL NOT NULL,
  detail     TEXT NOT NULL              -- JSON
) STRICT;
CREATE INDEX looks_by_experiment ON looks (experiment);

CREATE TABLE verdicts (
  seq        INTEGER PRIMARY KEY,
  experiment TEXT NOT NULL REFERENCES experiments (id),
  at         REAL NOT NULL,
  kind       TEXT NOT NULL,             -- started, stopped, won, lost, promoted...
  detail     TEXT NOT NULL              -- JSON
) STRICT;
CREATE INDEX verdicts_by_experiment ON verdicts (experiment);

CREATE TABLE benchmarks (
  series     TEXT NOT NULL,
  sha        TEXT NOT NULL,
  at         REAL NOT NULL,
  value      REAL NOT NULL,
  unit       TEXT NOT NULL,
  spread     REAL,                      -- in the same unit, as the tool says it
  PRIMARY KEY (series, at, sha)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER experiments_stay BEFORE UPDATE ON experiments
BEGIN SELECT RAISE(ABORT, 'experiments are only added to'); END;
CREATE TRIGGER experiments_last BEFORE DELETE ON experiments
BEGIN SELECT RAISE(ABORT, 'experiments are only added to'); END;
CREATE TRIGGER experiments_once BEFORE INSERT ON experiments
WHEN EXISTS (SELECT 1 FROM experiments WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'experiments are only added to'); END;
CREATE TRIGGER assignments_stay BEFORE UPDATE ON assignments
BEGIN SELECT RAISE(ABORT, 'assignments are only added to'); END;
CREATE TRIGGER assignments_last BEFORE DELETE ON assignments
BEGIN SELECT RAISE(ABORT, 'assignments are only added to'); END;
CREATE TRIGGER assignments_once BEFORE INSERT ON assignments
WHEN EXISTS (SELECT 1 FROM assignments WHERE seq = NEW.seq OR (experiment = NEW.experiment AND unit = NEW.unit))
BEGIN SELECT RAISE(ABORT, 'assignments are only added to'); END;
CREATE TRIGGER looks_stay BEFORE UPDATE ON looks
BEGIN SELECT RAISE(ABORT, 'looks are only added to'); END;
CREATE TRIGGER looks_last BEFORE DELETE ON looks
BEGIN SELECT RAISE(ABORT, 'looks are only added to'); END;
CREATE TRIGGER looks_once BEFORE INSERT ON looks
WHEN EXISTS (SELECT 1 FROM looks WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'looks are only added to'); END;
CREATE TRIGGER verdicts_stay BEFORE UPDATE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts are only added to'); END;
CREATE TRIGGER verdicts_last BEFORE DELETE ON verdicts
BEGIN SELECT RAISE(ABORT, 'verdicts are only added to'); END;
CREATE TRIGGER verdicts_once BEFORE INSERT ON verdicts
WHEN EXISTS (SELECT 1 FROM verdicts WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'verdicts are only added to'); END;
