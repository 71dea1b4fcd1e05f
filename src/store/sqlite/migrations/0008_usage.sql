-- How much each instance has, so that quotas need no counting. Triggers keep the numbers of targets and
-- executions. Deliveries come many at a time, where a trigger for each would cost half as much again:
-- who writes them counts them.
CREATE TABLE usage (
  instance_id TEXT PRIMARY KEY NOT NULL REFERENCES instances (id),
  -- Those that are not deleted.
  targets INTEGER NOT NULL DEFAULT 0,
  -- Those with targets in their list.
  executions INTEGER NOT NULL DEFAULT 0,
  pending_deliveries INTEGER NOT NULL DEFAULT 0,
  finished_deliveries INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

INSERT INTO usage (instance_id) SELECT id FROM instances;

UPDATE usage SET targets = counted.targets
FROM (
  SELECT instance_id, count(*) AS targets FROM targets WHERE deleted_at IS NULL GROUP BY instance_id
) AS counted
WHERE usage.instance_id = counted.instance_id;

UPDATE usage SET executions = counted.executions
FROM (
  SELECT instance_id, count(*) AS executions FROM executions WHERE listed = 1 GROUP BY instance_id
) AS counted
WHERE usage.instance_id = counted.instance_id;

UPDATE usage SET
  pending_deliveries = counted.pending,
  finished_deliveries = counted.finished
FROM (
  SELECT instance_id, sum(state = 'pending') AS pending, sum(state <> 'pending') AS finished
  FROM deliveries GROUP BY instance_id
) AS counted
WHERE usage.instance_id = counted.instance_id;

CREATE TRIGGER usage_of_new_instance AFTER INSERT ON instances
BEGIN
  INSERT INTO usage (instance_id) VALUES (NEW.id);
END;

CREATE TRIGGER usage_target_added AFTER INSERT ON targets WHEN NEW.deleted_at IS NULL
BEGIN
  UPDATE usage SET targets = targets + 1 WHERE instance_id = NEW.instance_id;
END;

CREATE TRIGGER usage_target_deleted AFTER UPDATE OF deleted_at ON targets
WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL
BEGIN
  UPDATE usage SET targets = targets - 1 WHERE instance_id = NEW.instance_id;
END;

-- Only deleted instances lose living targets this way.
CREATE TRIGGER usage_target_removed AFTER DELETE ON targets WHEN OLD.deleted_at IS NULL
BEGIN
  UPDATE usage SET targets = targets - 1 WHERE instance_id = OLD.instance_id;
END;

CREATE TRIGGER usage_execution_added AFTER INSERT ON executions WHEN NEW.listed = 1
BEGIN
  UPDATE usage SET executions = executions + 1 WHERE instance_id = NEW.instance_id;
END;

CREATE TRIGGER usage_execution_changed AFTER UPDATE OF listed ON executions
WHEN OLD.listed <> NEW.listed
BEGIN
  UPDATE usage SET executions = executions + NEW.listed - OLD.listed
  WHERE instance_id = NEW.instance_id;
END;

CREATE TRIGGER usage_execution_removed AFTER DELETE ON executions WHEN OLD.listed = 1
BEGIN
  UPDATE usage SET executions = executions - 1 WHERE instance_id = OLD.instance_id;
END;

-- What is kept is decided for each instance, the oldest first.
DROP INDEX deliveries_finished_at;
CREATE INDEX deliveries_finished_at ON deliveries (instance_id, finished_at)
WHERE finished_at IS NOT NULL;
DROP INDEX published_events_at;
CREATE INDEX published_events_at ON published_events (instance_id, at);
CREATE INDEX targets_deleted_at ON targets (instance_id, deleted_at) WHERE deleted_at IS NOT NULL;
