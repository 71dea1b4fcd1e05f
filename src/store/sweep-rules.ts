/** What sweeps delete, in every store. */
import { keepEndedTokens } from "./token-store.ts";

/** Rows deleted in one step, so that the writers of the same transaction do not wait for long. */
export const sweepStep = 500;

/** A column with the time at which a row runs out, and for how many microseconds it is kept on. */
export const expiries = [
  { table: "signing_keys", column: "expires_at", kept: 0 },
  { table: "replays", column: "keep_until", kept: 0 },
  { table: "tokens", column: "revoked_at", kept: keepEndedTokens },
  { table: "tokens", column: "expires_at", kept: keepEndedTokens },
] as const;

/**
 * What deleted instances leave behind, each table before those that its rows refer to. A weight is the
 * number of plain rows that one row counts for: those of catalogues may hold some MiB, so that a step
 * deletes one, and deliveries take contexts and logs with them.
 */
export const abandoned: readonly { readonly table: string; readonly weight: number }[] = [
  { table: "signing_keys", weight: 1 },
  { table: "public_keys", weight: 1 },
  { table: "deliveries", weight: 20 },
  { table: "delivery_queues", weight: 1 },
  { table: "delivery_revisions", weight: 1 },
  { table: "published_events", weight: 1 },
  { table: "execution_targets", weight: 1 },
  { table: "executions", weight: 1 },
  { table: "targets", weight: 1 },
  { table: "replays", weight: 1 },
  { table: "tokens", weight: 1 },
  { table: "instance_keys", weight: 1 },
  { table: "catalog_sources", weight: sweepStep },
  { table: "catalogs", weight: sweepStep },
];
