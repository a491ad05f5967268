-- A job as it was asked for, and its status. What moves with every device's report is in job_progress, so that a report never rewrites the document.
CREATE TABLE job (
  job_key INTEGER PRIMARY KEY AUTOINCREMENT,
  account TEXT NOT NULL,
  job_id TEXT NOT NULL,
  region TEXT NOT NULL,
  status INTEGER NOT NULL,
  target_selection TEXT NOT NULL,
  in_progress_timeout_minutes INTEGER,
  presign_expires_sec INTEGER NOT NULL,
  has_placeholders INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_updated_at_ms INTEGER NOT NULL,
  completed_at_ms INTEGER,
  force_canceled INTEGER NOT NULL DEFAULT 0,
  reason_code TEXT,
  comment TEXT,
  description TEXT,
  namespace_id TEXT,
  job_template_arn TEXT,
  document_source TEXT,
  presigned_url_config TEXT,
  rollout_config TEXT,
  abort_config TEXT,
  timeout_config TEXT,
  retry_config TEXT,
  scheduling_config TEXT,
  document_parameters TEXT,
  destination_package_versions TEXT,
  -- The large members stand last: a row is read up to the last column asked for.
  device_document TEXT NOT NULL,
  document TEXT NOT NULL,
  UNIQUE (account, job_id)
) STRICT;
CREATE INDEX job_newest ON job (account, created_at_ms, job_key);

-- Counters and the rollout's state. version fences the runner: whoever applies a decision names the version it was made on.
CREATE TABLE job_progress (
  job_key INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  queued INTEGER NOT NULL DEFAULT 0,
  in_progress INTEGER NOT NULL DEFAULT 0,
  succeeded INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  timed_out INTEGER NOT NULL DEFAULT 0,
  rejected INTEGER NOT NULL DEFAULT 0,
  removed INTEGER NOT NULL DEFAULT 0,
  canceled INTEGER NOT NULL DEFAULT 0,
  -- Things of the snapshot that have no execution yet.
  pending INTEGER NOT NULL DEFAULT 0,
  -- The rollout's pace, as the rule left it: the text of Core's record.
  pace TEXT,
  -- Every terminal report is of interest: an abort rule, or a rate that grows with successes.
  watched INTEGER NOT NULL DEFAULT 0,
  -- Targets are still being resolved into job_pending.
  expanding INTEGER NOT NULL DEFAULT 0,
  -- The sweep that cancels or deletes executions: 0 none, 1 QUEUED, 2 IN_PROGRESS too, 3 delete all; it is past this thing.
  sweep INTEGER NOT NULL DEFAULT 0,
  swept_to TEXT NOT NULL DEFAULT '',
  -- When the runner must look next; null while only devices are waited for. In the database, so that a restart forgets no bell.
  wake_at_ms INTEGER
) STRICT;
CREATE INDEX job_wake ON job_progress (wake_at_ms) WHERE wake_at_ms IS NOT NULL;

CREATE TABLE job_target (
  job_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  account TEXT NOT NULL,
  target_arn TEXT NOT NULL,
  group_name TEXT,
  expanded INTEGER NOT NULL DEFAULT 0,
  expanded_to TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job_key, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_target_of_group ON job_target (account, group_name) WHERE group_name IS NOT NULL;

-- Things that a rollout has not reached, in its order; each thing once.
CREATE TABLE job_pending (
  job_key INTEGER NOT NULL,
  position INTEGER NOT NULL,
  thing_name TEXT NOT NULL,
  PRIMARY KEY (job_key, position, thing_name)
) STRICT, WITHOUT ROWID;

-- One thing's copy of a job. Clustered by thing, as devices ask; the index by job holds only what never changes.
CREATE TABLE job_execution (
  account TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  job_key INTEGER NOT NULL,
  execution_number INTEGER NOT NULL,
  -- 0 QUEUED, 1 IN_PROGRESS, 2 SUCCEEDED, 3 FAILED, 4 TIMED_OUT, 5 REJECTED, 6 REMOVED, 7 CANCELED
  status INTEGER NOT NULL,
  version INTEGER NOT NULL,
  queued_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER,
  last_updated_at_ms INTEGER NOT NULL,
  in_progress_deadline_at_ms INTEGER,
  step_deadline_at_ms INTEGER,
  -- The earlier of the two, while IN_PROGRESS.
  deadline_at_ms INTEGER,
  force_canceled INTEGER NOT NULL DEFAULT 0,
  retry_attempt INTEGER NOT NULL DEFAULT 0,
  status_details TEXT,
  PRIMARY KEY (account, thing_name, job_key, execution_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_execution_of_job ON job_execution (job_key, thing_name, execution_number);
CREATE INDEX job_execution_open ON job_execution (account, thing_name) WHERE status < 2;
CREATE INDEX job_execution_due ON job_execution (deadline_at_ms) WHERE deadline_at_ms IS NOT NULL;
