/**
 * What of a SQLite database goes to which table of PostgreSQL. A test compares both lists with the two
 * schemas: a table that is in neither is a mistake.
 */

export interface MovedTable {
  /** Of the table in PostgreSQL. */
  readonly name: string;
  /** A query of SQLite for its rows, with the names of its columns; by default the table of that name. */
  readonly rows?: string;
  /** A column of SQLite that puts them in order; by default the primary key in PostgreSQL. */
  readonly order?: string;
  /** How many rows are read at a time, where they can be large; by default {@link rowsAtOnce}. */
  readonly atOnce?: number;
}

/** Rows of a batch. */
export const rowsAtOnce = 1000;

/** In an order in which no row comes before one that it refers to. */
export const movedTables: readonly MovedTable[] = [
  { name: "instances" },
  { name: "usage" },
  { name: "instance_features" },
  { name: "targets" },
  { name: "signing_keys" },
  { name: "public_keys" },
  { name: "executions" },
  { name: "execution_targets" },
  { name: "instance_keys" },
  { name: "catalogs", atOnce: 1 },
  { name: "catalog_sources", atOnce: 1 },
  { name: "replays" },
  { name: "tokens" },
  {
    name: "change_counters",
    rows: `SELECT instance_id, max(sequence) AS latest, max(latest_at) AS latest_at
      FROM changes GROUP BY instance_id`,
  },
  { name: "changes" },
  { name: "deliveries" },
  { name: "delivery_contexts", atOnce: 100 },
  { name: "attempts", order: "entry", atOnce: 100 },
  {
    // Nobody holds deliveries of a database that no server uses. Each queue is looked at once, which finds
    // out anew how long it has to wait.
    name: "delivery_queues",
    rows: `SELECT instance_id, target_id, turn, 0 AS hold_until, cancelling, breaker, open_until,
        openings, window_start, window_calls, window_failures, failing_since,
        CASE WHEN EXISTS (
          SELECT 1 FROM deliveries
          WHERE deliveries.instance_id = delivery_queues.instance_id
            AND deliveries.target_id = delivery_queues.target_id AND state = 'pending'
        ) THEN 0 ELSE next_look_at END AS next_look_at
      FROM delivery_queues`,
  },
  {
    // As at every start with SQLite: a power cut may have taken the last numbers, which watchers have seen.
    name: "delivery_revisions",
    rows: `SELECT instance_id, latest + 1000000 AS latest, pruned, pending_deliveries AS pending,
        finished_deliveries AS finished, 0 AS epoch
      FROM delivery_revisions JOIN usage USING (instance_id)`,
  },
  { name: "published_events" },
  // The last one: without it no targetd starts with the database.
  { name: "data_keys" },
];

/** Tables of either store that are left out, and why. */
export const leftOut: ReadonlyMap<string, string> = new Map([
  ["leases", "no process holds deliveries while the server is stopped"],
  ["schema_version", "each store has versions of its own"],
]);

/** Columns of SQLite that are left out, as "table.column", and why. */
export const leftOutColumns: ReadonlyMap<string, string> = new Map([
  ["targets.history", "PostgreSQL finds the changes of a target by an index"],
  ["changes.linked", "as before"],
  ["changes.previous", "as before"],
  ["changes.leap", "as before"],
  ["attempts.entry", "it is made of the delivery and the position"],
  ["usage.pending_deliveries", "PostgreSQL counts them in delivery_revisions"],
  ["usage.finished_deliveries", "PostgreSQL counts them in delivery_revisions"],
]);
