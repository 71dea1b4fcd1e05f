/**
 * Claims and results of deliveries are committed without waiting for the disk. When the server crashes, or
 * its standby takes over, the last of them may be undone, and with them the numbers that they took:
 * revisions, which watchers have seen, and fences, which workers have. None is given twice, as the first
 * connection after such a crash begins a new epoch, in which they count on from far beyond. What such a
 * crash undoes it also disconnects, so an epoch that a connection has joined is the right one for as long
 * as it lasts.
 */
import type pg from "pg";
import { execute } from "./session.ts";

/** The lock that all connections share: "tgdepoch" in ASCII. */
const lockNumber = String(0x7467_6465_706f_6368n);

/** More than are taken between two syncs of the server, which come within a second or so. */
const skipped = 1_000_000;

/** The epoch of the connection; fails where it has joined none. */
export const ownEpoch = "current_setting('targetd.epoch')::bigint";

/**
 * How far a number counts on that was taken in an epoch: by a step for each epoch since, as what was taken in
 * those between may have been undone altogether.
 */
export const skippedSince = (epoch: string) => `greatest(${ownEpoch} - ${epoch}, 0) * ${skipped}`;

/**
 * Joins the epoch of the server, or begins the next. Both statements are on their way before the first is
 * answered, so that no process that is paused between them keeps others out.
 */
export async function joinEpoch(client: pg.ClientBase): Promise<void> {
  const values = [lockNumber];
  await Promise.all([
    execute(client, { text: "SELECT join_epoch($1)", values }),
    execute(client, { text: "SELECT share_epoch($1)", values }),
  ]);
}
