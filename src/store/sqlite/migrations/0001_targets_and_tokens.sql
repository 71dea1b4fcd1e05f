-- Times are microseconds since 1970, lengths of time nanoseconds. Text sorts by its UTF-8 bytes.

-- The key that seals the secrets below, itself sealed under the master key.
CREATE TABLE data_keys (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  wrapped_key BLOB NOT NULL,
  check_value BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- A deleted target keeps its row without secrets, so that its deletion time and history stay.
CREATE TABLE targets (
  instance_id TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  deleted_at INTEGER,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('restWebhook', 'restCall', 'restAsync')),
  interrupt_on_error INTEGER NOT NULL CHECK (interrupt_on_error IN (0, 1)),
  timeout INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  payload_type TEXT NOT NULL CHECK (payload_type IN ('json', 'jwt', 'jwe')),
  sealed_headers BLOB,
  delivery_policy TEXT,
  disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  ordered INTEGER NOT NULL CHECK (ordered IN (0, 1)),
  PRIMARY KEY (instance_id, id)
) STRICT;

-- The only unique index beside primary keys: SQLITE_CONSTRAINT_UNIQUE on targets means this one.
CREATE UNIQUE INDEX targets_name_key ON targets (instance_id, name_key) WHERE deleted_at IS NULL;
CREATE INDEX targets_name ON targets (instance_id, name, id) WHERE deleted_at IS NULL;
CREATE INDEX targets_created_at ON targets (instance_id, created_at, id) WHERE deleted_at IS NULL;

-- The keys of a target, oldest first by position. The current one is the one that never expires.
CREATE TABLE signing_keys (
  instance_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  key_id TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  expires_at INTEGER,
  PRIMARY KEY (instance_id, target_id, position),
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) STRICT;

CREATE INDEX signing_keys_expires_at ON signing_keys (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE target_history (
  sequence INTEGER PRIMARY KEY,
  instance_id TEXT NOT NULL,
  target_id TEXT NOT NULL,
  at INTEGER NOT NULL,
  author TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('created', 'changed', 'deleted')),
  fields TEXT NOT NULL,
  FOREIGN KEY (instance_id, target_id) REFERENCES targets (instance_id, id)
) STRICT;

CREATE INDEX target_history_target ON target_history (instance_id, target_id, sequence);

-- Answers that are given again when a request comes twice.
CREATE TABLE replays (
  instance_id TEXT NOT NULL,
  caller TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  sealed_answer BLOB NOT NULL,
  keep_until INTEGER NOT NULL,
  PRIMARY KEY (instance_id, caller, method, request_id)
) STRICT;

CREATE INDEX replays_keep_until ON replays (keep_until);

-- A token names its instance, so it is found by its hash alone.
CREATE TABLE tokens (
  hash BLOB PRIMARY KEY NOT NULL,
  instance_id TEXT NOT NULL,
  id TEXT NOT NULL,
  roles TEXT NOT NULL,
  permissions TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;

CREATE INDEX tokens_id ON tokens (instance_id, id);
