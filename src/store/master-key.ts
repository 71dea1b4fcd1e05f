/** The file of the master key, made at the first start; TARGETD_MASTER_KEY goes before it. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { makeDataDir, masterKeyFile, nextMasterKeyFile } from "./data-dir.ts";
import { createKeyFile, readKeyFile } from "./key-file.ts";
import { finishRotation } from "./rotate-master-key.ts";
import { keyBytes } from "./seal.ts";
import { StoreStartError } from "./start-error.ts";

export interface MasterKeyOptions {
  readonly dataDir: string;
  /** Whether there is data that an earlier key has sealed; then no key is ever made. */
  readonly databaseExists: boolean;
}

/**
 * Finds the master key, or makes one at the first start. Finishes a rotation that was cut off.
 *
 * @returns 32 bytes
 * @throws StoreStartError `master-key-invalid`, `master-key-missing`, `unusable`; and, only when a
 *   rotation was cut off, `in-use`, `schema-newer`
 */
export function loadOrCreateMasterKey({ dataDir, databaseExists }: MasterKeyOptions): Uint8Array {
  if (databaseExists && existsSync(nextMasterKeyFile(dataDir))) finishRotation(dataDir);
  const file = masterKeyFile(dataDir);
  const existing = readKeyFile(file);
  if (existing !== undefined) return existing;
  if (databaseExists) throw missingKey(file);
  return createKey(dataDir, file);
}

/**
 * The keys in the files of a data directory: of a rotation that was cut off there are two.
 *
 * @throws StoreStartError `master-key-invalid`, `unusable`
 */
export function storedMasterKeys(dataDir: string): readonly Uint8Array[] {
  const files = [masterKeyFile(dataDir), nextMasterKeyFile(dataDir)];
  return files.flatMap((file) => readKeyFile(file) ?? []);
}

function missingKey(file: string): StoreStartError {
  return new StoreStartError(
    "master-key-missing",
    `there is a database but no master key: put the key it was made with into ${file} or set ` +
      "TARGETD_MASTER_KEY. Backups do not contain the key. Without it the stored secrets cannot " +
      "be read; to start afresh, move the database away",
  );
}

/** Of two processes that start at once, the second takes the first one's key. */
function createKey(dataDir: string, file: string): Uint8Array {
  makeDataDir(dataDir);
  const key = randomBytes(keyBytes);
  if (createKeyFile(file, key)) return key;
  const winner = readKeyFile(file);
  if (winner !== undefined) return winner;
  throw new StoreStartError("master-key-missing", `${file} is there but has no content to read`);
}
