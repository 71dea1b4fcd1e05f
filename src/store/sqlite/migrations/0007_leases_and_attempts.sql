-- Entries of the log are often longer than what fits into a page of a table without rows of its own
-- numbers, where each then takes a page more.
CREATE TABLE attempts_by_row (
  row INTEGER PRIMARY KEY,
  delivery INTEGER NOT NULL REFERENCES deliveries (row) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  duration INTEGER NOT NULL,
  stage TEXT,
  timed_out INTEGER NOT NULL CHECK (timed_out IN (0, 1)),
  http_status INTEGER,
  error TEXT NOT NULL,
  address TEXT,
  -- JSON of times in nanoseconds, and of headers.
  timings TEXT NOT NULL,
  request_headers TEXT NOT NULL,
  response_headers TEXT NOT NULL,
  response_body BLOB NOT NULL,
  UNIQUE (delivery, position)
) STRICT;

INSERT INTO attempts_by_row (delivery, position, number, started_at, duration, stage, timed_out,
  http_status, error, address, timings, request_headers, response_headers, response_body)
SELECT delivery, position, number, started_at, duration, stage, timed_out,
  http_status, error, address, timings, request_headers, response_headers, response_body
FROM attempts;

DROP TABLE attempts;
ALTER TABLE attempts_by_row RENAME TO attempts;

-- Those that wait for an earlier one of their order: none, unless their target is ordered.
CREATE INDEX deliveries_waiting ON deliveries (instance_id, target_id, order_key, line)
WHERE state = 'pending' AND order_key IS NOT NULL AND due_at IS NULL;

-- Who holds deliveries is written with every claim, so it stands apart, in few rows. What a dead
-- worker held stays due as it was.
DROP INDEX deliveries_leased;
ALTER TABLE deliveries DROP COLUMN leased_until;
ALTER TABLE deliveries DROP COLUMN fence;

CREATE TABLE leases (
  delivery INTEGER PRIMARY KEY REFERENCES deliveries (row) ON DELETE CASCADE,
  instance_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  until INTEGER NOT NULL,
  fence INTEGER NOT NULL
) STRICT;

CREATE INDEX leases_target ON leases (instance_id, target_id, until);
