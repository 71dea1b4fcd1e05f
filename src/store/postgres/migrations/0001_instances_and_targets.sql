-- Times are microseconds since 1970, lengths of time nanoseconds. Text that is sorted, or looked for by its
-- beginning, compares by its UTF-8 bytes: the order is the same in every store and every locale. JSON is
-- text to us: json keeps it as it came.

-- The key that seals the secrets below, itself sealed under the master key.
CREATE TABLE data_keys (
  id smallint PRIMARY KEY CHECK (id = 1),
  wrapped_key bytea NOT NULL,
  check_value bytea NOT NULL,
  created_at bigint NOT NULL
);

-- Tenants. A deleted one keeps its row, so that its id is not given again.
CREATE TABLE instances (
  id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  created_at bigint NOT NULL,
  deleted_at bigint,
  -- Whether the rows of a deleted instance are gone.
  cleared boolean NOT NULL DEFAULT false
);

CREATE INDEX instances_to_clear ON instances (id) WHERE deleted_at IS NOT NULL AND NOT cleared;

-- Returns a number unless it is greater than another one; then fails with a state of our own.
CREATE FUNCTION at_most(number bigint, most bigint, state text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF number > most THEN RAISE EXCEPTION USING ERRCODE = state, MESSAGE = 'a quota is used up'; END IF;
  RETURN number;
END $$;

-- How much each instance has, so that quotas need no counting. Who writes the rows counts them.
CREATE TABLE usage (
  instance_id text COLLATE "C" PRIMARY KEY,
  -- Those that are not deleted.
  targets bigint NOT NULL,
  -- Those with targets in their list.
  executions bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE instance_features (
  instance_id text COLLATE "C" NOT NULL REFERENCES instances (id),
  feature text COLLATE "C" NOT NULL,
  enabled boolean NOT NULL,
  PRIMARY KEY (instance_id, feature)
);

-- A deleted target keeps its row without secrets, so that its deletion time stays.
CREATE TABLE targets (
  instance_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  deleted_at bigint,
  name text COLLATE "C" NOT NULL,
  name_key text COLLATE "C" NOT NULL,
  kind text NOT NULL CHECK (kind IN ('restWebhook', 'restCall', 'restAsync')),
  interrupt_on_error boolean NOT NULL,
  timeout bigint NOT NULL,
  endpoint text COLLATE "C" NOT NULL,
  payload_type text NOT NULL CHECK (payload_type IN ('json', 'jwt', 'jwe')),
  sealed_headers bytea,
  delivery_policy json,
  disabled boolean NOT NULL,
  ordered boolean NOT NULL,
  PRIMARY KEY (instance_id, id)
);

-- Its name tells the store which rule a write has broken.
CREATE UNIQUE INDEX targets_name_key ON targets (instance_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX targets_name ON targets (instance_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX targets_created_at ON targets (instance_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX targets_deleted_at ON targets (instance_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX targets_disabled ON targets (instance_id) WHERE disabled AND deleted_at IS NULL;

-- The keys of a target, oldest first by position. The current one is the one that never expires.
CREATE TABLE signing_keys (
  instance_id text COLLATE "C" NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  key_id text NOT NULL,
  sealed_secret bytea NOT NULL,
  expires_at bigint,
  PRIMARY KEY (instance_id, target_id, position),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
);

CREATE INDEX signing_keys_expires_at ON signing_keys (expires_at) WHERE expires_at IS NOT NULL;

-- Keys that encrypt payloads. What makes two keys of a target active at once is a bug, and refused.
CREATE TABLE public_keys (
  instance_id text COLLATE "C" NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  pem bytea NOT NULL,
  fingerprint text NOT NULL,
  active boolean NOT NULL,
  expires_at bigint,
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  PRIMARY KEY (instance_id, target_id, id),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
);

CREATE UNIQUE INDEX public_keys_active ON public_keys (instance_id, target_id) WHERE active;

-- What was ever set for a condition. Ids of one kind of condition are neighbours.
CREATE TABLE executions (
  instance_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  changed_at bigint NOT NULL,
  -- Whether there are targets in the list; only then it is shown.
  listed boolean NOT NULL,
  PRIMARY KEY (instance_id, id)
);

CREATE INDEX executions_created_at ON executions (instance_id, created_at, id) WHERE listed;
CREATE INDEX executions_changed_at ON executions (instance_id, changed_at, id) WHERE listed;
-- Changes of targets look here whether somebody wants to hear of them.
CREATE INDEX executions_of_events ON executions (instance_id)
WHERE listed AND id >= 'event' AND id < 'event0';

-- The lists. The router reads them by the primary key alone.
CREATE TABLE execution_targets (
  instance_id text COLLATE "C" NOT NULL,
  execution_id text COLLATE "C" NOT NULL,
  position integer NOT NULL,
  target_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (instance_id, execution_id, position),
  FOREIGN KEY (instance_id, execution_id) REFERENCES executions (instance_id, id),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
);

-- A target stands in a list once.
CREATE UNIQUE INDEX execution_targets_target
ON execution_targets (instance_id, target_id, execution_id);

-- Keys that sign JWT payloads.
CREATE TABLE instance_keys (
  instance_id text COLLATE "C" NOT NULL REFERENCES instances (id),
  id text COLLATE "C" NOT NULL,
  algorithm text NOT NULL,
  sealed_private_key bytea NOT NULL,
  public_jwk json NOT NULL,
  created_at bigint NOT NULL,
  signs_from bigint NOT NULL,
  published_until bigint,
  PRIMARY KEY (instance_id, id)
);

-- What instances have imported.
CREATE TABLE catalogs (
  instance_id text COLLATE "C" PRIMARY KEY REFERENCES instances (id),
  version bigint NOT NULL,
  event_types text[] NOT NULL,
  functions text[] NOT NULL
);

CREATE TABLE catalog_sources (
  instance_id text COLLATE "C" NOT NULL REFERENCES catalogs (instance_id),
  name text COLLATE "C" NOT NULL,
  imported_at bigint NOT NULL,
  descriptor_set bytea NOT NULL,
  PRIMARY KEY (instance_id, name)
);

-- Answers that are given again when a request comes twice.
CREATE TABLE replays (
  instance_id text COLLATE "C" NOT NULL,
  caller text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  sealed_answer bytea NOT NULL,
  keep_until bigint NOT NULL,
  PRIMARY KEY (instance_id, caller, method, request_id)
);

CREATE INDEX replays_keep_until ON replays (keep_until);

-- A token names its instance, so it is found by its hash alone.
CREATE TABLE tokens (
  hash bytea PRIMARY KEY,
  instance_id text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  description text NOT NULL,
  roles text[] NOT NULL,
  permissions text[] NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint,
  last_used_at bigint
);

-- Ids are random, so they are unique across instances.
CREATE UNIQUE INDEX tokens_id ON tokens (id);
CREATE INDEX tokens_created_at ON tokens (instance_id, created_at, id);
-- A revocation looks at the tokens that stay, however many have expired.
CREATE INDEX tokens_permanent ON tokens (instance_id, created_at, id)
WHERE revoked_at IS NULL AND expires_at IS NULL;
-- Sweeps look for tokens that ended long ago, a new token counts those that have not ended.
CREATE INDEX tokens_revoked_at ON tokens (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX tokens_expires_at ON tokens (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tokens_live ON tokens (instance_id, expires_at) WHERE revoked_at IS NULL;

-- Where the audit of each instance has come to. The row is locked from the writing of a change to the end of
-- its transaction, so that changes become visible in the order of their numbers.
CREATE TABLE change_counters (
  instance_id text COLLATE "C" PRIMARY KEY,
  latest bigint NOT NULL,
  -- The latest time among the changes of the instance.
  latest_at bigint NOT NULL
) WITH (fillfactor = 50);

-- The audit. Each instance counts its changes for itself and without gaps: a tenant cannot read the
-- activity of others from the numbers.
CREATE TABLE changes (
  instance_id text COLLATE "C" NOT NULL,
  sequence bigint NOT NULL,
  at bigint NOT NULL,
  -- Not before the time of any change of the instance up to this one. Unlike the times themselves it never
  -- goes back, so a time is found here as a place in the order of the changes.
  latest_at bigint NOT NULL,
  author text COLLATE "C" NOT NULL,
  certificate text,
  resource_type text COLLATE "C" NOT NULL,
  resource_id text COLLATE "C" NOT NULL,
  action text NOT NULL,
  fields json NOT NULL,
  PRIMARY KEY (instance_id, sequence)
);

CREATE INDEX changes_resource ON changes (instance_id, resource_id, sequence);
CREATE INDEX changes_author ON changes (instance_id, author, sequence);
CREATE INDEX changes_latest_at ON changes (instance_id, latest_at, sequence);
-- What was written after a clock had gone back by more than a second, which is hardly ever.
CREATE INDEX changes_late ON changes (instance_id, at) WHERE latest_at - at > 1000000;
-- Nearly all changes are those of targets, which an index by type would not narrow down.
CREATE INDEX changes_rare_type ON changes (instance_id, resource_type, sequence)
WHERE resource_type <> 'target';
