/**
 * Puts a backup in the place of a database. Everything is verified on the copy that is to take the place,
 * inside the data directory, and until its renaming nothing there has changed.
 */
import { closeSync, existsSync, openSync, rmSync, writeSync } from "node:fs";
import type Database from "better-sqlite3";
import type { Micros } from "../../domain/units.ts";
import { databaseFile, makeDataDir } from "../data-dir.ts";
import { opensDataKey } from "../data-key.ts";
import { draftName } from "../sqlite/copies.ts";
import { fileStartError, StoreStartError } from "../start-error.ts";
import { type Contents, inspectCopy, onCopy, settleCopy } from "./inspect.ts";
import { digestFile, type FileDigest, type Manifest, readManifest } from "./manifest.ts";
import { syncFile } from "./place.ts";
import { takePlace } from "./take-place.ts";

export interface RestoreOptions {
  /** The backup. */
  readonly from: string;
  readonly dataDir: string;
  /** Whether a database that is there may be replaced; it is kept under another name. */
  readonly replace: boolean;
  /** The keys that the server may open the database with, 32 bytes each; at least one. */
  readonly masterKeys: readonly Uint8Array[];
  readonly now: Micros;
  /** Told how many bytes of the backup are copied, and how many there are. */
  readonly onCopy?: (done: number, total: number) => void;
  /** Told when all of it is here and the verifying begins. */
  readonly onVerify?: () => void;
}

export interface Restored {
  readonly schemaVersion: number;
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Of the backup; undefined when it has none. */
  readonly manifest: Manifest | undefined;
  /** Where the database that was there is kept. */
  readonly replaced: string | undefined;
}

/**
 * Restores a backup; durable when it returns. Whenever it is cut off, there is what was there before, or
 * the backup.
 *
 * @throws StoreStartError `in-use`, `unusable`, `schema-newer`, `master-key-wrong`; then nothing has changed
 */
export function restoreBackup(options: RestoreOptions): Restored {
  const { from, dataDir, replace, now } = options;
  const manifest = readManifest(from);
  makeDataDir(dataDir);
  const file = databaseFile(dataDir);
  return takePlace(file, { replace, now }, (place) => {
    const draft = draftName(file);
    try {
      const contents = prepare(draft, manifest, options);
      return { ...contents, manifest, replaced: place(draft) };
    } finally {
      removeDraft(draft);
    }
  });
}

/** Makes the draft what the database is to be. */
function prepare(
  draft: string,
  manifest: Manifest | undefined,
  { from, masterKeys, now, onCopy: onProgress, onVerify }: RestoreOptions,
): Omit<Contents, "dataKey"> {
  const digest = copyTo(draft, from, onProgress);
  if (manifest !== undefined) requireSame(from, digest, manifest);
  // Copies of the files of a killed server have what came last in the log beside them.
  if (manifest === undefined && existsSync(`${from}-wal`)) copyTo(`${draft}-wal`, `${from}-wal`);
  onVerify?.();
  settleCopy(draft);
  const { schemaVersion, tables, dataKey } = inspectCopy(draft);
  requireKey(masterKeys, dataKey);
  onCopy(draft, {}, (db) => endWatches(db, now));
  syncFile(draft);
  return { schemaVersion, tables };
}

function copyTo(draft: string, from: string, onProgress?: RestoreOptions["onCopy"]): FileDigest {
  try {
    const descriptor = openSync(draft, "wx", 0o600);
    try {
      return digestFile(from, { copy: (piece) => writeWhole(descriptor, piece), onProgress });
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fileStartError(error, `${from} cannot be copied to ${draft}`);
  }
}

function writeWhole(descriptor: number, piece: Uint8Array): void {
  let written = 0;
  while (written < piece.length) written += writeSync(descriptor, piece, written);
}

function requireSame(from: string, digest: FileDigest, manifest: Manifest): void {
  if (digest.bytes === manifest.bytes && digest.sha256 === manifest.sha256) return;
  throw new StoreStartError(
    "unusable",
    `${from} is not what its manifest says: ${digest.bytes} bytes with SHA-256 ${digest.sha256} ` +
      `in place of ${manifest.bytes} with ${manifest.sha256}`,
  );
}

/** @throws StoreStartError `master-key-wrong` */
function requireKey(keys: readonly Uint8Array[], stored: Contents["dataKey"]): void {
  if (keys.some((key) => opensDataKey(key, stored))) return;
  throw new StoreStartError(
    "master-key-wrong",
    "the master key does not open the backup: it was made under another one",
  );
}

/**
 * Watches hold numbers of changes of deliveries that came after the backup, and which would be given to
 * other changes now. So all numbers up to now count as deleted, which ends those watches, and the next ones
 * are higher than any before: microseconds since 1970, as there are never a million changes in a second.
 */
function endWatches(db: Database.Database, now: Micros): void {
  const isThere = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'delivery_revisions'").get();
  if (isThere === undefined) return;
  db.prepare<[{ now: number }]>(
    `INSERT INTO delivery_revisions (instance_id, latest)
     SELECT id, @now FROM instances WHERE deleted_at IS NULL
     ON CONFLICT DO UPDATE SET latest = max(latest + 1000000, excluded.latest)`,
  ).run({ now });
  db.exec("UPDATE delivery_revisions SET pruned = latest");
}

function removeDraft(draft: string): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(draft + suffix, { force: true });
}
