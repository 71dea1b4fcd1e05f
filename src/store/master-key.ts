/** The file of the master key, made at the first start; TARGETD_MASTER_KEY goes before it. */
import { randomBytes, randomUUID } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { keyBytes } from "./seal.ts";
import { StoreStartError } from "./start-error.ts";

/** Name of the key file in the data directory. */
export const masterKeyFileName = "master.key";

export interface MasterKeyOptions {
  readonly dataDir: string;
  /** Whether there is data that an earlier key has sealed; then no key is ever made. */
  readonly databaseExists: boolean;
}

/**
 * Finds the master key, or makes one at the first start.
 *
 * @returns 32 bytes
 * @throws StoreStartError `master-key-invalid`, `master-key-missing`
 */
export function loadOrCreateMasterKey(options: MasterKeyOptions): Uint8Array {
  const file = join(options.dataDir, masterKeyFileName);
  const existing = readKeyFile(file);
  if (existing !== undefined) return existing;
  if (options.databaseExists) {
    throw new StoreStartError(
      "master-key-missing",
      `there is a database but no master key: put the key it was made with into ${file} or set ` +
        "TARGETD_MASTER_KEY. Backups do not contain the key. Without it the stored secrets cannot " +
        "be read; to start afresh, move the database away",
    );
  }
  return createKeyFile(options.dataDir, file);
}

function readKeyFile(file: string): Uint8Array | undefined {
  try {
    return decodeKey(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function decodeKey(text: string, source: string): Uint8Array {
  const trimmed = text.trim();
  // Buffer.from skips what is not base64, so the key is encoded again and compared.
  const key = Buffer.from(trimmed, "base64");
  if (key.length !== keyBytes || key.toString("base64") !== trimmed) {
    throw new StoreStartError(
      "master-key-invalid",
      `${source} must be ${keyBytes} bytes in base64`,
    );
  }
  return key;
}

/**
 * Writes a new key beside its place and links it there: the file appears whole or not at all, and
 * of two processes that start at once, the second takes the first one's key.
 */
function createKeyFile(dataDir: string, file: string): Uint8Array {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const key = randomBytes(keyBytes);
  const draft = `${file}.${randomUUID()}`;
  try {
    writeFileSync(draft, `${key.toString("base64")}\n`, { flag: "wx", mode: 0o600, flush: true });
    linkSync(draft, file);
    syncDirectory(dataDir);
    return key;
  } catch (error) {
    const winner = isSystemError(error, "EEXIST") ? readKeyFile(file) : undefined;
    if (winner === undefined) throw error;
    return winner;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes the new directory entry durable. Windows has no such call and needs none. */
function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
