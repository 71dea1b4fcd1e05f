-- A revocation looks at the tokens that stay, however many have expired.
CREATE INDEX tokens_permanent ON tokens (instance_id, created_at, id)
WHERE revoked_at IS NULL AND expires_at IS NULL;
