-- Tenants. A deleted one keeps its row, so that its id is not given again.
CREATE TABLE instances (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  deleted_at INTEGER,
  -- Whether the rows of a deleted instance are gone.
  cleared INTEGER NOT NULL DEFAULT 0 CHECK (cleared IN (0, 1))
) STRICT;

CREATE INDEX instances_to_clear ON instances (id) WHERE deleted_at IS NOT NULL AND cleared = 0;

-- The default instance is as old as the database.
INSERT INTO instances (id, name, created_at) SELECT 'default', 'Default', created_at FROM data_keys;

-- Until here an instance was only a name in other rows.
INSERT INTO instances (id, name, created_at)
SELECT instance_id, instance_id, min(created_at)
FROM (
  SELECT instance_id, created_at FROM targets
  UNION ALL
  SELECT instance_id, created_at FROM tokens
)
WHERE instance_id <> 'default'
GROUP BY instance_id;

CREATE TABLE instance_features (
  instance_id TEXT NOT NULL REFERENCES instances (id),
  feature TEXT NOT NULL,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  PRIMARY KEY (instance_id, feature)
) STRICT, WITHOUT ROWID;

ALTER TABLE tokens ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE tokens ADD COLUMN revoked_at INTEGER;
ALTER TABLE tokens ADD COLUMN last_used_at INTEGER;

-- Ids are random, so they are unique across instances.
DROP INDEX tokens_id;
CREATE UNIQUE INDEX tokens_id ON tokens (id);
CREATE INDEX tokens_created_at ON tokens (instance_id, created_at, id);

-- The audit. Each instance counts its changes for itself and without gaps: a tenant cannot read the
-- activity of others from the numbers.
CREATE TABLE changes (
  instance_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  author TEXT NOT NULL,
  resource_type TEXT NOT NULL CHECK (resource_type IN ('target', 'token', 'instance', 'call')),
  resource_id TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('created', 'changed', 'deleted', 'revoked', 'denied')),
  fields TEXT NOT NULL,
  PRIMARY KEY (instance_id, sequence)
) STRICT;

CREATE INDEX changes_resource ON changes (instance_id, resource_id, sequence);
CREATE INDEX changes_author ON changes (instance_id, author, sequence);
CREATE INDEX changes_at ON changes (instance_id, at);
-- Nearly all changes are those of targets, which an index by type would not narrow down.
CREATE INDEX changes_rare_type ON changes (instance_id, resource_type, sequence)
WHERE resource_type <> 'target';

INSERT INTO changes
  (instance_id, sequence, at, author, resource_type, resource_id, action, fields)
SELECT instance_id, row_number() OVER (PARTITION BY instance_id ORDER BY sequence),
  at, author, 'target', target_id, action, fields
FROM target_history;

DROP TABLE target_history;
