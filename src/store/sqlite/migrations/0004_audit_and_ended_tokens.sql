-- Until here the subject of a client certificate stood behind the name of the author, which has no
-- spaces itself.
ALTER TABLE changes ADD COLUMN certificate TEXT;

UPDATE changes SET
  certificate = substr(author, instr(author, ' certificate:') + length(' certificate:')),
  author = substr(author, 1, instr(author, ' certificate:') - 1)
WHERE instr(author, ' certificate:') > 0;

-- The latest time among the changes of the instance up to this one. Unlike the times themselves it never
-- goes back, so a time is found here as a place in the order of the changes.
ALTER TABLE changes ADD COLUMN latest_at INTEGER NOT NULL DEFAULT 0;

UPDATE changes SET latest_at = found.latest_at
FROM (
  SELECT rowid AS id, max(at) OVER (PARTITION BY instance_id ORDER BY sequence) AS latest_at
  FROM changes
) AS found
WHERE changes.rowid = found.id;

DROP INDEX changes_at;
CREATE INDEX changes_latest_at ON changes (instance_id, latest_at, sequence);
-- What was written after a clock had gone back by more than a second, which is hardly ever.
CREATE INDEX changes_late ON changes (instance_id, at) WHERE latest_at - at > 1000000;

-- Sweeps look for tokens that ended long ago, a new token counts those that have not ended.
CREATE INDEX tokens_revoked_at ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_expires_at ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_live ON tokens (instance_id, expires_at, revoked_at) WHERE revoked_at IS NULL;

-- Sweeps left the tokens of deleted instances until here.
UPDATE instances SET cleared = 0 WHERE deleted_at IS NOT NULL;
