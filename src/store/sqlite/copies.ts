/** Copies of a database, made while it is used, and the drafts that copies begin as. */
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync, statfsSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type Database from "better-sqlite3";
import { type CopyOptions, NoRoomError } from "../database-copy.ts";
import { createPacedSync } from "./paced-sync.ts";

/** Pages of a step, 100 KiB. Calls wait for one step at most, which takes about half a millisecond. */
const stepPages = 25;

/**
 * Copies a database page by page, with room for others between the steps. What the same connection writes
 * meanwhile goes into the copy too (sqlite.org/c3ref/backup_finish.html), so that the copy is the
 * database as it is at the end, and the copying never begins anew. SQLite syncs the copy at its end, in the
 * thread that answers calls: so everything but its cache of 16 MB is synced before, by another thread. The
 * new file is readable by its owner only.
 *
 * @throws NoRoomError; SqliteError, a system error or the reason of the signal; then the file is gone again
 */
export async function copyInto(
  db: Database.Database,
  file: string,
  { onProgress, signal }: CopyOptions = {},
): Promise<void> {
  signal?.throwIfAborted();
  const pageSize = Number(db.pragma("page_size", { simple: true }));
  requireRoom(dirname(file), Number(db.pragma("page_count", { simple: true })) * pageSize);
  // SQLite writes into an empty file, whose mode is ours.
  const written = await open(file, "wx", 0o600);
  const syncs = createPacedSync(() => written.datasync());
  try {
    await db.backup(file, {
      progress({ totalPages, remainingPages }) {
        signal?.throwIfAborted();
        const totalBytes = totalPages * pageSize;
        const copiedBytes = totalBytes - remainingPages * pageSize;
        onProgress?.({ totalBytes, copiedBytes });
        return syncs.mayWrite(copiedBytes, remainingPages <= stepPages) ? stepPages : 0;
      },
    });
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    await syncs.settled();
    // Not before: to close it takes the locks away that SQLite has on the file.
    await written.close();
  }
}

/** Bytes that a copy leaves free, for what is written meanwhile. */
const reserve = 64 * 1024 * 1024;

function requireRoom(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= bytes + reserve) return;
  throw new NoRoomError(
    `a copy needs ${bytes} bytes in ${directory}, and ${reserve} to spare: make room there`,
  );
}

/** A name for the draft of a copy of a database, or for that of its successor, beside it. */
export function draftName(file: string): string {
  return `${file}.draft-${randomUUID()}`;
}

/**
 * Deletes drafts that processes left when they were killed. To be called by whoever holds the name:
 * nobody else makes a copy of that name, and what was to take its place comes too late.
 */
export function removeDraftCopies(file: string): void {
  const directory = dirname(file);
  const prefix = `${basename(file)}.draft-`;
  for (const name of readdirSync(directory)) {
    if (name.startsWith(prefix)) rmSync(join(directory, name), { force: true });
  }
}
