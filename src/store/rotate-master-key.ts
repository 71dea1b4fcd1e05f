/**
 * Changing the master key. As a rule only the data key is wrapped anew, which takes the same time however
 * much is stored; on request it is replaced too, and every stored secret sealed anew. The database is
 * held all the while: neither a server nor another rotation comes between.
 */
import { randomBytes } from "node:crypto";
import { databaseFile, masterKeyFile, nextMasterKeyFile } from "./data-dir.ts";
import { moveKeyFile, readKeyFile, removeKeyFile, replaceKeyFile } from "./key-file.ts";
import { keyBytes } from "./seal.ts";
import { type HeldDatabase, holdDatabase } from "./sqlite/hold.ts";
import type { OnReseal, Resealed } from "./sqlite/reseal.ts";
import { StoreStartError } from "./start-error.ts";

export interface RotationOptions {
  /** Makes a new data key as well and seals every stored secret anew; by default it stays. */
  readonly newDataKey?: boolean;
  /** Told how far that is. */
  readonly onProgress?: OnReseal | undefined;
}

export interface Rotation extends RotationOptions {
  /** Path of a database that no server uses. */
  readonly file: string;
  /** 32 bytes. */
  readonly oldKey: Uint8Array;
  /** 32 bytes. */
  readonly newKey: Uint8Array;
}

/**
 * Makes a database open with another master key, in one transaction.
 *
 * @returns what became of the stored secrets; undefined when they stayed as they are
 * @throws StoreStartError `master-key-wrong`, `in-use`, `schema-newer`, `unusable`; then nothing has
 *   changed
 */
export function rotateMasterKey(rotation: Rotation): Resealed | undefined {
  return holdDatabase(rotation.file, (held) => change(held, rotation));
}

/**
 * Replaces the master key in the key file of a data directory by a new random one. First the new
 * key is stored beside the old one, then the database changes, then the new file takes the old
 * one's place: at every moment the key that opens the database is in one of the two files, and the
 * next start or rotation finds out which ({@link finishRotation}).
 *
 * @returns what became of the stored secrets; undefined when they stayed as they are
 * @throws StoreStartError `master-key-missing` without a key file, `master-key-invalid`,
 *   `master-key-wrong`, `in-use`, `schema-newer`, `unusable`
 */
export function rotateMasterKeyFile(
  dataDir: string,
  options: RotationOptions = {},
): Resealed | undefined {
  const [current, next] = [masterKeyFile(dataDir), nextMasterKeyFile(dataDir)];
  return holdDatabase(databaseFile(dataDir), (held) => {
    settle(held, dataDir);
    const oldKey = readKeyFile(current);
    if (oldKey === undefined) {
      throw new StoreStartError("master-key-missing", `there is no key file ${current} to replace`);
    }
    held.prove(oldKey);
    const newKey = randomBytes(keyBytes);
    replaceKeyFile(next, newKey);
    const outcome = change(held, { ...options, oldKey, newKey });
    moveKeyFile(next, current);
    return outcome;
  });
}

function change(held: HeldDatabase, rotation: Omit<Rotation, "file">): Resealed | undefined {
  const { oldKey, newKey, newDataKey = false, onProgress } = rotation;
  if (newDataKey) return held.reseal(oldKey, newKey, onProgress);
  held.rewrap(oldKey, newKey);
  return undefined;
}

/**
 * Brings the key files in order after a rotation was cut off: the key that opens the database stays
 * as `master.key`. When neither does, both files stay as they are.
 *
 * @throws StoreStartError `master-key-invalid`, `in-use`, `schema-newer`, `unusable`
 */
export function finishRotation(dataDir: string): void {
  holdDatabase(databaseFile(dataDir), (held) => settle(held, dataDir));
}

function settle(held: HeldDatabase, dataDir: string): void {
  const [current, next] = [masterKeyFile(dataDir), nextMasterKeyFile(dataDir)];
  if (opens(held, current)) removeKeyFile(next);
  else if (opens(held, next)) moveKeyFile(next, current);
}

function opens(held: HeldDatabase, file: string): boolean {
  const key = readKeyFile(file);
  if (key === undefined) return false;
  try {
    held.prove(key);
    return true;
  } catch (error) {
    if (error instanceof StoreStartError && error.code === "master-key-wrong") return false;
    throw error;
  }
}
