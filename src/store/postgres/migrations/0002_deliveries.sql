-- Calls to targets that nobody waits for. The index by which workers find what is due holds pending
-- ones alone, so it stays as small as the backlog. There is no foreign key to targets: whoever inserts
-- holds the queue of the target, and looks whether the target is still there.
CREATE TABLE deliveries (
  row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  instance_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL
    CHECK (state IN ('pending', 'succeeded', 'failed', 'cancelled')),
  attempts integer NOT NULL DEFAULT 0,
  created_at bigint NOT NULL,
  finished_at bigint,
  -- NULL when it waits for an earlier one.
  due_at bigint,
  revision bigint NOT NULL,
  -- Place among the deliveries of the same order key.
  line bigint NOT NULL,
  condition_id text NOT NULL,
  event_id text,
  event_type text COLLATE "C",
  order_key text COLLATE "C",
  depth integer NOT NULL,
  traceparent text
) WITH (
  fillfactor = 85,
  autovacuum_vacuum_scale_factor = 0.02,
  autovacuum_analyze_scale_factor = 0.02
);

CREATE UNIQUE INDEX deliveries_id ON deliveries (instance_id, id);
CREATE UNIQUE INDEX deliveries_revision ON deliveries (instance_id, revision);
CREATE INDEX deliveries_due ON deliveries (instance_id, target_id, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_order ON deliveries (instance_id, target_id, order_key, line)
WHERE state = 'pending' AND order_key IS NOT NULL;
-- Those that wait for an earlier one of their order: none, unless their target is ordered.
CREATE INDEX deliveries_waiting ON deliveries (instance_id, target_id, order_key, line)
WHERE state = 'pending' AND order_key IS NOT NULL AND due_at IS NULL;
-- What is kept is decided for each instance, the oldest first.
CREATE INDEX deliveries_finished_at ON deliveries (instance_id, finished_at)
WHERE finished_at IS NOT NULL;

CREATE INDEX deliveries_created_at ON deliveries (instance_id, created_at, id);
CREATE INDEX deliveries_target ON deliveries (instance_id, target_id, created_at, id);
-- Nearly all deliveries succeed, which an index by state would not narrow down.
CREATE INDEX deliveries_rare_state ON deliveries (instance_id, state, created_at, id)
WHERE state <> 'succeeded';
CREATE INDEX deliveries_event_type ON deliveries (instance_id, event_type, created_at, id)
WHERE event_type IS NOT NULL;

-- JSON of what a target is told. It may be long, and the row beside it changes with every attempt.
CREATE TABLE delivery_contexts (
  delivery bigint PRIMARY KEY REFERENCES deliveries (row) ON DELETE CASCADE,
  context text NOT NULL
);

-- The log. Numbers begin anew when a delivery is replayed, positions do not.
CREATE TABLE attempts (
  delivery bigint NOT NULL REFERENCES deliveries (row) ON DELETE CASCADE,
  position integer NOT NULL,
  number integer NOT NULL,
  started_at bigint NOT NULL,
  duration bigint NOT NULL,
  stage text,
  timed_out boolean NOT NULL,
  http_status integer,
  error text NOT NULL,
  address text,
  -- Times in nanoseconds, and headers.
  timings json NOT NULL,
  request_headers json NOT NULL,
  response_headers json NOT NULL,
  response_body bytea NOT NULL,
  PRIMARY KEY (delivery, position)
);

-- Grows with each claim, whichever process makes it.
CREATE SEQUENCE delivery_fences;

-- Who holds deliveries is written with every claim, so it stands apart, in few rows. What a dead worker
-- held stays due as it was.
CREATE TABLE leases (
  delivery bigint PRIMARY KEY REFERENCES deliveries (row) ON DELETE CASCADE,
  instance_id text COLLATE "C" NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  until bigint NOT NULL,
  fence bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX leases_target ON leases (instance_id, target_id, until);

-- The order in which queues had their turn.
CREATE SEQUENCE delivery_turns;

-- One for each target that ever had a delivery, with the breaker of the target. Whoever makes, takes or ends a
-- delivery of a target locks the row of its queue before.
CREATE TABLE delivery_queues (
  instance_id text COLLATE "C" NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  -- When a worker should look at it next; NULL when there is nothing that could come due.
  next_look_at bigint,
  -- Of queues to be looked at, at the same time, the one that had its turn longest ago comes first.
  turn bigint NOT NULL DEFAULT 0,
  -- Until when looking would be of no use, whatever comes due.
  hold_until bigint NOT NULL DEFAULT 0,
  -- Whether sweeps still have to cancel what a deleted target left pending.
  cancelling boolean NOT NULL DEFAULT false,
  breaker text NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open', 'half-open')),
  open_until bigint,
  openings integer NOT NULL DEFAULT 0,
  window_start bigint NOT NULL DEFAULT 0,
  window_calls integer NOT NULL DEFAULT 0,
  window_failures integer NOT NULL DEFAULT 0,
  failing_since bigint,
  PRIMARY KEY (instance_id, target_id),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX delivery_queues_next_look_at ON delivery_queues (next_look_at, turn)
WHERE next_look_at IS NOT NULL;
CREATE INDEX delivery_queues_breaker ON delivery_queues (instance_id) WHERE breaker <> 'closed';
CREATE INDEX delivery_queues_cancelling ON delivery_queues (instance_id) WHERE cancelling;

-- Each instance counts for itself: a tenant cannot read the activity of others from the numbers. Locked like
-- the counters of changes.
CREATE TABLE delivery_revisions (
  instance_id text COLLATE "C" PRIMARY KEY,
  latest bigint NOT NULL,
  -- Up to here deliveries may have been deleted.
  pruned bigint NOT NULL DEFAULT 0,
  -- Numbers of deliveries.
  pending bigint NOT NULL DEFAULT 0,
  finished bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Ids of events, so that none is taken twice.
CREATE TABLE published_events (
  instance_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (instance_id, id)
);

CREATE INDEX published_events_at ON published_events (instance_id, at);
