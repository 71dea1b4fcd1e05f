-- The audit in the order of its key, without row numbers of its own: each change writes one b-tree less.
ALTER TABLE changes RENAME TO changes_by_row;

CREATE TABLE changes (
  instance_id TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  at INTEGER NOT NULL,
  -- The latest time among the changes of the instance up to this one. It never goes back, so a time is
  -- found by halving the range of the numbers.
  latest_at INTEGER NOT NULL,
  author TEXT NOT NULL,
  certificate TEXT,
  resource_type TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  action TEXT NOT NULL,
  fields TEXT NOT NULL,
  PRIMARY KEY (instance_id, sequence)
) STRICT, WITHOUT ROWID;

INSERT INTO changes (instance_id, sequence, at, latest_at, author, certificate, resource_type,
  resource_id, action, fields)
SELECT instance_id, sequence, at, latest_at, author, certificate, resource_type,
  resource_id, action, fields
FROM changes_by_row ORDER BY instance_id, sequence;

DROP TABLE changes_by_row;

CREATE INDEX changes_resource ON changes (instance_id, resource_id, sequence);
CREATE INDEX changes_author ON changes (instance_id, author, sequence);
-- What was written after a clock had gone back by more than a second, which is hardly ever.
CREATE INDEX changes_late ON changes (instance_id, at) WHERE latest_at - at > 1000000;
-- Nearly all changes are those of targets, which an index by type would not narrow down.
CREATE INDEX changes_rare_type ON changes (instance_id, resource_type, sequence)
WHERE resource_type <> 'target';
