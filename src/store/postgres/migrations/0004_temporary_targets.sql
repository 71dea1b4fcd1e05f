-- When a temporary target is deleted; those that stay have none.
ALTER TABLE targets ADD COLUMN expires_at bigint;
CREATE INDEX targets_expires_at ON targets (expires_at)
  WHERE expires_at IS NOT NULL AND deleted_at IS NULL;
