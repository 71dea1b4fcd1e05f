-- Entries of the log by one number, the row of their delivery and their position, which saves an index that
-- each attempt would have to write. Who deletes a delivery deletes its entries.
CREATE TABLE attempts_by_entry (
  -- delivery * 2^20 + position.
  entry INTEGER PRIMARY KEY,
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
  delivery INTEGER NOT NULL AS (entry >> 20),
  position INTEGER NOT NULL AS (entry & 1048575)
) STRICT;

INSERT INTO attempts_by_entry (entry, number, started_at, duration, stage, timed_out,
  http_status, error, address, timings, request_headers, response_headers, response_body)
SELECT (delivery << 20) + position, number, started_at, duration, stage, timed_out,
  http_status, error, address, timings, request_headers, response_headers, response_body
FROM attempts ORDER BY delivery, position;

DROP TABLE attempts;
ALTER TABLE attempts_by_entry RENAME TO attempts;

-- Leases end with the process, so they are kept in its memory.
DROP TABLE leases;
