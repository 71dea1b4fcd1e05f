-- Calls to targets that nobody waits for. The index by which workers find what is due holds pending
-- ones alone, so it stays as small as the backlog.
CREATE TABLE deliveries (
  row INTEGER PRIMARY KEY,
  instance_id TEXT NOT NULL,
  id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'succeeded', 'failed', 'cancelled')),
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  -- The end of the lease while a worker holds it; NULL when it waits for an earlier one.
  due_at INTEGER,
  leased_until INTEGER,
  -- Grows with each claim.
  fence INTEGER NOT NULL DEFAULT 0,
  revision INTEGER NOT NULL,
  -- Place among the deliveries of the same order key.
  line INTEGER NOT NULL,
  condition_id TEXT NOT NULL,
  event_id TEXT,
  event_type TEXT,
  order_key TEXT,
  depth INTEGER NOT NULL,
  traceparent TEXT,
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) STRICT;

CREATE UNIQUE INDEX deliveries_id ON deliveries (instance_id, id);
CREATE UNIQUE INDEX deliveries_revision ON deliveries (instance_id, revision);
CREATE INDEX deliveries_due ON deliveries (instance_id, target_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_leased ON deliveries (instance_id, target_id, leased_until)
WHERE leased_until IS NOT NULL;
CREATE INDEX deliveries_order ON deliveries (instance_id, target_id, order_key, line)
WHERE state = 'pending' AND order_key IS NOT NULL;
CREATE INDEX deliveries_finished_at ON deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX deliveries_created_at ON deliveries (instance_id, created_at, id);
CREATE INDEX deliveries_target ON deliveries (instance_id, target_id, created_at, id);
-- Nearly all deliveries succeed, which an index by state would not narrow down.
CREATE INDEX deliveries_rare_state ON deliveries (instance_id, state, created_at, id)
WHERE state <> 'succeeded';
CREATE INDEX deliveries_event_type ON deliveries (instance_id, event_type, created_at, id)
WHERE event_type IS NOT NULL;

-- JSON of what a target is told. It may be long, and the row beside it changes with every attempt.
CREATE TABLE delivery_contexts (
  delivery INTEGER PRIMARY KEY REFERENCES deliveries (row) ON DELETE CASCADE,
  context TEXT NOT NULL
) STRICT;

-- The log. Numbers begin anew when a delivery is replayed, positions do not.
CREATE TABLE attempts (
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
  PRIMARY KEY (delivery, position)
) STRICT, WITHOUT ROWID;

-- One for each target that ever had a delivery, with the breaker of the target.
CREATE TABLE delivery_queues (
  instance_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  -- When a worker should look at it next; NULL when there is nothing that could come due.
  next_look_at INTEGER,
  -- Of queues to be looked at, at the same time, the one that had its turn longest ago comes first.
  turn INTEGER NOT NULL DEFAULT 0,
  -- Until when looking would be of no use, whatever comes due.
  hold_until INTEGER NOT NULL DEFAULT 0,
  -- Whether sweeps still have to cancel what a deleted target left pending.
  cancelling INTEGER NOT NULL DEFAULT 0 CHECK (cancelling IN (0, 1)),
  breaker TEXT NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'half-open')),
  open_until INTEGER,
  openings INTEGER NOT NULL DEFAULT 0,
  window_start INTEGER NOT NULL DEFAULT 0,
  window_calls INTEGER NOT NULL DEFAULT 0,
  window_failures INTEGER NOT NULL DEFAULT 0,
  failing_since INTEGER,
  PRIMARY KEY (instance_id, target_id),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) STRICT;

CREATE INDEX delivery_queues_next_look_at ON delivery_queues (next_look_at, turn)
WHERE next_look_at IS NOT NULL;
CREATE INDEX delivery_queues_cancelling ON delivery_queues (instance_id) WHERE cancelling = 1;

-- Each instance counts for itself: a tenant cannot read the activity of others from the numbers.
CREATE TABLE delivery_revisions (
  instance_id TEXT PRIMARY KEY NOT NULL REFERENCES instances (id),
  latest INTEGER NOT NULL,
  -- Up to here deliveries may have been deleted.
  pruned INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Ids of events, so that none is taken twice.
CREATE TABLE published_events (
  instance_id TEXT NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (instance_id, id),
  FOREIGN KEY (instance_id) REFERENCES instances (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX published_events_at ON published_events (at);

-- Changes of targets look here whether somebody wants to hear of them.
CREATE INDEX executions_of_events ON executions (instance_id)
WHERE listed = 1 AND id >= 'event' AND id < 'event0';
