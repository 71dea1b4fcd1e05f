-- Keys that encrypt payloads. What makes two keys of a target active at once is a bug, and refused.
CREATE TABLE public_keys (
  instance_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  id TEXT NOT NULL,
  pem BLOB NOT NULL,
  fingerprint TEXT NOT NULL,
  active INTEGER NOT NULL CHECK (active IN (0, 1)),
  expires_at INTEGER,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (instance_id, target_id, id),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) STRICT;

CREATE UNIQUE INDEX public_keys_active ON public_keys (instance_id, target_id) WHERE active = 1;

-- What was ever set for a condition. Ids of one kind of condition are neighbours.
CREATE TABLE executions (
  instance_id TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  -- Whether there are targets in the list; only then it is shown.
  listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
  PRIMARY KEY (instance_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX executions_created_at ON executions (instance_id, created_at, id) WHERE listed = 1;
CREATE INDEX executions_changed_at ON executions (instance_id, changed_at, id) WHERE listed = 1;

-- The lists. The router reads them by the primary key alone.
CREATE TABLE execution_targets (
  instance_id TEXT NOT NULL,
  execution_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  target_id TEXT NOT NULL,
  PRIMARY KEY (instance_id, execution_id, position),
  FOREIGN KEY (instance_id, execution_id) REFERENCES executions (instance_id, id),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) STRICT, WITHOUT ROWID;

-- A target stands in a list once.
CREATE UNIQUE INDEX execution_targets_target
ON execution_targets (instance_id, target_id, execution_id);

-- Keys that sign JWT payloads.
CREATE TABLE instance_keys (
  instance_id TEXT NOT NULL REFERENCES instances (id),
  id TEXT NOT NULL,
  algorithm TEXT NOT NULL,
  sealed_private_key BLOB NOT NULL,
  -- JSON of the JWK.
  public_jwk TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  signs_from INTEGER NOT NULL,
  published_until INTEGER,
  PRIMARY KEY (instance_id, id)
) STRICT;

-- What instances have imported. The version stands before what may be long, so that reading it stays
-- cheap.
CREATE TABLE catalogs (
  instance_id TEXT PRIMARY KEY NOT NULL REFERENCES instances (id),
  version INTEGER NOT NULL,
  -- JSON of string[].
  event_types TEXT NOT NULL,
  -- JSON of string[].
  functions TEXT NOT NULL
) STRICT;

CREATE TABLE catalog_sources (
  instance_id TEXT NOT NULL,
  name TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  descriptor_set BLOB NOT NULL,
  PRIMARY KEY (instance_id, name),
  FOREIGN KEY (instance_id) REFERENCES catalogs (instance_id)
) STRICT;

-- The audit without rules for the words of resource_type and action: SQLite cannot change a rule, and
-- a new word should not copy the largest table again.
ALTER TABLE changes RENAME TO changes_with_rules;

CREATE TABLE changes (
  instance_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  -- The latest time among the changes of the instance up to this one.
  latest_at INTEGER NOT NULL,
  author TEXT NOT NULL,
  certificate TEXT,
  resource_type TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  action TEXT NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (instance_id, sequence)
) STRICT;

INSERT INTO changes (
  instance_id,
  sequence,
  at,
  latest_at,
  author,
  certificate,
  resource_type,
  resource_id,
  action,
  fields
)
SELECT
  instance_id,
  sequence,
  at,
  latest_at,
  author,
  certificate,
  resource_type,
  resource_id,
  action,
  fields
FROM changes_with_rules;

DROP TABLE changes_with_rules;

CREATE INDEX changes_resource ON changes (instance_id, resource_id, sequence);
CREATE INDEX changes_author ON changes (instance_id, author, sequence);
CREATE INDEX changes_latest_at ON changes (instance_id, latest_at, sequence);
-- What was written after a clock had gone back by more than a second, which is hardly ever.
CREATE INDEX changes_late ON changes (instance_id, at) WHERE latest_at - at > 1000000;
-- Nearly all changes are those of targets, which an index by type would not narrow down.
CREATE INDEX changes_rare_type ON changes (instance_id, resource_type, sequence)
WHERE resource_type <> 'target';
