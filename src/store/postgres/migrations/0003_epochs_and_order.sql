-- Claims and results of deliveries are committed without waiting for the disk, so that a crash of the server may
-- undo the last of them. An epoch is a time without such a crash: no connection outlives it. Numbers that may have
-- been given before are skipped in the next one.
CREATE SEQUENCE delivery_epochs;

ALTER TABLE delivery_revisions ADD COLUMN epoch bigint NOT NULL DEFAULT 0;

-- Every connection keeps the lock as a shared one. So whoever gets it alone is the first since the server
-- lost its connections, and begins an epoch; the others wait until it is begun. Settings of the connection
-- keep its epoch, and whether it has begun it.
CREATE FUNCTION join_epoch(lock bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  is_first boolean := pg_try_advisory_lock(lock);
  epoch bigint;
BEGIN
  IF is_first THEN
    PERFORM setval('delivery_fences', nextval('delivery_fences') + 1000000);
    epoch := nextval('delivery_epochs');
  ELSE
    PERFORM pg_advisory_lock_shared(lock);
    SELECT last_value INTO epoch FROM delivery_epochs;
  END IF;
  PERFORM set_config('targetd.epoch', epoch::text, false);
  PERFORM set_config('targetd.epoch_is_begun', is_first::text, false);
END $$;

-- To be called when the beginning is durable.
CREATE FUNCTION share_epoch(lock bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('targetd.epoch_is_begun')::boolean THEN
    PERFORM pg_advisory_lock_shared(lock);
    PERFORM pg_advisory_unlock(lock);
  END IF;
END $$;

-- Deliveries that are due at the same time are taken as they came.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (instance_id, target_id, due_at, row) WHERE state = 'pending';
