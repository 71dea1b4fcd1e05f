-- A revocation looks at the tokens that stay, however many have expired.
CREATE INDEX tokens_permanent ON tokens (instance_id, created_at, id)
WHERE revoked_at IS NULL AND expires_at IS NULL;

-- Commit order is not order of time. With these columns the page of a time window is found in the index
-- alone, without reading every row of the window.
DROP INDEX changes_at;
CREATE INDEX changes_at ON changes (instance_id, at, sequence, resource_type);
