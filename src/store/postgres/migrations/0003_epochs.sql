-- Claims and results of deliveries are committed without waiting for the disk, so that a crash of the server may
-- undo the last of them. An epoch is a time without such a crash: no connection outlives it. Numbers that may have
-- been given before are skipped in the next one.
CREATE SEQUENCE delivery_epochs;

ALTER TABLE delivery_revisions ADD COLUMN epoch bigint NOT NULL DEFAULT 0;

-- Every connection keeps the lock as a shared one. So whoever gets it alone is the first since the server
-- lost its connections, and begins an epoch; the others wait until it is begun.
CREATE FUNCTION join_epoch(lock bigint) RETURNS TABLE (epoch bigint, is_first boolean)
LANGUAGE plpgsql AS $$
BEGIN
  IF pg_try_advisory_lock(lock) THEN
    PERFORM setval('delivery_fences', nextval('delivery_fences') + 1000000);
    RETURN QUERY SELECT nextval('delivery_epochs'), true;
  ELSE
    PERFORM pg_advisory_lock_shared(lock);
    RETURN QUERY SELECT last_value, false FROM delivery_epochs;
  END IF;
END $$;
